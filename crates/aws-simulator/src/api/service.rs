//! The services and their protocols.

/// The services that are simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Account,
    CloudTrail,
    GuardDuty,
    Iam,
    Organizations,
    Sts,
}

/// How a service talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Forms in, XML out.
    Query,
    /// JSON 1.1.
    Json,
    /// REST and JSON.
    Tail,
}

impl Service {
    /// As credential scopes and policies name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::CloudTrail => "cloudtrail",
            Self::GuardDuty => "guardduty",
            Self::Iam => "iam",
            Self::Organizations => "organizations",
            Self::Sts => "sts",
        }
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Iam | Self::Sts => Protocol::Query,
            Self::CloudTrail | Self::Organizations => Protocol::Json,
            Self::Account | Self::GuardDuty => Protocol::Tail,
        }
    }

    /// Of the query protocol.
    pub(crate) fn version(self) -> &'static str {
        if self == Self::Iam {
            "2010-05-08"
        } else {
            "2011-06-15"
        }
    }

    /// Of the query protocol's XML.
    pub(crate) fn namespace(self) -> String {
        format!(
            "https://{}.amazonaws.com/doc/{}/",
            self.name(),
            self.version()
        )
    }

    /// The prefixes of `X-Amz-Target`: botocore's and, where it differs, that of the SDKs made with Smithy.
    pub(crate) fn targets(self) -> &'static [&'static str] {
        match self {
            Self::Organizations => &["AWSOrganizationsV20161128"],
            _ => &[
                "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
                "CloudTrail_20131101",
            ],
        }
    }
}
