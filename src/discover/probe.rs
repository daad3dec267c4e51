//! The probe of one account: whether its role can be assumed, and which regions and alias the account has.
use crate::{
    aws::{Call, Paginator, Session, default_regions, global_region},
    config::{Config, Regions},
    limits::{PROBE_TIMEOUT, REGIONS_PAGE, fair_timeout},
};
use aws_sdk_account::types::RegionOptStatus;
use root_model::{
    failure::{Failure, Reason},
    names::display_name,
    partition::Partition,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

const LIST_REGIONS: Call = Call::new("account:ListRegions");
const LIST_ACCOUNT_ALIASES: Call = Call::new("iam:ListAccountAliases");

/// What probes have found in a reachable account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProbedAccount {
    pub(super) alias: Option<Arc<str>>,
    pub(super) regions: Vec<Arc<str>>,
    /// Whether the regions are those that AWS listed.
    listed: bool,
    /// Until when regions and alias are known to be complete; `None` while they are not.
    pub(super) complete_until: Option<SystemTime>,
}

/// The result of one probe.
pub(super) struct ProbeResult {
    pub(super) account: Arc<str>,
    pub(super) found: Option<ProbedAccount>,
    pub(super) failures: Vec<Failure>,
    pub(super) took: Duration,
}

/// Probes the account. What cannot be determined stays as it was `before`; `None` if the account has never been reachable.
pub(super) async fn probe(
    session: &Session,
    partition: Partition,
    config: &Config,
    before: Option<ProbedAccount>,
    now: SystemTime,
) -> (Option<ProbedAccount>, Vec<Failure>) {
    if let Err(failure) = within("sts:AssumeRole", session.open()).await {
        return (before, vec![failure]);
    }
    let mut failures = Vec::new();
    let regions = match &config.regions {
        Regions::These(regions) => Ok((regions.clone(), false)),
        Regions::All => within(LIST_REGIONS.action, regions(session, partition))
            .await
            .map(|regions| (regions, true)),
    };
    let (regions, listed) = regions.unwrap_or_else(|failure| {
        failures.push(failure);
        if let Some(known) = before.as_ref().filter(|known| known.listed) {
            return (known.regions.clone(), true);
        }
        // Every account has these; this one may have more.
        let default = default_regions(partition).iter();
        (default.map(|region| (*region).into()).collect(), false)
    });
    let alias = within(LIST_ACCOUNT_ALIASES.action, alias(session, partition)).await;
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
    let known = ProbedAccount {
        alias,
        regions,
        listed,
        complete_until,
    };
    (Some(known), failures)
}

/// The answer, or a failure after [`PROBE_TIMEOUT`].
async fn within<T>(
    call: &'static str,
    answer: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let timed_out = |_| {
        Err(Failure {
            reason: Reason::Timeout,
            call,
            message: format!("no response within {PROBE_TIMEOUT:?}; the probe is repeated"),
        })
    };
    fair_timeout(PROBE_TIMEOUT, answer)
        .await
        .unwrap_or_else(timed_out)
}

/// The regions that are enabled for the account.
async fn regions(session: &Session, partition: Partition) -> Result<Vec<Arc<str>>, Failure> {
    let session = session.at(global_region(partition, "account").into());
    let client = session.account();
    let (mut found, mut pages) = (Vec::new(), Paginator::new(LIST_REGIONS));
    loop {
        let request = client
            .list_regions()
            .max_results(REGIONS_PAGE)
            .region_opt_status_contains(RegionOptStatus::Enabled)
            .region_opt_status_contains(RegionOptStatus::EnabledByDefault)
            .set_next_token(pages.token());
        let page = session.call(LIST_REGIONS, request.send()).await?;
        let regions = page
            .regions
            .ok_or_else(|| LIST_REGIONS.malformed("no Regions"))?;
        for region in regions {
            found.push(LIST_REGIONS.region(region.region_name)?);
        }
        if !pages.advance(page.next_token)? {
            break;
        }
    }
    if found.is_empty() {
        return Err(LIST_REGIONS.malformed("no region is enabled"));
    }
    found.sort_unstable();
    // One that is listed twice is collected once.
    found.dedup();
    Ok(found)
}

/// The account's alias, of which there is at most one.
async fn alias(session: &Session, partition: Partition) -> Result<Option<Arc<str>>, Failure> {
    let session = session.at(global_region(partition, "iam").into());
    let client = session.iam();
    let mut pages = Paginator::new(LIST_ACCOUNT_ALIASES);
    loop {
        let request = client.list_account_aliases().set_marker(pages.token());
        let page = session.call(LIST_ACCOUNT_ALIASES, request.send()).await?;
        // There is at most one.
        let alias = page
            .account_aliases
            .first()
            .map(|alias| display_name(alias));
        if alias.is_some() || !pages.advance_if(page.is_truncated, page.marker)? {
            return Ok(alias);
        }
    }
}
