//! Environment variables that others have defined: those of the AWS SDKs, and those that name a proxy or CA certificates.
//! An empty one counts as not set; one that cannot be used is an error at start that names it.
use http::Uri;
use root_model::names::is_region;
use std::env;
use std::{
    ffi::{OsStr, OsString},
    os::unix::process::CommandExt,
    process::Command,
};

/// Variables beside `AWS_*`, each also in small letters.
const OTHERS: [&str; 6] = [
    "ALL_PROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];
const ENDPOINT: &str = "AWS_ENDPOINT_URL";
/// The services that are called, as a profile spells them.
pub(crate) const SERVICES: [&str; 9] = [
    "account",
    "cloudtrail",
    "guardduty",
    "iam",
    "organizations",
    "signin",
    "sso",
    "sso_oidc",
    "sts",
];
/// Where the SDK asks for credentials.
pub(crate) const METADATA_ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
/// The same in a container.
pub(crate) const CONTAINER_ENDPOINT: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];
const SWITCHES: [&str; 6] = [
    "AWS_DISABLE_CLOCK_SKEW_CORRECTION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_V1_DISABLED",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
];

/// The value of a variable that is set and not empty.
pub(crate) fn get(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Replaces the process by one without the variables that are set but empty, if there are any: the SDK takes some of them
/// for values, and this process cannot change its own environment safely.
///
/// # Errors
/// If there are some, and the program cannot be started again.
pub(crate) fn drop_empty() -> Result<(), String> {
    let empty: Vec<OsString> = env::vars_os()
        .filter(|(name, value)| value.is_empty() && is_known(name))
        .map(|(name, _)| name)
        .collect();
    let Some(first) = empty.first() else {
        return Ok(());
    };
    let failed = |error| {
        format!(
            "{} is set but empty, and the program cannot be restarted without it ({error}): unset it",
            first.display()
        )
    };
    let program = env::current_exe().map_err(failed)?;
    let mut arguments = env::args_os();
    let mut command = Command::new(&program);
    command.arg0(arguments.next().unwrap_or_else(|| program.into()));
    command.args(arguments);
    for name in &empty {
        command.env_remove(name);
    }
    // It returns only if it fails. The process keeps its id.
    Err(failed(command.exec()))
}

fn is_known(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("AWS_") || OTHERS.contains(&name.to_ascii_uppercase().as_str())
}

/// Looks for variables of the AWS SDKs that cannot be used. The SDK would panic, or ignore them.
///
/// # Errors
/// Which one, what is wrong with it, and what is expected. Values may be secret and are not repeated.
pub(crate) fn check() -> Result<(), String> {
    let variables = env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_"));
    let mut variables: Vec<_> = variables
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
        .collect();
    variables.sort();
    for (name, value) in variables {
        let checked = value
            .to_str()
            .ok_or_else(|| "it is not UTF-8".to_owned())
            .and_then(|value| check_value(&name, value));
        checked
            .map_err(|error| format!("the environment variable {name} cannot be used: {error}"))?;
    }
    Ok(())
}

/// # Errors
/// What is wrong with the value of a variable.
fn check_value(name: &str, value: &str) -> Result<(), String> {
    let is_endpoint = [ENDPOINT, METADATA_ENDPOINT, CONTAINER_ENDPOINT].contains(&name)
        || name
            .strip_prefix("AWS_ENDPOINT_URL_")
            .is_some_and(|service| SERVICES.iter().any(|it| it.to_ascii_uppercase() == service));
    if is_endpoint {
        check_url(value)
    } else if REGIONS.contains(&name) {
        check_region(value)
    } else if SWITCHES.contains(&name) && !is_switch(value) {
        Err("expected true or false".to_owned())
    } else {
        Ok(())
    }
}

/// The same for a setting of a profile, each of which is named as its variable.
///
/// # Errors
/// What is wrong with its value.
pub(crate) fn check_setting(name: &str, value: &str) -> Result<(), String> {
    check_value(&format!("AWS_{}", name.to_ascii_uppercase()), value)
}

fn check_url(url: &str) -> Result<(), String> {
    const EXPECTED: &str =
        "expected a URL such as https://vpce-1a2b.sts.eu-central-1.vpce.amazonaws.com";
    if let Some(character) = strange(url) {
        return Err(format!("it contains {character}; {EXPECTED}"));
    }
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        return Err(format!(
            "it does not begin with http:// or https://; {EXPECTED}"
        ));
    }
    match url.parse::<Uri>() {
        Ok(uri) if has_wrong_port(&uri) => {
            Err(format!("its port is no number from 1 to 65535; {EXPECTED}"))
        }
        Ok(uri) if uri.host().is_some_and(|host| !host.is_empty()) => Ok(()),
        _ => Err(format!("it is not a URL; {EXPECTED}")),
    }
}

