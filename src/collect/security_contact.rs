//! Whether AWS knows whom to call: Account Management `GetAlternateContact`. The contact itself is not kept.
use super::{Collected, Collector, Run, minutes};
use crate::{facts::Fact, observation::Failure};
use aws_sdk_account::types::AlternateContactType;
use std::time::Duration;

pub(super) const COLLECTOR: Collector = Collector {
    name: "security_contact",
    regional: false,
    interval: minutes(60),
    timeout: minutes(1),
    paced: false,
    grace: Duration::ZERO,
    actions: &["account:GetAlternateContact"],
    collect: |run, collected| Box::pin(collect(run, collected)),
    central: None,
    assume_root: false,
};

async fn collect(run: &Run, collected: &mut Collected) -> Result<(), Failure> {
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
    collected.learn(run.now, Fact::SecurityContact(configured));
    Ok(())
}
