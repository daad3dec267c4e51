//! Which trails an account sees in a region, including shadow trails and organization trails.

use crate::api::{Service, ServiceError};
use crate::regions;
use crate::services::Context;
use crate::world::{Trail, is_trail_name};

/// A trail as an account sees it.
pub(crate) struct VisibleTrail<'a> {
    pub(crate) name: &'a str,
    pub(crate) arn: String,
    pub(crate) owner: &'a str,
    pub(crate) home: &'a str,
    pub(crate) trail: &'a Trail,
}

impl VisibleTrail<'_> {
    /// Whether it is seen in a region that it was not made in, or in an account that it is not of.
    pub(crate) fn is_shadow(&self, context: &Context) -> bool {
        self.home != context.region || self.owner != context.caller.account
    }
}

/// The account's own trails, and the organization's if it is a member.
pub(crate) fn trails<'a>(context: &'a Context) -> Vec<VisibleTrail<'a>> {
    let world = &context.world;
    let caller = context.caller.account.as_str();
    let partition = &context.caller.partition;
    let global = regions::global_region(Service::Iam, partition).unwrap_or_default();
    let mut visible: Vec<VisibleTrail> = Vec::new();
    let own = world.accounts.get_key_value(caller);
    let others = world
        .accounts
        .iter()
        .filter(|(id, it)| *id != caller && it.partition == *partition);
    for (id, account) in own.into_iter().chain(others) {
        for (name, trail) in &account.trails {
            let owner = trail.owner.as_deref().unwrap_or(id);
            let home = trail.home_region.as_deref().unwrap_or(global);
            let usual = || format!("arn:{partition}:cloudtrail:{home}:{owner}:trail/{name}");
            let arn = trail.arn.clone().unwrap_or_else(usual);
            let shared = world.organization_in(partition).is_some()
                && trail.organization
                && trail.owner.is_none();
            if (id == caller || shared) && visible.iter().all(|other| other.arn != arn) {
                visible.push(VisibleTrail {
                    name,
                    arn,
                    owner,
                    home,
                    trail,
                });
            }
        }
    }
    visible
}

/// Those that exist in the region of the request.
pub(crate) fn trails_here<'a>(context: &'a Context) -> Vec<VisibleTrail<'a>> {
    let mut here = trails(context);
    here.retain(|it| it.home == context.region || it.trail.multi_region);
    here
}

pub(crate) fn check_name(name: &str) -> Result<(), ServiceError> {
    if let Some(rest) = name.strip_prefix("arn:") {
        let parts: Vec<_> = rest.split(':').collect();
        let right = matches!(parts.as_slice(), [_, "cloudtrail", _, _, trail] if trail.starts_with("trail/"));
        let message = format!("The ARN {name} is not the ARN of a trail");
        return if right {
            Ok(())
        } else {
            Err(ServiceError::new(
                400,
                "CloudTrailARNInvalidException",
                message,
            ))
        };
    }
    let message = "Trail name or ARN can only contain letters, numbers, periods, underscores and dashes, 3 to 128 of them";
    if is_trail_name(name) {
        Ok(())
    } else {
        Err(ServiceError::new(400, "InvalidTrailNameException", message))
    }
}

/// The trail of that name or ARN; a shadow is known by its ARN only.
pub(crate) fn find<'a>(
    context: &'a Context,
    parameter: &str,
) -> Result<VisibleTrail<'a>, ServiceError> {
    let name = context.parameters.text(parameter).unwrap_or_default();
    check_name(name)?;
    let found = trails_here(context)
        .into_iter()
        .find(|it| it.arn == name || (it.name == name && !it.is_shadow(context)));
    found.ok_or_else(|| {
        let message = format!(
            "Unknown trail: {name} for the user: {}",
            context.caller.account
        );
        ServiceError::new(400, "TrailNotFoundException", message)
    })
}
