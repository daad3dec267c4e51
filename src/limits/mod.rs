//! Every number that bounds calls to AWS, runs, pages, bytes, retries, waits and publishing; those of the web server are in
//! `exporter_web::limits`. What else bounds the exporter is configured: `limits.concurrency`, and each collector's
//! `interval` and `timeout`.
//!
//! | limiter | bound | scope | acquired by |
//! |---|---|---|---|
//! | 1. root audits | [`MAX_ROOT_AUDITS`] | process | a run of `root_credentials` |
//! | 2. runs of an account | [`MAX_RUNS_PER_ACCOUNT`] | account | a run |
//! | 3. runs | [`MAX_RUNS`], or [`MAX_RATE_LIMITED_RUNS`] | process | a run |
//! | 4. account probes | [`MAX_ACCOUNT_PROBES`] | process | discovery, in place of 1 to 3 |
//! | 5. rate limiter | [`rate_limit`] | account, region, action | each attempt of a call |
//! | 6. `sts:AssumeRole` | [`MAX_ASSUME_ROLE_CALLS`] | process | an attempt of that call, in place of 7 and 8 |
//! | 7. circuit breaker | [`MAX_UNPROVEN_CALLS`], or 1/[`ENDPOINT_SHARE`] of 8 | service, region | each attempt |
//! | 8. calls | [`Concurrency`], by `limits.concurrency` | process | each attempt |
//! | 9. large responses | [`MAX_LARGE_RESPONSES_PER_ACCOUNT`], then [`MAX_LARGE_RESPONSES`] | account, process | a response body |
//!
//! A slot goes to whoever waits with the highest [`Priority`]. Waits count against no timeout: see [`fair_timeout`].
//!
//! They are acquired in this order, so no two tasks wait for each other. An attempt holds 6 to 8 until its response has
//! been read, and nothing while the rate limiter makes it wait. Credentials come before the attempt that needs them: an
//! attempt never holds 7 or 8 while STS is called for it.
mod concurrency;
mod fair_timeout;
mod priority;
mod slots;

pub(crate) use concurrency::{Answered, Concurrency};
pub(crate) use fair_timeout::{fair_timeout, waiting};
pub(crate) use priority::Priority;
pub(crate) use slots::{Slot, Slots};

use std::time::Duration;

// --- One attempt of a call ---

/// Opening a connection. Protects the attempt's time from a region whose packets are dropped.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Resolving a name, as a part of that: a name server whose packets are dropped never answers.
pub(crate) const RESOLVE_TIMEOUT: Duration = Duration::from_secs(3);
/// From sending the request to the last byte of the response, without the wait for limiters. Protects the run's timeout
/// from one attempt that hangs.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// In bytes. A page of CloudTrail events has some megabytes, a credential report of thousands of users as many. Protects
/// memory from a body without end.
pub(crate) const MAX_RESPONSE_BYTES: usize = 16 << 20;
/// In bytes. Larger responses are read one after the other; hardly any response of AWS is that large.
pub(crate) const LARGE_RESPONSE_BYTES: usize = 1 << 20;
/// Large responses read at once in one account, so that one account does not hold up the others.
pub(crate) const MAX_LARGE_RESPONSES_PER_ACCOUNT: usize = 1;
/// Large responses read at once. Protects memory: at most this many times [`MAX_RESPONSE_BYTES`].
pub(crate) const MAX_LARGE_RESPONSES: usize = 8;

// --- Retries of a call, made by the SDK ---

/// Attempts of a call. For services whose rate the account shares with other clients more: those may use it up.
pub(crate) const fn max_attempts(service: Service) -> u32 {
    match service {
        // Two calls a second, shared by everything in the account that looks up events.
        Service::CloudTrail => 4,
        // Two to five calls a second, of which a run makes many, shared by everything in the organization, such as other
        // shards.
        Service::OrganizationsPolicies => 8,
        Service::Account
        | Service::GuardDuty
        | Service::Iam
        | Service::Organizations
        | Service::Sts => 3,
    }
}

/// An AWS service that is called, or a part of one with a rate of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Account,
    CloudTrail,
    GuardDuty,
    Iam,
    Organizations,
    OrganizationsPolicies,
    Sts,
}

