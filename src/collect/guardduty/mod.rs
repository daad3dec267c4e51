//! GuardDuty in one region: the detector, findings by severity, and findings about root. Of this account's own findings
//! only: a delegated administrator's detector holds those of every member.
mod members;

use super::{Collected, CollectorSpec, RunContext, is_past};
use crate::aws::{Call, Paginator, Session};
use crate::limits::{GUARDDUTY_GROUPS, GUARDDUTY_PAGE};
use aws_sdk_guardduty::{
    Client,
    operation::get_findings_statistics::GetFindingsStatisticsOutput,
    types::{
        Condition, DetectorStatus, Finding, FindingCriteria, FindingStatistics, GroupByType,
        builders::FindingCriteriaBuilder,
    },
};
use root_model::collector::Collector;
use root_model::facts::{
    Fact,
    guardduty::{Detector, FindingCounts, RootFinding},
};
use root_model::failure::Failure;
use root_model::id::id;
use root_model::names::{display_name, is_account_id};
use std::time::SystemTime;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const LIST_DETECTORS: Call = Call::new("guardduty:ListDetectors");
const GET_DETECTOR: Call = Call::new("guardduty:GetDetector");
const GET_FINDINGS_STATISTICS: Call = Call::new("guardduty:GetFindingsStatistics");
const LIST_FINDINGS: Call = Call::new("guardduty:ListFindings");
const GET_FINDINGS: Call = Call::new("guardduty:GetFindings");

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::GuardDuty,
    rate_limited: false,
    calls: &[
        GET_DETECTOR,
        GET_FINDINGS,
        GET_FINDINGS_STATISTICS,
        LIST_DETECTORS,
        LIST_FINDINGS,
    ],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: Some(members::BATCHED),
};

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    let client = run.session.guardduty();
    let Some(detector) = detector_id(&run.session, &client).await? else {
        collected.insert(run.now, Fact::Detector(Detector::Absent));
        return Ok(());
    };
    if let Some(status) = collected.ok_or_record(status(run, &client, &detector).await) {
        collected.insert(run.now, Fact::Detector(status));
    }
    if let Some(counts) = collected.ok_or_record(counts(run, &client, &detector).await) {
        collected.insert(run.now, Fact::FindingCounts(counts));
    }
    let own = [run.account.id.to_string()];
    let findings = root_findings(&run.session, &client, &detector, &own, run.now).await;
    if let Some(findings) = collected.ok_or_record(findings) {
        let findings = findings.into_iter().map(|(_, finding)| finding);
        collected.insert(run.now, Fact::RootFindings(findings.collect()));
    }
    Ok(())
}

async fn detector_id(session: &Session, client: &Client) -> Result<Option<String>, Failure> {
    let mut pages = Paginator::new(LIST_DETECTORS);
    loop {
        let request = client.list_detectors().set_next_token(pages.token());
        let page = session.call(LIST_DETECTORS, request.send()).await?;
        let ids = page
            .detector_ids
            .ok_or_else(|| LIST_DETECTORS.malformed("no detectorIds"))?;
        // There is at most one in a region.
        let found = ids.into_iter().next();
        if found.is_some() || !pages.advance(page.next_token)? {
            return Ok(found);
        }
    }
}

async fn status(run: &RunContext, client: &Client, detector: &str) -> Result<Detector, Failure> {
    let request = client.get_detector().detector_id(detector);
    match run.session.call(GET_DETECTOR, request.send()).await?.status {
        Some(DetectorStatus::Enabled) => Ok(Detector::Enabled),
        Some(DetectorStatus::Disabled) => Ok(Detector::Suspended),
        _ => Err(GET_DETECTOR.malformed("no known status")),
    }
}

async fn counts(
    run: &RunContext,
    client: &Client,
    detector: &str,
) -> Result<FindingCounts, Failure> {
    let request = client
        .get_findings_statistics()
        .detector_id(detector)
        .group_by(GroupByType::Severity)
        .max_results(GUARDDUTY_GROUPS)
        .finding_criteria(criteria(&[run.account.id.to_string()]).build());
    let answer = run
        .session
        .call(GET_FINDINGS_STATISTICS, request.send())
        .await?;
    let groups = whole(answer)?
        .grouped_by_severity
        .ok_or_else(|| GET_FINDINGS_STATISTICS.malformed("no groupedBySeverity"))?;
    let mut counts = FindingCounts::default();
    for group in groups {
        let total = group.total_findings.and_then(|n| u64::try_from(n).ok());
        let severity = group.severity.filter(|it| (0.0..=10.0).contains(it));
        let (Some(severity), Some(total)) = (severity, total) else {
            return Err(GET_FINDINGS_STATISTICS
                .malformed("a group without a total or a severity from 0 to 10"));
        };
        counts.add(severity, total);
    }
    Ok(counts)
}

