//! Whether AWS knows whom to call: Account Management `GetAlternateContact`. The contact itself is not kept.
use super::{Collected, CollectorSpec, RunContext};
use crate::aws::Call;
use aws_sdk_account::types::AlternateContactType;
use root_model::collector::Collector;
use root_model::facts::Fact;
use root_model::failure::Failure;

/// There is no such contact.
const GET_ALTERNATE_CONTACT: Call =
    Call::new("account:GetAlternateContact").absent(&[&["ResourceNotFoundException"]]);

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::SecurityContact,
    rate_limited: false,
    calls: &[GET_ALTERNATE_CONTACT],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: None,
};

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    let session = run.global("account");
    let request = session
        .account()
        .get_alternate_contact()
        .alternate_contact_type(AlternateContactType::Security);
    let configured = match session.call(GET_ALTERNATE_CONTACT, request.send()).await {
        Ok(answer) => {
            let contact = answer.alternate_contact;
            let address = contact.and_then(|contact| contact.email_address);
            if !address.is_some_and(|address| address.contains('@')) {
                return Err(
                    GET_ALTERNATE_CONTACT.malformed("no AlternateContact with an EmailAddress")
                );
            }
            true
        }
        Err(error) if error.absent => false,
        Err(error) => return Err(error.into()),
    };
    collected.insert(run.now, Fact::SecurityContact(configured));
    Ok(())
}
