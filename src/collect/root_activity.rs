//! What root did: CloudTrail `LookupEvents`, in every region.
//!
//! First a backfill of the lookback, newest first; then incremental polls, which overlap, since CloudTrail lists events late.
//! AWS allows two calls a second for each account and region. Progress is kept page by page: a backfill ends with the run's
//! budget, or by a failure, and the next run continues where it stopped.
use super::{Collected, CollectorSpec, RunContext, system_time};
use crate::{
    aws::{Call, Paginator, global_region},
    limits::{ACTIVE_PERIOD, CLOCK_SKEW, CLOUDTRAIL_PAGE, EVENT_DELAY},
};
use aws_sdk_cloudtrail::{
    Client,
    operation::lookup_events::LookupEventsOutput,
    types::{Event, LookupAttribute, LookupAttributeKey},
};
use root_model::collector::Collector;
use root_model::facts::{
    Fact,
    root_activity::{Coverage, RootActivity, RootEvent},
    root_event::{classify, recipient},
};
use root_model::failure::Failure;
use root_model::id::id;
use root_model::time::before;
use std::{sync::Arc, time::SystemTime};

const LOOKUP_EVENTS: Call = Call::new("cloudtrail:LookupEvents");

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::RootActivity,
    rate_limited: true,
    calls: &[LOOKUP_EVENTS],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: None,
};

/// The user name in the records of some of root's IAM calls.
const IAM_NAME: &str = "AWS ROOT USER";

/// How far lookups have come, and what they found last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// By the user name that is looked up.
    watermarks: Vec<(Arc<str>, Watermark)>,
    /// When root most recently did something here.
    last_event: Option<SystemTime>,
}

/// How far the lookups of one user name have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Watermark {
    covered: Coverage,
    /// The end of what has been read a second time, for events that are listed late.
    reread_to: SystemTime,
}

impl Progress {
    fn get(&self, name: &str) -> Option<Watermark> {
        let mut known = self.watermarks.iter();
        Some(known.find(|(known, _)| **known == *name)?.1)
    }

    fn set(&mut self, name: &Arc<str>, watermark: Watermark) {
        match self.watermarks.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = watermark,
            None => self.watermarks.push((name.clone(), watermark)),
        }
    }

    /// What the lookups of all of `names` cover.
    fn covered(&self, names: &[Arc<str>]) -> Option<Coverage> {
        names
            .iter()
            .map(|name| self.get(name).map(|watermark| watermark.covered))
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
    collected.quiet = search.is_quiet();
    // New events matter most, so they come first for every name.
    for name in search.names.clone() {
        search.poll(&name, collected).await?;
    }
    for name in search.names.clone() {
        search.backfill(&name, collected).await?;
        if collected.unfinished {
            break;
        }
    }
    Ok(())
}

/// The user names under which root's events may be listed: `root`; the account's alias, which the records of an account
/// with an alias bear instead (whether lookups do is not documented); and, where IAM is recorded, the name in some of its
/// records. Whose an event is, its record tells.
fn names(run: &RunContext) -> Vec<Arc<str>> {
    ["root".into()]
        .into_iter()
        .chain(run.account.alias.clone())
        .chain(is_home(run).then(|| IAM_NAME.into()))
        .collect()
}

/// Whether it looks where root's sign-ins and IAM are recorded.
fn is_home(run: &RunContext) -> bool {
    global_region(run.account.partition, "iam") == run.session.region()
}

struct Search<'a> {
    run: &'a RunContext,
    client: Client,
    progress: Progress,
    names: Vec<Arc<str>>,
}

