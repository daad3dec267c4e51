//! Root's MFA, password, keys and certificates as they are now: IAM `GetAccountSummary`.
use super::{Collected, CollectorSpec, RunContext};
use crate::aws::Call;
use aws_sdk_iam::types::SummaryKeyType as Key;
use root_model::collector::Collector;
use root_model::facts::{Fact, account_summary::AccountSummary};
use root_model::failure::Failure;

pub(super) const GET_ACCOUNT_SUMMARY: Call = Call::new("iam:GetAccountSummary");

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::AccountSummary,
    rate_limited: false,
    calls: &[GET_ACCOUNT_SUMMARY],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: None,
};

/// Root's part of the account summary.
pub(super) async fn summary(run: &RunContext) -> Result<AccountSummary, Failure> {
    let iam = run.global("iam");
    let answer = iam
        .call(GET_ACCOUNT_SUMMARY, iam.iam().get_account_summary().send())
        .await?;
    let map = answer
        .summary_map
        .ok_or_else(|| GET_ACCOUNT_SUMMARY.malformed("no SummaryMap"))?;
    let flag = |key: Key| map.get(&key).map(|value| *value > 0);
    Ok(AccountSummary {
        mfa_enabled: flag(Key::AccountMfaEnabled),
        access_keys_present: flag(Key::AccountAccessKeysPresent),
        password_present: flag(Key::AccountPasswordPresent),
        signing_certificates_present: flag(Key::AccountSigningCertificatesPresent),
    })
}

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    let summary = summary(run).await?;
    // AWS has always sent these two; AccountPasswordPresent is younger and not sent everywhere.
    let complete = summary.mfa_enabled.is_some() && summary.access_keys_present.is_some();
    collected.insert(run.now, Fact::AccountSummary(summary));
    if complete {
        Ok(())
    } else {
        Err(GET_ACCOUNT_SUMMARY.malformed("keys about root are missing"))
    }
}
