//! Counts every request to AWS as it is made, retries included. The exporter's own work: live counters.
use super::failure::{is_code, reason_of};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef},
        },
        orchestrator::{HttpResponse, Metadata},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};
use root_model::metrics::{AWS_REQUEST_DURATION, AWS_REQUESTS};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

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
}

/// A request on its way. One that is given up with its run is counted when it is dropped.
#[derive(Debug)]
struct InFlight {
    requests: Requests,
    service: String,
    operation: String,
    started: Instant,
    counted: AtomicBool,
}

impl Storable for InFlight {
    type Storer = StoreReplace<Self>;
}

impl InFlight {
    fn end(&self, outcome: &str) {
        if self.counted.swap(true, Ordering::Relaxed) {
            return;
        }
        self.requests
            .total
            .with_label_values(&[&*self.service, &*self.operation, outcome])
            .inc();
        self.requests
            .seconds
            .with_label_values(&[&*self.service, &*self.operation])
            .observe(self.started.elapsed().as_secs_f64());
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.end("timeout");
    }
}

impl Intercept for Requests {
    fn name(&self) -> &'static str {
        "Requests"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (service, operation) = config.load::<Metadata>().map_or_else(
            || ("unknown".to_owned(), "unknown".to_owned()),
            |metadata| {
                (
                    metadata.service().to_lowercase(),
                    metadata.name().to_owned(),
                )
            },
        );
        config.interceptor_state().store_put(InFlight {
            requests: self.clone(),
            service,
            operation,
            started: Instant::now(),
            counted: AtomicBool::new(false),
        });
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(request) = config.load::<InFlight>() else {
            return Ok(());
        };
        request.end(match (context.output_or_error(), context.response()) {
            (Some(Ok(_)), _) => "success",
            (_, Some(response)) => outcome(response),
            (Some(Err(error)), None) if error.is_timeout_error() => "timeout",
            _ => "network",
        });
        Ok(())
    }
}

/// Codes which say that what was asked for is not there (yet). That is an answer, and no failure.
const ABSENT: [&str; 10] = [
    "AWSOrganizationsNotInUseException",
    "CredentialReportExpiredException",
    "CredentialReportNotPresentException",
    "CredentialReportNotReadyException",
    "NoSuchEntity",
    "PolicyNotFoundException",
    "ReportExpired",
    "ReportInProgress",
    "ReportNotPresent",
    "ResourceNotFoundException",
];

/// The outcome of an answer that is not a success: `absent`, or what its error code means, or else `error`.
fn outcome(response: &HttpResponse) -> &'static str {
    let header = response.headers().get("x-amzn-errortype");
    let body = response.body().bytes().unwrap_or_default();
    let code = match header {
        Some(header) => header.split(':').next().map(str::to_owned),
        None => code_in(body),
    };
    meaning(code.as_deref().filter(|code| is_code(code)))
}

fn meaning(code: Option<&str>) -> &'static str {
    if code.is_some_and(|code| ABSENT.contains(&code)) {
        return "absent";
    }
    reason_of(code).map_or("error", |reason| reason.as_str())
}

/// The error code in a JSON or XML body.
fn code_in(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    if let Some(xml) = text.split("<Code>").nth(1) {
        return xml.split('<').next().map(str::to_owned);
    }
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let code = json.get("__type").or_else(|| json.get("code"))?.as_str()?;
    code.rsplit('#').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{code_in, meaning};

    #[test]
    fn what_is_absent_is_no_error() {
        for (code, outcome) in [
            (Some("NoSuchEntity"), "absent"),
            (Some("AccessDenied"), "access_denied"),
            (Some("Throttling"), "throttled"),
            (Some("InternalFailure"), "error"),
            (None, "error"),
        ] {
            assert_eq!(meaning(code), outcome, "{code:?}");
        }
    }

    #[test]
    fn codes_in_bodies() {
        let xml = b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>";
        assert_eq!(code_in(xml).as_deref(), Some("Throttling"));
        let json = br#"{"__type":"com.amazonaws#TooManyRequestsException","message":"x"}"#;
        assert_eq!(code_in(json).as_deref(), Some("TooManyRequestsException"));
        assert_eq!(code_in(b"<html>"), None);
    }
}
