//! CloudTrail trails.

use super::event_selectors::{AdvancedEventSelector, EventSelector};
use crate::clock::{HumanDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A trail of `CloudTrail`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own shape")]
pub(crate) struct Trail {
    pub(crate) arn: Option<String>,
    pub(crate) home_region: Option<String>,
    pub(crate) multi_region: bool,
    pub(crate) organization: bool,
    /// The account of an organization trail that is seen from a member.
    pub(crate) owner: Option<String>,
    pub(crate) include_global: bool,
    pub(crate) log_file_validation: bool,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) cloudwatch_logs_group_arn: Option<String>,
    pub(crate) bucket: Option<String>,
    pub(crate) logging: bool,
    pub(crate) latest_delivery: Option<Timestamp>,
    /// Keeps the latest delivery this long before world time.
    pub(crate) latest_delivery_age: Option<HumanDuration>,
    pub(crate) latest_delivery_error: Option<String>,
    /// In AWS's JSON form, as are the advanced ones.
    pub(crate) event_selectors: Option<Vec<EventSelector>>,
    pub(crate) advanced_event_selectors: Option<Vec<AdvancedEventSelector>>,
}

impl Default for Trail {
    fn default() -> Self {
        Self {
            arn: None,
            home_region: None,
            multi_region: false,
            organization: false,
            owner: None,
            include_global: true,
            log_file_validation: false,
            kms_key_id: None,
            cloudwatch_logs_group_arn: None,
            bucket: None,
            logging: true,
            latest_delivery: None,
            latest_delivery_age: None,
            latest_delivery_error: None,
            event_selectors: None,
            advanced_event_selectors: None,
        }
    }
}

/// Names have 3 to 128 letters, digits, dots, underscores and dashes.
pub(crate) fn is_trail_name(name: &str) -> bool {
    let right = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (3..=128).contains(&name.len())
        && name.bytes().all(right)
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
}