// --- Rate limiter ---

/// How fast an action may be called in one account and region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateLimit {
    /// The least time between two calls at the rate that AWS documents; zero where it documents none, or one out of reach.
    pub(crate) interval: Duration,
    /// A call that would wait longer for its turn after AWS has throttled is skipped, so that its run makes room for others.
    pub(crate) max_wait: Duration,
}

/// The limit of an action, spelt as in IAM.
///
/// Sources: CloudTrail's user guide, quotas; Organizations' user guide, quotas for throttling (`ListChildren` is not named
/// there and is taken to be like its kin); STS: 600 a second for all principals of the account, of which this is a part;
/// `AssumeRoot` is not documented.
pub(crate) fn rate_limit(action: &str) -> RateLimit {
    let per_second = match action {
        "organizations:DescribeOrganization" => 1,
        "cloudtrail:LookupEvents" | "organizations:DescribePolicy" => 2,
        "organizations:ListChildren"
        | "organizations:ListDelegatedAdministrators"
        | "organizations:ListPolicies"
        | "organizations:ListTargetsForPolicy"
        | "sts:AssumeRoot" => 5,
        "organizations:ListAccounts" => 8,
        "sts:AssumeRole" => 200,
        _ => 0,
    };
    let second = Duration::from_secs(1);
    RateLimit {
        interval: second.checked_div(per_second).unwrap_or_default(),
        max_wait: if action.starts_with("organizations:") {
            // One run for all accounts, whose timeout allows for it.
            Duration::from_secs(20)
        } else {
            Duration::from_secs(5)
        },
    }
}

/// The time between two calls after AWS has throttled an action without a documented rate, at least. It doubles at each
/// throttling and halves at each answer, as that of a documented rate does.
pub(crate) const MIN_THROTTLED_INTERVAL: Duration = Duration::from_millis(500);
/// The same at most.
pub(crate) const MAX_THROTTLED_INTERVAL: Duration = Duration::from_mins(1);

// --- Calls in flight, and the circuit breaker ---

/// Calls in flight with `limits.concurrency: auto`, at most. Protects memory: each holds a connection, a request and an
/// answer.
pub(crate) const MAX_CALLS: usize = 112;
/// The same at the start…
pub(crate) const START_CALLS: u32 = 64;
/// … and at least, however much AWS throttles: it does so by account, and endpoints that hang hold some.
pub(crate) const MIN_CALLS: u32 = 32;
/// Between two adjustments of the calls in flight…
pub(crate) const WINDOW: Duration = Duration::from_secs(1);
/// … in which there are so many answers at least.
pub(crate) const MIN_WINDOW_CALLS: u32 = 16;
/// Up to this many times the best latency counts as normal variation. Beyond, fewer calls are in flight.
pub(crate) const LATENCY_TOLERANCE: f64 = 2.0;
/// The best latency counts as twice as long after about this time: the way to a region may have become longer.
pub(crate) const LATENCY_MEMORY: Duration = Duration::from_mins(10);
/// Calls in progress to one service in one region while it is not known to answer. Protects the other regions' calls
/// from a region that is cut off.
pub(crate) const MAX_UNPROVEN_CALLS: usize = 4;
/// An endpoint that answers may have this share of all calls: a quarter.
pub(crate) const ENDPOINT_SHARE: usize = 4;
/// A call without an answer opens the circuit only if no call got one for this long.
pub(crate) const UNANSWERED_TIMEOUT: Duration = Duration::from_secs(5);
/// Two calls without an answer that are further apart say nothing of the time between.
pub(crate) const UNANSWERED_MEMORY: Duration = Duration::from_secs(30);

// --- The exporter's own credentials ---

