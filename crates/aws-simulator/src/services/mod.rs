//! The services: each declares its operations, their parameters, rates and what they do.

mod account;
pub(crate) mod cloudtrail;
mod credentials;
mod criteria;
mod findings;
mod guardduty;
mod iam;
mod mfa;
mod organizations;
mod policies;
pub(crate) mod sts;

use super::clock::Timestamp;
use super::failure::ServiceError;
use super::identity::Caller;
use super::limits::RateLimit;
use super::page;
use super::parameters::{Parameter, Parameters};
use super::regions;
use super::state::Simulation;
use super::world::Account;
use serde_json::Value;

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

/// An operation and what is declared of it.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) service: Service,
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) limit: Option<RateLimit>,
    /// Whether it needs a signature, and the permission that bears its name.
    pub(crate) signed: bool,
    pub(crate) run: fn(&mut Context<'_>) -> Result<Value, ServiceError>,
}

impl Operation {
    const fn new(
        service: Service,
        name: &'static str,
        parameters: &'static [Parameter],
        run: fn(&mut Context<'_>) -> Result<Value, ServiceError>,
    ) -> Self {
        Self {
            service,
            name,
            parameters,
            limit: None,
            signed: true,
            run,
        }
    }

    const fn limited(mut self, rate: f64, burst: f64) -> Self {
        self.limit = Some(RateLimit::new(rate, burst));
        self
    }

    const fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }
}

/// Every operation that is simulated.
pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
    let services = [
        account::OPERATIONS,
        cloudtrail::OPERATIONS,
        guardduty::OPERATIONS,
        iam::OPERATIONS,
        credentials::OPERATIONS,
        mfa::OPERATIONS,
        organizations::OPERATIONS,
        policies::OPERATIONS,
        sts::OPERATIONS,
    ];
    services.into_iter().flatten()
}

/// The operation of that name.
pub(crate) fn find(service: Service, name: &str) -> Option<&'static Operation> {
    all().find(|operation| operation.service == service && operation.name == name)
}

/// A call that passed all checks.
pub(crate) struct Context<'a> {
    pub(crate) simulation: &'a mut Simulation,
    pub(crate) caller: &'a Caller,
    pub(crate) region: &'a str,
    pub(crate) service: Service,
    pub(crate) parameters: Parameters,
    pub(crate) now: Timestamp,
}

impl Context<'_> {
    /// The caller's account.
    fn account(&self) -> Result<&Account, ServiceError> {
        let account = self.simulation.world.accounts.get(&self.caller.account);
        account.ok_or_else(|| self.service.unknown_client())
    }

    /// An ARN of IAM in the caller's account.
    fn arn(&self, resource: &str) -> String {
        format!(
            "arn:{}:iam::{}:{resource}",
            self.caller.partition, self.caller.account
        )
    }

    /// One page of the items, by the parameters of that name.
    fn page<T>(&self, items: Vec<T>, token: &str, size: usize) -> Option<(Vec<T>, Option<String>)> {
        let caller = &self.caller.account;
        let request = format!(
            "{caller}/{}/{}",
            self.region,
            self.parameters.without_token(token)
        );
        page::paginate(items, self.parameters.text(token), size, &request)
    }
}

impl Account {
    /// The regions where its credentials are good.
    pub(crate) fn enabled_regions(&self) -> Vec<&str> {
        match &self.regions {
            Some(regions) => regions.iter().map(String::as_str).collect(),
            None => regions::default_regions(&self.partition).to_vec(),
        }
    }
}
