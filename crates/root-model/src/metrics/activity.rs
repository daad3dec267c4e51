//! What the root user did.
use super::{Family, catalogue, credentials::age};

pub(super) const FAMILIES: &[Family] = catalogue! {
    Account Gauge "aws_root_last_login_timestamp_seconds" ["account_id"]
        "Latest known successful console sign-in of the root user, by CloudTrail or the credential report, whichever is later."
        => |a, out| out.put([&a.identity.id], a.last_login());
    Account Gauge "aws_root_last_login_age_seconds" ["account_id"]
        "Time since the latest known successful console sign-in of the root user."
        => |a, out| out.put([&a.identity.id], age(a.now, a.last_login()));
    Account Gauge "aws_root_last_activity_timestamp_seconds" ["account_id"]
        "Latest CloudTrail event by the true root user, of any kind but privileged_session."
        => |a, out| out.put([&a.identity.id], a.last_activity());
    Account Gauge "aws_root_events" ["account_id", "kind", "window"]
        "CloudTrail events by the root user in the window that ends now, by kind; 0 only where the look-ups of every monitored region are complete."
        => |a, out| for (kind, window, count) in a.root_events() {
            out.put([&a.identity.id, kind.as_str(), window], count);
        };
    Account Gauge "aws_root_event_last_timestamp_seconds" ["account_id", "kind"]
        "Time of the latest CloudTrail event of that kind by the root user."
        => |a, out| for (kind, at) in a.root_event_last() {
            out.put([&a.identity.id, kind.as_str()], at);
        };
};
