//! The exporter itself: its collectors and its calls.
use super::{Family, Kind, Source, catalogue};
use crate::observation::Reason;

/// Requests to AWS, counted as they are made.
pub const AWS_REQUESTS: &Family = &LIVE[0];
/// How long requests to AWS take.
pub const AWS_REQUEST_DURATION: &Family = &LIVE[1];
/// Requests to the exporter itself, counted as they are answered.
pub const HTTP_REQUESTS: &Family = &LIVE[2];

pub(super) const LIVE: &[Family] = &[
    Family {
        name: "aws_root_aws_requests_total",
        kind: Kind::Counter,
        labels: &["service", "operation", "outcome"],
        help: "Requests sent to AWS, retries included, by outcome (absent: what was asked for is not there); those for the exporter's own credentials are not among them.",
        source: Source::Live,
    },
    Family {
        name: "aws_root_aws_request_duration_seconds",
        kind: Kind::Histogram,
        labels: &["service", "operation"],
        help: "Duration of requests to AWS, each attempt by itself.",
        source: Source::Live,
    },
    Family {
        name: "aws_root_exporter_http_requests_total",
        kind: Kind::Counter,
        labels: &["code"],
        help: "Requests to the exporter's web server, by the status of the answer: 401 where a password was wrong or missing, 429 where too many were guessed at once.",
        source: Source::Live,
    },
];

pub(super) const FAMILIES: &[Family] = catalogue! {
    View Gauge "aws_root_exporter_build_info" ["version", "revision", "rust_version"]
        "Always 1; the exporter's version, its revision and the compiler that built it."
        => |_, out| out.put([env!("CARGO_PKG_VERSION"), env!("BUILD_REVISION"), env!("BUILD_RUST_VERSION")], true);
    View Gauge "aws_root_exporter_config_last_reload_successful" []
        "1 if the latest reading of the configuration succeeded."
        => |view, out| out.put([], view.config_ok);
    View Gauge "aws_root_collector_success" ["account_id", "collector"]
        "1 if the collector's latest run succeeded in every region."
        => |view, out| for (account, collector, runs) in view.collectors() {
            out.put([account, collector], runs.success());
        };
    View Gauge "aws_root_collector_last_success_timestamp_seconds" ["account_id", "collector"]
        "Latest run of the collector that succeeded; of its regions, the oldest."
        => |view, out| for (account, collector, runs) in view.collectors() {
            out.put([account, collector], runs.last_success());
        };
    View Gauge "aws_root_collector_duration_seconds" ["account_id", "collector"]
        "Duration of the collector's latest run; of its regions, the longest."
        => |view, out| for (account, collector, runs) in view.collectors() {
            out.put([account, collector], runs.duration().map(|took| took.as_secs_f64()));
        };
    View Gauge "aws_root_collector_region_failed" ["account_id", "aws_region", "collector", "reason"]
        "1 where the collector's latest run failed; aws_region is global for a collector without regions."
        => |view, out| for (account, collector, runs) in view.collectors() {
            for (region, reason) in runs.failed() {
                out.put([account, region, collector, reason.as_str()], true);
            }
        };
    View Counter "aws_root_collector_errors_total" ["collector", "reason"]
        "Runs that failed, by reason."
        => |view, out| for collector in view.targets.collectors.iter().map(|it| it.name) {
            for reason in Reason::ALL {
                out.put([collector, reason.as_str()], view.state.errors(collector, reason));
            }
        };
};
