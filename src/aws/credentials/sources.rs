//! Loads credentials from one place, and says what it did if it has none.
use super::{
    LoadError, Unavailable,
    explain::Cause,
    files, metadata, process,
    profile::{Base, ProfileChain, ProfileRole, Sso, WebIdentity, resolve},
};
use aws_config::{
    Region, SdkConfig,
    ecs::EcsCredentialsProvider,
    environment::EnvironmentVariableCredentialsProvider,
    login::LoginCredentialsProvider,
    meta::region::ProvideRegion,
    profile::{ProfileFileLoadError, ProfileFileRegionProvider, load},
    provider_config::ProviderConfig,
    sso::SsoCredentialsProvider,
    sts::AssumeRoleProvider,
    web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider},
};
use aws_credential_types::{Credentials, provider::ProvideCredentials};
use aws_runtime::env_config::file::EnvConfigFiles as ProfileFiles;
use aws_types::os_shim_internal::{Env, Fs};
use std::error::Error;

type Loaded = Result<Credentials, Unavailable>;

/// All places, with the files as they are now.
#[derive(Debug)]
pub(super) struct Sources {
    env: Env,
    /// Of the clients that ask for credentials.
    config: SdkConfig,
    provider: ProviderConfig,
}

impl Sources {
    pub(super) async fn new(config: &SdkConfig, env: &Env) -> Self {
        let mut provider = ProviderConfig::without_region()
            .with_behavior_version(config.behavior_version())
            .with_use_fips(config.use_fips())
            .with_use_dual_stack(config.use_dual_stack());
        if let Some(http) = config.http_client() {
            provider = provider.with_http_client(http);
        }
        if let Some(timeouts) = config.timeout_config() {
            provider = provider.with_timeout_config(timeouts.clone());
        }
        // This reads the files, which the providers' endpoints may be in.
        let of_profile = ProfileFileRegionProvider::builder()
            .configure(&provider)
            .build();
        let region = of_profile.region().await;
        let region = config.region().cloned().or(region);
        Self {
            env: env.clone(),
            config: config.clone(),
            provider: provider.with_region(region),
        }
    }

    fn is_set(&self, variable: &str) -> bool {
        self.env.get(variable).is_ok()
    }

    /// The access key in the environment.
    pub(super) async fn environment(&self) -> Loaded {
        if !self.is_set("AWS_ACCESS_KEY_ID") {
            return Err(Unavailable::NotConfigured(
                "AWS_ACCESS_KEY_ID is not set".to_owned(),
            ));
        }
        let credentials = EnvironmentVariableCredentialsProvider::new();
        let credentials = credentials.provide_credentials().await;
        credentials.map_err(|_| {
            Unavailable::from(
                "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not, or one is not text"
                    .to_owned(),
            )
        })
    }

    /// The profile that is selected.
    pub(super) async fn profile(&self) -> Loaded {
        let files = files::describe(&self.env)
            .await
            .map_err(Unavailable::from)?;
        let profiles = load(&Fs::real(), &self.env, &ProfileFiles::default(), None).await;
        let profiles = profiles.map_err(|error| Unavailable::from(unparsable(&error)))?;
        let chain = resolve(&profiles, self.is_set("AWS_PROFILE"), &files)?;
        let loaded = self.by_profile(&chain).await;
        loaded.map_err(|error| {
            let profile = format!("profile {}", chain.profile);
            Unavailable::Failed(error.of(profile))
        })
    }

    async fn by_profile(&self, chain: &ProfileChain) -> Result<Credentials, LoadError> {
        let plain = |unavailable| match unavailable {
            Unavailable::NotConfigured(what) => what.into(),
            Unavailable::Failed(error) => error,
        };
        let mut credentials = match &chain.base {
            Base::Environment => self.environment().await.map_err(plain),
            Base::Container => self.container().await.map_err(plain),
            Base::InstanceMetadata => self.instance_metadata().await.map_err(plain),
            Base::Keys(keys) => Ok(keys.clone()),
            Base::WebIdentity(web_identity) => self.exchange(web_identity).await,
            Base::Sso(sso) => self.sso(sso, &chain.profile).await,
            Base::Login(session) => self.login(session, &chain.profile).await,
            Base::Process(command) => process::run(command).await.map_err(LoadError::from),
        }?;
        for role in &chain.roles {
            credentials = self.assume(role, credentials).await?;
        }
        Ok(credentials)
    }

    async fn assume(
        &self,
        role: &ProfileRole,
        with: Credentials,
    ) -> Result<Credentials, LoadError> {
        // Refused before anything is signed with them.
        super::check(&with).map_err(|unusable| LoadError::from(unusable.to_string()))?;
        let mut builder = AssumeRoleProvider::builder(&role.arn).configure(&self.config);
        if let Some(external_id) = &role.external_id {
            builder = builder.external_id(external_id);
        }
        if let Some(session_name) = &role.session_name {
            builder = builder.session_name(session_name);
        }
        let provider = builder.build_from_provider(with).await;
        let credentials = provider.provide_credentials().await;
        credentials.map_err(|error| {
            let role = format!("the role_arn of profile {}", role.profile);
            Cause::of(&error).by("STS").of(role)
        })
    }

