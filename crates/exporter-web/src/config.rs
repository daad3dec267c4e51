//! The web configuration in force: read from its file and the files that it references, again when they change. An invalid file
//! changes nothing, and no file disables TLS or authentication without a restart.
use super::{
    file::{ClientAuth, Named, WebConfigFile},
    password::{Authentication, Credentials, PasswordVerifier, Users},
    tls::{self, PemFiles, SettingError},
    yaml::{ConfigError, from_yaml},
};
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

/// The web configuration in force.
pub struct WebConfig {
    pub(super) tls: Option<Arc<ServerConfig>>,
    headers: Vec<(HeaderName, HeaderValue)>,
    users: Users,
    summary: String,
    verifier: Arc<PasswordVerifier>,
}

impl fmt::Debug for WebConfig {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.summary)
    }
}

impl fmt::Display for WebConfig {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.summary)
    }
}

/// The file and all that it references, as they were read.
struct WebConfigSource {
    file: WebConfigFile,
    pem_files: Option<PemFiles>,
    digest: [u8; 32],
}

impl WebConfigSource {
    fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else {
            return Ok(Self {
                file: WebConfigFile::default(),
                pem_files: None,
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
        let file: WebConfigFile = from_yaml(text, path)?.unwrap_or_default();
        let pem_files = PemFiles::read(&file.tls_server_config, read)
            .map_err(|error| value_error(path, error))?;
        let mut digest = Sha256::new();
        let parts = pem_files.iter().flat_map(PemFiles::parts);
        for part in std::iter::once(text.as_bytes()).chain(parts) {
            digest.update(Sha256::digest(part));
        }
        Ok(Self {
            file,
            pem_files,
            digest: digest.finalize().into(),
        })
    }

    fn web_config(
        self,
        path: &str,
        verifier: Arc<PasswordVerifier>,
    ) -> Result<WebConfig, ConfigError> {
        let file = self.file;
        let http2 = file.http_server_config.http2.unwrap_or(true);
        let tls = self
            .pem_files
            .map(|pem_files| tls::server_config(&file.tls_server_config, &pem_files, http2))
            .transpose()
            .map_err(|error| value_error(path, error))?;
        let users = Users::new(file.basic_auth_users)
            .map_err(|error| value_error(path, ("basic_auth_users", error)))?;
        let tls_state = match (&tls, file.tls_server_config.client_auth_type) {
            (None, _) => "disabled",
            (Some(_), Some(Named(ClientAuth::Required))) => "enabled, client certificates required",
            (Some(_), Some(Named(ClientAuth::Optional))) => {
                "enabled, client certificates verified if given"
            }
            (Some(_), _) => "enabled",
        };
        let summary = format!("TLS is {tls_state}; users: {}", users.len());
        Ok(WebConfig {
            tls,
            headers: file.http_server_config.headers(),
            users,
            summary,
            verifier,
        })
    }
}

fn name_of(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| path.display().to_string())
}

fn value_error(path: &str, (key, message): SettingError) -> ConfigError {
    ConfigError::Value {
        path: path.to_owned(),
        key: key.to_owned(),
        message,
    }
}

impl WebConfig {
    /// The configuration that `text` describes; `read` returns the content of a file it references, and errors name `path`.
    ///
    /// # Errors
    /// If it is not valid or not supported. No error shows a password, a hash or a key.
    pub fn parse(
        text: &str,
        path: &str,
        read: impl FnMut(&Path) -> Result<Vec<u8>, String>,
    ) -> Result<Self, ConfigError> {
        WebConfigSource::parse(text, path, read)?.web_config(path, Arc::default())
    }

    /// The headers to add to every response.
    #[must_use]
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    /// Whether clients need a password.
    #[must_use]
    pub fn has_users(&self) -> bool {
        !self.users.is_empty()
    }

    /// Checks the `Authorization` header of a request. Without users every request is accepted.
    pub async fn authenticate(&self, authorization: Option<&HeaderValue>) -> Authentication {
        if self.users.is_empty() {
            return Authentication::Accepted;
        }
        let header = authorization.and_then(|value| value.to_str().ok());
        match header.and_then(Credentials::parse) {
            Some(credentials) => self.verifier.verify(&self.users, credentials).await,
            None => Authentication::Refused,
        }
    }
}

/// Reloads the web configuration when its files change.
#[derive(Debug)]
pub struct WebConfigWatcher {
    path: Option<PathBuf>,
    current: watch::Sender<Arc<WebConfig>>,
    digest: [u8; 32],
    /// The error of the latest poll, so that it is logged once.
    last_error: Option<String>,
}

impl WebConfigWatcher {
    /// Reads the file; without one, TLS and authentication are disabled.
    ///
    /// # Errors
    /// If it or a file that it references cannot be read or is not valid.
    pub fn load(path: Option<PathBuf>) -> Result<Self, ConfigError> {
        let source = WebConfigSource::read(path.as_deref())?;
        let digest = source.digest;
        let config = source.web_config(&name_of(path.as_deref()), Arc::default())?;
        Ok(Self {
            path,
            current: watch::Sender::new(Arc::new(config)),
            digest,
            last_error: None,
        })
    }

    /// The configuration in force, with later changes.
    #[must_use]
    pub fn current(&self) -> watch::Receiver<Arc<WebConfig>> {
        self.current.subscribe()
    }

    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        let tls = self.current.borrow().tls.is_some();
        if tls { "https" } else { "http" }
    }

    /// Reads the files again, if they have changed.
    ///
    /// # Errors
    /// If they cannot be read or are not valid; the previous configuration stays in force.
    pub fn poll(&mut self) -> Result<(), String> {
        if self.path.is_none() {
            return Ok(());
        }
        match block_in_place(|| self.read_if_changed()) {
            Ok(None) => {}
            Ok(Some(config)) => {
                info!(web_config = %config, "web configuration reloaded");
                self.current.send_replace(Arc::new(config));
            }
            Err(message) => {
                if self.last_error.as_ref() != Some(&message) {
                    error!(error = %message, "Error reloading the web configuration, keeping the previous one");
                    self.last_error = Some(message.clone());
                }
                return Err(message);
            }
        }
        self.last_error = None;
        Ok(())
    }

    fn read_if_changed(&mut self) -> Result<Option<WebConfig>, String> {
        let path = self.path.as_deref();
        let source = WebConfigSource::read(path).map_err(|error| error.to_string())?;
        if source.digest == self.digest {
            return Ok(None);
        }
        let digest = source.digest;
        let old = self.current.borrow().clone();
        let new = source
            .web_config(&name_of(path), old.verifier.clone())
            .map_err(|error| error.to_string())?;
        // Half a file, as one that is being file, must not open what it should close.
        let opens = [
            (old.tls.is_some() && new.tls.is_none(), "TLS"),
            (
                !old.users.is_empty() && new.users.is_empty(),
                "authentication",
            ),
        ];
        if let Some((_, what)) = opens.into_iter().find(|(opens, _)| *opens) {
            let path = name_of(path);
            return Err(format!("{path}: disabling {what} requires a restart"));
        }
        self.digest = digest;
        Ok(Some(new))
    }
}
