//! What protects the server now: made from `--web.config.file` and the files that it names, and made again when they change. A
//! broken file changes nothing, and nothing that is protected is opened without a restart.
use super::{
    auth::{Credentials, Gate, Users, Verdict},
    config::{ClientAuth, Named, Written},
    tls::{self, Material, Problem},
};
use crate::config::{ConfigError, from_yaml};
use axum::http::{HeaderName, HeaderValue};
use rustls::ServerConfig;
use sha2::{Digest, Sha256};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{sync::watch, task::block_in_place};
use tracing::{error, info};

/// What protects the server.
pub struct Protection {
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) users: Users,
    summary: String,
    gate: Arc<Gate>,
}

impl fmt::Debug for Protection {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.summary)
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.summary)
    }
}

/// A file with all that it names, as it was read; small, so that it can be read often.
struct Reading {
    written: Written,
    material: Option<Material>,
    digest: [u8; 32],
}

impl Reading {
    fn of(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else {
            return Ok(Self {
                written: Written::default(),
                material: None,
                digest: [0; 32],
            });
        };
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: name.clone(),
            source,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, &name, |file| {
            let file = folder.join(file);
            std::fs::read(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))
        })
    }

    fn parse(
        text: &str,
        path: &str,
        read: impl FnMut(&Path) -> Result<Vec<u8>, String>,
    ) -> Result<Self, ConfigError> {
        let written: Written = from_yaml(text, path)?.unwrap_or_default();
        let material = Material::read(&written.tls_server_config, read)
            .map_err(|problem| wrong(path, problem))?;
        let mut digest = Sha256::new();
        let parts = material.iter().flat_map(Material::parts);
        for part in std::iter::once(text.as_bytes()).chain(parts) {
            digest.update(Sha256::digest(part));
        }
        Ok(Self {
            written,
            material,
            digest: digest.finalize().into(),
        })
    }

    fn protection(self, path: &str, gate: Arc<Gate>) -> Result<Protection, ConfigError> {
        let written = self.written;
        let http2 = written.http_server_config.http2.unwrap_or(true);
        let tls = self
            .material
            .map(|material| tls::server_config(&written.tls_server_config, &material, http2))
            .transpose()
            .map_err(|problem| wrong(path, problem))?;
        let users = Users::new(written.basic_auth_users)
            .map_err(|error| wrong(path, ("basic_auth_users", error)))?;
        let tls_is = match (&tls, written.tls_server_config.client_auth_type) {
            (None, _) => "off",
            (Some(_), Some(Named(ClientAuth::Everybody))) => "on, client certificates required",
            (Some(_), Some(Named(ClientAuth::IfGiven))) => {
                "on, client certificates verified if given"
            }
            (Some(_), _) => "on",
        };
        let summary = format!("TLS {tls_is}; users: {}", users.len());
        Ok(Protection {
            tls,
            headers: written.http_server_config.headers(),
            users,
            summary,
            gate,
        })
    }
}

fn name_of(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| path.display().to_string())
}

fn wrong(path: &str, (key, message): Problem) -> ConfigError {
    ConfigError::Value {
        path: path.to_owned(),
        key: key.to_owned(),
        message,
    }
}

impl Protection {
    /// What a file of this text, called `path`, puts in force; `read` gives what it names.
    ///
    /// # Errors
    /// If it is not understood or cannot be done. No error shows a password, a hash or a key.
    pub fn parse(
        text: &str,
        path: &str,
        read: impl FnMut(&Path) -> Result<Vec<u8>, String>,
    ) -> Result<Self, ConfigError> {
        Reading::parse(text, path, read)?.protection(path, Arc::default())
    }

    /// Whether a request may have all; without users everybody may.
    pub(super) async fn admits(&self, authorization: Option<&HeaderValue>) -> Verdict {
        if self.users.is_empty() {
            return Verdict::Right;
        }
        let header = authorization.and_then(|value| value.to_str().ok());
        match header.and_then(Credentials::parse) {
            Some(credentials) => self.gate.check(&self.users, credentials).await,
            None => Verdict::Wrong,
        }
    }
}

/// Keeps the protection as the files have it.
#[derive(Debug)]
pub struct Guard {
    path: Option<PathBuf>,
    current: watch::Sender<Arc<Protection>>,
    taken: [u8; 32],
    /// What was wrong at the last look, so that it is said once.
    complaint: Option<String>,
}

impl Guard {
    /// Reads the file; without one, nothing is protected.
    ///
    /// # Errors
    /// If it or a file that it names cannot be read or used.
    pub fn load(path: Option<PathBuf>) -> Result<Self, ConfigError> {
        let reading = Reading::of(path.as_deref())?;
        let taken = reading.digest;
        let protection = reading.protection(&name_of(path.as_deref()), Arc::default())?;
        Ok(Self {
            path,
            current: watch::Sender::new(Arc::new(protection)),
            taken,
            complaint: None,
        })
    }

    /// What is in force, now and later.
    #[must_use]
    pub fn current(&self) -> watch::Receiver<Arc<Protection>> {
        self.current.subscribe()
    }

    /// How the address of what is served begins.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        let tls = self.current.borrow().tls.is_some();
        if tls { "https" } else { "http" }
    }

    /// Looks whether the files have changed, and takes them if they are good.
    ///
    /// # Errors
    /// If they are not.
    pub fn look(&mut self) -> Result<(), String> {
        if self.path.is_none() {
            return Ok(());
        }
        match block_in_place(|| self.read_again()) {
            Ok(None) => {}
            Ok(Some(protection)) => {
                info!(now = %protection, "the web configuration was taken");
                self.current.send_replace(Arc::new(protection));
            }
            Err(message) => {
                if self.complaint.as_ref() != Some(&message) {
                    error!(error = %message, "the web configuration was not taken; the old one stays in force");
                    self.complaint = Some(message.clone());
                }
                return Err(message);
            }
        }
        self.complaint = None;
        Ok(())
    }

    fn read_again(&mut self) -> Result<Option<Protection>, String> {
        let path = self.path.as_deref();
        let reading = Reading::of(path).map_err(|error| error.to_string())?;
        if reading.digest == self.taken {
            return Ok(None);
        }
        let digest = reading.digest;
        let old = self.current.borrow().clone();
        let new = reading
            .protection(&name_of(path), old.gate.clone())
            .map_err(|error| error.to_string())?;
        // Half a file, as one that is being written, must not open what it should close.
        let opens = [
            (old.tls.is_some() && new.tls.is_none(), "TLS"),
            (
                !old.users.is_empty() && new.users.is_empty(),
                "authentication",
            ),
        ];
        if let Some((_, what)) = opens.into_iter().find(|(opens, _)| *opens) {
            let path = name_of(path);
            return Err(format!(
                "{path}: it would switch {what} off; that takes a restart"
            ));
        }
        self.taken = digest;
        Ok(Some(new))
    }
}