impl Search<'_> {
    /// Whether little is to be expected here: root neither signs in here nor was active lately.
    fn is_quiet(&self) -> bool {
        let active_since = before(self.run.now, ACTIVE_PERIOD);
        let was_active = self.progress.last_event.is_some_and(|at| at > active_since);
        !is_home(self.run) && !was_active
    }

    /// The incremental poll: what is new since the last run and, once the backfill is done, what is listed late.
    async fn poll(&mut self, name: &Arc<str>, collected: &mut Collected) -> Result<(), Failure> {
        let Some(watermark) = self.progress.get(name) else {
            return Ok(());
        };
        let now = self.run.now;
        let rereads = self.is_backfilled(name);
        let start = if rereads {
            before(watermark.reread_to, EVENT_DELAY)
        } else {
            before(watermark.covered.to, CLOCK_SKEW)
        };
        let polled = Watermark {
            covered: Coverage {
                to: now,
                ..watermark.covered
            },
            ..watermark
        };
        // Once a page goes back to what was covered before, everything since is covered.
        let reached = |oldest| (oldest < watermark.covered.to).then_some(polled);
        // No end: AWS's clock may be ahead.
        self.read_pages(name, start, None, reached, collected)
            .await?;
        let reread_to = if rereads { now } else { watermark.reread_to };
        self.advance(
            name,
            Watermark {
                reread_to,
                ..polled
            },
            Vec::new(),
            collected,
        );
        Ok(())
    }

    /// Reads what is missing of the lookback.
    async fn backfill(
        &mut self,
        name: &Arc<str>,
        collected: &mut Collected,
    ) -> Result<(), Failure> {
        let (start, now) = (self.lookback_start(), self.run.now);
        let known = self.progress.get(name);
        let watermark = known.unwrap_or(Watermark {
            covered: Coverage { from: now, to: now },
            reread_to: now,
        });
        let end = watermark.covered.from;
        if end <= start {
            return Ok(());
        }
        let down_to = |from| Watermark {
            covered: Coverage {
                from,
                ..watermark.covered
            },
            ..watermark
        };
        let reached = |oldest| Some(down_to(oldest));
        self.read_pages(name, start, Some(end), reached, collected)
            .await?;
        if collected.unfinished {
            return Ok(());
        }
        self.advance(name, down_to(start), Vec::new(), collected);
        Ok(())
    }

    fn is_backfilled(&self, name: &str) -> bool {
        let watermark = self.progress.get(name);
        watermark.is_some_and(|watermark| watermark.covered.from <= self.lookback_start())
    }

    fn lookback_start(&self) -> SystemTime {
        before(self.run.now, self.run.lookback)
    }

    /// Reads the events of a time range, newest first. `reached` is the watermark once a page's oldest event has been read.
    async fn read_pages(
        &mut self,
        name: &Arc<str>,
        start: SystemTime,
        end: Option<SystemTime>,
        reached: impl Fn(SystemTime) -> Option<Watermark> + Send,
        collected: &mut Collected,
    ) -> Result<(), Failure> {
        let mut pages = Paginator::new(LOOKUP_EVENTS);
        // Where events are far out of order, the oldest so far says nothing about those to come.
        let (mut oldest, mut in_order) = (None, true);
        loop {
            let page = self.page(name, start, end, pages.token()).await?;
            let events = page
                .events
                .ok_or_else(|| LOOKUP_EVENTS.malformed("no Events"))?;
            let mut found = Vec::new();
            for event in &events {
                let (at, event) = read(self.run, event, collected)?;
                in_order &= oldest.is_none_or(|oldest| at <= oldest + EVENT_DELAY);
                oldest = Some(at);
                found.extend(event);
            }
            let oldest = oldest.filter(|_| in_order && !events.is_empty());
            match oldest.and_then(&reached) {
                Some(watermark) => self.advance(name, watermark, found, collected),
                None => self.report(found, collected),
            }
            if !pages.advance(page.next_token)? {
                return Ok(());
            }
            // A backfill goes on where it has stopped; a poll would begin anew.
            if end.is_some() && self.run.started.elapsed() >= self.run.budget {
                collected.unfinished = true;
                return Ok(());
            }
        }
    }

    fn advance(
        &mut self,
        name: &Arc<str>,
        watermark: Watermark,
        events: Vec<RootEvent>,
        collected: &mut Collected,
    ) {
        self.progress.set(name, watermark);
        self.report(events, collected);
    }

    fn report(&mut self, events: Vec<RootEvent>, collected: &mut Collected) {
        let latest = events.iter().map(|event| event.at).max();
        self.progress.last_event = self.progress.last_event.max(latest);
        collected.progress = Some(self.progress.clone());
        collected.quiet = self.is_quiet();
        let activity = RootActivity::new(
            events,
            self.progress.covered(&self.names),
            self.run.account.alias.clone(),
        )
        .with_backfill(self.names.iter().all(|name| self.is_backfilled(name)));
        // As of now: a run may take long, and its last events are younger than its start.
        collected.insert(self.run.now(), Fact::RootActivity(activity));
    }

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
            .map_err(|_| LOOKUP_EVENTS.malformed("the request could not be built"))?;
        let request = self
            .client
            .lookup_events()
            .lookup_attributes(attribute)
            .start_time(start.into())
            .set_end_time(end.map(Into::into))
            .max_results(CLOUDTRAIL_PAGE)
            .set_next_token(token);
        Ok(self.run.session.call(LOOKUP_EVENTS, request.send()).await?)
    }
}

/// The event's time, and the event if it is root's, or if it cannot be told whose it is.
fn read(
    run: &RunContext,
    event: &Event,
    collected: &mut Collected,
) -> Result<(SystemTime, Option<RootEvent>), Failure> {
    let at = event.event_time().and_then(|at| system_time(at, run.now()));
    let (Some(event_id), Some(at)) = (event.event_id(), at) else {
        return Err(LOOKUP_EVENTS.malformed("an event lacks EventId or a valid EventTime"));
    };
    let record = event
        .cloud_trail_event()
        .ok_or_else(|| "an event lacks CloudTrailEvent".to_owned());
    if let Ok(record) = &record
        && recipient(record).is_some_and(|account| account != *run.account.id)
    {
        return Err(LOOKUP_EVENTS.of_another_account("an event"));
    }
    let is_own = |key: &str| run.session.is_own_root_session(key);
    let kind = match record.and_then(|record| classify(record, is_own)) {
        Ok(None) => return Ok((at, None)),
        Ok(kind) => kind,
        Err(what) => {
            collected.ok_or_record::<()>(Err(LOOKUP_EVENTS.malformed(what)));
            None
        }
    };
    let id = id(event_id);
    Ok((at, Some(RootEvent { id, at, kind })))
}
