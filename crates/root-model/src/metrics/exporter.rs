//! The exporter itself: its collectors and its calls.
use super::{Desc, Family, MetricType, Source, catalogue};
use crate::failure::Reason;
use strum::VariantArray as _;

/// Requests to AWS, counted as they are made.
pub const AWS_REQUESTS: Desc = Desc {
    name: "aws_root_aws_requests_total",
    metric_type: MetricType::Counter,
    labels: &["service", "operation", "outcome"],
    help: "Requests sent to AWS, retries included, by outcome (absent: what was asked for does not exist); requests for the exporter's own credentials are not counted.",
};

/// Durations of requests to AWS.
pub const AWS_REQUEST_DURATION: Desc = Desc {
    name: "aws_root_aws_request_duration_seconds",
    metric_type: MetricType::Histogram,
    labels: &["service", "operation"],
    help: "Duration of requests to AWS; each retry counts by itself.",
};

/// Requests to the exporter itself, counted as they are answered.
pub const HTTP_REQUESTS: Desc = Desc {
    name: "aws_root_exporter_http_requests_total",
    metric_type: MetricType::Counter,
    labels: &["code"],
    help: "Requests to the exporter's web server, by status code: 401 for a wrong or missing password, 429 for too many password attempts at once.",
};

/// Panics, counted as they happen.
pub const PANICS: Desc = Desc {
    name: "aws_root_exporter_panics_total",
    metric_type: MetricType::Counter,
    labels: &[],
    help: "Bugs that ended a run or a request of the exporter (panics); the log has a line about each.",
};

pub(super) const LIVE: &[Family] = &[
    live(PANICS),
    live(AWS_REQUESTS),
    live(AWS_REQUEST_DURATION),
    live(HTTP_REQUESTS),
];

const fn live(desc: Desc) -> Family {
    Family {
        desc,
        source: Source::Live,
    }
}

pub(super) const FAMILIES: &[Family] = catalogue! {
    View Gauge "aws_root_exporter_build_info" ["version", "revision", "rust_version"]
        "Always 1; the exporter's version, its revision and the compiler that built it."
        => |view, out| out.put([view.build.version, view.build.revision, view.build.rust_version], true);
    View Gauge "aws_root_exporter_config_last_reload_successful" []
        "1 if the latest reading of the configuration succeeded."
        => |view, out| out.put([], view.config_ok);
    View Gauge "aws_root_exporter_clock_offset_seconds" []
        "How far the clock of the exporter's host is ahead of AWS's, by the latest answer; negative if it is behind, 0 within the time that the answer took."
        => |view, out| out.put([], view.clock_offset);
    View Gauge "aws_root_collector_success" ["account_id", "collector"]
        "1 if the collector's latest run succeeded in every region."
        => |view, out| for (account, collector, runs) in view.collectors() {
            out.put([account, collector.as_str()], runs.success());
        };
    View Gauge "aws_root_collector_last_success_timestamp_seconds" ["account_id", "collector"]
        "Latest run of the collector that succeeded; of its regions, the oldest."
        => |view, out| for (account, collector, runs) in view.collectors() {
            out.put([account, collector.as_str()], runs.last_success());
        };
    View Gauge "aws_root_collector_interval_seconds" ["collector"]
        "Time between two runs of the collector in one place; where there are two, as interval and quiet_interval of root_activity, the longer."
        => |view, out| for (collector, interval) in &view.scope.collectors {
            out.put([collector.as_str()], interval.as_secs_f64());
        };
    View Gauge "aws_root_collector_duration_seconds" ["account_id", "collector"]
        "Duration of the collector's latest run; of its regions, the longest."
        => |view, out| for (account, collector, runs) in view.collectors() {
            out.put([account, collector.as_str()], runs.duration().map(|took| took.as_secs_f64()));
        };
    View Gauge "aws_root_collector_region_failed" ["account_id", "aws_region", "collector", "reason"]
        "1 where the collector's latest run failed; aws_region is global for a collector without regions."
        => |view, out| for (account, collector, runs) in view.collectors() {
            for (region, reason) in runs.failed() {
                out.put([account, region, collector.as_str(), reason.as_str()], true);
            }
        };
    View Counter "aws_root_collector_errors_total" ["collector", "reason"]
        "Runs that failed, by reason."
        => |view, out| for collector in view.scope.collectors.keys() {
            for reason in Reason::VARIANTS {
                out.put([collector.as_str(), reason.as_str()], view.state.errors(*collector, *reason));
            }
        };
};
