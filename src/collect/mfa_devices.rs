//! Root's virtual MFA devices: IAM `ListVirtualMFADevices`. A device is root's by its user's ARN; names are anyone's choice.
use super::{Collected, Collector, Run, minutes};
use crate::{facts::Fact, observation::Failure};
use aws_sdk_iam::types::AssignmentStatusType;
use std::time::Duration;

pub(super) const COLLECTOR: Collector = Collector {
    name: "mfa_devices",
    regional: false,
    interval: minutes(15),
    timeout: minutes(1),
    grace: Duration::ZERO,
    actions: &["iam:ListVirtualMFADevices"],
    collect: |run, collected| Box::pin(collect(run, collected)),
};

async fn collect(run: &Run, collected: &mut Collected) -> Result<(), Failure> {
    const CALL: &str = "iam:ListVirtualMFADevices";
    let root = format!("arn:{}:iam::{}:root", run.account.partition, run.account.id);
    let session = run.global("iam");
    let client = session.iam();
    let (mut devices, mut marker) = (0, None);
    loop {
        let request = client
            .list_virtual_mfa_devices()
            .assignment_status(AssignmentStatusType::Assigned)
            .set_marker(marker.clone());
        let page = session.call(CALL, request.send()).await?;
        for device in page.virtual_mfa_devices() {
            let arn = device.user().map(aws_sdk_iam::types::User::arn);
            match arn {
                None | Some("") => {
                    return Err(Failure::malformed(CALL, "an assigned device has no user"));
                }
                Some(arn) => devices += usize::from(arn == root),
            }
        }
        let next = page.marker.filter(|_| page.is_truncated);
        if page.is_truncated && (next.is_none() || next == marker) {
            return Err(Failure::malformed(CALL, "the pages do not end"));
        }
        marker = next;
        if marker.is_none() {
            break;
        }
    }
    collected.learn(run.now, Fact::RootVirtualMfaDevices(devices));
    Ok(())
}