/// Whether there is something in the place of a port that is none: it would be left out silently.
pub(crate) fn has_wrong_port(uri: &Uri) -> bool {
    let host_and_port = uri.authority().map_or("", |it| it.as_str());
    let host_and_port = host_and_port.rsplit('@').next().unwrap_or_default();
    let after_host = host_and_port.rsplit(']').next().unwrap_or_default();
    after_host.contains(':') && uri.port_u16().is_none_or(|port| port == 0)
}

fn check_region(region: &str) -> Result<(), String> {
    const EXPECTED: &str = "expected a region such as eu-central-1";
    if let Some(character) = strange(region) {
        return Err(format!("it contains {character}; {EXPECTED}"));
    }
    if is_region(region) {
        Ok(())
    } else {
        Err(EXPECTED.to_owned())
    }
}

fn is_switch(value: &str) -> bool {
    value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
}

/// The first character that stands in no URL and no region, by name.
fn strange(value: &str) -> Option<String> {
    let c = value
        .chars()
        .find(|c| !c.is_ascii_graphic() || "\"'`".contains(*c))?;
    Some(character_name(c))
}

/// A character for people.
pub(crate) fn character_name(character: char) -> String {
    match character {
        '"' | '\'' | '`' => "a quotation mark".to_owned(),
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' => "a line feed".to_owned(),
        '\r' => "a carriage return".to_owned(),
        other => format!("the character U+{:04X}", u32::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_values_are_refused() {
        for (name, value, wanted) in [
            ("AWS_ENDPOINT_URL", "localhost:4566", Some("http://")),
            ("AWS_ENDPOINT_URL_IAM", "https://", Some("not a URL")),
            (
                "AWS_ENDPOINT_URL",
                "\"https://x\"",
                Some("a quotation mark"),
            ),
            ("AWS_ENDPOINT_URL", "https://x\n", Some("a line feed")),
            ("AWS_ENDPOINT_URL", "https://[::1]:4566/path", None),
            ("AWS_ENDPOINT_URL", "https://[::1]/path", None),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:99999", Some("port")),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:", Some("port")),
            ("AWS_REGION", "'eu-central-1'", Some("a quotation mark")),
            ("AWS_REGION", "eu-central-1 ", Some("a space")),
            (
                "AWS_DEFAULT_REGION",
                "EU-CENTRAL-1",
                Some("such as eu-central-1"),
            ),
            ("AWS_DEFAULT_REGION", "us-gov-west-1", None),
            ("AWS_USE_FIPS_ENDPOINT", "yes", Some("true or false")),
            ("AWS_USE_FIPS_ENDPOINT", "True", None),
            ("AWS_PROFILE", "'mine'", None),
            ("AWS_ENDPOINT_URL_S3", "localhost:9000", None),
        ] {
            let checked = check_value(name, value);
            match wanted {
                None => assert_eq!(checked, Ok(()), "{name}"),
                Some(part) => assert!(checked.unwrap_err().contains(part), "{name}={value}"),
            }
        }
    }

    #[test]
    fn variables_of_others_are_left() {
        assert!(is_known("AWS_REGION".as_ref()) && is_known("https_proxy".as_ref()));
        assert!(!is_known("HOME".as_ref()) && !is_known("HTTPS_PROXY_X".as_ref()));
    }
}
