//! GuardDuty of many accounts in one region at once, from the delegated administrator: its detector holds its members'
//! findings, and it knows whose GuardDuty is enabled.
use super::{Client, PAGE, criteria, detector_id, root_findings};
use crate::{
    aws::Session,
    collect::{Answers, Central, CentralRun, Collected, Through},
    facts::{
        Fact,
        guardduty::{Detector, FindingCounts, RootFinding},
    },
    observation::Failure,
};
use aws_sdk_guardduty::types::{Condition, GroupByType};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const CENTRAL: Central = Central {
    through: Through::GuardDutyAdministrator,
    // As many as a condition may name, and fewer than the groups of one answer.
    size: PAGE as usize,
    alone: false,
    actions: &["guardduty:GetMembers"],
    collect: |run, answers| Box::pin(collect(run, answers)),
};

async fn collect(run: &CentralRun, answers: &mut Answers) -> Result<(), Failure> {
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
        collected.learn(run.now, Fact::Detector(Detector::Enabled));
        collected.learn(run.now, Fact::FindingCounts(counts));
        collected.learn(run.now, Fact::RootFindings(findings));
        answers.insert(id.into(), collected);
    }
    Ok(())
}

/// Those of the accounts that are members and whose GuardDuty is enabled. What another relation means for the account's
/// detector is not documented: such an account is asked itself.
async fn enabled_members(
    run: &CentralRun,
    client: &Client,
    detector: &str,
) -> Result<BTreeSet<String>, Failure> {
    const CALL: &str = "guardduty:GetMembers";
    let ids = run.accounts.iter().map(|account| account.id.to_string());
    let request = client
        .get_members()
        .detector_id(detector)
        .set_account_ids(Some(ids.collect()));
    let answer = run.session.call(CALL, request.send()).await?;
    let members = answer
        .members
        .ok_or_else(|| Failure::malformed(CALL, "no members"))?;
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
    for least in [Some(9), Some(7), Some(4), None] {
        at_least.push(totals(session, client, detector, accounts, least).await?);
    }
    let counts = accounts.iter().map(|id| {
        let mut above = 0;
        let mut bands = [0; 4];
        for (totals, band) in at_least.iter().zip(bands.iter_mut().rev()) {
            let total = totals.get(id).copied().unwrap_or_default();
            // One that was archived meanwhile must not make a number wrap around.
            *band = total.saturating_sub(above);
            above = total;
        }
        (id.clone(), FindingCounts::of(bands))
    });
    Ok(counts.collect())
}

/// How many findings each account has, of at least some severity.
async fn totals(
    session: &Session,
    client: &Client,
    detector: &str,
    accounts: &[String],
    severity: Option<i64>,
) -> Result<BTreeMap<String, u64>, Failure> {
    const CALL: &str = "guardduty:GetFindingsStatistics";
    let mut criteria = criteria(accounts);
    if let Some(least) = severity {
        let least = Condition::builder().greater_than_or_equal(least).build();
        criteria = criteria.criterion("severity", least);
    }
    let request = client
        .get_findings_statistics()
        .detector_id(detector)
        .group_by(GroupByType::Account)
        .max_results(100)
        .finding_criteria(criteria.build());
    let answer = session.call(CALL, request.send()).await?;
    let groups = answer
        .finding_statistics
        .and_then(|statistics| statistics.grouped_by_account)
        .ok_or_else(|| Failure::malformed(CALL, "no groupedByAccount"))?;
    let totals = groups.into_iter().map(|group| {
        let total = group.total_findings.and_then(|n| u64::try_from(n).ok());
        group.account_id.zip(total)
    });
    totals
        .collect::<Option<_>>()
        .ok_or_else(|| Failure::malformed(CALL, "a group without accountId or totalFindings"))
}
