//! Root's virtual MFA devices: IAM `ListVirtualMFADevices`. A device is root's by its user's ARN; names are anyone's choice.
//!
//! Whether there are others follows from the account summary, of the same moment: an older one may know of MFA that has
//! gone, or not yet of a virtual device.
use super::{
    Collected, CollectorSpec, RunContext,
    account_summary::{self, GET_ACCOUNT_SUMMARY},
};
use crate::aws::{Call, Paginator};
use aws_sdk_iam::types::AssignmentStatusType;
use root_model::collector::Collector;
use root_model::facts::{Fact, mfa_devices::MfaDevices};
use root_model::failure::Failure;

const LIST_VIRTUAL_MFA_DEVICES: Call = Call::new("iam:ListVirtualMFADevices");

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::MfaDevices,
    rate_limited: false,
    calls: &[GET_ACCOUNT_SUMMARY, LIST_VIRTUAL_MFA_DEVICES],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: None,
};

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    let summary = collected.ok_or_record(account_summary::summary(run).await);
    let enabled = summary.and_then(|summary| summary.mfa_enabled);
    let root = format!("arn:{}:iam::{}:root", run.account.partition, run.account.id);
    let session = run.global("iam");
    let client = session.iam();
    let (mut virtual_devices, mut pages) = (0, Paginator::new(LIST_VIRTUAL_MFA_DEVICES));
    loop {
        let request = client
            .list_virtual_mfa_devices()
            .assignment_status(AssignmentStatusType::Assigned)
            .set_marker(pages.token());
        let page = session
            .call(LIST_VIRTUAL_MFA_DEVICES, request.send())
            .await?;
        for device in page.virtual_mfa_devices() {
            if !run.account.owns(device.serial_number()) {
                return Err(LIST_VIRTUAL_MFA_DEVICES.of_another_account("a device"));
            }
            let arn = device.user().map(aws_sdk_iam::types::User::arn);
            match arn {
                None | Some("") => {
                    return Err(
                        LIST_VIRTUAL_MFA_DEVICES.malformed("an assigned device has no user")
                    );
                }
                Some(arn) if !run.account.owns(arn) => {
                    return Err(LIST_VIRTUAL_MFA_DEVICES.of_another_account("the user of a device"));
                }
                Some(arn) => virtual_devices += usize::from(arn == root),
            }
        }
        if !pages.advance_if(page.is_truncated, page.marker)? {
            break;
        }
    }
    let fact = Fact::MfaDevices(MfaDevices {
        virtual_devices,
        enabled,
    });
    collected.insert(run.now, fact);
    Ok(())
}
