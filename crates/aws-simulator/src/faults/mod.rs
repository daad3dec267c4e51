//! Fault injection: a scenario selects calls by account, region, service and operation, and says how they fail.

mod body;
mod content;
mod damage;
mod kind;
mod transport;
pub(crate) use self::content::ContentFault;
pub(crate) use self::transport::{Disconnect, TransportFault, deliver, status_only};

use crate::api::{Service, ServiceError};
use crate::policy::Decision;
use crate::world::{Fault, FaultKind, World};
use time::Duration;

/// The combined effect of all matching faults on one call.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    pub(crate) delay: Duration,
    pub(crate) error: Option<ServiceError>,
    pub(crate) transport_fault: Option<TransportFault>,
    pub(crate) content_fault: Option<ContentFault>,
}

/// The properties of a call that faults match.
pub(crate) struct CallTarget<'a> {
    pub(crate) account: &'a str,
    pub(crate) arn: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: Service,
    pub(crate) operation: &'a str,
    /// Whether the request came over a connection that had been used before.
    pub(crate) reuses_connection: bool,
}

/// Applies all matching faults in the order of their names. Delays add up; of the others the first is applied.
pub(crate) fn inject(world: &mut World, target: &CallTarget) -> Effect {
    let mut effect = Effect::default();
    for fault in world.faults.values_mut() {
        let decided = effect.error.is_some()
            || effect.transport_fault.is_some()
            || effect.content_fault.is_some();
        if (decided && fault.kind != FaultKind::Delay)
            || !fault.matches(target)
            || !fault.triggers()
        {
            continue;
        }
        effect.transport_fault = effect.transport_fault.or(fault.kind.transport_fault());
        effect.content_fault = effect.content_fault.or_else(|| fault.content_fault());
        match fault.kind {
            FaultKind::Delay => effect.delay += Duration::saturating_seconds_f64(fault.seconds),
            FaultKind::Deny | FaultKind::Throttle | FaultKind::Error | FaultKind::Disabled => {
                effect.error = Some(fault.error(target));
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
            && (self.kind != FaultKind::IdleClose || target.reuses_connection)
    }

    /// Counts a matching call. True if the fault affects it.
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

    fn error(&self, target: &CallTarget) -> ServiceError {
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
