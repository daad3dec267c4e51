//! Counts the server's own answers by their status: who is refused shows as 401, and as 429 where many guess.
use axum::http::StatusCode;
use prometheus::{IntCounterVec, Opts, Registry};
use root_model::metrics::HTTP_REQUESTS;

/// The counter of answers.
#[derive(Clone, Debug)]
pub struct HttpMetrics(IntCounterVec);

impl HttpMetrics {
    /// Registers the counter.
    ///
    /// # Errors
    /// If it is registered already.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        let options = Opts::new(HTTP_REQUESTS.name, HTTP_REQUESTS.help);
        let total = IntCounterVec::new(options, HTTP_REQUESTS.labels)?;
        // From the start, so that the first refusal shows as an increase.
        for code in ["200", "401", "429"] {
            total.with_label_values(&[code]);
        }
        registry.register(Box::new(total.clone()))?;
        Ok(Self(total))
    }

    /// Counts an answer as it leaves.
    pub(super) fn count(&self, code: StatusCode) {
        self.0.with_label_values(&[code.as_str()]).inc();
    }
}
