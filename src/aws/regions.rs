//! What is known of AWS's regions without asking.
//!
//! Source: the SDKs' endpoint rules, and AWS Account Management's page on regions enabled by default.

/// Where a partition answers for a service that has one endpoint for all regions.
#[must_use]
pub fn global_region(partition: &str, service: &str) -> &'static str {
    match (partition, service) {
        ("aws-cn", "iam") => "cn-north-1",
        ("aws-cn", _) => "cn-northwest-1",
        ("aws-us-gov", _) => "us-gov-west-1",
        ("aws-iso", _) => "us-iso-east-1",
        ("aws-iso-b", _) => "us-isob-east-1",
        ("aws-iso-e", _) => "eu-isoe-west-1",
        ("aws-iso-f", _) => "us-isof-south-1",
        ("aws-eusc", _) => "eusc-de-east-1",
        _ => "us-east-1",
    }
}

/// The regions that every account of a partition has, to look at while those of the account are not known.
#[must_use]
pub fn default_regions(partition: &str) -> &'static [&'static str] {
    match partition {
        "aws-cn" => &["cn-north-1", "cn-northwest-1"],
        "aws-us-gov" => &["us-gov-east-1", "us-gov-west-1"],
        "aws-iso" => &["us-iso-east-1", "us-iso-west-1"],
        "aws-iso-b" => &["us-isob-east-1"],
        "aws-iso-e" => &["eu-isoe-west-1"],
        "aws-iso-f" => &["us-isof-east-1", "us-isof-south-1"],
        "aws-eusc" => &["eusc-de-east-1"],
        _ => &[
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
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ if region.starts_with("us-iso-") => "aws-iso",
        _ if region.starts_with("us-isob-") => "aws-iso-b",
        _ if region.starts_with("us-isof-") => "aws-iso-f",
        Some("cn") => "aws-cn",
        Some("eusc") => "aws-eusc",
        _ if region.starts_with("eu-isoe-") => "aws-iso-e",
        _ => "aws",
    };
    default_regions(partition).contains(&region)
}

#[cfg(test)]
mod tests {
    use super::{default_regions, is_default_region};

    #[test]
    fn default_regions_are_known_by_name() {
        for partition in [
            "aws",
            "aws-cn",
            "aws-us-gov",
            "aws-iso",
            "aws-iso-b",
            "aws-iso-e",
            "aws-iso-f",
            "aws-eusc",
        ] {
            for region in default_regions(partition) {
                assert!(is_default_region(region), "{region}");
            }
        }
        assert!(!is_default_region("af-south-1") && !is_default_region("cn-west-9"));
    }
}
