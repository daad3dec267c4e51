//! The web configuration file as written: exporter-toolkit's format. What is not supported is refused by name. No error shows
//! a password, a hash or a key.
use crate::{password::Hash, yaml::or_default};
use axum::http::{HeaderName, HeaderValue, header};
use rustls::{
    SupportedCipherSuite, SupportedProtocolVersion,
    crypto::{SupportedKxGroup, ring},
    version::{TLS12, TLS13},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny},
};
use std::{collections::BTreeMap, path::PathBuf};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WebConfigFile {
    #[serde(deserialize_with = "or_default")]
    pub(super) tls_server_config: Tls,
    #[serde(deserialize_with = "or_default")]
    pub(super) http_server_config: Http,
    #[serde(deserialize_with = "or_default")]
    pub(super) basic_auth_users: BTreeMap<String, Hash>,
    #[serde(deserialize_with = "no_rate_limit")]
    rate_limit: (),
}

/// TLS. Certificates and keys are file names or inline PEM.
#[derive(Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Tls {
    pub(super) cert: String,
    pub(super) cert_file: PathBuf,
    pub(super) key: String,
    pub(super) key_file: PathBuf,
    pub(super) client_ca: String,
    pub(super) client_ca_file: PathBuf,
    pub(super) client_auth_type: Option<Named<ClientAuth>>,
    #[serde(deserialize_with = "no_allowed_sans")]
    client_allowed_sans: (),
    pub(super) min_version: Option<Named<&'static SupportedProtocolVersion>>,
    pub(super) max_version: Option<Named<&'static SupportedProtocolVersion>>,
    #[serde(deserialize_with = "or_default")]
    pub(super) cipher_suites: Vec<Named<SupportedCipherSuite>>,
    #[serde(deserialize_with = "or_default")]
    pub(super) curve_preferences: Vec<Named<Group>>,
    pub(super) prefer_server_cipher_suites: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Http {
    pub(super) http2: Option<bool>,
    #[serde(deserialize_with = "or_default")]
    headers: Headers,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Headers {
    #[serde(rename = "Content-Security-Policy", deserialize_with = "text")]
    content_security_policy: Option<HeaderValue>,
    #[serde(rename = "Strict-Transport-Security", deserialize_with = "text")]
    strict_transport_security: Option<HeaderValue>,
    #[serde(rename = "X-Content-Type-Options", deserialize_with = "nosniff")]
    x_content_type_options: Option<HeaderValue>,
    #[serde(rename = "X-Frame-Options", deserialize_with = "frames")]
    x_frame_options: Option<HeaderValue>,
    #[serde(rename = "X-XSS-Protection", deserialize_with = "text")]
    x_xss_protection: Option<HeaderValue>,
}

impl Http {
    /// The headers to add to every response.
    pub(super) fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let headers = &self.headers;
        [
            (
                header::CONTENT_SECURITY_POLICY,
                &headers.content_security_policy,
            ),
            (
                header::STRICT_TRANSPORT_SECURITY,
                &headers.strict_transport_security,
            ),
            (
                header::X_CONTENT_TYPE_OPTIONS,
                &headers.x_content_type_options,
            ),
            (header::X_FRAME_OPTIONS, &headers.x_frame_options),
            (header::X_XSS_PROTECTION, &headers.x_xss_protection),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect()
    }
}

/// A value that is written by its name.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Named<T>(pub(super) T);

pub(super) trait Choice: Sized {
    const WHAT: &'static str;
    /// Why the format's other values are not supported.
    const WHY: &'static str;
    fn all() -> Vec<(String, Self)>;
}

impl<'de, T: Choice> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut names = Vec::new();
        for (name, value) in T::all() {
            if name == text {
                return Ok(Self(value));
            }
            names.push(name);
        }
        Err(D::Error::custom(format!(
            "{} '{text}' is not supported{}; supported: {}",
            T::WHAT,
            T::WHY,
            names.join(", ")
        )))
    }
}

/// Whether clients must present a certificate.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum ClientAuth {
    Disabled,
    Optional,
    Required,
}

impl Choice for ClientAuth {
    const WHAT: &'static str = "client_auth_type";
    const WHY: &'static str = " (a certificate that is not verified proves nothing)";
    fn all() -> Vec<(String, Self)> {
        vec![
            ("NoClientCert".to_owned(), Self::Disabled),
            ("VerifyClientCertIfGiven".to_owned(), Self::Optional),
            ("RequireAndVerifyClientCert".to_owned(), Self::Required),
        ]
    }
}

impl Choice for &'static SupportedProtocolVersion {
    const WHAT: &'static str = "TLS version";
    const WHY: &'static str = " (TLS 1.0 and 1.1 are not safe)";
    fn all() -> Vec<(String, Self)> {
        vec![("TLS12".to_owned(), &TLS12), ("TLS13".to_owned(), &TLS13)]
    }
}

impl Choice for SupportedCipherSuite {
    const WHAT: &'static str = "cipher suite";
    const WHY: &'static str = " (only those with forward secrecy and authenticated encryption are)";
    fn all() -> Vec<(String, Self)> {
        let suites = ring::default_provider().cipher_suites.into_iter();
        // The library sets those of TLS 1.3 apart; their registered names do not.
        let name = |suite: &Self| format!("{:?}", suite.suite()).replace("TLS13_", "TLS_");
        suites.map(|suite| (name(&suite), suite)).collect()
    }
}

/// A key exchange group.
#[derive(Clone, Copy)]
pub(super) struct Group(pub(super) &'static dyn SupportedKxGroup);

impl PartialEq for Group {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Choice for Group {
    const WHAT: &'static str = "curve";
    const WHY: &'static str = "";
    fn all() -> Vec<(String, Self)> {
        vec![
            ("X25519".to_owned(), Self(ring::kx_group::X25519)),
            ("CurveP256".to_owned(), Self(ring::kx_group::SECP256R1)),
            ("CurveP384".to_owned(), Self(ring::kx_group::SECP384R1)),
        ]
    }
}

/// A header's value; none if empty.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<HeaderValue>, D::Error> {
    one_of(deserializer, &[])
}

fn nosniff<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<HeaderValue>, D::Error> {
    one_of(deserializer, &["nosniff"])
}

fn frames<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<HeaderValue>, D::Error> {
    one_of(deserializer, &["deny", "sameorigin"])
}

fn one_of<'de, D: Deserializer<'de>>(
    deserializer: D,
    allowed: &[&str],
) -> Result<Option<HeaderValue>, D::Error> {
    let text: String = or_default(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    if !allowed.is_empty() && !allowed.contains(&text.as_str()) {
        let allowed = allowed.join(" or ");
        return Err(D::Error::custom(format!("write {allowed}, not '{text}'")));
    }
    HeaderValue::from_str(&text)
        .map(Some)
        .map_err(|_| D::Error::custom("a header's value is one line of plain characters"))
}

fn no_rate_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    let why = "rate_limit is not supported: requests are cheap here, and connections and password attempts are limited without it";
    refuse(deserializer, why)
}

fn no_allowed_sans<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    let why = "client_allowed_sans is not supported: set client_ca_file to a CA that signs only the certificates of permitted clients";
    refuse(deserializer, why)
}

fn refuse<'de, D: Deserializer<'de>>(deserializer: D, why: &str) -> Result<(), D::Error> {
    IgnoredAny::deserialize(deserializer)?;
    Err(D::Error::custom(why))
}
