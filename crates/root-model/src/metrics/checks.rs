//! What the checks found.
use super::{Family, catalogue};

pub(super) const FAMILIES: &[Family] = catalogue! {
    View Gauge "aws_root_check_passed" ["account_id", "check", "severity"]
        "1 if the account passes the check, 0 if it fails; no series where that is unknown or the check does not apply."
        => |view, out| for (account, assessment) in view.assessments() {
            for (check, passed) in assessment.judged() {
                out.put([account, check.id, check.severity.as_str()], passed);
            }
        };
    View Gauge "aws_root_check_unknown" ["account_id", "check"]
        "1 if a fact that the check needs is missing or stale, else 0."
        => |view, out| for (account, assessment) in view.assessments() {
            for (check, verdict) in assessment.verdicts() {
                out.put([account, check.id], verdict.is_err());
            }
        };
    View Gauge "aws_root_check_info" ["check", "title", "severity", "cis", "fsbp"]
        "Always 1; an enabled check, what is so where it passes, and the controls of CIS AWS Foundations 5.0 and of Security Hub that ask for it."
        => |view, out| for check in view.settings.enabled() {
            out.put([check.id, check.title, check.severity.as_str(), check.cis, check.fsbp], true);
        };
    View Gauge "aws_root_posture_score_ratio" ["account_id"]
        "Weight of the checks that pass over weight of those that pass or fail; critical ones weigh 10, high ones 5, medium ones 2, low ones 1."
        => |view, out| for (account, assessment) in view.assessments() {
            out.put([account], assessment.score());
        };
};
