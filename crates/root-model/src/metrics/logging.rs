//! Whether the account is watched: CloudTrail and GuardDuty.
use super::{Family, catalogue};
use crate::{
    collector::Collector,
    facts::{account::Account, guardduty::Detector, trails::Trail},
};

pub(super) const FAMILIES: &[Family] = catalogue! {
    Account Gauge "aws_root_cloudtrail_enabled" ["account_id"]
        "1 if a multi-region trail is logging both read and write management events."
        => |a, out| out.put([&a.identity.id], a.cloudtrail_enabled());
    Account Gauge "aws_root_cloudtrail_trail_info"
        ["account_id", "trail", "home_region", "multi_region", "organization", "log_file_validation", "encrypted", "cloudwatch_logs"]
        "Always 1; a trail that covers the account, and how it is set up."
        => |a, out| for (trail, name) in trails(a) {
            let flag = |set| if set { "true" } else { "false" };
            out.put(
                [
                    &a.identity.id, name, &trail.home_region, flag(trail.multi_region), flag(trail.organization),
                    flag(trail.log_file_validation), flag(trail.encrypted), flag(trail.cloudwatch_logs),
                ],
                true,
            );
        };
    Account Gauge "aws_root_cloudtrail_trail_logging" ["account_id", "trail", "home_region"]
        "1 if the trail is logging."
        => |a, out| for (trail, name) in trails(a) {
            out.put([&a.identity.id, name, &trail.home_region], a.trail_status.get(&*trail.arn).map(|s| s.logging));
        };
    Account Gauge "aws_root_cloudtrail_trail_delivery_failing" ["account_id", "trail", "home_region"]
        "1 if the trail's latest delivery to S3 ended in an error."
        => |a, out| for (trail, name) in trails(a) {
            out.put([&a.identity.id, name, &trail.home_region], a.trail_status.get(&*trail.arn).map(|s| s.delivery_failing));
        };
    Account Gauge "aws_root_cloudtrail_trail_last_delivery_timestamp_seconds" ["account_id", "trail", "home_region"]
        "Time of the trail's latest delivery to S3."
        => |a, out| for (trail, name) in trails(a) {
            out.put([&a.identity.id, name, &trail.home_region], a.trail_status.get(&*trail.arn).map(|s| s.last_delivery));
        };
    Account Gauge "aws_root_guardduty_enabled" ["account_id", "aws_region"]
        "1 if GuardDuty has an enabled detector in the region."
        => |a, out| for (region, detector) in a.detectors.iter() {
            out.put([&a.identity.id, region], **detector == Detector::Enabled);
        };
    Account Gauge "aws_root_guardduty_findings" ["account_id", "aws_region", "severity"]
        "Unarchived GuardDuty findings, by severity, where there is a detector."
        => |a, out| for (region, severity, count) in a.findings() {
            out.put([&a.identity.id, region, severity.as_str()], count);
        };
    // Just started, it would count those of the first region, then those of two: each count is an alert of its own.
    View Gauge "aws_root_guardduty_root_findings" ["account_id", "type"]
        "Unarchived GuardDuty findings about the root user, by finding type, counted once however many regions repeat them; not until each region was asked once."
        => |view, out| for a in view.accounts.iter().filter(|a| view.state.runs_in(a.identity, Collector::GuardDuty).ran_everywhere()) {
            for (kind, count) in a.root_findings_by_type() {
                out.put([&a.identity.id, kind], count);
            }
        };
    Account Gauge "aws_root_guardduty_root_finding_last_timestamp_seconds" ["account_id"]
        "Latest update of any unarchived GuardDuty finding about the root user."
        => |a, out| out.put([&a.identity.id], a.root_finding_last());
};

/// The trails with the name to show: the trail's own, or its ARN where another trail has the same name and region (an
/// organization's trail and one of the account may).
fn trails<'a>(account: &Account<'a>) -> impl Iterator<Item = (&'a Trail, &'a str)> {
    account.trails.iter().map(|&trail| {
        let same =
            |other: &&&Trail| other.name == trail.name && other.home_region == trail.home_region;
        let name = if account.trails.iter().filter(same).count() > 1 {
            &trail.arn
        } else {
            &trail.name
        };
        (trail, &**name)
    })
}
