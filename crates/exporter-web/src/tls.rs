//! TLS by rustls: its safe defaults, restricted further where the file says so.
use super::file::{ClientAuth, Group, Named, Tls};
use rustls::{
    RootCertStore, ServerConfig, SupportedCipherSuite,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{NoServerSessionStorage, WebPkiClientVerifier, danger::ClientCertVerifier},
    version::{TLS12, TLS13},
};
use std::{path::Path, sync::Arc};

/// The key of a setting, and what is wrong with its value.
pub(super) type SettingError = (&'static str, String);

/// The certificates and the key, in PEM.
pub(super) struct PemFiles {
    cert: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl PemFiles {
    /// Reads them; `None` if the section is empty, which disables TLS.
    pub(super) fn read(
        tls: &Tls,
        mut read: impl FnMut(&Path) -> Result<Vec<u8>, String>,
    ) -> Result<Option<Self>, SettingError> {
        if *tls == Tls::default() {
            return Ok(None);
        }
        let mut one = |inline: &str, file: &Path, [key, key_file]: [&'static str; 2]| match (
            inline,
            file.as_os_str().is_empty(),
        ) {
            ("", true) => Ok(None),
            // Checked here, because the error for a missing file would show the key.
            ("", false) if file.to_string_lossy().contains("-----BEGIN") => Err((
                key_file,
                format!("contains PEM instead of a file name: use {key} for inline PEM"),
            )),
            ("", false) => read(file).map(Some).map_err(|error| (key_file, error)),
            (pem, true) => Ok(Some(pem.as_bytes().to_vec())),
            (_, false) => Err((key, format!("{key_file} is set too: keep one of them"))),
        };
        let cert = one(&tls.cert, &tls.cert_file, [CERT, CERT_FILE])?;
        let key = one(&tls.key, &tls.key_file, [KEY, KEY_FILE])?;
        let client_ca = one(&tls.client_ca, &tls.client_ca_file, [CA, CA_FILE])?;
        let missing = |key| {
            (
                key,
                "is missing: TLS needs a certificate and its key".into(),
            )
        };
        Ok(Some(Self {
            cert: cert.ok_or_else(|| missing(CERT_FILE))?,
            key: key.ok_or_else(|| missing(KEY_FILE))?,
            client_ca,
        }))
    }

    /// All bytes, for a digest.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let ca = self.client_ca.as_deref().unwrap_or_default();
        [self.cert.as_slice(), self.key.as_slice(), ca].into_iter()
    }
}

const CERT: &str = "tls_server_config.cert";
const CERT_FILE: &str = "tls_server_config.cert_file";
const KEY: &str = "tls_server_config.key";
const KEY_FILE: &str = "tls_server_config.key_file";
const CA: &str = "tls_server_config.client_ca";
const CA_FILE: &str = "tls_server_config.client_ca_file";

/// The server's TLS configuration.
pub(super) fn server_config(
    tls: &Tls,
    pem_files: &PemFiles,
    http2: bool,
) -> Result<Arc<ServerConfig>, SettingError> {
    let mut provider = ring::default_provider();
    if !tls.cipher_suites.is_empty() {
        provider.cipher_suites = suites(&tls.cipher_suites, provider.cipher_suites);
    }
    if !tls.curve_preferences.is_empty() {
        let groups = tls.curve_preferences.iter();
        provider.kx_groups = groups.map(|Named(Group(group))| *group).collect();
    }
    let provider = Arc::new(provider);

    let (least, most) = (tls.min_version, tls.max_version);
    let versions: &[_] = match (least.map(|it| it.0), most.map(|it| it.0)) {
        (Some(least), Some(most)) if least == &TLS13 && most == &TLS12 => {
            let message = "must not be above max_version".to_owned();
            return Err(("tls_server_config.min_version", message));
        }
        (Some(least), _) if least == &TLS13 => &[&TLS13],
        (_, Some(most)) if most == &TLS12 => &[&TLS12],
        _ => &[&TLS13, &TLS12],
    };
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .map_err(|error| ("tls_server_config.cipher_suites", error.to_string()))?;
    let builder = match verifier(tls, pem_files, provider)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let chain = certificates(&pem_files.cert).map_err(|error| (CERT_FILE, error))?;
    let key = PrivateKeyDer::from_pem_slice(&pem_files.key).map_err(|_| {
        let message = "holds no private key in PEM that can be read; it must not be encrypted";
        (KEY_FILE, message.to_owned())
    })?;
    let mut config = builder.with_single_cert(chain, key).map_err(|error| {
        let message = match error {
            rustls::Error::InconsistentKeys(_) => "is not the key of the certificate".to_owned(),
            error => format!("certificate and key cannot be used: {error}"),
        };
        (KEY_FILE, message)
    })?;
    if tls.client_auth_type.is_some() {
        // A resumed session would not check whether the client's certificate has expired meanwhile.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    config.ignore_client_order = tls.prefer_server_cipher_suites.unwrap_or(true);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if http2 {
        config.alpn_protocols.insert(0, b"h2".to_vec());
    }
    Ok(Arc::new(config))
}

/// The list is about TLS 1.2. Where it names none of TLS 1.3, it leaves all of them, as Go does.
fn suites(
    named: &[Named<SupportedCipherSuite>],
    all: Vec<SupportedCipherSuite>,
) -> Vec<SupportedCipherSuite> {
    let named: Vec<_> = named.iter().map(|suite| suite.0).collect();
    let newer = |suite: &SupportedCipherSuite| suite.tls13().is_some();
    if named.iter().any(newer) {
        return named;
    }
    all.into_iter().filter(newer).chain(named).collect()
}

/// Who checks the certificates of those that connect.
fn verifier(
    tls: &Tls,
    pem_files: &PemFiles,
    provider: Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, SettingError> {
    let auth = tls.client_auth_type.map_or(ClientAuth::Disabled, |it| it.0);
    let pem = match (auth, &pem_files.client_ca) {
        (ClientAuth::Disabled, None) => return Ok(None),
        (ClientAuth::Disabled, Some(_)) => {
            let message = "has no effect without client_auth_type: write RequireAndVerifyClientCert or \
                           VerifyClientCertIfGiven there";
            return Err((CA_FILE, message.to_owned()));
        }
        (_, None) => {
            let message = "is missing: client_auth_type needs the authority that signs the clients' certificates";
            return Err((CA_FILE, message.to_owned()));
        }
        (_, Some(pem)) => pem,
    };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem).map_err(|error| (CA_FILE, error))? {
        let cannot = |error| (CA_FILE, format!("a certificate cannot be used: {error}"));
        roots.add(certificate).map_err(cannot)?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = match auth {
        ClientAuth::Optional => builder.allow_unauthenticated(),
        _ => builder,
    };
    let verifier = builder.build();
    verifier
        .map(Some)
        .map_err(|error| (CA_FILE, error.to_string()))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err("holds no certificates in PEM that can be read".to_owned()),
    }
}
