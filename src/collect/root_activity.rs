//! What root did: CloudTrail `LookupEvents`, in every region.
//!
//! First the whole look-back, newest first; then only what is new, with an overlap, since events arrive late. AWS allows
//! two calls a second for each account and region, which only this collector makes, so it paces itself. Progress is
//! kept page by page: a look-back that is cut off goes on where it stopped.
use super::{Collected, Collector, Run, minutes, system_time};
use crate::{
    aws::Pages,
    clock::before,
    facts::{
        Fact,
        root_activity::{Covered, RootActivity, RootEvent},
        root_event::classify,
    },
    observation::{Failure, Reason},
};
use aws_sdk_cloudtrail::{
    Client,
    config::{Builder, retry::RetryConfig},
    operation::lookup_events::LookupEventsOutput,
    types::{Event, LookupAttribute, LookupAttributeKey},
};
use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::time::{Instant, sleep, sleep_until};

pub(super) const COLLECTOR: Collector = Collector {
    name: "root_activity",
    regional: true,
    interval: minutes(2),
    timeout: minutes(2),
    grace: Duration::ZERO,
    actions: &["cloudtrail:LookupEvents"],
    collect: |run, collected| Box::pin(collect(run, collected)),
};

const CALL: &str = "cloudtrail:LookupEvents";
/// Two calls a second.
const PACE: Duration = Duration::from_millis(500);
/// Events show in the history some minutes late; AWS documents no bound.
const OVERLAP: Duration = Duration::from_hours(1);
/// How often a throttled call is tried again within a run.
const RETRIES: u32 = 3;

/// How far the look-ups have got, by the user name that was looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress(BTreeMap<Arc<str>, Covered>);

impl Progress {
    /// What all of `names` cover.
    fn covered(&self, names: &[Arc<str>]) -> Option<Covered> {
        names
            .iter()
            .map(|name| self.0.get(name).copied())
            .reduce(|a, b| {
                let (a, b) = (a?, b?);
                Some(Covered {
                    from: a.from.max(b.from),
                    to: a.to.min(b.to),
                })
            })?
    }
}

async fn collect(run: &Run, collected: &mut Collected) -> Result<(), Failure> {
    // Root's events are found under `root`. Whether those of an account with an alias are found under the alias
    // instead is not documented, so both are looked up; the record itself tells whose they are.
    let names: Vec<Arc<str>> = ["root".into()]
        .into_iter()
        .chain(run.account.alias.clone())
        .collect();
    let mut search = Search {
        run,
        client: run.session.cloudtrail(),
        progress: run.progress.clone(),
        names,
        earliest: Instant::now(),
    };
    for name in search.names.clone() {
        search.look_up(&name, collected).await?;
    }
    Ok(())
}

struct Search<'a> {
    run: &'a Run,
    client: Client,
    progress: Progress,
    names: Vec<Arc<str>>,
    earliest: Instant,
}

impl Search<'_> {
    /// Looks up one user name: what is new, then what is still missing of the look-back.
    async fn look_up(&mut self, name: &Arc<str>, collected: &mut Collected) -> Result<(), Failure> {
        let now = self.run.now;
        let start = before(now, self.run.lookback);
        if let Some(known) = self.progress.0.get(name).copied() {
            let whole = self
                .walk(name, before(known.to, OVERLAP), now, None, collected)
                .await?;
            if whole {
                let covered = Covered { to: now, ..known };
                self.advance(name, covered, Vec::new(), collected);
            }
        }
        let (end, to) = match self.progress.0.get(name) {
            Some(covered) if covered.from <= start => return Ok(()),
            Some(covered) => (covered.from, covered.to),
            None => (now, now),
        };
        if self.walk(name, start, end, Some(to), collected).await? {
            self.advance(name, Covered { from: start, to }, Vec::new(), collected);
        }
        Ok(())
    }

    /// Pages through a span, newest first. With `to`, each page extends what is covered down from there. False if an
    /// event could not be read, so that the span is not known whole.
    async fn walk(
        &mut self,
        name: &Arc<str>,
        start: SystemTime,
        end: SystemTime,
        to: Option<SystemTime>,
        collected: &mut Collected,
    ) -> Result<bool, Failure> {
        let (mut pages, mut whole) = (Pages::of(CALL), true);
        loop {
            let page = self.page(name, start, end, pages.token()).await?;
            let events = page
                .events
                .ok_or_else(|| Failure::malformed(CALL, "no Events"))?;
            let mut found = Vec::new();
            let mut oldest = None;
            for event in &events {
                match read(event) {
                    Ok((at, event)) => {
                        oldest = Some(at);
                        found.extend(event);
                    }
                    Err(failure) => {
                        whole = false;
                        collected.part::<()>(Err(failure));
                    }
                }
            }
            match (to, oldest) {
                (Some(to), Some(from)) if whole => {
                    self.advance(name, Covered { from, to }, found, collected);
                }
                _ => self.report(found, collected),
            }
            if !pages.turn(page.next_token)? {
                return Ok(whole);
            }
        }
    }

    fn advance(
        &mut self,
        name: &Arc<str>,
        covered: Covered,
        events: Vec<RootEvent>,
        collected: &mut Collected,
    ) {
        self.progress.0.insert(name.clone(), covered);
        collected.progress = Some(self.progress.clone());
        self.report(events, collected);
    }

    fn report(&self, events: Vec<RootEvent>, collected: &mut Collected) {
        let activity = RootActivity::new(events, self.progress.covered(&self.names));
        collected.learn(self.run.now, Fact::RootActivity(activity));
    }

    /// One page, at AWS's pace.
    async fn page(
        &mut self,
        name: &str,
        start: SystemTime,
        end: SystemTime,
        token: Option<String>,
    ) -> Result<LookupEventsOutput, Failure> {
        let attribute = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::Username)
            .attribute_value(name)
            .build()
            .map_err(|_| Failure::malformed(CALL, "the request could not be built"))?;
        for retry in 0.. {
            sleep_until(self.earliest).await;
            self.earliest = Instant::now() + PACE;
            let request = self
                .client
                .lookup_events()
                .lookup_attributes(attribute.clone())
                .start_time(start.into())
                .end_time(end.into())
                .max_results(50)
                .set_next_token(token.clone())
                .customize()
                // The SDK would try again sooner than the pace allows.
                .config_override(Builder::new().retry_config(RetryConfig::disabled()));
            match self.run.session.call(CALL, request.send()).await {
                Err(error) if error.failure.reason == Reason::Throttled && retry < RETRIES => {
                    sleep(PACE * 2_u32.pow(retry + 1)).await;
                }
                answer => return Ok(answer?),
            }
        }
        unreachable!("the last retry returns")
    }
}

/// The event's time, and the event if it is root's.
fn read(event: &Event) -> Result<(SystemTime, Option<RootEvent>), Failure> {
    let at = event.event_time().and_then(system_time);
    let (Some(id), Some(at), Some(record)) = (event.event_id(), at, event.cloud_trail_event())
    else {
        return Err(Failure::malformed(
            CALL,
            "an event lacks EventId, EventTime or CloudTrailEvent",
        ));
    };
    let kind = classify(record).map_err(|what| Failure::malformed(CALL, what))?;
    let mut hash = DefaultHasher::new();
    id.hash(&mut hash);
    let id = hash.finish();
    Ok((at, kind.map(|kind| RootEvent { id, at, kind })))
}
