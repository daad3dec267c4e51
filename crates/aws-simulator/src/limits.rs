//! Every number that bounds something: limits of AWS, with their source, and limits of the simulator.

use std::time::Duration as StdDuration;
use time::Duration;

/// A request rate for each account and region.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RateLimit {
    /// Requests per second.
    pub(crate) rate: f64,
    /// Requests at once.
    pub(crate) burst: f64,
}

impl RateLimit {
    pub(crate) const fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst }
    }
}

// Request rates of CloudTrail.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
pub(crate) const LOOKUP_EVENTS: RateLimit = RateLimit::new(2.0, 2.0);
pub(crate) const TRAIL_LISTS: RateLimit = RateLimit::new(10.0, 10.0);

// Request rates of Account Management.
// Source: https://docs.aws.amazon.com/accounts/latest/reference/quotas.html
pub(crate) const GET_ALTERNATE_CONTACT: RateLimit = RateLimit::new(10.0, 15.0);
pub(crate) const LIST_REGIONS: RateLimit = RateLimit::new(5.0, 5.0);
pub(crate) const GET_ACCOUNT_INFORMATION: RateLimit = RateLimit::new(3.0, 3.0);

// Request rates of Organizations.
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
pub(crate) const DESCRIBE_ORGANIZATION: RateLimit = RateLimit::new(1.0, 2.0);
pub(crate) const DESCRIBE_POLICY: RateLimit = RateLimit::new(2.0, 2.0);
pub(crate) const LIST_ACCOUNTS: RateLimit = RateLimit::new(8.0, 12.0);
pub(crate) const ORGANIZATIONS_LISTS: RateLimit = RateLimit::new(5.0, 8.0);

// Request rate of STS.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
pub(crate) const STS: RateLimit = RateLimit::new(600.0, 600.0);

// Items of a page: the maximum, which is the default too where no other is given. Source: the API references.
pub(crate) const ACCOUNT_PAGE: usize = 50;
pub(crate) const EVENTS_PAGE: usize = 50;
pub(crate) const GUARDDUTY_PAGE: usize = 50;
pub(crate) const IAM_PAGE: usize = 1000;
pub(crate) const IAM_DEFAULT_PAGE: usize = 100;
pub(crate) const ORGANIZATIONS_PAGE: usize = 20;
pub(crate) const STATISTICS_GROUPS: usize = 100;
pub(crate) const STATISTICS_DEFAULT_GROUPS: usize = 25;
/// AWS does not document it, and it cannot be set. Small, so that tests see several pages.
pub(crate) const TRAILS_PAGE: usize = 5;

/// Values of one condition in finding criteria, of `accountIds` and of `findingIds`. Source: the `GuardDuty` API reference.
pub(crate) const GUARDDUTY_VALUES: usize = 50;

/// Lookup attributes of one `LookupEvents` request. Source: the CloudTrail API reference.
pub(crate) const LOOKUP_ATTRIBUTES: usize = 1;

/// How long the event history keeps events. Source: the CloudTrail user guide.
pub(crate) const EVENT_HISTORY: Duration = Duration::days(90);

/// How long a credential report can be read. Source: the IAM user guide.
pub(crate) const REPORT_VALIDITY: Duration = Duration::hours(4);

/// How far the time of a signature may be from the time of the server, before and after. Source: the IAM user guide.
pub(crate) const SIGNATURE_SKEW: Duration = Duration::minutes(5);

// Lifetime of sessions, in seconds. Source: the STS API reference.
pub(crate) const MIN_SESSION_SECONDS: i64 = 900;
pub(crate) const MAX_SESSION_SECONDS: i64 = 43_200;
pub(crate) const DEFAULT_SESSION_SECONDS: i64 = 3600;
pub(crate) const MAX_CHAINED_SESSION_SECONDS: i64 = 3600;
pub(crate) const MAX_ROOT_SESSION_SECONDS: i64 = 900;

// Credentials of one user. Source: the IAM quotas, see above.
pub(crate) const ACCESS_KEYS: usize = 2;
pub(crate) const CERTIFICATES: usize = 2;
pub(crate) const MFA_DEVICES: usize = 8;

// Limits of the simulator itself.

/// Bytes of a request body. AWS accepts no request this large for the simulated operations.
pub(crate) const MAX_REQUEST_BYTES: usize = 1 << 20;

/// The pause after a connection could not be accepted.
pub(crate) const ACCEPT_RETRY_INTERVAL: StdDuration = StdDuration::from_millis(100);

/// Seconds of a `delay` fault.
pub(crate) const MAX_FAULT_DELAY_SECONDS: f64 = 86_400.0;

/// Bytes of blanks after the response of a `huge` fault: more than a client should accept.
pub(crate) const HUGE_BODY_BYTES: usize = 64 << 20;

/// Bytes of one chunk of blanks.
pub(crate) const BLANK_CHUNK_BYTES: usize = 1 << 16;

/// Levels of a `deep` fault: more than the stack of a recursive parser holds.
pub(crate) const NESTING_DEPTH: usize = 100_000;

/// How long a `hang` fault waits: longer than any client does.
pub(crate) const HANG: StdDuration = StdDuration::from_mins(10);

/// The time between the head of a `cut_off` response and its end, so that the head reaches the client.
pub(crate) const CUT_OFF_DELAY: StdDuration = StdDuration::from_millis(20);

/// The time between two blanks of an `endless_body` fault.
pub(crate) const TRICKLE_INTERVAL: StdDuration = StdDuration::from_millis(100);

/// The shortest pause between two runs of a timeline that loops.
pub(crate) const MIN_LOOP_PAUSE: Duration = Duration::SECOND;
