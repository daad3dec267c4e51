//! TLS and client certificates, by curl; renewals while it runs.
use crate::{
    certificates::{Authority, Got, curl},
    harness::{ACCESS_KEY, Exporter, Simulator, TIMEOUT, fast_config, file, wait_until},
};
use std::{
    fs,
    net::TcpStream,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// An exporter with a web configuration, in a folder with what that names.
pub(crate) struct Protected {
    pub(crate) exporter: Exporter,
    pub(crate) web: PathBuf,
    ca: PathBuf,
}

impl Protected {
    /// Has a certificate of this authority.
    pub(crate) fn start(simulator: &Simulator, authority: &Authority, web: &str) -> Self {
        let path = file("web.yml", web);
        let folder = path.parent().unwrap();
        authority.server().write(folder, "server");
        fs::write(folder.join("ca.crt"), &authority.pem).unwrap();
        Self::with(simulator, path)
    }

    fn with(simulator: &Simulator, web: PathBuf) -> Self {
        let key = [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
        ];
        let flags = [
            "--web.config.file",
            web.to_str().unwrap(),
            "--log.level=trace",
        ];
        // A test that makes it hang sees that for as long as it needs.
        let config = fast_config("account_summary", "interval: 2s, timeout: 5m");
        let exporter = Exporter::with(simulator, &config, &key, &flags);
        let ca = web.with_file_name("ca.crt");
        Self { exporter, web, ca }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.web.parent().unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.exporter.url.replace("http:", "https:"))
    }

    pub(crate) fn get(&self, path: &str, arguments: &[&str]) -> Got {
        let ca = ["--cacert", self.ca.to_str().unwrap()];
        curl(&self.url(path), &[&ca, arguments].concat())
    }

    /// Writes the web configuration and waits until it is taken.
    pub(crate) fn now(&self, web: &str) {
        let taken = || {
            self.exporter
                .log()
                .matches("web configuration reloaded")
                .count()
        };
        let before = taken();
        fs::write(&self.web, web).unwrap();
        wait_until("it is taken", TIMEOUT, || (taken() > before).then_some(()));
    }

    /// Waits until this many were refused.
    pub(crate) fn refused(&self, times: usize) {
        let refused = "Error reloading the web configuration, keeping the previous one";
        wait_until("it is refused", TIMEOUT, || {
            (self.exporter.log().matches(refused).count() == times).then_some(())
        });
    }
}

const TLS: &str = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n";

#[test]
fn versions_suites_and_curves_are_as_configured() {
    let (simulator, authority) = (Simulator::start(), Authority::new("good"));
    let it = Protected::start(&simulator, &authority, TLS);
    let ok = |arguments: &[&str]| it.get("/-/healthy", arguments).status == 200;
    let of = |arguments: &[&str]| it.get("/-/healthy", arguments).version;
    assert_eq!(of(&[]), "2");
    assert_eq!(of(&["--http1.1"]), "1.1");
    assert!(ok(&["--tls-max", "1.2"]) && ok(&["--tlsv1.3"]));
    // OpenSSL's own bounds would refuse it otherwise.
    assert!(!ok(&[
        "--tls-max",
        "1.1",
        "--ciphers",
        "DEFAULT@SECLEVEL=0"
    ]));

    let other = it.folder().join("other.crt");
    fs::write(&other, Authority::new("other").pem).unwrap();
    let wrong = curl(
        &it.url("/-/healthy"),
        &["--cacert", other.to_str().unwrap()],
    );
    assert_eq!((wrong.code, wrong.status), (60, 0));
    assert_eq!(
        curl(&format!("{}/-/healthy", it.exporter.url), &[]).status,
        0,
        "without TLS"
    );

    it.now(&format!(
        "{TLS}  min_version: TLS13\nhttp_server_config:\n  http2: false\n"
    ));
    assert!(!ok(&["--tls-max", "1.2"]) && ok(&["--tlsv1.3"]));
    assert_eq!(of(&[]), "1.1");

    it.now(&format!(
        "{TLS}http_server_config:\n  headers:\n    Content-Security-Policy: default-src 'self'\n    X-Frame-Options: deny\n"
    ));
    let said = it.get("/", &["--http1.1"]).text;
    assert_eq!(said.matches("content-security-policy: ").count(), 1);
    assert!(said.contains("content-security-policy: default-src 'self'\r\n"));
    assert!(said.contains("x-frame-options: deny\r\n") && said.contains("referrer-policy"));

    it.now(&format!(
        "{TLS}  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n  curve_preferences: [CurveP384]\n"
    ));
    assert!(ok(&["--tls-max", "1.2"]) && !ok(&["--tlsv1.3"]));
    assert!(!ok(&["--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256"]));
    assert!(ok(&["--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"]));
    // The certificate's own curve is among them, or the client would refuse that.
    assert!(ok(&["--curves", "P-384:P-256"]) && !ok(&["--curves", "X25519:P-256"]));

    // A list of TLS 1.2's suites leaves TLS 1.3 as it is; one that names some of TLS 1.3's means them.
    it.now(&format!(
        "{TLS}  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n"
    ));
    assert!(ok(&["--tlsv1.3"]) && ok(&["--tlsv1.3", "--tls13-ciphers", "TLS_AES_128_GCM_SHA256"]));
    it.now(&format!("{TLS}  cipher_suites: [TLS_AES_256_GCM_SHA384]\n"));
    assert!(ok(&["--tlsv1.3"]) && !ok(&["--tlsv1.3", "--tls13-ciphers", "TLS_AES_128_GCM_SHA256"]));
}

