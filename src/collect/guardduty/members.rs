//! GuardDuty of many accounts in one region at once, from the delegated administrator: its detector holds its members'
//! findings, and it knows whose GuardDuty is enabled.
use super::{Client, GET_FINDINGS_STATISTICS, criteria, detector_id, root_findings, whole};
use crate::{
    aws::{Call, Session},
    collect::{Answers, BatchRun, Batched, Collected, Delegate},
    limits::{GUARDDUTY_GROUPS, GUARDDUTY_PAGE},
};
use aws_sdk_guardduty::types::{Condition, GroupByType};
use root_model::facts::{
    Fact,
    guardduty::{Detector, FindingCounts, RootFinding},
};
use root_model::failure::Failure;
use root_model::names::is_account_id;
use root_model::severity::Severity;
use std::collections::{BTreeMap, BTreeSet};
use strum::VariantArray as _;

const GET_MEMBERS: Call = Call::new("guardduty:GetMembers");

pub(super) const BATCHED: Batched = Batched {
    delegate: Delegate::GuardDutyAdministrator,
    batch_size: GUARDDUTY_PAGE as usize,
    only_source: false,
    calls: &[GET_MEMBERS],
    collect: |run, answers| Box::pin(collect(run, answers)),
};

async fn collect(run: &BatchRun, answers: &mut Answers) -> Result<(), Failure> {
    let client = run.session.guardduty();
    let Some(detector) = detector_id(&run.session, &client).await? else {
        return Ok(());
    };
    let members = enabled_members(run, &client, &detector).await?;
    if members.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = members.iter().cloned().collect();
    let counts = counts(&run.session, &client, &detector, &ids).await?;
    let mut findings: BTreeMap<String, Vec<RootFinding>> = BTreeMap::new();
    for (account, finding) in root_findings(&run.session, &client, &detector, &ids, run.now).await?
    {
        findings.entry(account).or_default().push(finding);
    }
    for id in members {
        let counts = counts.get(&id).copied().unwrap_or_default();
        let findings = findings.remove(&id).unwrap_or_default();
        let mut collected = Collected::default();
        collected.insert(run.now, Fact::Detector(Detector::Enabled));
        collected.insert(run.now, Fact::FindingCounts(counts));
        collected.insert(run.now, Fact::RootFindings(findings));
        answers.insert(id.into(), collected);
    }
    Ok(())
}

/// Those of the accounts that are members and whose GuardDuty is enabled. What another relation means for the account's
/// detector is not documented: such an account is asked itself.
async fn enabled_members(
    run: &BatchRun,
    client: &Client,
    detector: &str,
) -> Result<BTreeSet<String>, Failure> {
    let ids = run.accounts.iter().map(|account| account.id.to_string());
    let request = client
        .get_members()
        .detector_id(detector)
        .set_account_ids(Some(ids.collect()));
    let answer = run.session.call(GET_MEMBERS, request.send()).await?;
    let members = answer
        .members
        .ok_or_else(|| GET_MEMBERS.malformed("no members"))?;
    let enabled = members.into_iter().filter(|member| {
        let asked = |id: &str| run.accounts.iter().any(|account| *account.id == *id);
        let status = member.relationship_status.as_deref();
        status.is_some_and(|status| status.eq_ignore_ascii_case("enabled"))
            && member.account_id.as_deref().is_some_and(asked)
    });
    Ok(enabled.filter_map(|member| member.account_id).collect())
}

/// Findings by account and severity band: those of at least a band, less those of at least the next. The highest is asked
/// for first, so that a finding that comes meanwhile shows in a lower band for once, and hides none.
async fn counts(
    session: &Session,
    client: &Client,
    detector: &str,
    accounts: &[String],
) -> Result<BTreeMap<String, FindingCounts>, Failure> {
    let mut at_least = Vec::new();
    for severity in Severity::VARIANTS.iter().rev() {
        let totals = totals(session, client, detector, accounts, lower_bound(*severity)).await?;
        at_least.push((*severity, totals));
    }
    let counts = accounts.iter().map(|id| {
        let (mut above, mut counts) = (0, FindingCounts::default());
        for (severity, totals) in &at_least {
            let total = totals.get(id).copied().unwrap_or_default();
            // A finding that was archived meanwhile must not make a number wrap around.
            counts.set(*severity, total.saturating_sub(above));
            above = total;
        }
        (id.clone(), counts)
    });
    Ok(counts.collect())
}

/// Where a severity begins, if there is one below it.
fn lower_bound(severity: Severity) -> Option<i64> {
    match severity {
        Severity::Low => None,
        Severity::Medium => Some(4),
        Severity::High => Some(7),
        Severity::Critical => Some(9),
    }
}

/// How many findings each account has, of at least some severity.
async fn totals(
    session: &Session,
    client: &Client,
    detector: &str,
    accounts: &[String],
    severity: Option<i64>,
) -> Result<BTreeMap<String, u64>, Failure> {
    let mut criteria = criteria(accounts);
    if let Some(least) = severity {
        let least = Condition::builder().greater_than_or_equal(least).build();
        criteria = criteria.criterion("severity", least);
    }
    let request = client
        .get_findings_statistics()
        .detector_id(detector)
        .group_by(GroupByType::Account)
        .max_results(GUARDDUTY_GROUPS)
        .finding_criteria(criteria.build());
    let answer = session
        .call(GET_FINDINGS_STATISTICS, request.send())
        .await?;
    let groups = whole(answer)?
        .grouped_by_account
        .ok_or_else(|| GET_FINDINGS_STATISTICS.malformed("no groupedByAccount"))?;
    let totals = groups.into_iter().map(|group| {
        let total = group.total_findings.and_then(|n| u64::try_from(n).ok());
        let account = group.account_id.filter(|id| is_account_id(id));
        account.zip(total)
    });
    totals.collect::<Option<_>>().ok_or_else(|| {
        GET_FINDINGS_STATISTICS.malformed("a group without accountId or totalFindings")
    })
}
