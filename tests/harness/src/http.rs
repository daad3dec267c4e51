//! HTTP in which every status is an answer, not an error.
use std::time::Duration;

/// Longer than any answer takes on a busy machine.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
/// The scrape of a thousand accounts has some tens of megabytes.
const MAX_BODY_BYTES: u64 = 1 << 30;

/// A client with connections of its own.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(REQUEST_TIMEOUT))
        .build()
        .into()
}

/// Status and body.
///
/// # Panics
/// If there is no answer.
pub fn get(url: &str) -> (u16, String) {
    try_get(url).unwrap_or_else(|error| panic!("GET {url}: {error}"))
}

/// Status and body, or why there is no answer.
pub(crate) fn try_get(url: &str) -> Result<(u16, String), String> {
    let mut answer = agent().get(url).call().map_err(|it| it.to_string())?;
    let body = answer.body_mut().with_config().limit(MAX_BODY_BYTES);
    let text = body.read_to_string().map_err(|it| it.to_string())?;
    Ok((answer.status().as_u16(), text))
}
