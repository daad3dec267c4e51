//! Faults, as a scenario describes them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A fault. Absent keys match every call.
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
    /// The delay of `delay`, in seconds.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// The error code of `error`.
    #[serde(default)]
    pub(crate) code: Option<String>,
    /// The HTTP status of `error`.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// The message of `error`.
    #[serde(default)]
    pub(crate) message: Option<String>,
    /// The members that `replace` puts into the result.
    #[serde(default)]
    pub(crate) result: Map<String, Value>,
    /// The number of matching calls that are still left alone.
    #[serde(default)]
    pub(crate) skip: u64,
    /// The number of calls that are still affected. Without it, all are.
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
    /// The response is delayed.
    Delay,
    /// No response is sent.
    Hang,
    /// The connection closes in the middle of the response.
    CutOff,
    /// The connection is reset when the request has come; no response is sent.
    Reset,
    /// A connection that was kept open is closed when the next request comes over it; no response is sent. It matches no
    /// first request of a connection.
    IdleClose,
    /// Half of the response is sent as if it were complete.
    Truncate,
    /// An HTML page, as of a proxy, is sent instead.
    Garbage,
    /// An error with the code, status and message of the scenario.
    Error,
    /// The error of a region that is not enabled.
    Disabled,
    /// 64 MiB of blanks follow the response.
    Huge,
    /// Half of the response is sent, then blanks, slowly and without end.
    EndlessBody,
    /// The response contains an unknown, deeply nested member.
    Deep,
    /// The texts in the response are not valid UTF-8.
    NotUtf8,
    /// The first page is sent repeatedly, each time with a new token.
    EndlessPages,
    /// The first page is sent repeatedly, with two alternating tokens.
    RepeatedToken,
    /// No value has the correct type.
    WrongTypes,
    /// Every time is in the year 9998 or later.
    Future,
    /// The result has no members.
    Empty,
    /// Every member of the result is null; in XML, that is the same as not to be there.
    Null,
    /// A JSON document of another service is sent instead.
    Foreign,
    /// Some members of the result are those of the scenario.
    Replace,
}
