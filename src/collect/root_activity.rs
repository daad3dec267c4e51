//! What root did: CloudTrail `LookupEvents`, in every region.
//!
//! First the whole look-back, newest first; then only what is new, with an overlap, since events show late. AWS allows
//! two calls a second for each account and region. Progress is kept page by page: a look-back that is cut off goes on where it stopped.
use super::{Collected, CollectorSpec, RunContext, minutes, system_time};
use crate::aws::{Pages, global_region};
use aws_sdk_cloudtrail::{
    Client,
    config::{Builder, retry::RetryConfig},
    operation::lookup_events::LookupEventsOutput,
    types::{Event, LookupAttribute, LookupAttributeKey},
};
use root_model::collector::Collector;
use root_model::facts::{
    Fact,
    root_activity::{Coverage, RootActivity, RootEvent},
    root_event::classify,
};
use root_model::failure::{Failure, Reason};
use root_model::time::before;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::{Duration, SystemTime},
};

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::RootActivity,
    interval: minutes(2),
    timeout: minutes(2),
    paced: true,
    actions: &["cloudtrail:LookupEvents"],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: None,
};

const CALL: &str = "cloudtrail:LookupEvents";
/// Events show in the history some minutes late; AWS documents no bound.
const OVERLAP: Duration = Duration::from_hours(1);
/// How far AWS's clock may be behind, and more: it takes no request that is signed more than five minutes off.
const CLOCKS: Duration = Duration::from_mins(10);
/// How often a throttled call is tried again within a run: others in the account may use up its rate.
const RETRIES: u32 = 3;

/// The name in the records of some of root's IAM calls.
const IAM_NAME: &str = "AWS ROOT USER";

/// How far the look-ups have got, by the user name that was looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress(Vec<(Arc<str>, Reach)>);

/// How far the look-ups of one user name have got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reach {
    covered: Coverage,
    /// The end of what has been looked at a second time, for events that show late.
    settled: SystemTime,
}

impl Progress {
    fn get(&self, name: &str) -> Option<Reach> {
        let mut known = self.0.iter();
        Some(known.find(|(known, _)| **known == *name)?.1)
    }

    fn set(&mut self, name: &Arc<str>, reach: Reach) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = reach,
            None => self.0.push((name.clone(), reach)),
        }
    }

    /// What the look-ups of all of `names` cover.
    fn covered(&self, names: &[Arc<str>]) -> Option<Coverage> {
        names
            .iter()
            .map(|name| self.get(name).map(|reach| reach.covered))
            .reduce(|a, b| {
                let (a, b) = (a?, b?);
                Some(Coverage {
                    from: a.from.max(b.from),
                    to: a.to.min(b.to),
                })
            })?
    }
}

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    let mut search = Search {
        run,
        client: run.session.cloudtrail(),
        progress: run.progress.clone(),
        names: names(run),
    };
    // What is new counts most, so it comes first for every name.
    for name in search.names.clone() {
        search.look_ahead(&name, collected).await?;
    }
    for name in search.names.clone() {
        search.look_back(&name, collected).await?;
    }
    Ok(())
}

/// The user names under which root's events may be found: `root`; the account's alias, which the records of an account
/// that has one bear instead, though it is not documented whether look-ups do; and, where IAM is recorded, the name that
/// some of its records have. The record itself tells whose an event is.
fn names(run: &RunContext) -> Vec<Arc<str>> {
    let iam = global_region(run.account.partition, "iam") == run.session.region();
    ["root".into()]
        .into_iter()
        .chain(run.account.alias.clone())
        .chain(iam.then(|| IAM_NAME.into()))
        .collect()
}

struct Search<'a> {
    run: &'a RunContext,
    client: Client,
    progress: Progress,
    names: Vec<Arc<str>>,
}

