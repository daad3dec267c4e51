//! Generating and reading the credential report.

use super::report_csv;
use crate::api::ServiceError;
use crate::clock::Timestamp;
use crate::limits::REPORT_VALIDITY;
use crate::services::Context;
use crate::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::HashMap;

#[derive(Clone, Debug)]
struct CredentialReport {
    generated: Timestamp,
    /// When the generation ends.
    ready: Timestamp,
    content: String,
}

/// The credential reports of all accounts, by account ID.
#[derive(Debug, Default)]
pub(crate) struct CredentialReports(HashMap<String, CredentialReport>);

impl CredentialReports {
    /// The current report of an account, if one exists. `report_generated` in the world says when it was generated.
    fn current(&mut self, world: &World, id: &str) -> Option<CredentialReport> {
        let account = world.accounts.get(id)?;
        let generated = account.report_generated?;
        let cached = self.0.get(id).filter(|it| it.generated == generated);
        let mut report = cached.cloned().unwrap_or_else(|| CredentialReport {
            generated,
            ready: generated,
            content: report_csv::csv(id, account),
        });
        self.0.insert(id.to_owned(), report.clone());
        if let Some(text) = &account.report_csv {
            report.content.clone_from(text);
        }
        Some(report)
    }

    /// Starts to generate a report, which is ready after the `report_delay` of the world.
    fn start(&mut self, world: &mut World, id: &str, now: Timestamp) {
        let ready = now + world.report_delay.0;
        let Some(account) = world.accounts.get_mut(id) else {
            return;
        };
        account.report_generated = Some(now);
        let report = CredentialReport {
            generated: now,
            ready,
            content: report_csv::csv(id, account),
        };
        self.0.insert(id.to_owned(), report);
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an operation's signature")]
pub(crate) fn generate_credential_report(context: &mut Context) -> Result<Value, ServiceError> {
    let (id, now) = (context.caller.account.clone(), context.now);
    if let Some(report) = context.reports.current(context.world, &id) {
        if report.ready > now {
            return Ok(json!({"State": "INPROGRESS"}));
        }
        if now - report.generated < context.world.report_interval.0 {
            return Ok(json!({"State": "COMPLETE"}));
        }
    }
    context.reports.start(context.world, &id, now);
    if context.world.report_delay.0.is_zero() {
        return Ok(json!({"State": "COMPLETE"}));
    }
    let description = "No report exists. Starting a new report generation task";
    Ok(json!({"State": "STARTED", "Description": description}))
}

pub(crate) fn get_credential_report(context: &mut Context) -> Result<Value, ServiceError> {
    let now = context.now;
    let expiry = context.world.report_interval.0.max(REPORT_VALIDITY);
    match context
        .reports
        .current(context.world, &context.caller.account)
    {
        None => Err(ServiceError::new(
            410,
            "ReportNotPresent",
            "No report exists",
        )),
        Some(report) if report.ready > now => {
            Err(ServiceError::new(404, "ReportInProgress", "Unknown"))
        }
        Some(report) if now - report.generated > expiry => Err(ServiceError::new(
            410,
            "ReportExpired",
            "The report has expired",
        )),
        Some(report) => Ok(json!({
            "Content": STANDARD.encode(report.content),
            "ReportFormat": "text/csv",
            "GeneratedTime": report.generated.rfc3339(),
        })),
    }
}
