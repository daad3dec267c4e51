//! One account: whether it can be entered, and which regions and alias it has.
use crate::{
    aws::{Pages, Session, default_regions, global_region},
    config::{Config, Regions},
};
use aws_sdk_account::types::RegionOptStatus;
use root_model::{
    failure::{Failure, Reason},
    partition::Partition,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::time::timeout;

/// How long each of the questions may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is known of an account that could be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) alias: Option<Arc<str>>,
    pub(super) regions: Vec<Arc<str>>,
    /// Whether the regions are those that AWS listed.
    listed: bool,
    /// Until when this is known to be all there is to look for.
    pub(super) complete_until: Option<SystemTime>,
}

/// Looks into the account. What cannot be found out stays as it was `before`; `None` where nobody ever got in.
pub(super) async fn look(
    session: &Session,
    partition: Partition,
    config: &Config,
    before: Option<Known>,
    now: SystemTime,
) -> (Option<Known>, Vec<Failure>) {
    if let Err(failure) = within("sts:AssumeRole", session.open()).await {
        return (before, vec![failure]);
    }
    let mut failures = Vec::new();
    let regions = match &config.regions {
        Regions::These(regions) => Ok((regions.clone(), false)),
        Regions::All => within("account:ListRegions", regions(session, partition))
            .await
            .map(|regions| (regions, true)),
    };
    let (regions, listed) = regions.unwrap_or_else(|failure| {
        failures.push(failure);
        if let Some(known) = before.as_ref().filter(|known| known.listed) {
            return (known.regions.clone(), true);
        }
        // Every account has these; it may have more.
        let default = default_regions(partition).iter();
        (default.map(|region| (*region).into()).collect(), false)
    });
    let alias = within("iam:ListAccountAliases", alias(session, partition)).await;
    let alias = alias.unwrap_or_else(|failure| {
        failures.push(failure);
        before.as_ref().and_then(|known| known.alias.clone())
    });
    let complete_until = if failures.is_empty() {
        now.checked_add(config.accounts.refresh * config.limits.stale_after)
    } else {
        before
            .filter(|known| known.regions == regions)
            .and_then(|known| known.complete_until)
    };
    let known = Known {
        alias,
        regions,
        listed,
        complete_until,
    };
    (Some(known), failures)
}

/// The answer, or a failure if it does not come in time: the account is shown with what is known until then.
async fn within<T>(
    call: &'static str,
    answer: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let late = |_| {
        Err(Failure {
            reason: Reason::Timeout,
            call,
            message: format!("no answer within {PATIENCE:?}; it is tried again"),
        })
    };
    timeout(PATIENCE, answer).await.unwrap_or_else(late)
}

/// The regions that are enabled for the account.
async fn regions(session: &Session, partition: Partition) -> Result<Vec<Arc<str>>, Failure> {
    const CALL: &str = "account:ListRegions";
    let session = session.at(global_region(partition, "account").into());
    let client = session.account();
    let (mut found, mut pages) = (Vec::new(), Pages::of(CALL));
    loop {
        let request = client
            .list_regions()
            .max_results(50)
            .region_opt_status_contains(RegionOptStatus::Enabled)
            .region_opt_status_contains(RegionOptStatus::EnabledByDefault)
            .set_next_token(pages.token());
        let page = session.call(CALL, request.send()).await?;
        let regions = page
            .regions
            .ok_or_else(|| Failure::malformed(CALL, "no Regions"))?;
        for region in regions {
            let name = region
                .region_name
                .ok_or_else(|| Failure::malformed(CALL, "a region without RegionName"))?;
            found.push(name.into());
        }
        if !pages.turn(page.next_token)? {
            break;
        }
    }
    if found.is_empty() {
        return Err(Failure::malformed(CALL, "no region is enabled"));
    }
    found.sort_unstable();
    Ok(found)
}

/// The account's alias, of which there is at most one.
async fn alias(session: &Session, partition: Partition) -> Result<Option<Arc<str>>, Failure> {
    const CALL: &str = "iam:ListAccountAliases";
    let session = session.at(global_region(partition, "iam").into());
    let answer = session
        .call(CALL, session.iam().list_account_aliases().send())
        .await?;
    Ok(answer.account_aliases.into_iter().next().map(Into::into))
}