/// The statistics, unless there are more than the answer has: AWS takes no token for the rest.
fn whole(answer: GetFindingsStatisticsOutput) -> Result<FindingStatistics, Failure> {
    if answer.next_token.is_some_and(|token| !token.is_empty()) {
        return Err(GET_FINDINGS_STATISTICS.malformed("there are more groups than one page has"));
    }
    answer
        .finding_statistics
        .ok_or_else(|| GET_FINDINGS_STATISTICS.malformed("no findingStatistics"))
}

/// The findings about the root users of some accounts, each with its account.
async fn root_findings(
    session: &Session,
    client: &Client,
    detector: &str,
    accounts: &[String],
    now: SystemTime,
) -> Result<Vec<(String, RootFinding)>, Failure> {
    let about_root = equals(["Root".to_owned()]);
    let criteria = criteria(accounts)
        .criterion("resource.accessKeyDetails.userType", about_root)
        .build();
    let (mut found, mut pages) = (Vec::new(), Paginator::new(LIST_FINDINGS));
    loop {
        let request = client
            .list_findings()
            .detector_id(detector)
            .finding_criteria(criteria.clone())
            .max_results(i32::from(GUARDDUTY_PAGE))
            .set_next_token(pages.token());
        let page = session.call(LIST_FINDINGS, request.send()).await?;
        let ids = page
            .finding_ids
            .ok_or_else(|| LIST_FINDINGS.malformed("no findingIds"))?;
        if !ids.is_empty() {
            let request = client
                .get_findings()
                .detector_id(detector)
                .set_finding_ids(Some(ids.clone()));
            let answer = session.call(GET_FINDINGS, request.send()).await?;
            let findings = answer
                .findings
                .ok_or_else(|| GET_FINDINGS.malformed("no findings"))?;
            let has = |id: &String| findings.iter().any(|it| it.id() == Some(id));
            if !ids.iter().all(has) {
                return Err(GET_FINDINGS.malformed("a finding that was listed is missing"));
            }
            for finding in &findings {
                found.push(read(finding, now).ok_or_else(|| {
                    GET_FINDINGS.malformed("a finding without accountId, type or valid updatedAt")
                })?);
            }
        }
        if !pages.advance(page.next_token)? {
            return Ok(found);
        }
    }
}

/// The unarchived findings of these accounts, fifty at most.
fn criteria(accounts: &[String]) -> FindingCriteriaBuilder {
    FindingCriteria::builder()
        .criterion("service.archived", equals(["false".to_owned()]))
        .criterion("accountId", equals(accounts.iter().cloned()))
}

fn equals(values: impl IntoIterator<Item = String>) -> Condition {
    let values = values.into_iter().collect();
    Condition::builder().set_equals(Some(values)).build()
}

fn read(finding: &Finding, now: SystemTime) -> Option<(String, RootFinding)> {
    let account = finding.account_id().filter(|id| is_account_id(id))?;
    let kind = finding.r#type()?;
    let updated = OffsetDateTime::parse(finding.updated_at()?, &Rfc3339);
    let updated = updated.ok().map(SystemTime::from);
    let updated = updated.filter(|at| is_past(*at, now))?;
    let key = finding
        .resource()
        .and_then(|resource| resource.access_key_details()?.access_key_id());
    let api = finding.service().and_then(|service| {
        let call = service.action()?.aws_api_call_action()?;
        Some((call.service_name(), call.api()))
    });
    // GuardDuty sees the events of global services in every region, and makes a finding in each. Two findings are the same
    // if account, type, key and call are. Only an id of these is kept: the key's own id is not exported.
    let finding = RootFinding {
        kind: display_name(kind),
        identity: id((account, kind, key, api)),
        updated,
    };
    Some((account.to_owned(), finding))
}
