//! Whether AWS knows whom to call: Account Management `GetAlternateContact`. The contact itself is not kept.
use super::{Collected, CollectorSpec, RunContext, minutes};
use aws_sdk_account::types::AlternateContactType;
use root_model::collector::Collector;
use root_model::facts::Fact;
use root_model::failure::Failure;

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::SecurityContact,
    interval: minutes(60),
    timeout: minutes(1),
    paced: false,
    actions: &["account:GetAlternateContact"],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: None,
};

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    const CALL: &str = "account:GetAlternateContact";
    let session = run.global("account");
    let request = session
        .account()
        .get_alternate_contact()
        .alternate_contact_type(AlternateContactType::Security);
    let configured = match session.call(CALL, request.send()).await {
        Ok(answer) if answer.alternate_contact.is_some() => true,
        Ok(_) => return Err(Failure::malformed(CALL, "no AlternateContact")),
        Err(error) if error.is(&["ResourceNotFoundException"]) => false,
        Err(error) => return Err(error.into()),
    };
    collected.insert(run.now, Fact::SecurityContact(configured));
    Ok(())
}
