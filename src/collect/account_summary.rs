//! Root's MFA, password, keys and certificates as they are now: IAM `GetAccountSummary`.
use super::{Collected, Collector, Run, minutes};
use crate::{
    facts::{Fact, account_summary::AccountSummary},
    observation::Failure,
};
use aws_sdk_iam::types::SummaryKeyType as Key;
use std::time::Duration;

pub(super) const COLLECTOR: Collector = Collector {
    name: "account_summary",
    regional: false,
    interval: minutes(5),
    timeout: minutes(1),
    paced: false,
    grace: Duration::ZERO,
    actions: &["iam:GetAccountSummary"],
    collect: |run, collected| Box::pin(collect(run, collected)),
    central: None,
    assume_root: false,
};

const CALL: &str = "iam:GetAccountSummary";

/// Root's part of the account summary.
pub(super) async fn summary(run: &Run) -> Result<AccountSummary, Failure> {
    let iam = run.global("iam");
    let answer = iam
        .call(CALL, iam.iam().get_account_summary().send())
        .await?;
    let map = answer
        .summary_map
        .ok_or_else(|| Failure::malformed(CALL, "no SummaryMap"))?;
    let flag = |key: Key| map.get(&key).map(|value| *value > 0);
    Ok(AccountSummary {
        mfa_enabled: flag(Key::AccountMfaEnabled),
        access_keys_present: flag(Key::AccountAccessKeysPresent),
        password_present: flag(Key::AccountPasswordPresent),
        signing_certificates_present: flag(Key::AccountSigningCertificatesPresent),
    })
}

async fn collect(run: &Run, collected: &mut Collected) -> Result<(), Failure> {
    let summary = summary(run).await?;
    // AWS has always sent these two; AccountPasswordPresent is younger and not sent everywhere.
    let complete = summary.mfa_enabled.is_some() && summary.access_keys_present.is_some();
    collected.learn(run.now, Fact::AccountSummary(summary));
    if complete {
        Ok(())
    } else {
        Err(Failure::malformed(CALL, "keys about root are missing"))
    }
}
