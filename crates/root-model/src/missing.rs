//! What is missing where something is not known, said by the one who missed it: the collector and call that provide the
//! fact, the regions, and the cause.
use crate::collector::Collector;
use std::{sync::Arc, time::SystemTime};

/// A fact, or what follows from facts; `Err` says what is missing.
pub type Known<T> = Result<T, Missing>;

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    pub collector: Collector,
    /// The AWS action that answers it, as IAM spells it.
    pub call: &'static str,
}

/// Why a fact is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It does not exist in the account's partition.
    NotInPartition,
    /// No run has collected it yet.
    NotCollected,
    /// It was true then, which is too long ago.
    Stale { as_of: SystemTime },
    /// The answer did not contain this.
    NotSent(&'static str),
    /// The answers do not decide it: a sentence for people.
    Inconclusive(&'static str),
    /// Past events have been looked up in so many regions only.
    Backfill { done: usize, all: usize },
}

/// One missing fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub source: Source,
    pub cause: Cause,
    /// Where it is missing; empty for a collector without regions, and where it is no matter of regions.
    pub regions: Vec<Arc<str>>,
}

/// What is missing: one gap or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(Vec<Gap>);

impl Missing {
    #[must_use]
    pub fn new(source: Source, cause: Cause) -> Self {
        Self(vec![Gap {
            source,
            cause,
            regions: Vec::new(),
        }])
    }

    /// The same in a region.
    #[must_use]
    pub fn in_region(source: Source, cause: Cause, region: &Arc<str>) -> Self {
        Self(vec![Gap {
            source,
            cause,
            regions: vec![region.clone()],
        }])
    }

    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.0.iter()
    }
}

/// Collects what is missing, so that all of it can be said at once.
#[derive(Debug, Default)]
pub struct Gaps(Vec<Gap>);

impl Gaps {
    /// The value; if it is missing, that is kept.
    pub fn note<T>(&mut self, known: Known<T>) -> Option<T> {
        known.map_err(|missing| self.add(missing)).ok()
    }

    /// Adds what is missing. Regions with the same gap come together.
    pub fn add(&mut self, missing: Missing) {
        for gap in missing.0 {
            let same = |it: &&mut Gap| it.source == gap.source && it.cause == gap.cause;
            match self.0.iter_mut().find(same) {
                Some(known) => known.regions.extend(gap.regions),
                None => self.0.push(gap),
            }
        }
    }

    /// # Errors
    /// What is missing, if anything is.
    pub fn check(self) -> Known<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Missing(self.0))
    }
}

/// Both values.
///
/// # Errors
/// What is missing of either.
pub fn both<A, B>(a: Known<A>, b: Known<B>) -> Known<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(missing), Ok(_)) | (Ok(_), Err(missing)) => Err(missing),
        (Err(a), Err(b)) => {
            let mut gaps = Gaps(a.0);
            gaps.add(b);
            Err(Missing(gaps.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: Source = Source {
        collector: Collector::GuardDuty,
        call: "guardduty:ListDetectors",
    };

    #[test]
    fn gaps_of_one_kind_come_together_and_none_is_lost() {
        let in_region =
            |region: &str| Missing::in_region(SOURCE, Cause::NotCollected, &region.into());
        let other = || Missing::new(SOURCE, Cause::NotSent("Status"));
        let both = both::<(), ()>(Err(in_region("a")), Err(other())).unwrap_err();
        assert_eq!(both.gaps().count(), 2);
        let mut gaps = Gaps::default();
        assert_eq!(gaps.note(Ok(1)), Some(1));
        gaps.add(in_region("a"));
        gaps.add(in_region("b"));
        let missing = gaps.check().unwrap_err();
        let regions: Vec<&str> = missing
            .gaps()
            .flat_map(|gap| &gap.regions)
            .map(|it| &**it)
            .collect();
        assert_eq!((missing.gaps().count(), regions), (1, vec!["a", "b"]));
        assert_eq!(Gaps::default().check(), Ok(()));
    }
}
