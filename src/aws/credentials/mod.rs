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

/// Why a source has no credentials.
#[derive(Debug)]
enum Unavailable {
    /// Nothing names it: the next source is tried.
    NotConfigured(String),
    /// It should have some: no other source is tried in its place.
    Failed(String),
}
