//! CloudTrail's trails: which there are, whether they log, deliver, and record management events.
use super::{
    account::Account,
    sources::{TRAIL_SELECTORS, TRAIL_STATUS},
};
use crate::missing::{Cause, Gaps, Known, Missing, both};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

/// One trail that covers the account (CloudTrail `DescribeTrails`), once however many regions shadow it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "six independent settings, as AWS has them"
)]
pub struct Trail {
    /// The trail's ARN.
    pub arn: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The region where it was made.
    pub home_region: Arc<str>,
    /// `IsMultiRegionTrail`
    pub multi_region: bool,
    /// `IsOrganizationTrail`
    pub organization: bool,
    /// `HasCustomEventSelectors`; without, it records all management events.
    pub custom_selectors: bool,
    /// `LogFileValidationEnabled`
    pub log_file_validation: bool,
    /// Whether it encrypts with KMS (`KmsKeyId`).
    pub encrypted: bool,
    /// Whether it sends to CloudWatch Logs (`CloudWatchLogsLogGroupArn`).
    pub cloudwatch_logs: bool,
}

/// The trails that were seen in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trails {
    /// The trails, all multi-region ones among them.
    pub trails: Vec<Trail>,
    /// Whether every monitored region has shown its own; if not, there may be more that are of one region only.
    pub all_regions: bool,
}

/// CloudTrail `GetTrailStatus`, in the trail's home region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailStatus {
    /// `IsLogging`
    pub logging: bool,
    /// Whether the latest delivery to S3 ended in an error.
    pub delivery_failing: bool,
    /// `LatestDeliveryTime`
    pub last_delivery: Option<SystemTime>,
}

impl TrailStatus {
    /// AWS may leave `LatestDeliveryError` standing after deliveries work again. A trail delivers about every five
    /// minutes, so an error counts unless a delivery succeeded within the last fifteen.
    #[must_use]
    pub fn new(
        logging: bool,
        error: Option<&str>,
        last_delivery: Option<SystemTime>,
        now: SystemTime,
    ) -> Self {
        let recent = Duration::from_mins(15);
        let recovered = last_delivery
            .is_some_and(|at| now.duration_since(at).map_or(true, |age| age <= recent));
        Self {
            logging,
            delivery_failing: error.is_some_and(|error| !error.trim().is_empty()) && !recovered,
            last_delivery,
        }
    }
}

/// Which management events a trail records (CloudTrail `GetEventSelectors`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ManagementEvents {
    /// Read events.
    pub read: bool,
    /// Write events.
    pub write: bool,
}

impl ManagementEvents {
    /// Read and write events.
    #[must_use]
    pub fn all() -> Self {
        Self {
            read: true,
            write: true,
        }
    }

    /// What either records.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            read: self.read || other.read,
            write: self.write || other.write,
        }
    }

    /// What a classic event selector records. Sources it leaves out (`kms`, `rdsdata`) do not matter for root.
    #[must_use]
    pub fn classic(include_management_events: bool, read_write_type: &str) -> Self {
        let all = read_write_type == "All";
        Self {
            read: include_management_events && (all || read_write_type == "ReadOnly"),
            write: include_management_events && (all || read_write_type == "WriteOnly"),
        }
    }

    /// What an advanced event selector records, whatever its name: its `fields` are name, `Equals` and whether it has
    /// another operator.
    #[must_use]
    pub fn advanced(fields: &[AdvancedField]) -> Self {
        let management = fields.iter().any(|field| {
            field.name == "eventCategory" && field.equals.iter().any(|v| v == "Management")
        });
        // A selector of management events may leave out noisy sources; any other narrowing makes it record too little.
        let narrowed = fields.iter().any(|field| match field.name.as_str() {
            "eventCategory" | "readOnly" => false,
            "eventSource" => !field.equals.is_empty() || !field.only_excludes,
            _ => true,
        });
        if !management || narrowed {
            return Self::default();
        }
        let read_only: Vec<&AdvancedField> =
            fields.iter().filter(|f| f.name == "readOnly").collect();
        let allows = |wanted: &str| {
            read_only
                .iter()
                .all(|field| field.equals.iter().any(|v| v == wanted))
        };
        Self {
            read: allows("true"),
            write: allows("false"),
        }
    }
}

