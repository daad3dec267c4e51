//! The regions of each partition, and the signing region of each global service.

use crate::api::Service;

/// Enabled in every account.
const DEFAULT: [&str; 17] = [
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
];

/// Disabled until someone opts in.
const OPT_IN: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

const GOVERNMENT: [&str; 2] = ["us-gov-east-1", "us-gov-west-1"];

const CHINA: [&str; 2] = ["cn-north-1", "cn-northwest-1"];

/// The regions that a partition's accounts have from the start.
pub(crate) fn default_regions(partition: &str) -> &'static [&'static str] {
    match partition {
        "aws" => &DEFAULT,
        "aws-us-gov" => &GOVERNMENT,
        "aws-cn" => &CHINA,
        _ => &[],
    }
}

/// The regions that a partition's accounts may opt in to.
pub(crate) fn opt_in_regions(partition: &str) -> &'static [&'static str] {
    if partition == "aws" { &OPT_IN } else { &[] }
}

/// The partition of a region, if the region exists.
pub(crate) fn partition_of(region: &str) -> Option<&'static str> {
    ["aws", "aws-us-gov", "aws-cn"]
        .into_iter()
        .find(|partition| {
            default_regions(partition).contains(&region)
                || opt_in_regions(partition).contains(&region)
        })
}

/// Where a service is signed for, if it is the same everywhere in the partition.
pub(crate) fn global_region(service: Service, partition: &str) -> Option<&'static str> {
    let global = matches!(
        service,
        Service::Iam | Service::Organizations | Service::Account
    );
    global.then_some(match (partition, service) {
        ("aws-cn", Service::Iam) => "cn-north-1",
        ("aws-cn", _) => "cn-northwest-1",
        ("aws-us-gov", _) => "us-gov-west-1",
        _ => "us-east-1",
    })
}
