//! Root's keys with their ages, and the console users: IAM's credential report.
//!
//! AWS generates a report no sooner than four hours after the last one. The time of the fact is that of the report.
use super::{Collected, CollectorSpec, RunContext, system_time};
use crate::aws::{Call, CallError, Session};
use crate::limits::{CREDENTIAL_REPORT_AGE, CREDENTIAL_REPORT_POLL_INTERVAL};
use root_model::collector::Collector;
use root_model::facts::{Fact, credential_report::CredentialReport};
use root_model::failure::{Failure, Reason};
use tokio::time::sleep;

const GENERATE_CREDENTIAL_REPORT: Call = Call::new("iam:GenerateCredentialReport");
const GET_CREDENTIAL_REPORT: Call =
    Call::new("iam:GetCredentialReport").absent(&[NOT_PRESENT, IN_PROGRESS]);

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::CredentialReport,
    rate_limited: false,
    calls: &[GENERATE_CREDENTIAL_REPORT, GET_CREDENTIAL_REPORT],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: None,
};

/// Error codes of a report that does not exist.
const NOT_PRESENT: &[&str] = &[
    "ReportNotPresent",
    "ReportExpired",
    "CredentialReportNotPresentException",
    "CredentialReportExpiredException",
];
/// Error codes of a report that is being made.
const IN_PROGRESS: &[&str] = &["ReportInProgress", "CredentialReportNotReadyException"];

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    let iam = run.global("iam");
    match get(run, &iam).await {
        Ok(report) => {
            let report = report?;
            let age = run.now.duration_since(report.generated);
            let due = CREDENTIAL_REPORT_AGE.min(run.interval * 4);
            collected.insert(report.generated, Fact::CredentialReport(report));
            if age.map_or(true, |age| age < due) {
                return Ok(());
            }
        }
        Err(error) if error.absent => {}
        Err(error) => return Err(error.into()),
    }
    // The old report stays in force meanwhile, and if AWS's limit for generating reports is reached.
    let client = iam.iam();
    let asked = iam
        .call(
            GENERATE_CREDENTIAL_REPORT,
            client.generate_credential_report().send(),
        )
        .await;
    let asked = asked.map_err(Failure::from).and_then(|answer| {
        let state = answer.state;
        state.ok_or_else(|| GENERATE_CREDENTIAL_REPORT.malformed("no State"))
    });
    collected.ok_or_record(asked);
    loop {
        match get(run, &iam).await {
            Ok(report) => {
                let report = report?;
                collected.insert(report.generated, Fact::CredentialReport(report));
                return Ok(());
            }
            Err(error) if !error.absent => return Err(error.into()),
            // There is no report because generating one failed, and that failure has been recorded.
            Err(error) if !collected.failures.is_empty() && !error.is(IN_PROGRESS) => {
                return Ok(());
            }
            // The report is being generated; until it is, AWS may still say that the old one has expired.
            Err(_) => {
                collected.waiting_for = Some(not_finished());
                sleep(CREDENTIAL_REPORT_POLL_INTERVAL).await;
            }
        }
    }
}

fn not_finished() -> Failure {
    Failure {
        reason: Reason::Timeout,
        call: GET_CREDENTIAL_REPORT.action,
        message: "AWS has not finished a credential report yet. The run is retried; an account with thousands of users can need a longer timeout".to_owned(),
    }
}

async fn get(
    run: &RunContext,
    iam: &Session,
) -> Result<Result<CredentialReport, Failure>, CallError> {
    let answer = iam
        .call(
            GET_CREDENTIAL_REPORT,
            iam.iam().get_credential_report().send(),
        )
        .await?;
    let generated = answer.generated_time.as_ref();
    let generated = generated.and_then(|at| system_time(at, run.now()));
    Ok(match (answer.content, generated) {
        (Some(csv), Some(generated)) => {
            CredentialReport::parse(csv.as_ref(), &run.account.id, generated)
                .map_err(|what| GET_CREDENTIAL_REPORT.malformed(what))
        }
        _ => Err(GET_CREDENTIAL_REPORT.malformed("no Content or no valid GeneratedTime")),
    })
}
