//! Root's keys with their ages, and the console users: IAM's credential report.
//!
//! AWS remakes a report no sooner than four hours after the last one; its time of making is the fact's time.
use super::{Collected, CollectorSpec, RunContext, minutes, system_time};
use crate::aws::{CallError, Session};
use root_model::collector::Collector;
use root_model::facts::{Fact, credential_report::CredentialReport};
use root_model::failure::Failure;
use std::time::{Duration, SystemTime};
use tokio::time::sleep;

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::CredentialReport,
    interval: minutes(60),
    timeout: minutes(1),
    paced: false,
    actions: &["iam:GenerateCredentialReport", "iam:GetCredentialReport"],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: None,
};

const GENERATE: &str = "iam:GenerateCredentialReport";
const GET: &str = "iam:GetCredentialReport";
/// Error codes of a report that is not there.
const ABSENT: &[&str] = &[
    "ReportNotPresent",
    "ReportExpired",
    "CredentialReportNotPresentException",
    "CredentialReportExpiredException",
];
/// Error codes of one that is being made.
const IN_PROGRESS: &[&str] = &["ReportInProgress", "CredentialReportNotReadyException"];
/// AWS makes no new report before this age. One is asked for at this age or, if that is less, after four intervals.
const AGE: Duration = Duration::from_hours(4);
/// A report is usually ready after about two seconds.
const POLL: Duration = Duration::from_secs(1);

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    let iam = run.global("iam");
    match get(&iam, run.now()).await {
        Ok(report) => {
            let report = report?;
            let age = run.now.duration_since(report.generated);
            let due = AGE.min(run.interval * 4);
            collected.insert(report.generated, Fact::CredentialReport(report));
            if age.map_or(true, |age| age < due) {
                return Ok(());
            }
        }
        Err(error) if error.is(ABSENT) || error.is(IN_PROGRESS) => {}
        Err(error) => return Err(error.into()),
    }
    // The old one stands meanwhile, and if the limit for making one is reached.
    let client = iam.iam();
    let asked = iam
        .call(GENERATE, client.generate_credential_report().send())
        .await;
    collected.ok_or_record(asked.map_err(Failure::from));
    loop {
        match get(&iam, run.now()).await {
            Ok(report) => {
                let report = report?;
                collected.insert(report.generated, Fact::CredentialReport(report));
                return Ok(());
            }
            Err(error) if error.is(IN_PROGRESS) => sleep(POLL).await,
            // That there is no report follows from being refused the making of one, which has been said already.
            Err(error) if !collected.failures.is_empty() && error.is(ABSENT) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

async fn get(
    iam: &Session,
    now: SystemTime,
) -> Result<Result<CredentialReport, Failure>, CallError> {
    let answer = iam
        .call(GET, iam.iam().get_credential_report().send())
        .await?;
    let generated = answer.generated_time.as_ref();
    let generated = generated.and_then(|at| system_time(at, now));
    Ok(match (answer.content, generated) {
        (Some(csv), Some(generated)) => CredentialReport::parse(csv.as_ref(), generated)
            .map_err(|what| Failure::malformed(GET, what)),
        _ => Err(Failure::malformed(
            GET,
            "no Content or no valid GeneratedTime",
        )),
    })
}