impl Search<'_> {
    /// Looks up what is new since the last run and, once the look-back is done, again what was new not long ago.
    async fn look_ahead(
        &mut self,
        name: &Arc<str>,
        collected: &mut Collected,
    ) -> Result<(), Failure> {
        let Some(reach) = self.progress.get(name) else {
            return Ok(());
        };
        let now = self.run.now;
        let again = self.looked_back(name);
        let start = if again {
            before(reach.settled, OVERLAP)
        } else {
            before(reach.covered.to, CLOCKS)
        };
        let new = Reach {
            covered: Coverage {
                to: now,
                ..reach.covered
            },
            ..reach
        };
        let beyond_new = |oldest| (oldest < reach.covered.to).then_some(new);
        // With no end: AWS's clock may be ahead, and what is new there is new.
        self.walk(name, start, None, beyond_new, collected).await?;
        let settled = if again { now } else { reach.settled };
        self.advance(name, Reach { settled, ..new }, Vec::new(), collected);
        Ok(())
    }

    /// Looks up what is missing of the look-back.
    async fn look_back(
        &mut self,
        name: &Arc<str>,
        collected: &mut Collected,
    ) -> Result<(), Failure> {
        let (start, now) = (self.start(), self.run.now);
        let known = self.progress.get(name);
        let reach = known.unwrap_or(Reach {
            covered: Coverage { from: now, to: now },
            settled: now,
        });
        if reach.covered.from <= start {
            return Ok(());
        }
        let down_to = |from| Reach {
            covered: Coverage {
                from,
                ..reach.covered
            },
            ..reach
        };
        let page = |oldest| Some(down_to(oldest));
        self.walk(name, start, Some(reach.covered.from), page, collected)
            .await?;
        self.advance(name, down_to(start), Vec::new(), collected);
        Ok(())
    }

    /// Whether the look-back of that name is done.
    fn looked_back(&self, name: &str) -> bool {
        let reach = self.progress.get(name);
        reach.is_some_and(|reach| reach.covered.from <= self.start())
    }

    /// Where the look-back ends.
    fn start(&self) -> SystemTime {
        before(self.run.now, self.run.lookback)
    }

    /// Pages through a span, newest first. `reached` tells from a page's oldest event how far that gets the look-ups.
    async fn walk(
        &mut self,
        name: &Arc<str>,
        start: SystemTime,
        end: Option<SystemTime>,
        reached: impl Fn(SystemTime) -> Option<Reach> + Send,
        collected: &mut Collected,
    ) -> Result<(), Failure> {
        let mut pages = Pages::of(CALL);
        // Where events are far from being in order, the oldest so far says nothing of those to come.
        let (mut oldest, mut in_order) = (None, true);
        loop {
            let page = self.page(name, start, end, pages.token()).await?;
            let events = page
                .events
                .ok_or_else(|| Failure::malformed(CALL, "no Events"))?;
            let mut found = Vec::new();
            for event in &events {
                let (at, event) = read(self.run, event, collected)?;
                in_order &= oldest.is_none_or(|oldest| at <= oldest + OVERLAP);
                oldest = Some(at);
                found.extend(event);
            }
            let oldest = oldest.filter(|_| in_order && !events.is_empty());
            match oldest.and_then(&reached) {
                Some(reach) => self.advance(name, reach, found, collected),
                None => self.report(found, collected),
            }
            if !pages.turn(page.next_token)? {
                return Ok(());
            }
        }
    }

    fn advance(
        &mut self,
        name: &Arc<str>,
        reach: Reach,
        events: Vec<RootEvent>,
        collected: &mut Collected,
    ) {
        self.progress.set(name, reach);
        collected.progress = Some(self.progress.clone());
        self.report(events, collected);
    }

    fn report(&self, events: Vec<RootEvent>, collected: &mut Collected) {
        let activity = RootActivity::new(
            events,
            self.progress.covered(&self.names),
            self.run.account.alias.clone(),
        )
        .with_backfill(self.names.iter().all(|name| self.looked_back(name)));
        // A run may take long, and what it learned last is younger than its beginning.
        collected.insert(self.run.now(), Fact::RootActivity(activity));
    }

    /// One page.
    async fn page(
        &self,
        name: &str,
        start: SystemTime,
        end: Option<SystemTime>,
        token: Option<String>,
    ) -> Result<LookupEventsOutput, Failure> {
        let attribute = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::Username)
            .attribute_value(name)
            .build()
            .map_err(|_| Failure::malformed(CALL, "the request could not be built"))?;
        for retry in 0.. {
            let request = self
                .client
                .lookup_events()
                .lookup_attributes(attribute.clone())
                .start_time(start.into())
                .set_end_time(end.map(Into::into))
                .max_results(50)
                .set_next_token(token.clone())
                .customize()
                // The SDK would try again sooner than the pace allows.
                .config_override(Builder::new().retry_config(RetryConfig::disabled()));
            match self.run.session.call(CALL, request.send()).await {
                Err(error) if error.failure.reason == Reason::Throttled && retry < RETRIES => {}
                answer => return Ok(answer?),
            }
        }
        unreachable!("the last retry returns")
    }
}

/// The event's time, and the event if it is root's, or if it cannot be told whose it is.
fn read(
    run: &RunContext,
    event: &Event,
    collected: &mut Collected,
) -> Result<(SystemTime, Option<RootEvent>), Failure> {
    let at = event.event_time().and_then(|at| system_time(at, run.now()));
    let (Some(id), Some(at)) = (event.event_id(), at) else {
        return Err(Failure::malformed(
            CALL,
            "an event lacks EventId or a valid EventTime",
        ));
    };
    let record = event
        .cloud_trail_event()
        .ok_or_else(|| "an event lacks CloudTrailEvent".to_owned());
    let is_own = |key: &str| run.session.is_own_root_session(key);
    let kind = match record.and_then(|record| classify(record, is_own)) {
        Ok(None) => return Ok((at, None)),
        Ok(kind) => kind,
        Err(what) => {
            collected.ok_or_record::<()>(Err(Failure::malformed(CALL, what)));
            None
        }
    };
    let mut hash = DefaultHasher::new();
    id.hash(&mut hash);
    let id = hash.finish();
    Ok((at, Some(RootEvent { id, at, kind })))
}