/// Loading them from all sources, of which the SDK's have shorter timeouts of their own.
pub(crate) const CREDENTIALS_TIMEOUT: Duration = Duration::from_mins(1);
/// The command `credential_process` of a profile. It may ask a slow vault, but it cannot ask a person.
pub(crate) const CREDENTIAL_PROCESS_TIMEOUT: Duration = Duration::from_secs(30);
/// In bytes: what such a command may write to standard output; credentials have two kilobytes.
pub(crate) const MAX_PROCESS_OUTPUT_BYTES: usize = 64 << 10;
/// Of the first line that it writes to standard error.
pub(crate) const MAX_PROCESS_LINE_CHARS: usize = 200;
/// Between two looks at the config and the credentials file.
pub(crate) const CREDENTIALS_POLL_INTERVAL: Duration = Duration::from_secs(1);
/// They are loaded again after this if that failed, then twice as long, up to the maximum.
pub(crate) const MIN_CREDENTIALS_RETRY_INTERVAL: Duration = Duration::from_secs(5);
pub(crate) const MAX_CREDENTIALS_RETRY_INTERVAL: Duration = Duration::from_mins(1);

// --- Assumed roles ---

/// `sts:AssumeRole` calls in progress. Protects the rate of STS at the start, when every role is assumed.
pub(crate) const MAX_ASSUME_ROLE_CALLS: usize = 16;
/// Assuming a role, without the wait for a slot.
pub(crate) const ASSUME_ROLE_TIMEOUT: Duration = Duration::from_secs(12);
/// AWS's maximum for a role that is assumed by a role.
pub(crate) const ROLE_SESSION_DURATION: Duration = Duration::from_hours(1);
/// Credentials are renewed when less than this share of their lifetime is left: a quarter.
pub(crate) const RENEW_SHARE: u32 = 4;
/// Credentials that AWS rejects are replaced if they are older than this: not again and again where AWS takes none.
pub(crate) const MIN_CREDENTIALS_AGE: Duration = Duration::from_secs(15);
/// A role that could not be assumed is assumed again after this, then twice as long, up to the maximum. Protects STS from
/// the collectors of an account, which all ask. With [`MAX_PROBE_RETRY_INTERVAL`] it stays below ten minutes.
pub(crate) const MIN_ASSUME_ROLE_RETRY_INTERVAL: Duration = Duration::from_secs(15);
pub(crate) const MAX_ASSUME_ROLE_RETRY_INTERVAL: Duration = Duration::from_mins(4);
/// In seconds, of 900 at most: a root session. An audit takes a few seconds.
pub(crate) const ROOT_SESSION_SECONDS: i32 = 300;
/// How long the keys of root sessions are remembered: CloudTrail keeps events for 90 days.
pub(crate) const ROOT_SESSION_MEMORY: Duration = Duration::from_hours(91 * 24);

// --- Collectors ---

/// Pages of a list. The longest is that of an organization's accounts, 20 on a page.
pub(crate) const MAX_PAGES: usize = 5_000;
/// Organizational units below one: five times AWS's maximum for an organization, 2,000.
pub(crate) const MAX_ORGANIZATIONAL_UNITS: usize = 10_000;
/// `GetFindings` takes at most this many ids, and a condition as many accounts.
pub(crate) const GUARDDUTY_PAGE: u8 = 50;
/// Groups of `GetFindingsStatistics`, AWS's maximum: more than the 91 severities with one decimal.
pub(crate) const GUARDDUTY_GROUPS: i32 = 100;
/// Events on a page of `LookupEvents`, AWS's maximum.
pub(crate) const CLOUDTRAIL_PAGE: i32 = 50;
/// Regions on a page of `ListRegions`, AWS's maximum.
pub(crate) const REGIONS_PAGE: i32 = 50;
/// AWS makes no new credential report before this age.
pub(crate) const CREDENTIAL_REPORT_AGE: Duration = Duration::from_hours(4);
/// Between two looks for a credential report that is being made; it is usually ready after two seconds.
pub(crate) const CREDENTIAL_REPORT_POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How far back incremental polls look again: CloudTrail lists events some minutes late; AWS documents no bound.
pub(crate) const EVENT_DELAY: Duration = Duration::from_hours(1);
/// Where root acted, its events are looked up at the short interval for this long.
pub(crate) const ACTIVE_PERIOD: Duration = Duration::from_hours(1);
/// How far AWS's clock may be behind: it rejects requests that are signed more than five minutes off.
pub(crate) const CLOCK_SKEW: Duration = Duration::from_mins(10);
/// How far the time may be from AWS's: beyond, the time is set by AWS's, and the host's clock is called wrong.
pub(crate) const MAX_CLOCK_OFFSET: Duration = Duration::from_mins(1);
/// A time that AWS sends is invalid if it is this far in the future.
pub(crate) const MAX_FUTURE: Duration = Duration::from_hours(1);

