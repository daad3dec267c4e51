//! Faults, as a scenario describes them.

use serde::{Deserialize, Serialize};

/// A fault; keys that are absent match everything.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    #[serde(default)]
    pub(crate) account: Option<String>,
    #[serde(default)]
    pub(crate) region: Option<String>,
    #[serde(default)]
    pub(crate) service: Option<String>,
    #[serde(default)]
    pub(crate) operation: Option<String>,
    /// Of `delay`.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// Of `error`, as the next two.
    #[serde(default)]
    pub(crate) code: Option<String>,
    #[serde(default)]
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) message: Option<String>,
    /// How many matching calls still pass unharmed.
    #[serde(default)]
    pub(crate) skip: u64,
    /// How many calls it still harms; without it, all.
    #[serde(default)]
    pub(crate) count: Option<u64>,
    #[serde(default = "always")]
    pub(crate) probability: f64,
}

fn always() -> f64 {
    1.0
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// The service denies access.
    Deny,
    /// The service throttles.
    Throttle,
    /// The answer comes late.
    Delay,
    /// No answer comes.
    Hang,
    /// The connection closes in the middle of the answer.
    CutOff,
    /// Half of the answer comes as if it were all.
    Truncate,
    /// A proxy's page comes instead.
    Garbage,
    /// An error of the scenario's choice.
    Error,
    /// The region seems not to be enabled.
    Disabled,
    /// 64 MB of blanks follow the answer.
    Huge,
    /// Half of the answer comes, and blanks follow, slowly and for ever.
    EndlessBody,
    /// With the answer comes what nobody knows, nested very deep.
    Deep,
    /// Its texts are no UTF-8.
    NotUtf8,
    /// The first page comes again and again, each time with a new token.
    EndlessPages,
    /// The same with two tokens by turns.
    RepeatedToken,
    /// No value is of the type that it should be.
    WrongTypes,
    /// Every time is of the year 9998.
    Future,
}
