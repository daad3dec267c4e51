//! Which account and regions there are now. It reports on itself as the collector `discovery`.
use crate::{
    aws::{Aws, Pages, Session, default_regions, global_region},
    clock::Clock,
    collect::COLLECTORS,
    config::{Config, Regions},
    observation::{Account, Failure, Observation, Target, Targets},
    schedule::{Plan, Settings, next_delay},
};
use aws_sdk_account::types::RegionOptStatus;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use tracing::{error, info};

/// Its name in the `collector` label.
pub const NAME: &str = "discovery";

/// The IAM actions that discovery needs. `sts:GetCallerIdentity` needs no permission.
pub const ACTIONS: &[&str] = &["account:ListRegions", "iam:ListAccountAliases"];

/// Where discovery tells what it found.
pub struct Sinks {
    /// What should run.
    pub plans: watch::Sender<Plan>,
    /// What is watched.
    pub targets: watch::Sender<Arc<Targets>>,
    /// How discovery itself fares.
    pub observations: mpsc::Sender<Observation>,
}

/// Discovers at once, at each refresh and whenever the configuration changes, until the configuration's sender is gone.
pub async fn run(aws: Aws, mut configs: watch::Receiver<Arc<Config>>, sinks: Sinks, clock: Clock) {
    let mut known: Option<Known> = None;
    let mut failures = 0;
    loop {
        let config = configs.borrow_and_update().clone();
        let (started, now) = (Instant::now(), clock.now());
        let found = look(&aws, &config, known.take(), now).await;
        failures = if found.failures.is_empty() {
            0
        } else {
            failures + 1
        };
        known = found.known;
        sinks.publish(&aws, &config, known.as_ref());
        for failure in &found.failures {
            let reason = failure.reason.as_str();
            error!(collector = NAME, reason, "{failure}");
        }
        let observation = Observation {
            target: known.as_ref().map(|known| Target {
                account: known.account.id.clone(),
                region: None,
            }),
            collector: NAME,
            ended: clock.now(),
            took: started.elapsed(),
            valid: Duration::ZERO,
            facts: Vec::new(),
            failures: found.failures,
        };
        if sinks.observations.send(observation).await.is_err() {
            return;
        }
        let wait = next_delay(config.accounts.refresh, failures, fastrand::f64());
        tokio::select! {
            () = sleep(wait) => {}
            changed = configs.changed() => if changed.is_err() {
                return;
            }
        }
    }
}

/// What discovery knows.
#[derive(Clone)]
struct Known {
    account: Arc<Account>,
    /// Whether the regions are those that AWS listed.
    listed: bool,
}

struct Found {
    known: Option<Known>,
    failures: Vec<Failure>,
}

async fn look(aws: &Aws, config: &Config, before: Option<Known>, now: SystemTime) -> Found {
    let session = aws.session();
    let (id, partition) = match identity(&session).await {
        Ok(identity) => identity,
        Err(failure) => {
            return Found {
                known: before,
                failures: vec![failure],
            };
        }
    };
    let before = before.filter(|known| known.account.id == id);
    let mut failures = Vec::new();
    let regions = match &config.regions {
        Regions::These(regions) => Ok((regions.clone(), false)),
        Regions::All => regions(&session, &partition)
            .await
            .map(|regions| (regions, true)),
    };
    let (regions, listed) = regions.unwrap_or_else(|failure| {
        failures.push(failure);
        match before.as_ref().filter(|known| known.listed) {
            Some(known) => (known.account.regions.clone(), true),
            // Every account has these; it may have more.
            None => (
                default_regions(&partition)
                    .iter()
                    .map(|r| (*r).into())
                    .collect(),
                false,
            ),
        }
    });
    let alias = alias(&session, &partition).await.unwrap_or_else(|failure| {
        failures.push(failure);
        before
            .as_ref()
            .and_then(|known| known.account.alias.clone())
    });
    let complete_until = if failures.is_empty() {
        now.checked_add(config.accounts.refresh * config.limits.stale_after)
    } else {
        let same = |known: &&Known| known.account.regions == regions;
        before
            .as_ref()
            .filter(same)
            .and_then(|known| known.account.complete_until)
    };
    let account = Account {
        id,
        partition,
        alias,
        regions,
        complete_until,
    };
    Found {
        known: Some(Known {
            account: Arc::new(account),
            listed,
        }),
        failures,
    }
}

/// The account's id and partition.
async fn identity(session: &Session) -> Result<(Arc<str>, Arc<str>), Failure> {
    const CALL: &str = "sts:GetCallerIdentity";
    let answer = session
        .call(CALL, session.sts().get_caller_identity().send())
        .await?;
    let (Some(id), Some(arn)) = (answer.account, answer.arn) else {
        return Err(Failure::malformed(CALL, "no Account or no Arn"));
    };
    let valid = id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
    match arn.split(':').nth(1) {
        Some(partition) if valid && !partition.is_empty() => Ok((id.into(), partition.into())),
        _ => Err(Failure::malformed(
            CALL,
            "Account or Arn is not of the documented form",
        )),
    }
}

/// The regions that are enabled for the account.
async fn regions(session: &Session, partition: &str) -> Result<Vec<Arc<str>>, Failure> {
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
async fn alias(session: &Session, partition: &str) -> Result<Option<Arc<str>>, Failure> {
    const CALL: &str = "iam:ListAccountAliases";
    let session = session.at(global_region(partition, "iam").into());
    let answer = session
        .call(CALL, session.iam().list_account_aliases().send())
        .await?;
    Ok(answer.account_aliases.into_iter().next().map(Into::into))
}

impl Sinks {
    fn publish(&self, aws: &Aws, config: &Config, known: Option<&Known>) {
        let accounts: Vec<Arc<Account>> = known
            .map(|known| known.account.clone())
            .filter(|account| config.shard.has(&account.id))
            .into_iter()
            .collect();
        let settings = |name| config.collectors.settings(name, config.limits.stale_after);
        let enabled = COLLECTORS
            .iter()
            .filter_map(|collector| Some((collector, settings(collector.name)?)));
        let mut collectors = vec![(NAME, false)];
        collectors.extend(enabled.clone().map(|(c, _)| (c.name, c.regional)));
        let targets = Targets {
            accounts: accounts.clone(),
            collectors,
            discovered: known.is_some(),
        };
        let before = self.targets.send_replace(Arc::new(targets));
        for account in &accounts {
            let same =
                |other: &&Arc<Account>| other.id == account.id && other.regions == account.regions;
            if !before.accounts.iter().any(|other| same(&other)) {
                info!(
                    account = &*account.id,
                    partition = &*account.partition,
                    regions = account.regions.len(),
                    "monitoring"
                );
            }
        }
        self.plans.send_replace(Plan {
            accounts: accounts
                .into_iter()
                .map(|account| (account, aws.session()))
                .collect(),
            collectors: enabled
                .map(|(collector, settings): (_, Settings)| (collector.name, settings))
                .collect(),
        });
    }
}
