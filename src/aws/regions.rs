//! What is known of AWS's regions without asking.
//!
//! Source: the SDKs' endpoint rules, and AWS Account Management's page on regions enabled by default.

use root_model::partition::Partition;

/// Where a partition answers for a service that has one endpoint for all regions.
#[must_use]
pub fn global_region(partition: Partition, service: &str) -> &'static str {
    match (partition, service) {
        (Partition::AwsCn, "iam") => "cn-north-1",
        (Partition::AwsCn, _) => "cn-northwest-1",
        (Partition::AwsUsGov, _) => "us-gov-west-1",
        (Partition::AwsIso, _) => "us-iso-east-1",
        (Partition::AwsIsoB, _) => "us-isob-east-1",
        (Partition::AwsIsoE, _) => "eu-isoe-west-1",
        (Partition::AwsIsoF, _) => "us-isof-south-1",
        (Partition::AwsEusc, _) => "eusc-de-east-1",
        (Partition::Aws, _) => "us-east-1",
    }
}

/// The regions that every account of a partition has, to look at while those of the account are not known.
#[must_use]
pub fn default_regions(partition: Partition) -> &'static [&'static str] {
    match partition {
        Partition::AwsCn => &["cn-north-1", "cn-northwest-1"],
        Partition::AwsUsGov => &["us-gov-east-1", "us-gov-west-1"],
        Partition::AwsIso => &["us-iso-east-1", "us-iso-west-1"],
        Partition::AwsIsoB => &["us-isob-east-1"],
        Partition::AwsIsoE => &["eu-isoe-west-1"],
        Partition::AwsIsoF => &["us-isof-east-1", "us-isof-south-1"],
        Partition::AwsEusc => &["eusc-de-east-1"],
        Partition::Aws => &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-north-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    }
}

/// Whether every account of the region's partition has it, so that it cannot be disabled.
pub(super) fn is_default_region(region: &str) -> bool {
    let partition = match region.split('-').next() {
        _ if region.starts_with("us-gov-") => Partition::AwsUsGov,
        _ if region.starts_with("us-iso-") => Partition::AwsIso,
        _ if region.starts_with("us-isob-") => Partition::AwsIsoB,
        _ if region.starts_with("us-isof-") => Partition::AwsIsoF,
        Some("cn") => Partition::AwsCn,
        Some("eusc") => Partition::AwsEusc,
        _ if region.starts_with("eu-isoe-") => Partition::AwsIsoE,
        _ => Partition::Aws,
    };
    default_regions(partition).contains(&region)
}

#[cfg(test)]
mod tests {
    use super::{default_regions, is_default_region};
    use root_model::partition::Partition;
    use strum::VariantArray as _;

    #[test]
    fn default_regions_are_known_by_name() {
        for partition in Partition::VARIANTS {
            for region in default_regions(*partition) {
                assert!(is_default_region(region), "{region}");
            }
        }
        assert!(!is_default_region("af-south-1") && !is_default_region("cn-west-9"));
    }
}
