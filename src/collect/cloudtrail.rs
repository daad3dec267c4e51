//! Trails, whether they log and deliver, and which management events they record.
//!
//! One `DescribeTrails` shows the trails of its own region and the shadows of multi-region and organization trails;
//! `ListTrails` lists trails of other regions, and only those regions are asked too.
use super::{Collected, CollectorSpec, RunContext, system_time};
use crate::aws::{Call, Paginator, Session};
use aws_sdk_cloudtrail::types;
use root_model::collector::Collector;
use root_model::facts::{
    Fact,
    trails::{AdvancedField, ManagementEvents, Trail, TrailStatus, Trails},
};
use root_model::failure::Failure;
use root_model::names::display_name;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const DESCRIBE_TRAILS: Call = Call::new("cloudtrail:DescribeTrails");
const LIST_TRAILS: Call = Call::new("cloudtrail:ListTrails");
const GET_TRAIL_STATUS: Call = Call::new("cloudtrail:GetTrailStatus");
const GET_EVENT_SELECTORS: Call = Call::new("cloudtrail:GetEventSelectors");

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::CloudTrail,
    rate_limited: false,
    calls: &[
        DESCRIBE_TRAILS,
        GET_EVENT_SELECTORS,
        GET_TRAIL_STATUS,
        LIST_TRAILS,
    ],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: None,
};

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    let mut trails = BTreeMap::new();
    let first = run.anywhere();
    describe(run, &first, &mut trails).await?;
    // Without the list, what the first region shows still stands: all multi-region trails.
    let listed = collected.ok_or_record(list(&first).await);
    let mut all_regions = listed.is_some();
    let monitored = |region: &Arc<str>| run.account.regions.contains(region);
    let elsewhere: BTreeSet<Arc<str>> = listed
        .into_iter()
        .flatten()
        .filter(|(arn, region)| !trails.contains_key(arn) && **region != *first.region())
        .map(|(_, region)| region)
        .filter(monitored)
        .collect();
    for region in elsewhere {
        let described = describe(run, &first.at(region), &mut trails).await;
        all_regions &= collected.ok_or_record(described).is_some();
    }
    let trails: Vec<Trail> = trails.into_values().collect();
    let fact = Fact::Trails(Trails {
        trails: trails.clone(),
        all_regions,
    });
    collected.insert(run.now, fact);
    for trail in trails {
        // At home, unless the account cannot go there: an organization's trail may live in a region that it has off.
        let session = if monitored(&trail.home_region) {
            first.at(trail.home_region.clone())
        } else {
            first.clone()
        };
        let status = collected.ok_or_record(status(run, &session, &trail.arn).await);
        if let Some(status) = status {
            collected.insert(run.now, Fact::TrailStatus(trail.arn.clone(), status));
        }
        let events = if trail.custom_selectors {
            selectors(&session, &trail.arn).await
        } else {
            Ok(ManagementEvents::all())
        };
        if let Some(events) = collected.ok_or_record(events) {
            collected.insert(run.now, Fact::TrailSelectors(trail.arn, events));
        }
    }
    Ok(())
}

async fn describe(
    run: &RunContext,
    session: &Session,
    into: &mut BTreeMap<Arc<str>, Trail>,
) -> Result<(), Failure> {
    let request = session
        .cloudtrail()
        .describe_trails()
        .include_shadow_trails(true);
    let answer = session.call(DESCRIBE_TRAILS, request.send()).await?;
    let trails = answer
        .trail_list
        .ok_or_else(|| DESCRIBE_TRAILS.malformed("no trailList"))?;
    for trail in trails {
        let arn = DESCRIBE_TRAILS.arn(trail.trail_arn.clone())?;
        let home_region = DESCRIBE_TRAILS.region(trail.home_region.clone())?;
        let trail = read(trail, arn.clone(), home_region, session.region())
            .ok_or_else(|| DESCRIBE_TRAILS.malformed("a trail lacks its name"))?;
        // An organization's trail belongs to its management account, or to a delegated administrator.
        if !trail.organization && !run.account.owns(&arn) {
            return Err(DESCRIBE_TRAILS.of_another_account("a trail"));
        }
        into.insert(arn, trail);
    }
    Ok(())
}