// --- Schedule ---

/// Runs in progress. Protects memory: each holds tens of kilobytes, and more would only wait for calls.
pub(crate) const MAX_RUNS: usize = 96;
/// The same for collectors that mostly wait for the rate limiter.
pub(crate) const MAX_RATE_LIMITED_RUNS: usize = 192;
/// Runs in progress in one account. Protects the other accounts from one whose calls hang.
pub(crate) const MAX_RUNS_PER_ACCOUNT: usize = 8;
/// Audits of root credentials in progress: they wait for STS.
pub(crate) const MAX_ROOT_AUDITS: usize = 16;
/// First runs are spread over this time for each, or over the interval if that is shorter. Protects AWS from a burst.
pub(crate) const FIRST_RUN_INTERVAL: Duration = Duration::from_micros(500);
/// A changing plan is applied this often.
pub(crate) const PLAN_INTERVAL: Duration = Duration::from_millis(500);
/// A failed run is retried after this, then twice as long, up to the maximum or the interval.
pub(crate) const MIN_RETRY_INTERVAL: Duration = Duration::from_secs(15);
/// Below ten minutes with the jitter, so that an hourly collector is not unknown for an hour after AWS answers again.
pub(crate) const MAX_RETRY_INTERVAL: Duration = Duration::from_mins(9);
/// Batched runs wait until no account has been added for this long…
pub(crate) const BATCH_QUIET_INTERVAL: Duration = Duration::from_millis(1500);
/// … or, while accounts keep being added, this long.
pub(crate) const MAX_BATCH_WAIT: Duration = Duration::from_secs(30);

// --- Discovery ---

/// Accounts that are probed at once.
pub(crate) const MAX_ACCOUNT_PROBES: usize = 64;
/// Each question of a probe; the account is published with what is known until then.
pub(crate) const PROBE_TIMEOUT: Duration = Duration::from_secs(15);
/// A failed probe is repeated at least this often, before jitter.
pub(crate) const MAX_PROBE_RETRY_INTERVAL: Duration = Duration::from_mins(5);
/// While accounts are probed, the plan and the scope are published this often.
pub(crate) const PUBLISH_INTERVAL: Duration = Duration::from_millis(500);
/// With fewer accounts, each that becomes reachable is published at once.
pub(crate) const MAX_ACCOUNTS_PUBLISHED_SINGLY: usize = 20;
/// Probe results that wait to be taken in.
pub(crate) const PROBE_RESULTS: usize = 64;

// --- Publishing ---

/// The longest time between two publishes: ages grow and stale values end at a publish.
pub(crate) const MAX_PUBLISH_INTERVAL: Duration = Duration::from_secs(15);
/// The shortest. Protects the CPU.
pub(crate) const MIN_PUBLISH_INTERVAL: Duration = Duration::from_secs(1);
/// After a publish, a pause of this many times its duration: publishing takes at most 1/20 of the time.
pub(crate) const PUBLISH_SHARE: u32 = 20;
/// Snapshots are no longer compressed when no client has accepted gzip for this long.
pub(crate) const GZIP_TIMEOUT: Duration = Duration::from_mins(15);
/// Of the metrics: those of about two hundred accounts. A longer text is kept compressed only. Protects memory.
pub(crate) const MAX_PLAIN_METRICS_BYTES: usize = 4 << 20;

// --- Reload and shutdown ---

/// Between two looks at the web configuration and the files it references: a new certificate takes effect this soon.
pub(crate) const WEB_CONFIG_POLL_INTERVAL: Duration = Duration::from_secs(5);
/// A request to reload waits this long for the result.
pub(crate) const RELOAD_TIMEOUT: Duration = Duration::from_secs(10);
/// HTTP requests in progress after SIGTERM or SIGINT. Less than the 30 s after which Kubernetes kills a container.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(8);
/// Blocking tasks in progress after that.
pub(crate) const BLOCKING_TASKS_TIMEOUT: Duration = Duration::from_secs(1);
