//! Which regions are monitored: `all`, or a list.
use super::error::{InvalidValue, ensure};
use root_model::names::is_region;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which regions of each account are monitored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "Written", into = "Written")]
pub enum Regions {
    /// The regions enabled for the account.
    #[default]
    All,
    /// These regions, sorted, each once.
    These(Vec<Arc<str>>),
}

/// As written in the file.
#[derive(Deserialize, Serialize)]
#[serde(untagged, expecting = "expected `all` or a list of regions")]
enum Written {
    Word(All),
    List(Vec<Arc<str>>),
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum All {
    All,
}

impl From<Written> for Regions {
    fn from(written: Written) -> Self {
        match written {
            Written::Word(All::All) => Self::All,
            Written::List(mut regions) => {
                regions.sort_unstable();
                regions.dedup();
                Self::These(regions)
            }
        }
    }
}

impl From<Regions> for Written {
    fn from(regions: Regions) -> Self {
        match regions {
            Regions::All => Self::Word(All::All),
            Regions::These(regions) => Self::List(regions),
        }
    }
}

impl Regions {
    pub(super) fn validate(&self) -> Result<(), InvalidValue> {
        let Self::These(regions) = self else {
            return Ok(());
        };
        ensure(
            !regions.is_empty(),
            "regions",
            "expected at least one region, or `all` for the regions enabled in each account",
        )?;
        ensure(
            regions.iter().all(|region| is_region(region)),
            "regions",
            "expected names of regions, such as eu-west-1",
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn what_is_no_region_is_refused() {
        let error = Config::parse("regions: [us-east-1, 'no']", "config.yaml").unwrap_err();
        let expected = "line 1, column 1: regions: expected names of regions, such as eu-west-1";
        assert_eq!(error.to_string(), format!("config.yaml: {expected}"));
    }
}
