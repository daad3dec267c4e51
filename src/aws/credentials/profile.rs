//! A profile -> where its credentials come from, and which roles are assumed with them. By the SDK's rules, but with a
//! message of its own for each mistake: the SDK's provider says of most that nothing was loaded.
use super::Unavailable;
use aws_config::profile::{Profile, ProfileSet};
use aws_credential_types::Credentials;

/// Where credentials come from that need no others.
#[derive(Clone, Debug)]
pub(super) enum Base {
    Environment,
    Container,
    InstanceMetadata,
    Keys(Credentials),
    WebIdentity(WebIdentity),
    Sso(Sso),
    /// The ARN of the session that `aws login` has started.
    Login(String),
    /// A command.
    Process(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WebIdentity {
    pub(super) role_arn: String,
    pub(super) token_file: String,
    pub(super) session_name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sso {
    pub(super) session: Option<String>,
    pub(super) region: String,
    pub(super) start_url: String,
    pub(super) account: String,
    pub(super) role: String,
}

/// A role that a profile names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProfileRole {
    pub(super) profile: String,
    pub(super) arn: String,
    pub(super) external_id: Option<String>,
    pub(super) session_name: Option<String>,
}

/// The profile at the end of the chain of `source_profile`, and the roles that are assumed one after the other.
#[derive(Clone, Debug)]
pub(super) struct ProfileChain {
    pub(super) profile: String,
    pub(super) base: Base,
    pub(super) roles: Vec<ProfileRole>,
}

/// Follows `source_profile` from the selected profile. `named` says whether `AWS_PROFILE` selects it, `files` where it was
/// looked for.
pub(super) fn resolve(
    profiles: &ProfileSet,
    named: bool,
    files: &str,
) -> Result<ProfileChain, Unavailable> {
    let first = profiles.selected_profile();
    let Some(mut profile) = profiles.get_profile(first) else {
        return Err(if named {
            Unavailable::from(format!(
                "there is no profile {first}, which AWS_PROFILE names, in {files}"
            ))
        } else {
            Unavailable::NotConfigured(format!("no profile {first} in {files}"))
        });
    };
    let failed = |profile: &Profile, what: &str| {
        Unavailable::from(format!("profile {}: {what}", profile.name()))
    };
    let (mut roles, mut visited) = (Vec::new(), vec![first.to_owned()]);
    loop {
        // A source's own keys come before a role that it names.
        let own_keys = (visited.len() > 1).then(|| keys(profile));
        if let Some(Ok(Some(keys))) = own_keys {
            return Ok(chain(profile, Base::Keys(keys), roles));
        }
        let Some(role) = role(profile) else {
            break;
        };
        roles.push(role);
        match (
            profile.get("source_profile"),
            profile.get("credential_source"),
        ) {
            (Some(_), Some(_)) => {
                return Err(failed(
                    profile,
                    "it has both source_profile and credential_source: remove one",
                ));
            }
            (None, None) => {
                return Err(failed(
                    profile,
                    "it has role_arn, but neither source_profile nor credential_source",
                ));
            }
            (None, Some(_)) => break,
            (Some(source), None) if source == profile.name() => break,
            (Some(source), None) => {
                if visited.iter().any(|it| it == source) {
                    return Err(failed(
                        profile,
                        &format!("its source_profile {source} leads back to itself"),
                    ));
                }
                visited.push(source.to_owned());
                profile = profiles.get_profile(source).ok_or_else(|| {
                    failed(profile, &format!("there is no profile {source}, which its source_profile names, in {files}"))
                })?;
            }
        }
    }
    match base(profiles, profile) {
        Ok(Some(base)) => Ok(chain(profile, base, roles)),
        Err(what) => Err(failed(profile, &what)),
        Ok(None) if roles.is_empty() && visited.len() == 1 => Err(Unavailable::NotConfigured(
            format!("profile {first} has no credentials"),
        )),
        Ok(None) => Err(failed(profile, "it has no credentials")),
    }
}

fn chain(profile: &Profile, base: Base, mut roles: Vec<ProfileRole>) -> ProfileChain {
    roles.reverse();
    ProfileChain {
        profile: profile.name().to_owned(),
        base,
        roles,
    }
}

fn text(profile: &Profile, key: &str) -> Option<String> {
    profile.get(key).map(str::to_owned)
}

/// The role that the profile names, unless a token is exchanged for it.
fn role(profile: &Profile) -> Option<ProfileRole> {
    if profile.get("web_identity_token_file").is_some() {
        return None;
    }
    Some(ProfileRole {
        profile: profile.name().to_owned(),
        arn: text(profile, "role_arn")?,
        external_id: text(profile, "external_id"),
        session_name: text(profile, "role_session_name"),
    })
}

/// The profile's own source; `None` if it has none.
fn base(profiles: &ProfileSet, profile: &Profile) -> Result<Option<Base>, String> {
    if let Some(source) = profile.get("credential_source") {
        return match source.to_ascii_lowercase().as_str() {
            "environment" => Ok(Some(Base::Environment)),
            "ec2instancemetadata" => Ok(Some(Base::InstanceMetadata)),
            "ecscontainer" => Ok(Some(Base::Container)),
            _ => Err(format!(
                "credential_source {source} is unknown: use Environment, Ec2InstanceMetadata or EcsContainer"
            )),
        };
    }
    if let Some(token_file) = text(profile, "web_identity_token_file") {
        let role_arn =
            text(profile, "role_arn").ok_or("it has web_identity_token_file, but no role_arn")?;
        return Ok(Some(Base::WebIdentity(WebIdentity {
            role_arn,
            token_file,
            session_name: text(profile, "role_session_name"),
        })));
    }
    if let Some(sso) = sso(profiles, profile)? {
        return Ok(Some(Base::Sso(sso)));
    }
    if let Some(session) = text(profile, "login_session") {
        return Ok(Some(Base::Login(session)));
    }
    if let Some(command) = text(profile, "credential_process") {
        return Ok(Some(Base::Process(command)));
    }
    Ok(keys(profile)?.map(Base::Keys))
}

fn sso(profiles: &ProfileSet, profile: &Profile) -> Result<Option<Sso>, String> {
    let keys = [
        "sso_session",
        "sso_start_url",
        "sso_region",
        "sso_account_id",
        "sso_role_name",
    ];
    if keys.iter().all(|key| profile.get(key).is_none()) {
        return Ok(None);
    }
    let missing =
        |key: &str| format!("{key} is missing, which a profile of IAM Identity Center (SSO) needs");
    let required = |key: &str| text(profile, key).ok_or_else(|| missing(key));
    let session = text(profile, "sso_session");
    let (start_url, region) = match &session {
        None => (required("sso_start_url")?, required("sso_region")?),
        Some(name) => {
            for key in ["sso_start_url", "sso_region"] {
                if profile.get(key).is_some() {
                    return Err(format!(
                        "{key} belongs to [sso-session {name}], not to a profile that has sso_session"
                    ));
                }
            }
            let section = profiles.sso_session(name).ok_or_else(|| {
                format!("there is no [sso-session {name}], which its sso_session names")
            })?;
            let required = |key: &str| {
                let value = section.get(key).map(str::to_owned);
                value.ok_or_else(|| format!("{key} is missing in [sso-session {name}]"))
            };
            (required("sso_start_url")?, required("sso_region")?)
        }
    };
    Ok(Some(Sso {
        session,
        region,
        start_url,
        account: required("sso_account_id")?,
        role: required("sso_role_name")?,
    }))
}

/// The access key in the profile itself.
fn keys(profile: &Profile) -> Result<Option<Credentials>, String> {
    let (id, secret) = ("aws_access_key_id", "aws_secret_access_key");
    match (text(profile, id), text(profile, secret)) {
        (Some(id), Some(secret)) => {
            let token = text(profile, "aws_session_token");
            Ok(Some(Credentials::new(id, secret, token, None, "profile")))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err(format!("it has {id}, but no {secret}")),
        (None, Some(_)) => Err(format!("it has {secret}, but no {id}")),
    }
}
