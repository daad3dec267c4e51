//! Why it is not known whether a check passes, in sentences for people. What is missing was said by the check; what failed, by
//! the collectors.
use super::{CollectorHealth, CollectorState, RunFailure};
use crate::{
    collector::Collector,
    facts::{
        account::Account,
        sources::{self, SERVICE_CONTROL_POLICIES},
    },
    missing::{Cause, Gap, Missing, Source},
    time::rounded,
};
use std::time::SystemTime;

/// The reason, for each missing fact.
pub(super) fn of(missing: &Missing, account: &Account, collectors: &[CollectorHealth]) -> String {
    let health = |collector| collectors.iter().find(|it| it.name == collector);
    if !account.identity.reachable {
        let failure = health(Collector::Discovery).and_then(|it| failure(it, None));
        return match failure {
            Some(failure) => format!("The account cannot be reached: {failure}"),
            None => "The account has not been reached yet.".to_owned(),
        };
    }
    let mut reasons: Vec<String> = Vec::new();
    for gap in missing.gaps() {
        let reason = match health(gap.source.collector) {
            Some(health) => explain(gap, health, account.now),
            None => format!(
                "The collector {} is disabled in the configuration.",
                gap.source.collector
            ),
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons.join(" ")
}

/// Why one fact is missing.
fn explain(gap: &Gap, health: &CollectorHealth, now: SystemTime) -> String {
    let (collector, call) = (gap.source.collector, gap.source.call);
    if let CollectorState::Untried { tried, places } = health.state {
        return match places {
            1 => format!("{collector} has not run yet."),
            _ => format!("{collector} has run in {tried} of {places} regions so far."),
        };
    }
    if let Some(failure) = failure(health, Some(gap)) {
        if collector == Collector::Discovery {
            return format!("It is not known which regions the account has: {failure}");
        }
        return failure;
    }
    match gap.cause {
        Cause::NotInPartition => "It does not exist in the account's partition.".to_owned(),
        Cause::NotCollected if gap.source == SERVICE_CONTROL_POLICIES => "Service control policies can be read only with the exporter's own credentials, in the management account or a delegated administrator: `aws-root-exporter docs iam-policy --scope management` prints what they must be allowed.".to_owned(),
        Cause::NotCollected => {
            let succeeded = match health.age_seconds {
                Some(age) => format!("succeeded {age} s ago, but did not collect"),
                None => "has not collected".to_owned(),
            };
            format!("{collector} {succeeded} the answer of {call}.")
        }
        Cause::Stale { as_of } if collector == Collector::CredentialReport => {
            let age = rounded(now.duration_since(as_of).unwrap_or_default());
            format!("The latest credential report is {age} old, which is stale; AWS makes a report at most every four hours.")
        }
        Cause::Stale { as_of } => {
            let age = rounded(now.duration_since(as_of).unwrap_or_default());
            format!("The latest answer of {call} is {age} old, which is stale.")
        }
        Cause::NotSent(what) => format!("The answer of {call} did not contain {what}."),
        Cause::Inconclusive(why) => why.to_owned(),
        Cause::Backfill { done, all } => format!(
            "The backfill of root's past events is complete in {done} of {all} regions; AWS allows two calls a second in each."
        ),
    }
}

/// What fails in a collector: that call or, if another call is behind it, whatever provides no other fact. Retries of any call
/// delay the whole run, and so make the facts of the others stale.
fn failure(health: &CollectorHealth, gap: Option<&Gap>) -> Option<String> {
    let of_call = |it: &&RunFailure| gap.is_some_and(|gap| gap.source.call == it.call);
    let of_another = |it: &&RunFailure| {
        let stale = gap.is_some_and(|gap| matches!(gap.cause, Cause::Stale { .. }));
        let provides = |source: &Source| source.collector == health.name && source.call == it.call;
        let provides_none = !sources::ALL.iter().any(provides);
        !of_call(it) && (stale || provides_none)
    };
    let failures = &health.failures;
    let mut related = failures
        .iter()
        .filter(of_call)
        .chain(failures.iter().filter(of_another));
    let failure = related.next()?;
    let more = match related.count() {
        0 => String::new(),
        count => format!(" And {count} more."),
    };
    let (name, call, message) = (health.name, failure.call, &failure.message);
    Some(format!("{name} fails: {call}: {message}.{more}"))
}

#[cfg(test)]
mod tests {
    use crate::{
        checks::CheckSettings,
        collector::Collector,
        facts::{
            Fact,
            credential_report::{ConsoleUsers, CredentialReport, RootCredentials},
            iam::PasswordPolicy,
        },
        failure::{Failure, Reason},
        observation::Observation,
        posture::{Posture, Status},
        state::State,
        target::{AccountIdentity, Scope, Target, identity},
        view::{Build, View},
    };
    use std::{
        sync::Arc,
        time::{Duration, SystemTime, UNIX_EPOCH},
    };

    const HOUR: Duration = Duration::from_hours(1);

    fn now() -> SystemTime {
        UNIX_EPOCH + HOUR * 24 * 365
    }

    fn scope() -> Scope {
        let account = AccountIdentity {
            complete_until: Some(now()),
            ..identity(&["us-east-1"])
        };
        Scope {
            accounts: vec![Arc::new(account)],
            collectors: [
                Collector::Discovery,
                Collector::CredentialReport,
                Collector::Iam,
            ]
            .map(|collector| (collector, HOUR))
            .into(),
            discovered: true,
        }
    }

    /// A run that ended just now.
    fn run(
        collector: Collector,
        facts: Vec<(SystemTime, Fact)>,
        failures: Vec<Failure>,
    ) -> Observation {
        Observation {
            target: Some(Target {
                account: "111122223333".into(),
                region: None,
            }),
            collector,
            ended: now(),
            took: HOUR,
            valid: HOUR * 7,
            facts,
            failures,
        }
    }

    fn report(generated: SystemTime) -> (SystemTime, Fact) {
        let report = CredentialReport {
            generated,
            root: RootCredentials::default(),
            console_users: Some(ConsoleUsers {
                with_mfa: 1,
                without_mfa: 0,
            }),
        };
        (generated, Fact::CredentialReport(report))
    }

    /// Why the check is unknown after these runs.
    fn reason(check: &str, runs: Vec<Observation>) -> String {
        let mut state = State::default();
        for run in runs {
            state.apply(run);
        }
        let (scope, settings) = (scope(), CheckSettings::default());
        let build = Build::default();
        let view = View::at(&state, &scope, &settings, true, None, build, now());
        let posture = Posture::of(&view, Vec::new(), None);
        let mut findings = posture.accounts[0].checks.iter();
        let finding = findings.find(|it| it.check.id == check).unwrap();
        let Status::Unknown(reason) = &finding.status else {
            panic!("{check}: {:?}", finding.status);
        };
        reason.to_string()
    }

    fn denied(call: &'static str) -> Failure {
        Failure {
            reason: Reason::AccessDenied,
            call,
            message: "not allowed".to_owned(),
        }
    }

    fn policy() -> (SystemTime, Fact) {
        let policy = PasswordPolicy {
            minimum_length: 14,
            reuse_prevention: 24,
        };
        (now(), Fact::PasswordPolicy(policy))
    }

    #[test]
    fn names_what_is_missing_and_no_failure_beside_it() {
        let runs = vec![
            run(
                Collector::CredentialReport,
                vec![report(now() - HOUR * 30)],
                vec![],
            ),
            run(
                Collector::Iam,
                vec![policy()],
                vec![denied("iam:ListEntitiesForPolicy")],
            ),
        ];
        let reason = reason("iam-password-policy", runs);
        assert!(
            reason.contains("credential report is 30 hours old"),
            "{reason}"
        );
        assert!(!reason.contains("ListEntitiesForPolicy"), "{reason}");
    }

    #[test]
    fn names_the_call_that_fails_and_all_that_is_missing() {
        let failures = ["iam:GetAccountPasswordPolicy", "iam:ListEntitiesForPolicy"].map(denied);
        let runs = vec![
            run(
                Collector::CredentialReport,
                vec![],
                vec![denied("iam:GetCredentialReport")],
            ),
            run(Collector::Iam, vec![], failures.to_vec()),
        ];
        let reason = reason("iam-password-policy", runs);
        assert!(
            reason.contains("credential_report fails: iam:GetCredentialReport: "),
            "{reason}"
        );
        assert!(
            reason.contains("iam fails: iam:GetAccountPasswordPolicy: "),
            "{reason}"
        );
    }

    #[test]
    fn names_a_call_that_delays_the_run() {
        let late = Failure::timeout("iam:ListEntitiesForPolicy", HOUR);
        let stale = (now() - HOUR * 8, policy().1);
        let runs = vec![
            run(Collector::CredentialReport, vec![report(now())], vec![]),
            run(Collector::Iam, vec![stale], vec![late]),
        ];
        let reason = reason("iam-password-policy", runs);
        assert!(
            reason.contains("iam fails: iam:ListEntitiesForPolicy: "),
            "{reason}"
        );
    }

    #[test]
    fn names_a_collector_that_has_not_run_or_is_disabled() {
        let reason_without = |check| reason(check, vec![]);
        assert!(reason_without("iam-administrators").contains("iam has not run yet."));
        let disabled = reason_without("security-contact");
        assert!(
            disabled.contains("security_contact is disabled"),
            "{disabled}"
        );
    }
}
