//! CA certificates that AWS's own are verified with: of `AWS_CA_BUNDLE`, else of the profile's `ca_bundle`, else of
//! `SSL_CERT_FILE` and `SSL_CERT_DIR`, else those of the system. As with the AWS CLI, a bundle replaces those of the system.
use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{RootCertStore, pki_types::CertificateDer};
use rustls_native_certs::{CertificateResult, ErrorKind, load_certs_from_paths, load_native_certs};
use std::{fmt::Write as _, path::Path};

/// The certificates, and where they are from.
#[derive(Clone, Debug, Default)]
pub(super) struct Certificates {
    pem: String,
    pub(super) count: usize,
    /// The variable or setting with its path; `None`: the system's.
    pub(super) source: Option<String>,
}

impl Certificates {
    /// # Errors
    /// Which bundle is missing, holds no certificate, or something else.
    pub(super) fn load(
        get: impl Fn(&str) -> Option<String>,
        of_profile: Option<String>,
    ) -> Result<Self, String> {
        if let Some(path) = get("AWS_CA_BUNDLE") {
            return Self::of("AWS_CA_BUNDLE", &path);
        }
        if let Some(path) = of_profile {
            return Self::of("ca_bundle of the profile", &path);
        }
        let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
            .into_iter()
            .filter_map(|name| Some((name, get(name)?)));
        let mut named = named.map(|(name, path)| Self::of(name, &path));
        let Some(first) = named.next().transpose()? else {
            // Of the system's, some may be damaged or of no use.
            return Ok(Self::from_result(load_native_certs(), None));
        };
        named.try_fold(first, |all, more| Ok(all.and(more?)))
    }

    fn of(name: &str, path: &str) -> Result<Self, String> {
        let wrong = |what: &str| {
            format!(
                "{name} names {path}, which {what}: expected CA certificates in PEM format (-----BEGIN CERTIFICATE-----)"
            )
        };
        let (is_directory, place) = (Path::new(path).is_dir(), Some(Path::new(path)));
        let loaded = if is_directory {
            load_certs_from_paths(None, place)
        } else {
            load_certs_from_paths(place, None)
        };
        if let Some(error) = loaded.errors.first() {
            return Err(wrong(&match &error.kind {
                ErrorKind::Io { inner, .. } => format!("cannot be read ({inner})"),
                _ => "is damaged".to_owned(),
            }));
        }
        let found = loaded.certs.len();
        let certificates = Self::from_result(loaded, Some(format!("{name} {path}")));
        match (certificates.count, found) {
            (0, 0) => Err(wrong("holds no certificate")),
            (0, _) => Err(wrong("holds no certificate that can be used")),
            _ => Ok(certificates),
        }
    }

    fn from_result(loaded: CertificateResult, source: Option<String>) -> Self {
        let mut certificates = Self {
            pem: String::new(),
            count: 0,
            source,
        };
        // The SDK panics at one that is damaged.
        let usable = |der: &CertificateDer<'_>| RootCertStore::empty().add(der.clone()).is_ok();
        for der in loaded.certs.into_iter().filter(usable) {
            let text = STANDARD.encode(&der);
            let _ = write!(
                certificates.pem,
                "-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"
            );
            certificates.count += 1;
        }
        certificates
    }

    fn and(mut self, more: Self) -> Self {
        self.pem += &more.pem;
        self.count += more.count;
        self.source = self
            .source
            .zip(more.source)
            .map(|(one, other)| format!("{one}, {other}"));
        self
    }

    /// # Errors
    /// None that is known.
    pub(super) fn tls_context(&self) -> Result<TlsContext, String> {
        let store = TrustStore::empty().with_pem_certificate(self.pem.as_bytes());
        let context = TlsContext::builder().with_trust_store(store).build();
        context.map_err(|error| format!("TLS cannot be set up: {error}"))
    }
}
