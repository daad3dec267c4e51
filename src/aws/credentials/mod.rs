//! The exporter's own credentials: where they come from, when they are read again, and to which account they belong.
//!
//! [`BaseCredentials`] serves them to all calls. One task, [`renewal`], loads them from the first source of the [`chain`]
//! that has any, and says of the others what was tried. The SDK's own chain and cache are not used: that chain drops what
//! each source said, and files that it has read are never read again.
mod base;
mod chain;
mod checked;
mod explain;
mod files;
mod metadata;
mod process;
mod process_output;
mod profile;
mod renewal;
mod sources;

pub(super) use base::BaseCredentials;
pub(super) use chain::Source;
pub(super) use checked::check;
pub(super) use renewal::Renewal;

use root_model::failure::Reason;
use std::fmt;

/// Why credentials could not be loaded.
#[derive(Clone, Debug)]
struct LoadError {
    /// That of the network, if AWS could not be asked for them; else `credentials`.
    reason: Reason,
    /// For people.
    message: String,
}

impl From<String> for LoadError {
    fn from(message: String) -> Self {
        let reason = Reason::Credentials;
        Self { reason, message }
    }
}

impl LoadError {
    /// The same, told of what is named before it.
    fn of(self, what: impl fmt::Display) -> Self {
        let message = format!("{what}: {}", self.message);
        Self { message, ..self }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Why a source has no credentials.
#[derive(Debug)]
enum Unavailable {
    /// Nothing names it: the next source is tried.
    NotConfigured(String),
    /// It should have some: no other source is tried in its place.
    Failed(LoadError),
}

impl From<String> for Unavailable {
    fn from(message: String) -> Self {
        Self::Failed(message.into())
    }
}
