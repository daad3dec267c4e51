//! GuardDuty: detectors, findings by severity, and findings about root.
use super::{
    account::Account,
    sources::{DETECTORS, FINDING_COUNTS, ROOT_FINDINGS},
};
use crate::{
    missing::{Cause, Gaps, Known, Missing, Source},
    severity::Severity,
};
use enum_map::{EnumMap, enum_map};
use std::{collections::BTreeMap, collections::BTreeSet, sync::Arc, time::SystemTime};

/// GuardDuty's detector in one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detector {
    /// There is none.
    Absent,
    /// `DISABLED`: it exists but watches nothing.
    Suspended,
    /// `ENABLED`
    Enabled,
}

/// Unarchived findings in one region by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FindingCounts(EnumMap<Severity, u64>);

impl FindingCounts {
    #[must_use]
    pub fn new(low: u64, medium: u64, high: u64, critical: u64) -> Self {
        Self(enum_map! {
            Severity::Low => low,
            Severity::Medium => medium,
            Severity::High => high,
            Severity::Critical => critical,
        })
    }

    /// Sets the number of findings of one severity.
    pub fn set(&mut self, severity: Severity, count: u64) {
        self.0[severity] = count;
    }

    /// Adds findings of one severity: low below 4, medium below 7, high below 9, critical from 9.
    pub fn add(&mut self, severity: f64, count: u64) {
        let severity = match severity {
            s if s >= 9.0 => Severity::Critical,
            s if s >= 7.0 => Severity::High,
            s if s >= 4.0 => Severity::Medium,
            _ => Severity::Low,
        };
        self.0[severity] += count;
    }

    /// Each severity with its count, from low to critical.
    pub fn by_severity(&self) -> impl Iterator<Item = (Severity, u64)> {
        self.0.into_iter()
    }
}

/// An unarchived finding about root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootFinding {
    /// The finding type, as GuardDuty names it.
    pub kind: Arc<str>,
    /// Equal for the same finding repeated in several regions. Never leaves the process.
    pub identity: u64,
    /// `updatedAt`
    pub updated: SystemTime,
}

/// The finding type of `AssumeRoot` sessions: never the true root user.
pub const PRIVILEGED_SESSION: &str = "Policy:IAMUser/ShortTermRootCredentialUsage";

/// The finding types that are about root alone. Their absence is exported as 0 where it is known.
pub const ROOT_TYPES: [&str; 2] = ["Policy:IAMUser/RootCredentialUsage", PRIVILEGED_SESSION];

impl Account<'_> {
    /// Findings by region and severity, where there is a detector.
    pub fn findings(&self) -> impl Iterator<Item = (&str, Severity, u64)> {
        self.finding_counts
            .iter()
            .filter(|(region, _)| self.has_detector(region))
            .flat_map(|(region, counts)| {
                counts
                    .by_severity()
                    .map(|(severity, count)| (*region, severity, count))
            })
    }

    /// Findings about root by type, each once however many regions repeat it. Zeros (for the types that are about
    /// root alone) only if every monitored region is known.
    #[must_use]
    pub fn root_findings_by_type(&self) -> BTreeMap<&str, usize> {
        let mut types: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        if self.all_root_findings().is_ok() {
            types.extend(ROOT_TYPES.map(|kind| (kind, BTreeSet::new())));
        }
        for finding in self.root_findings_everywhere() {
            types
                .entry(&finding.kind)
                .or_default()
                .insert(finding.identity);
        }
        // Fewer than were known would look like fewer than there are.
        for finding in &self.stale_root_findings {
            let known = types.get(&*finding.kind);
            if known.is_some_and(|identities| !identities.contains(&finding.identity)) {
                types.remove(&*finding.kind);
            }
        }
        types
            .into_iter()
            .map(|(kind, identities)| (kind, identities.len()))
            .collect()
    }

    /// The latest update of any finding about root.
    #[must_use]
    pub fn root_finding_last(&self) -> Option<SystemTime> {
        let stale = self.stale_root_findings.iter().map(|f| f.updated).max();
        self.root_findings_everywhere()
            .map(|f| f.updated)
            .max()
            .filter(|fresh| stale.is_none_or(|stale| stale <= *fresh))
    }

    /// The monitored regions where GuardDuty is known to watch nothing.
    pub fn regions_without_guardduty(&self) -> impl Iterator<Item = &str> {
        let off = |detector: &Detector| *detector != Detector::Enabled;
        let detectors = self.detectors.iter();
        detectors.filter(move |it| off(it.1)).map(|it| *it.0)
    }

    /// # Errors
    /// The monitored regions of which it is not known whether they have a detector.
    pub fn all_detectors(&self) -> Known<()> {
        let mut gaps = Gaps::default();
        gaps.note(self.all_regions());
        self.in_regions(&mut gaps, DETECTORS, |region| {
            self.detectors.contains_key(region)
        });
        gaps.check()
    }

    /// Whether GuardDuty watches nowhere.
    ///
    /// # Errors
    /// What is missing.
    pub fn guardduty_is_off(&self) -> Known<bool> {
        if self.detectors.values().any(|it| **it == Detector::Enabled) {
            return Ok(false);
        }
        self.all_detectors().map(|()| true)
    }

    /// # Errors
    /// The monitored regions with a detector that have not said how many findings they have.
    pub fn all_finding_counts(&self) -> Known<()> {
        let mut gaps = Gaps::default();
        gaps.note(self.all_detectors());
        self.in_regions(&mut gaps, FINDING_COUNTS, |region| {
            !self.has_detector(region) || self.finding_counts.contains_key(region)
        });
        gaps.check()
    }

    /// Notes the monitored regions where that source has not been collected.
    fn in_regions(&self, gaps: &mut Gaps, source: Source, collected: impl Fn(&str) -> bool) {
        for region in &self.identity.regions {
            if !collected(region) {
                gaps.add(Missing::in_region(source, Cause::NotCollected, region));
            }
        }
    }

    fn root_findings_everywhere(&self) -> impl Iterator<Item = &RootFinding> {
        self.root_findings
            .iter()
            .filter(|(region, _)| self.has_detector(region))
            .flat_map(|(_, findings)| findings.iter())
    }

    /// # Errors
    /// The monitored regions with a detector that have not said which findings about root they have; where there is no
    /// detector at all, that nothing can be said.
    pub fn all_root_findings(&self) -> Known<()> {
        let mut gaps = Gaps::default();
        gaps.note(self.all_detectors());
        self.in_regions(&mut gaps, ROOT_FINDINGS, |region| {
            !self.has_detector(region) || self.root_findings.contains_key(region)
        });
        let mut regions = self.identity.regions.iter();
        if !regions.any(|region| self.has_detector(region)) {
            gaps.add(Missing::new(ROOT_FINDINGS, Cause::NotCollected));
        }
        gaps.check()
    }

    fn has_detector(&self, region: &str) -> bool {
        matches!(
            self.detectors.get(region),
            Some(Detector::Enabled | Detector::Suspended)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_is_a_range() {
        let mut counts = FindingCounts::default();
        for severity in [1.0, 3.9, 4.0, 6.9, 7.0, 8.9, 9.0, 10.0] {
            counts.add(severity, 1);
        }
        assert_eq!(counts, FindingCounts::new(2, 2, 2, 2));
    }
}
