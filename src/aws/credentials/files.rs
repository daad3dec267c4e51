//! The config and the credentials file: where they are, whether they can be read, and whether they have changed.
use aws_types::os_shim_internal::Env;
use std::{
    io::{self, ErrorKind},
    os::unix::fs::MetadataExt,
    path::PathBuf,
};

/// One of the two files.
#[derive(Clone, Copy, Debug)]
struct File {
    variable: &'static str,
    default: &'static str,
}

const FILES: [File; 2] = [
    File {
        variable: "AWS_CONFIG_FILE",
        default: ".aws/config",
    },
    File {
        variable: "AWS_SHARED_CREDENTIALS_FILE",
        default: ".aws/credentials",
    },
];

/// What differs between two states of both files; `None` for one that is not there.
pub(super) type Stamps = [Option<Stamp>; 2];

/// Device, inode, size, and the times of the last change of content and of the inode.
pub(super) type Stamp = [i64; 7];

/// The present state of both files.
pub(super) async fn stamps(env: &Env) -> Stamps {
    let [config, credentials] = FILES;
    [config.stamp(env).await, credentials.stamp(env).await]
}

/// What there is of the files, for people: `~/.aws/config (no such file) and AWS_SHARED_CREDENTIALS_FILE`.
///
/// # Errors
/// What is wrong with a file that is there and cannot be read. The SDK takes such a file for an empty one.
pub(super) async fn describe(env: &Env) -> Result<String, String> {
    let mut found = Vec::new();
    for file in FILES {
        let name = file.name(env);
        let read = match file.path(env) {
            Some(path) => tokio::fs::read(path).await,
            None => Err(io::Error::from(ErrorKind::NotFound)),
        };
        match read {
            Ok(content) if std::str::from_utf8(&content).is_err() => {
                return Err(format!("{name} cannot be read: it is not UTF-8"));
            }
            Ok(_) => found.push(name),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                found.push(format!("{name} (no such file)"));
            }
            Err(error) => return Err(format!("{name} cannot be read: {}", error.kind())),
        }
    }
    Ok(found.join(" and "))
}

impl File {
    /// How the user names it.
    fn name(self, env: &Env) -> String {
        match env.get(self.variable) {
            Ok(_) => self.variable.to_owned(),
            Err(_) => format!("~/{}", self.default),
        }
    }

    fn path(self, env: &Env) -> Option<PathBuf> {
        let home = || env.get("HOME").ok().map(PathBuf::from);
        let Ok(path) = env.get(self.variable) else {
            return Some(home()?.join(self.default));
        };
        match path.strip_prefix("~/") {
            Some(inside) => Some(home()?.join(inside)),
            None => Some(path.into()),
        }
    }

    async fn stamp(self, env: &Env) -> Option<Stamp> {
        let metadata = tokio::fs::metadata(self.path(env)?).await.ok()?;
        Some([
            metadata.dev().cast_signed(),
            metadata.ino().cast_signed(),
            metadata.size().cast_signed(),
            metadata.mtime(),
            metadata.mtime_nsec(),
            metadata.ctime(),
            metadata.ctime_nsec(),
        ])
    }
}
