//! The role of an EC2 instance, from the instance metadata service. The question for the role's name comes first and apart,
//! because the SDK's provider does not tell apart a service that cannot be reached and an instance without a role.
use super::explain::Cause;
use aws_config::{
    imds::{Client, client::error::ImdsError, credentials::ImdsCredentialsProvider},
    provider_config::ProviderConfig,
};
use aws_credential_types::{Credentials, provider::ProvideCredentials};

const ROLE_NAME: &str = "/latest/meta-data/iam/security-credentials/";

/// # Errors
/// Why there are none.
pub(super) async fn load(config: &ProviderConfig) -> Result<Credentials, String> {
    let client = Client::builder().configure(config).build();
    let role = client.get(ROLE_NAME).await.map_err(|error| why(&error))?;
    let role = role.as_ref().trim();
    if role.is_empty() {
        return Err(no_role());
    }
    let provider = ImdsCredentialsProvider::builder()
        .configure(config)
        .imds_client(client)
        .profile(role)
        .build();
    let credentials = provider.provide_credentials().await;
    credentials.map_err(|error| match Cause::of(&error) {
        Cause::Invalid => {
            "the instance's role cannot be used: its trust policy has to allow ec2.amazonaws.com"
                .to_owned()
        }
        cause => cause.by_local("the service"),
    })
}

fn no_role() -> String {
    "no role is attached to the instance".to_owned()
}

fn why(error: &ImdsError) -> String {
    match error {
        ImdsError::ErrorResponse(answer) => match answer.response().status().as_u16() {
            404 => no_role(),
            status => format!("the service answered with HTTP status {status}"),
        },
        ImdsError::FailedToLoadToken(token) if !token.is_dispatch_failure() => {
            "the service refuses a session token: it is switched off, or is no IMDSv2".to_owned()
        }
        _ => "no answer: this is no EC2 instance, or a container on one, for which the hop limit of the instance metadata has to be 2".to_owned(),
    }
}