/// One field selector of an advanced event selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdvancedField {
    /// `eventCategory`, `readOnly`, `eventSource`, …
    pub name: String,
    /// The values of `Equals`.
    pub equals: Vec<String>,
    /// Whether it has no operator but `NotEquals`, `NotStartsWith` and `NotEndsWith`.
    pub only_excludes: bool,
}

impl Account<'_> {
    /// Whether a multi-region trail is logging both read and write management events. Unknown while it is not known of a
    /// trail that might be the one.
    ///
    /// # Errors
    /// What is missing.
    pub fn cloudtrail_enabled(&self) -> Known<bool> {
        let recording = self.recording_trail(|_| Ok(true))?;
        Ok(recording.is_some())
    }

    /// Whether one of the multi-region trails that log both read and write management events meets a condition; `None` where
    /// there is no such trail.
    ///
    /// # Errors
    /// What is missing.
    pub fn recording_trail(&self, meets: impl Fn(&Trail) -> Known<bool>) -> Known<Option<bool>> {
        let (mut gaps, mut maybe) = (Gaps::default(), Gaps::default());
        gaps.note(self.trails_listed.clone());
        let mut found = false;
        for trail in self.trails.iter().filter(|trail| trail.multi_region) {
            match (self.is_recording(&trail.arn), meets(trail)) {
                (Ok(true), Ok(true)) => return Ok(Some(true)),
                (Ok(true), Ok(false)) => found = true,
                (Ok(false), _) => {}
                // It decides only whether there is such a trail at all.
                (Err(missing), Ok(false)) => maybe.add(missing),
                (Err(missing), _) | (Ok(true), Err(missing)) => gaps.add(missing),
            }
        }
        gaps.check()?;
        if found {
            return Ok(Some(false));
        }
        maybe.check().map(|()| None)
    }

    /// The status of that trail.
    ///
    /// # Errors
    /// That it is missing.
    pub fn status_of(&self, arn: &str) -> Known<&TrailStatus> {
        let missing = || Missing::new(TRAIL_STATUS, Cause::NotCollected);
        self.trail_status.get(arn).copied().ok_or_else(missing)
    }

    /// Whether the trail is logging both read and write management events.
    fn is_recording(&self, arn: &str) -> Known<bool> {
        let logging = self.status_of(arn).map(|status| status.logging);
        let missing = || Missing::new(TRAIL_SELECTORS, Cause::NotCollected);
        let events = self.trail_selectors.get(arn).ok_or_else(missing);
        let complete = events.map(|events| events.read && events.write);
        if logging == Ok(false) || complete == Ok(false) {
            return Ok(false);
        }
        both(logging, complete).map(|_| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    fn field(name: &str, equals: &[&str]) -> AdvancedField {
        AdvancedField {
            name: name.into(),
            equals: equals.iter().map(|v| (*v).to_owned()).collect(),
            only_excludes: equals.is_empty(),
        }
    }

    #[test]
    fn selectors() {
        let both = ManagementEvents {
            read: true,
            write: true,
        };
        assert_eq!(ManagementEvents::classic(true, "All"), both);
        assert_eq!(
            ManagementEvents::classic(false, "All"),
            ManagementEvents::default()
        );
        assert!(!ManagementEvents::classic(true, "WriteOnly").read);
        let management = || field("eventCategory", &["Management"]);
        assert_eq!(ManagementEvents::advanced(&[management()]), both);
        assert_eq!(
            ManagementEvents::advanced(&[management(), field("eventSource", &[])]),
            both,
            "NotEquals kms"
        );
        let none = ManagementEvents::default();
        assert_eq!(
            ManagementEvents::advanced(&[
                management(),
                field("eventSource", &["iam.amazonaws.com"])
            ]),
            none
        );
        assert_eq!(
            ManagementEvents::advanced(&[field("eventCategory", &["Data"])]),
            none
        );
        let write = ManagementEvents::advanced(&[management(), field("readOnly", &["false"])]);
        assert_eq!(
            write,
            ManagementEvents {
                read: false,
                write: true
            }
        );
    }

    #[test]
    fn an_old_error_is_not_a_failing_delivery() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let ago = |s| Some(now - Duration::from_secs(s));
        let failing =
            |error, delivery| TrailStatus::new(true, error, delivery, now).delivery_failing;
        assert!(failing(Some("NoSuchBucket"), ago(3600)));
        assert!(failing(Some("NoSuchBucket"), None));
        assert!(!failing(Some("NoSuchBucket"), ago(300)));
        assert!(!failing(None, ago(86400)));
        assert!(!failing(Some(""), None));
    }
}
