//! AWS partitions: groups of regions with accounts, credentials and endpoints of their own. The word is the second part of
//! every ARN.
use serde::Serialize;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A partition that the exporter knows. Source: the SDKs' `partitions.json`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Display,
    EnumString,
    Eq,
    Hash,
    IntoStaticStr,
    PartialEq,
    Serialize,
    VariantArray,
)]
#[serde(into = "&'static str")]
#[strum(serialize_all = "kebab-case")]
pub enum Partition {
    /// The commercial regions.
    #[default]
    Aws,
    /// China. It has no root user.
    AwsCn,
    /// GovCloud. Its root users have access keys, and neither console nor MFA.
    AwsUsGov,
    /// Isolated regions of the United States.
    AwsIso,
    /// The same, another set.
    AwsIsoB,
    /// Isolated regions of Europe.
    AwsIsoE,
    /// Isolated regions of the United States, a third set.
    AwsIsoF,
    /// The European Sovereign Cloud.
    AwsEusc,
}

impl Partition {
    /// As in an ARN.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether accounts have a root user at all.
    #[must_use]
    pub fn has_root(self) -> bool {
        self != Self::AwsCn
    }

    /// Whether root can sign in to the console, and so have a password and MFA.
    #[must_use]
    pub fn has_root_console(self) -> bool {
        self.has_root() && self != Self::AwsUsGov
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelled_as_in_arns() {
        let names = Partition::VARIANTS.iter().map(|it| it.as_str());
        let expected = [
            "aws",
            "aws-cn",
            "aws-us-gov",
            "aws-iso",
            "aws-iso-b",
            "aws-iso-e",
            "aws-iso-f",
            "aws-eusc",
        ];
        assert!(names.eq(expected));
    }
}
