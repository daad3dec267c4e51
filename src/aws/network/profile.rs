//! What the profile in force says of the network, and whether it can be used: the SDK would ignore what it cannot, or panic.
use crate::environment::{SERVICES, check_setting};
use aws_config::profile::{self, ProfileSet};
use aws_runtime::env_config::{file::EnvConfigFiles, property::PropertiesKey};
use aws_types::os_shim_internal::{Env, Fs};

const ENDPOINT: &str = "endpoint_url";
const METADATA_ENDPOINT: &str = "ec2_metadata_service_endpoint";
const CHECKED: [&str; 7] = [
    ENDPOINT,
    METADATA_ENDPOINT,
    "region",
    "disable_clock_skew_correction",
    "ignore_configured_endpoint_urls",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
];

/// Settings of the profile.
#[derive(Debug, Default)]
pub(super) struct NetworkProfile {
    pub(super) ca_bundle: Option<String>,
    /// Where instance metadata is asked for.
    pub(super) metadata_endpoint: Option<String>,
}

impl NetworkProfile {
    /// Files that cannot be read are told where credentials are asked for.
    ///
    /// # Errors
    /// Which setting cannot be used, and what is expected.
    pub(super) async fn load() -> Result<Self, String> {
        let files = EnvConfigFiles::default();
        let Ok(profiles) = profile::load(&Fs::real(), &Env::real(), &files, None).await else {
            return Ok(Self::default());
        };
        check(&profiles)?;
        Ok(Self {
            ca_bundle: setting(&profiles, "ca_bundle"),
            metadata_endpoint: setting(&profiles, METADATA_ENDPOINT),
        })
    }
}

fn setting(profiles: &ProfileSet, name: &str) -> Option<String> {
    let value = profiles.get(name)?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn check(profiles: &ProfileSet) -> Result<(), String> {
    let wrong = |name: &str, error: String| {
        let profile = profiles.selected_profile();
        format!("{name} of the profile {profile} cannot be used: {error}")
    };
    for name in CHECKED {
        let value = setting(profiles, name);
        let checked = value.map_or(Ok(()), |value| check_setting(name, &value));
        checked.map_err(|error| wrong(name, error))?;
    }
    let Some(services) = setting(profiles, "services") else {
        return Ok(());
    };
    for service in SERVICES {
        let key = PropertiesKey::builder()
            .section_key("services")
            .section_name(&services)
            .property_name(service)
            .sub_property_name(ENDPOINT)
            .build()?;
        let url = profiles.other_sections().get(&key);
        let checked = url.map_or(Ok(()), |url| check_setting(ENDPOINT, url.as_str().trim()));
        checked.map_err(|error| wrong(&format!("{ENDPOINT} of {service} in services"), error))?;
    }
    Ok(())
}
