//! Faults: what a scenario makes go wrong, chosen by account, region, service and operation.

use super::bend::ContentFault;
use super::failure::ServiceError;
use super::policy::Decision;
use super::services::Service;
use super::spoil::TransportFault;
use super::world::World;
use serde::{Deserialize, Serialize};
use time::Duration;

/// A fault; keys that are absent match everything.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    #[serde(default)]
    pub(crate) account: Option<String>,
    #[serde(default)]
    pub(crate) region: Option<String>,
    #[serde(default)]
    pub(crate) service: Option<String>,
    #[serde(default)]
    pub(crate) operation: Option<String>,
    /// Of `delay`.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// Of `error`, as the next two.
    #[serde(default)]
    pub(crate) code: Option<String>,
    #[serde(default)]
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) message: Option<String>,
    /// How many matching calls still pass unharmed.
    #[serde(default)]
    pub(crate) skip: u64,
    /// How many calls it still harms; without it, all.
    #[serde(default)]
    pub(crate) count: Option<u64>,
    #[serde(default = "always")]
    pub(crate) probability: f64,
}

fn always() -> f64 {
    1.0
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// The service denies access.
    Deny,
    /// The service throttles.
    Throttle,
    /// The answer comes late.
    Delay,
    /// No answer comes.
    Hang,
    /// The connection closes in the middle of the answer.
    CutOff,
    /// Half of the answer comes as if it were all.
    Truncate,
    /// A proxy's page comes instead.
    Garbage,
    /// An error of the scenario's choice.
    Error,
    /// The region seems not to be enabled.
    Disabled,
    /// 64 MB of blanks follow the answer.
    Huge,
    /// Half of the answer comes, and blanks follow, slowly and for ever.
    EndlessBody,
    /// With the answer comes what nobody knows, nested very deep.
    Deep,
    /// Its texts are no UTF-8.
    NotUtf8,
    /// The first page comes again and again, each time with a new token.
    EndlessPages,
    /// The same with two tokens by turns.
    RepeatedToken,
    /// No value is of the type that it should be.
    WrongTypes,
    /// Every time is of the year 9998.
    Future,
}

impl FaultKind {
    fn transport_fault(self) -> Option<TransportFault> {
        Some(match self {
            Self::Hang => TransportFault::Hang,
            Self::CutOff => TransportFault::CutOff,
            Self::Truncate => TransportFault::Truncate,
            Self::Garbage => TransportFault::Garbage,
            Self::Huge => TransportFault::Huge,
            Self::EndlessBody => TransportFault::EndlessBody,
            Self::Deep => TransportFault::Deep,
            Self::NotUtf8 => TransportFault::NotUtf8,
            _ => return None,
        })
    }

    fn content_fault(self) -> Option<ContentFault> {
        Some(match self {
            Self::EndlessPages => ContentFault::EndlessPages,
            Self::RepeatedToken => ContentFault::RepeatedToken,
            Self::WrongTypes => ContentFault::WrongTypes,
            Self::Future => ContentFault::Future,
            _ => return None,
        })
    }
}

/// What the faults do to one call.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    pub(crate) delay: Duration,
    pub(crate) failure: Option<ServiceError>,
    pub(crate) transport_fault: Option<TransportFault>,
    pub(crate) content_fault: Option<ContentFault>,
}

/// A call, as faults see it.
pub(crate) struct CallTarget<'a> {
    pub(crate) account: &'a str,
    pub(crate) arn: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: Service,
    pub(crate) operation: &'a str,
}

/// Applies every fault that matches, in the order of their names; delays add up, else the first counts.
pub(crate) fn inject(world: &mut World, target: &CallTarget) -> Effect {
    let mut effect = Effect::default();
    for fault in world.faults.values_mut() {
        let settled = effect.failure.is_some()
            || effect.transport_fault.is_some()
            || effect.content_fault.is_some();
        if (settled && fault.kind != FaultKind::Delay)
            || !fault.matches(target)
            || !fault.triggers()
        {
            continue;
        }
        effect.transport_fault = effect.transport_fault.or(fault.kind.transport_fault());
        effect.content_fault = effect.content_fault.or(fault.kind.content_fault());
        match fault.kind {
            FaultKind::Delay => effect.delay += Duration::saturating_seconds_f64(fault.seconds),
            FaultKind::Deny | FaultKind::Throttle | FaultKind::Error | FaultKind::Disabled => {
                effect.failure = Some(fault.failure(target));
            }
            _ => {}
        }
    }
    effect
}

impl Fault {
    fn matches(&self, target: &CallTarget) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|it| it == is);
        same(&self.account, target.account)
            && same(&self.region, target.region)
            && same(&self.service, target.service.name())
            && same(&self.operation, target.operation)
    }

    /// Counts a matching call and says whether this one is harmed.
    fn triggers(&mut self) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if self.count == Some(0) || fastrand::f64() >= self.probability {
            return false;
        }
        self.count = self.count.map(|left| left - 1);
        true
    }

    fn failure(&self, target: &CallTarget) -> ServiceError {
        let service = target.service;
        match self.kind {
            FaultKind::Throttle => service.throttled(),
            FaultKind::Disabled => service.unknown_client(),
            FaultKind::Error => ServiceError::new(
                self.status.unwrap_or(500),
                self.code.as_deref().unwrap_or("InternalFailure"),
                self.message
                    .as_deref()
                    .unwrap_or("An internal error occurred"),
            ),
            _ => {
                let action = format!("{}:{}", service.name(), target.operation);
                service.denied(target.arn, &action, "*", Decision::ExplicitlyDenied)
            }
        }
    }
}