    /// A token and a role in the environment, as on EKS.
    pub(super) async fn web_identity(&self) -> Loaded {
        let [token_file, role_arn] = ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"];
        match (self.env.get(token_file), self.env.get(role_arn)) {
            (Err(_), _) => Err(Unavailable::NotConfigured(format!(
                "{token_file} is not set"
            ))),
            (Ok(_), Err(_)) => Err(Unavailable::from(format!(
                "{token_file} is set, but {role_arn} is not"
            ))),
            (Ok(token_file), Ok(role_arn)) => {
                let web_identity = WebIdentity {
                    role_arn,
                    token_file,
                    session_name: self.env.get("AWS_ROLE_SESSION_NAME").ok(),
                };
                self.exchange(&web_identity)
                    .await
                    .map_err(Unavailable::Failed)
            }
        }
    }

    async fn exchange(&self, web_identity: &WebIdentity) -> Result<Credentials, LoadError> {
        let session_name = web_identity.session_name.as_deref();
        let provider = WebIdentityTokenCredentialsProvider::builder()
            .configure(&self.provider)
            .static_configuration(StaticConfiguration {
                web_identity_token_file: web_identity.token_file.clone().into(),
                role_arn: web_identity.role_arn.clone(),
                session_name: session_name.unwrap_or("aws-root-exporter").to_owned(),
            })
            .build();
        let credentials = provider.provide_credentials().await;
        credentials.map_err(|error| Cause::of(&error).by("STS"))
    }

    async fn sso(&self, sso: &Sso, profile: &str) -> Result<Credentials, LoadError> {
        let mut builder = SsoCredentialsProvider::builder()
            .configure(&self.provider)
            .account_id(&sso.account)
            .role_name(&sso.role)
            .region(Region::new(sso.region.clone()))
            .start_url(&sso.start_url);
        builder.set_session_name(sso.session.clone());
        let credentials = builder.build().provide_credentials().await;
        credentials.map_err(|error| match Cause::of(&error) {
            Cause::Refused(code) if code != "UnauthorizedException" => format!(
                "IAM Identity Center refused the account or role of the profile ({code})"
            )
            .into(),
            cause @ (Cause::Unreachable | Cause::NoAnswer(_)) => cause.by("IAM Identity Center"),
            _ => format!("it has no session of IAM Identity Center, or that has expired: run `aws sso login --profile {profile}`").into(),
        })
    }

    async fn login(&self, session: &str, profile: &str) -> Result<Credentials, LoadError> {
        let provider = LoginCredentialsProvider::builder(session)
            .configure(&self.provider)
            .build();
        let credentials = provider.provide_credentials().await;
        credentials.map_err(|error| match Cause::of(&error) {
            cause @ (Cause::Unreachable | Cause::NoAnswer(_)) => cause.by("AWS Sign-In"),
            _ => format!("it has no session of `aws login`, or that has expired: run `aws login --profile {profile}`").into(),
        })
    }

    /// The agent of ECS or of EKS Pod Identity.
    pub(super) async fn container(&self) -> Loaded {
        let [relative, full] = [
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ];
        let variable = match (self.is_set(relative), self.is_set(full)) {
            (true, _) => relative,
            (false, true) => full,
            (false, false) => {
                return Err(Unavailable::NotConfigured(format!("{full} is not set")));
            }
        };
        let provider = EcsCredentialsProvider::builder()
            .configure(&self.provider)
            .build();
        let credentials = provider.provide_credentials().await;
        credentials.map_err(|error| {
            // Its reason is `credentials` also where it cannot be reached: it is part of the host.
            Unavailable::from(match Cause::of(&error) {
                Cause::Invalid => format!("{variable} or the authorization token is not valid"),
                cause => cause.by_local(&format!("the agent that {variable} names")),
            })
        })
    }

    /// The role of the EC2 instance.
    pub(super) async fn instance_metadata(&self) -> Loaded {
        let disabled = self.env.get("AWS_EC2_METADATA_DISABLED");
        if disabled.is_ok_and(|it| it.eq_ignore_ascii_case("true")) {
            let why = "AWS_EC2_METADATA_DISABLED is true";
            return Err(Unavailable::NotConfigured(why.to_owned()));
        }
        let loaded = metadata::load(&self.provider).await;
        loaded.map_err(Unavailable::NotConfigured)
    }
}

/// The file and the line, without their text.
fn unparsable(error: &ProfileFileLoadError) -> String {
    let place = error.source().map(ToString::to_string).unwrap_or_default();
    let place = place
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches(':');
    format!("the config or credentials file is not valid: {place}")
}