#[test]
fn client_certificates() {
    let (simulator, authority) = (Simulator::start(), Authority::new("clients"));
    let required =
        format!("{TLS}  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n");
    let it = Protected::start(&simulator, &authority, &required);
    let status = |name: &str| {
        let path = |kind: &str| {
            it.folder()
                .join(format!("{name}.{kind}"))
                .display()
                .to_string()
        };
        let (cert, key) = (path("crt"), path("key"));
        it.get("/metrics", &["--cert", &cert, "--key", &key]).status
    };
    authority.client().write(it.folder(), "right");
    authority.expired().write(it.folder(), "expired");
    // The same name proves nothing.
    Authority::new("clients")
        .client()
        .write(it.folder(), "wrong");
    wait_until("it answers", TIMEOUT, || {
        (status("right") == 200).then_some(())
    });
    assert_eq!(status("wrong"), 0);
    assert_eq!(status("expired"), 0);
    assert_eq!(status("server"), 0, "a server's certificate is no client's");
    assert_eq!(it.get("/metrics", &[]).status, 0);
    assert_eq!(it.get("/-/healthy", &[]).status, 0, "not even for probes");

    it.now(&required.replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven"));
    assert_eq!(
        (status("right"), status("wrong"), status("expired")),
        (200, 0, 0)
    );
    assert_eq!(it.get("/metrics", &[]).status, 200);
}

/// As cert-manager and the kubelet renew: a folder appears, and a link is moved to it.
fn renew(folder: &Path, version: &str, write: impl FnOnce(&Path)) {
    let new = folder.join(version);
    fs::create_dir(&new).unwrap();
    write(&new);
    symlink(version, folder.join("..new")).unwrap();
    fs::rename(folder.join("..new"), folder.join("..data")).unwrap();
}

#[test]
fn a_renewed_certificate_is_taken_up_and_a_broken_one_is_not() {
    const OK: &str = "aws_root_exporter_config_last_reload_successful";
    let simulator = Simulator::start();
    let authority = Authority::new("old");
    let web = file(
        "web.yml",
        "tls_server_config: { cert_file: tls.crt, key_file: tls.key }\n",
    );
    let folder = web.parent().unwrap().to_owned();
    renew(&folder, "..1", |new| authority.server().write(new, "tls"));
    for name in ["tls.crt", "tls.key"] {
        symlink(format!("..data/{name}"), folder.join(name)).unwrap();
    }
    fs::write(folder.join("ca.crt"), &authority.pem).unwrap();
    let it = Protected::with(&simulator, web);
    let by = |ca: &Authority| {
        let path = folder.join("asked.crt");
        fs::write(&path, &ca.pem).unwrap();
        curl(&it.url("/metrics"), &["--cacert", path.to_str().unwrap()])
    };
    let says = |ca: &Authority, text: &str| {
        wait_until(text, TIMEOUT, || by(ca).text.contains(text).then_some(()));
    };
    says(&authority, &format!("{OK} 1"));

    let (refused, tried) = (AtomicU32::new(0), AtomicU32::new(0));
    // Dropped when the test ends, also when it fails.
    let (running, ended) = channel::<()>();
    let address = it.exporter.url.strip_prefix("http://").unwrap();
    thread::scope(|scope| {
        let (refused, tried) = (&refused, &tried);
        scope.spawn(move || {
            while ended.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout) {
                tried.fetch_add(1, Ordering::Relaxed);
                if TcpStream::connect(address).is_err() {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        let start = Instant::now();
        let renewed = Authority::new("new");
        renew(&folder, "..2", |new| renewed.server().write(new, "tls"));
        says(&renewed, &format!("{OK} 1"));
        println!(
            "a renewed certificate is served after {:?}",
            start.elapsed()
        );
        assert_eq!(by(&authority).code, 60, "the old one is gone");

        // The key of another certificate.
        renew(&folder, "..3", |new| {
            renewed.server().write(new, "tls");
            fs::write(new.join("tls.key"), renewed.server().key).unwrap();
        });
        it.refused(1);
        says(&renewed, &format!("{OK} 0"));
        assert!(
            it.exporter
                .log()
                .contains("is not the key of the certificate")
        );
        let web = fs::read_to_string(&it.web).unwrap();
        // Half a file.
        fs::write(&it.web, "").unwrap();
        it.refused(2);
        assert!(
            it.exporter
                .log()
                .contains("disabling TLS requires a restart"),
            "{}",
            it.exporter.log()
        );
        fs::write(&it.web, "tls_server_config: { cert_fil: tls.crt }").unwrap();
        it.refused(3);
        fs::remove_file(&it.web).unwrap();
        it.exporter.signal("HUP");
        it.refused(4);
        assert_eq!(by(&renewed).status, 200);
        fs::write(&it.web, web).unwrap();
        renew(&folder, "..4", |new| renewed.server().write(new, "tls"));
        says(&renewed, &format!("{OK} 1"));
        drop(running);
    });
    let (refused, tried) = (refused.into_inner(), tried.into_inner());
    println!("{tried} connections during five changes, {refused} refused");
    assert_eq!(refused, 0);
}
