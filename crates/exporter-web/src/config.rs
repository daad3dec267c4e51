//! The web configuration in force: made from its file and the files that it names, and made again when they change. A broken
//! file changes nothing, and no file switches TLS or authentication off without a restart.
use super::{
    file::{ClientAuth, Named, WebConfigFile},
    password::{Authentication, Credentials, PasswordVerifier, Users},
    tls::{self, Material, Problem},
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

/// A file with all that it names, as it was read; small, so that it can be read often.
struct Reading {
    written: WebConfigFile,
    material: Option<Material>,
    digest: [u8; 32],
}

impl Reading {
    fn of(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else {
            return Ok(Self {
                written: WebConfigFile::default(),
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
        let written: WebConfigFile = from_yaml(text, path)?.unwrap_or_default();
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

    fn web_config(
        self,
        path: &str,
        verifier: Arc<PasswordVerifier>,
    ) -> Result<WebConfig, ConfigError> {
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
        Ok(WebConfig {
            tls,
            headers: written.http_server_config.headers(),
            users,
            summary,
            verifier,
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

impl WebConfig {
    /// What a file of this text, called `path`, puts in force; `read` gives what it names.
    ///
    /// # Errors
    /// If it is not understood or cannot be done. No error shows a password, a hash or a key.
    pub fn parse(
        text: &str,
        path: &str,
        read: impl FnMut(&Path) -> Result<Vec<u8>, String>,
    ) -> Result<Self, ConfigError> {
        Reading::parse(text, path, read)?.web_config(path, Arc::default())
    }

    /// The headers that every answer is to have.
    #[must_use]
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    /// Whether a password is needed.
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

/// Keeps the web configuration as its files have it.
#[derive(Debug)]
pub struct WebConfigWatcher {
    path: Option<PathBuf>,
    current: watch::Sender<Arc<WebConfig>>,
    digest: [u8; 32],
    /// The error of the latest poll, so that it is logged once.
    last_error: Option<String>,
}

impl WebConfigWatcher {
    /// Reads the file; without one, nothing is protected.
    ///
    /// # Errors
    /// If it or a file that it names cannot be read or used.
    pub fn load(path: Option<PathBuf>) -> Result<Self, ConfigError> {
        let reading = Reading::of(path.as_deref())?;
        let digest = reading.digest;
        let config = reading.web_config(&name_of(path.as_deref()), Arc::default())?;
        Ok(Self {
            path,
            current: watch::Sender::new(Arc::new(config)),
            digest,
            last_error: None,
        })
    }

    /// What is in force, now and later.
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
    /// If they cannot be read or used; then the previous configuration stays in force.
    pub fn poll(&mut self) -> Result<(), String> {
        if self.path.is_none() {
            return Ok(());
        }
        match block_in_place(|| self.reread()) {
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

    fn reread(&mut self) -> Result<Option<WebConfig>, String> {
        let path = self.path.as_deref();
        let reading = Reading::of(path).map_err(|error| error.to_string())?;
        if reading.digest == self.digest {
            return Ok(None);
        }
        let digest = reading.digest;
        let old = self.current.borrow().clone();
        let new = reading
            .web_config(&name_of(path), old.verifier.clone())
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
                "{path}: this would disable {what}, which needs a restart"
            ));
        }
        self.digest = digest;
        Ok(Some(new))
    }
}
