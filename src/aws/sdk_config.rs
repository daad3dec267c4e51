//! What the clients of AWS's services have in common: region, endpoints, timeouts, HTTP client.
use super::network::Network;
use crate::limits::CONNECT_TIMEOUT;
use aws_config::{
    BehaviorVersion, Region, environment::EnvironmentVariableRegionProvider,
    identity::IdentityCache, imds::region::ImdsRegionProvider, meta::region::RegionProviderChain,
    profile::ProfileFileRegionProvider, provider_config::ProviderConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SystemTimeSource};
use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};
use aws_types::{
    SdkConfig,
    sdk_config::{SharedAsyncSleep, SharedTimeSource},
};

const NO_CERTIFICATES: &str = "no CA certificates found to verify AWS: install the package ca-certificates, or set AWS_CA_BUNDLE to a file with certificates";

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
}

/// An attempt that waits for its turn uploads nothing, and its time is limited by `attempt`.
fn stalled_streams() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::enabled()
        .upload_enabled(false)
        .build()
}

/// By the SDKs' conventions, without credentials.
///
/// # Errors
/// If there are no CA certificates.
pub(super) async fn of_environment(
    network: &Network,
    http: SharedHttpClient,
) -> Result<SdkConfig, String> {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .timeout_config(timeouts())
        .stalled_stream_protection(stalled_streams())
        // Each client has its own. The SDK panics at a wrong AWS_RETRY_MODE or AWS_MAX_ATTEMPTS.
        .retry_config(RetryConfig::standard())
        .region(region_by_environment(http))
        .no_credentials()
        .identity_cache(IdentityCache::no_cache());
    let config = loader.load().await;
    let plain = |url: &str| url.starts_with("http://");
    if !network.has_certificates() && !config.endpoint_url().is_some_and(plain) {
        return Err(NO_CERTIFICATES.to_owned());
    }
    Ok(config)
}

/// For a simulator, whatever the environment says.
pub(super) fn of_simulator(url: String, http: SharedHttpClient) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .http_client(http)
        .timeout_config(timeouts())
        .stalled_stream_protection(stalled_streams())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .identity_cache(IdentityCache::no_cache())
        .build()
}

/// The SDK's own chain with a region at its end. Made by hand: the ready-made one panics in a program without the SDK's
/// own HTTP client, since it cannot be given another.
fn region_by_environment(http: impl HttpClient + 'static) -> RegionProviderChain {
    let with = ProviderConfig::default().with_http_client(http);
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(
            ProfileFileRegionProvider::builder()
                .configure(&with)
                .build(),
        )
        .or_else(ImdsRegionProvider::builder().configure(&with).build())
        .or_else("us-east-1")
}
