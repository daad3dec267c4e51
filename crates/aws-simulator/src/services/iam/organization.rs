//! Central management of root credentials.

use crate::api::ServiceError;
use crate::services::Context;
use crate::world::FeatureSet;
use serde_json::{Value, json};

pub(crate) fn list_organizations_features(context: &mut Context) -> Result<Value, ServiceError> {
    let fail = |code, message| Err(ServiceError::new(400, code, message));
    let world = &context.world;
    let Some(organization) = world.organization_in(&context.caller.partition) else {
        return fail(
            "OrganizationNotFoundException",
            "The account is not part of an organization",
        );
    };
    if !organization.administers(&context.caller.account, "iam.amazonaws.com") {
        return fail(
            "AccountNotManagementOrDelegatedAdministratorException",
            "The account is neither the management account nor a delegated administrator",
        );
    }
    if organization.feature_set != FeatureSet::All {
        return fail(
            "OrganizationNotInAllFeaturesModeException",
            "The organization does not have all features",
        );
    }
    if !organization.trusted_access {
        return fail(
            "ServiceAccessNotEnabledException",
            "Trusted access for IAM is not enabled",
        );
    }
    Ok(json!({"OrganizationId": organization.id, "EnabledFeatures": organization.features}))
}