fn read(trail: types::Trail, arn: Arc<str>, home_region: Arc<str>, region: &str) -> Option<Trail> {
    let at_home = *home_region == *region;
    Some(Trail {
        arn,
        name: display_name(&trail.name?),
        home_region,
        // What is documented as optional and left out is not so.
        multi_region: trail.is_multi_region_trail.unwrap_or(false),
        organization: trail.is_organization_trail.unwrap_or(false),
        // Where AWS does not say, and of a shadow, they are looked for.
        custom_selectors: !at_home || trail.has_custom_event_selectors.unwrap_or(true),
        log_file_validation: trail.log_file_validation_enabled.unwrap_or(false),
        encrypted: trail.kms_key_id.is_some_and(|key| !key.is_empty()),
        cloudwatch_logs: trail
            .cloud_watch_logs_log_group_arn
            .is_some_and(|group| !group.is_empty()),
    })
}

/// ARN and home region of every trail.
async fn list(session: &Session) -> Result<Vec<(Arc<str>, Arc<str>)>, Failure> {
    let client = session.cloudtrail();
    let (mut found, mut pages) = (Vec::new(), Paginator::new(LIST_TRAILS));
    loop {
        let request = client.list_trails().set_next_token(pages.token());
        let page = session.call(LIST_TRAILS, request.send()).await?;
        let trails = page
            .trails
            .ok_or_else(|| LIST_TRAILS.malformed("no Trails"))?;
        for trail in trails {
            let arn = LIST_TRAILS.arn(trail.trail_arn)?;
            found.push((arn, LIST_TRAILS.region(trail.home_region)?));
        }
        if !pages.advance(page.next_token)? {
            return Ok(found);
        }
    }
}

async fn status(run: &RunContext, session: &Session, arn: &str) -> Result<TrailStatus, Failure> {
    let request = session.cloudtrail().get_trail_status().name(arn);
    let answer = session.call(GET_TRAIL_STATUS, request.send()).await?;
    let logging = answer
        .is_logging
        .ok_or_else(|| GET_TRAIL_STATUS.malformed("no IsLogging"))?;
    // Left out until the first delivery. One that cannot be true would make an old error count as the present one.
    let last_delivery = answer
        .latest_delivery_time
        .map(|at| {
            system_time(&at, run.now).ok_or_else(|| {
                GET_TRAIL_STATUS.malformed("LatestDeliveryTime is before 1970 or in the future")
            })
        })
        .transpose()?;
    let error = answer.latest_delivery_error.as_deref();
    Ok(TrailStatus::new(logging, error, last_delivery, run.now))
}

async fn selectors(session: &Session, arn: &str) -> Result<ManagementEvents, Failure> {
    let request = session.cloudtrail().get_event_selectors().trail_name(arn);
    let answer = session.call(GET_EVENT_SELECTORS, request.send()).await?;
    if answer.event_selectors.is_none() && answer.advanced_event_selectors.is_none() {
        return Err(GET_EVENT_SELECTORS.malformed("no EventSelectors"));
    }
    let classic = answer.event_selectors().iter().map(classic);
    let advanced = answer.advanced_event_selectors().iter().map(advanced);
    let recorded = classic
        .chain(advanced)
        .collect::<Option<Vec<ManagementEvents>>>()
        .ok_or_else(|| GET_EVENT_SELECTORS.malformed("a selector does not say what it selects"))?;
    // A trail without any selector records all management events.
    Ok(recorded
        .into_iter()
        .reduce(ManagementEvents::or)
        .unwrap_or_else(ManagementEvents::all))
}

fn classic(selector: &types::EventSelector) -> Option<ManagementEvents> {
    let kind = selector.read_write_type.as_ref()?;
    Some(ManagementEvents::classic(
        selector.include_management_events?,
        kind.as_str(),
    ))
}

fn advanced(selector: &types::AdvancedEventSelector) -> Option<ManagementEvents> {
    let fields = fields(selector);
    let decides = fields.iter().any(|field| field.name == "eventCategory");
    decides.then(|| ManagementEvents::advanced(&fields))
}

fn fields(selector: &types::AdvancedEventSelector) -> Vec<AdvancedField> {
    selector
        .field_selectors()
        .iter()
        .map(|field| AdvancedField {
            name: field.field().to_owned(),
            equals: field.equals().to_vec(),
            only_excludes: field.equals().is_empty()
                && field.starts_with().is_empty()
                && field.ends_with().is_empty(),
        })
        .collect()
}
