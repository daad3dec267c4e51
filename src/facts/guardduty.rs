//! GuardDuty: detectors, findings by severity, and findings about root.
use super::account::Account;
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

/// Unarchived findings in one region by severity band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FindingCounts([u64; 4]);

/// The bands, in the order of [`FindingCounts`].
pub const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

impl FindingCounts {
    /// Counts in the order of [`SEVERITIES`].
    #[must_use]
    pub fn of(bands: [u64; 4]) -> Self {
        Self(bands)
    }

    /// Adds findings of one severity: low below 4, medium below 7, high below 9, critical from 9.
    pub fn add(&mut self, severity: f64, count: u64) {
        let band = match severity {
            s if s >= 9.0 => 3,
            s if s >= 7.0 => 2,
            s if s >= 4.0 => 1,
            _ => 0,
        };
        self.0[band] += count;
    }

    /// The counts with their bands.
    pub fn bands(&self) -> impl Iterator<Item = (&'static str, u64)> {
        SEVERITIES.into_iter().zip(self.0)
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

/// The finding types that are about root alone. Their absence is exported as 0 where it is known.
pub const ROOT_TYPES: [&str; 2] = [
    "Policy:IAMUser/RootCredentialUsage",
    "Policy:IAMUser/ShortTermRootCredentialUsage",
];

impl Account<'_> {
    /// Findings by region and band, where there is a detector.
    pub fn findings(&self) -> impl Iterator<Item = (&str, &'static str, u64)> {
        self.finding_counts
            .iter()
            .filter(|(region, _)| self.has_detector(region))
            .flat_map(|(region, counts)| {
                counts
                    .bands()
                    .map(|(severity, count)| (*region, severity, count))
            })
    }

    /// Findings about root by type, each once however many regions repeat it. Zeros (for the types that are about
    /// root alone) only if every monitored region is known.
    #[must_use]
    pub fn root_findings_by_type(&self) -> BTreeMap<&str, usize> {
        let mut types: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        if self.root_findings_complete() {
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

    fn root_findings_everywhere(&self) -> impl Iterator<Item = &RootFinding> {
        self.root_findings
            .iter()
            .filter(|(region, _)| self.has_detector(region))
            .flat_map(|(_, findings)| findings.iter())
    }

    /// Whether every monitored region with a detector has said which findings about root it has, and one has.
    fn root_findings_complete(&self) -> bool {
        let mut watched = false;
        let regions = &self.identity.regions;
        self.identity.is_complete(self.now)
            && regions
                .iter()
                .all(|region| match self.detectors.get(region.as_ref()) {
                    None => false,
                    Some(Detector::Absent) => true,
                    Some(_) => {
                        watched = true;
                        self.root_findings.contains_key(region.as_ref())
                    }
                })
            && watched
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
        assert_eq!(counts.0, [2, 2, 2, 2]);
    }
}
