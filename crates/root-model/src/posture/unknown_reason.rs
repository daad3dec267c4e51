//! Why it is not known whether a check passes: what the collectors that it needs came to, and what they cannot tell.
use super::{CollectorHealth, CollectorState};
use crate::{
    checks::Check, collector::Collector, facts::account::Account, facts::organization::Membership,
};

/// Why a check is unknown, in sentences for people.
pub(super) fn unknown(check: &Check, account: &Account, collectors: &[CollectorHealth]) -> String {
    let health = |name: Collector| collectors.iter().find(|it| it.name == name);
    let discovery = health(Collector::Discovery).and_then(failing);
    if !account.identity.reachable {
        return match discovery {
            Some(failure) => format!("The account cannot be reached: {failure}"),
            None => "The account has not been reached yet.".to_owned(),
        };
    }
    let needed = check.needs.iter();
    let mut reasons: Vec<String> = needed
        .filter_map(|name| match health(*name) {
            None => Some(format!(
                "The collector {name}, which it needs, is switched off in the configuration."
            )),
            Some(collector) => trouble(collector),
        })
        .collect();
    let regional = |name: &Collector| name.is_regional();
    if check.needs.iter().any(regional) && !account.identity.is_complete(account.now) {
        reasons
            .extend(discovery.map(|failure| {
                format!("It is not known which regions the account has: {failure}")
            }));
    }
    if reasons.is_empty() {
        reasons.push(incomplete(check, account, collectors));
    }
    reasons.join(" ")
}

/// What keeps a collector from telling anything.
fn trouble(collector: &CollectorHealth) -> Option<String> {
    if let CollectorState::Untried { tried, places } = collector.state {
        let name = collector.name;
        return Some(match places {
            1 => format!("{name} has not run yet."),
            _ => format!("{name} has run in {tried} of {places} regions yet."),
        });
    }
    failing(collector)
}

/// What a collector's failure is.
fn failing(collector: &CollectorHealth) -> Option<String> {
    let (first, others) = collector.failures.split_first()?;
    let more = match others.len() {
        0 => String::new(),
        count => format!(" And {count} more."),
    };
    let (name, call, message) = (collector.name, first.call, &first.message);
    Some(format!("{name} fails: {call}: {message}.{more}"))
}

/// What the collectors cannot tell although they run well.
fn incomplete(check: &Check, account: &Account, collectors: &[CollectorHealth]) -> String {
    let needs = |name: Collector| check.needs.contains(&name);
    if needs(Collector::RootActivity) {
        return events(account);
    }
    if needs(Collector::Organization)
        && account.membership() == Some(Membership::Member)
        && !needs(Collector::CredentialReport)
    {
        return "Service control policies are seen with the exporter's own credentials only, in the management account or a delegated administrator: `docs iam-policy --scope management` prints what they must be allowed.".to_owned();
    }
    if needs(Collector::CredentialReport) {
        match account.report {
            None => {
                return "The latest credential report is stale; AWS makes one every four hours at most.".to_owned();
            }
            Some(_) if needs(Collector::AccountSummary) => {
                return "The credential report is older than a change of root's keys, or does not tell about one of them; AWS makes the next within about four hours.".to_owned();
            }
            Some(_) => {}
        }
    }
    if needs(Collector::MfaDevices) {
        return "MFA devices came or went between two look-ups; the next will tell.".to_owned();
    }
    let needed = collectors.iter().filter(|it| needs(it.name));
    let ages = needed.map(|it| {
        let age = it.age_seconds.unwrap_or_default();
        format!("{} succeeded {age} s ago", it.name)
    });
    let ages: Vec<String> = ages.collect();
    format!(
        "{}, and yet it is not known: AWS did not send all of it, or it is stale.",
        ages.join(" and ")
    )
}

/// What keeps root's events from being known.
fn events(account: &Account) -> String {
    let (done, all) = (account.backfilled(), account.identity.regions.len());
    if done < all {
        return format!(
            "root_activity is still looking back for root's events: it is done in {done} of {all} regions, and AWS lets it ask twice a second in each."
        );
    }
    if !account.watches_home() {
        return "`regions` leaves out the one region where root's sign-ins and IAM calls are recorded (us-east-1, in GovCloud us-gov-west-1).".to_owned();
    }
    "root_activity does not know of root's events as far back as the check looks: `collectors.root_activity.lookback` may be too short, or an event could not be read.".to_owned()
}
