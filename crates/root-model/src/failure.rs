//! Why a call to AWS, and so the run of a collector, failed.
use serde::Serialize;
use std::{fmt, time::Duration};
use strum::{Display, IntoStaticStr, VariantArray};

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {message}")]
pub struct Failure {
    /// The kind of failure.
    pub reason: Reason,
    /// The AWS action, as IAM spells it (`iam:GetAccountSummary`).
    pub call: &'static str,
    /// For people: what happened and what to do. Of what AWS answered it holds the error code only.
    pub message: String,
}

impl Failure {
    /// An answer that lacks what AWS documents it to have.
    pub fn malformed(call: &'static str, what: impl fmt::Display) -> Self {
        Self {
            reason: Reason::Malformed,
            call,
            message: format!("the answer is not as AWS documents it: {what}"),
        }
    }

    /// A run or a call that took longer than `limit`.
    #[must_use]
    pub fn timeout(call: &'static str, limit: Duration) -> Self {
        Self {
            reason: Reason::Timeout,
            call,
            message: format!(
                "did not finish within {limit:?}; facts collected until then are kept, and the run is retried"
            ),
        }
    }

    /// A run or a probe that ended in a panic.
    #[must_use]
    pub fn panicked(call: &'static str) -> Self {
        Self {
            reason: Reason::Other,
            call,
            message: "ended by a bug in the exporter: please report it with the log line \"panic\". Facts collected until then are kept, and the run is retried".to_owned(),
        }
    }
}

/// The kind of a failure: the closed set of the `reason` label.
#[derive(
    Clone,
    Copy,
    Debug,
    Display,
    Eq,
    Hash,
    IntoStaticStr,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    VariantArray,
)]
#[serde(into = "&'static str")]
#[strum(serialize_all = "snake_case")]
pub enum Reason {
    /// A policy does not allow the action.
    AccessDenied,
    /// AWS limits the rate of calls.
    Throttled,
    /// No answer in time.
    Timeout,
    /// No connection, or it broke.
    Network,
    /// The name of AWS's endpoint cannot be resolved.
    Dns,
    /// The certificate of the endpoint is not trusted, or it does not speak TLS.
    Tls,
    /// The proxy cannot be reached, or refuses.
    Proxy,
    /// The region is not enabled for the account.
    RegionDisabled,
    /// There are no credentials, or they are expired or invalid.
    Credentials,
    /// The answer is not as AWS documents it.
    Malformed,
    /// Anything else, such as an internal error of AWS.
    Other,
}

impl Reason {
    /// The value of the `reason` label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
