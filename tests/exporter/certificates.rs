//! Authorities and certificates for a test, and curl as a client that knows them.
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use std::{fs, path::Path, process::Command};

/// Signs certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

/// A certificate and its key, as PEM.
pub(crate) struct Pair {
    pub(crate) cert: String,
    pub(crate) key: String,
}

impl Pair {
    pub(crate) fn write(&self, folder: &Path, name: &str) {
        fs::write(folder.join(format!("{name}.crt")), &self.cert).unwrap();
        fs::write(folder.join(format!("{name}.key")), &self.key).unwrap();
    }
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { issuer, pem }
    }

    fn sign(&self, mut params: CertificateParams, usage: ExtendedKeyUsagePurpose) -> Pair {
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap().pem();
        let key = key.serialize_pem();
        Pair { cert, key }
    }

    pub(crate) fn server(&self) -> Pair {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let params = CertificateParams::new(names).unwrap();
        self.sign(params, ExtendedKeyUsagePurpose::ServerAuth)
    }

    pub(crate) fn client(&self) -> Pair {
        let params = CertificateParams::new(["client".to_owned()]).unwrap();
        self.sign(params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    pub(crate) fn expired(&self) -> Pair {
        let mut params = CertificateParams::new(["client".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.sign(params, ExtendedKeyUsagePurpose::ClientAuth)
    }
}

/// What curl got.
#[derive(Debug)]
pub(crate) struct Got {
    /// Its exit code.
    pub(crate) code: i32,
    /// 0 if there was no answer.
    pub(crate) status: u16,
    /// Of HTTP.
    pub(crate) version: String,
    /// Headers and body.
    pub(crate) text: String,
}

pub(crate) fn curl(url: &str, arguments: &[&str]) -> Got {
    let output = Command::new("curl")
        .args(["-s", "-i", "--max-time", "30"])
        .args(["-w", "\n%{http_code} %{http_version}"])
        .args(arguments)
        .arg(url)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (text, last) = text.rsplit_once('\n').unwrap();
    let (status, version) = last.split_once(' ').unwrap();
    Got {
        code: output.status.code().unwrap(),
        status: status.parse().unwrap(),
        version: version.to_owned(),
        text: text.to_owned(),
    }
}
