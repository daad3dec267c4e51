//! The services and their protocols.

/// A simulated service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Account,
    CloudTrail,
    GuardDuty,
    Iam,
    Organizations,
    Sts,
}

/// A wire protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// The request is a form, the response XML.
    Query,
    /// JSON 1.1.
    Json,
    /// REST and JSON.
    Rest,
}

impl Service {
    /// The name in credential scopes and in policy actions.
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
            Self::Account | Self::GuardDuty => Protocol::Rest,
        }
    }

    /// The API version in requests of the query protocol.
    pub(crate) fn version(self) -> &'static str {
        if self == Self::Iam {
            "2010-05-08"
        } else {
            "2011-06-15"
        }
    }

    /// The XML namespace of responses of the query protocol.
    pub(crate) fn namespace(self) -> String {
        format!(
            "https://{}.amazonaws.com/doc/{}/",
            self.name(),
            self.version()
        )
    }

    /// The accepted prefixes of `X-Amz-Target`. The one of botocore and the one of Smithy-based SDKs can differ.
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
