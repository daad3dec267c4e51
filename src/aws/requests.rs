//! Counts every request to AWS that was sent, retries included. The exporter's own work: live counters.
use super::Call;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};
use root_model::metrics::{AWS_REQUEST_DURATION, AWS_REQUESTS};
use std::time::Instant;

/// The counters of requests, shared by every client.
#[derive(Clone, Debug)]
pub struct Requests {
    total: IntCounterVec,
    seconds: HistogramVec,
}

impl Requests {
    /// Registers the counters.
    ///
    /// # Errors
    /// If they are registered already.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        let total = IntCounterVec::new(
            Opts::new(AWS_REQUESTS.name, AWS_REQUESTS.help),
            AWS_REQUESTS.labels,
        )?;
        let options = HistogramOpts::new(AWS_REQUEST_DURATION.name, AWS_REQUEST_DURATION.help)
            .buckets(vec![0.025, 0.1, 0.25, 1.0, 2.5, 10.0]);
        let seconds = HistogramVec::new(options, AWS_REQUEST_DURATION.labels)?;
        registry.register(Box::new(total.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        Ok(Self { total, seconds })
    }

    /// A request that is sent now.
    pub(super) fn sent(&self, call: Call) -> Request {
        Request {
            requests: self.clone(),
            call,
            sent: Instant::now(),
            outcome: "timeout",
        }
    }
}

/// A request that was sent. It is counted when it is dropped: one that is cancelled with its run, as a timeout.
#[derive(Debug)]
pub(super) struct Request {
    requests: Requests,
    call: Call,
    sent: Instant,
    outcome: &'static str,
}

impl Request {
    /// Counts it with this outcome.
    pub(super) fn end(mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let (service, operation) = (self.call.service(), self.call.operation());
        let (total, seconds) = (&self.requests.total, &self.requests.seconds);
        total
            .with_label_values(&[service, operation, self.outcome])
            .inc();
        seconds
            .with_label_values(&[service, operation])
            .observe(self.sent.elapsed().as_secs_f64());
    }
}
