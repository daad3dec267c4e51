//! Rejects answers that do not say what they are to say: XML that ends too early, and documents without a member that AWS's
//! model requires. The SDK would put an empty list, an empty text or zero in its place.
mod required_members;
mod truncated_xml;

use super::attempt;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::AfterDeserializationInterceptorContextRef},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use truncated_xml::is_whole;

/// Checks every response once it has been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct RejectIncomplete;

impl Intercept for RejectIncomplete {
    fn name(&self) -> &'static str {
        "RejectIncomplete"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // One that broke off is not there: that has failed already, and is retried.
        let Some(body) = context.response().body().bytes() else {
            return Ok(());
        };
        if body.starts_with(b"<") && !is_whole(body) {
            return Err("the XML document ends before its last element does".into());
        }
        if context.output_or_error().is_ok() {
            let call = attempt::current()?.call;
            if let Some(member) = required_members::missing(call.action, body) {
                return Err(format!("the response has no {member}").into());
            }
        }
        Ok(())
    }
}
