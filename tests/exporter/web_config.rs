//! The file of `--web.config.file`: what is taken, what is refused and in which words, and that promtool agrees where it can.
use crate::{
    certificates::Authority,
    harness::{file, run},
};
use std::{fs, process::Command};

const TLS: &str = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n";
const USERS: &str =
    "basic_auth_users:\n  alice: $2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze\n";

/// Whether a file is taken, with what is said; the same by promtool.
fn judge(web: &str) -> ((bool, String), bool) {
    let path = file("web.yml", web);
    let folder = path.parent().unwrap();
    let authority = Authority::new("authority");
    authority.server().write(folder, "server");
    fs::write(folder.join("other.key"), authority.server().key).unwrap();
    fs::write(folder.join("ca.crt"), authority.pem).unwrap();
    let output = run(&[
        "config",
        "check",
        "--web.config.file",
        path.to_str().unwrap(),
    ]);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!([Some(0), Some(2)].contains(&output.status.code()), "{said}");
    let promtool = Command::new("promtool")
        .args(["check", "web-config"])
        .arg(&path)
        .output()
        .unwrap();
    ((output.status.success(), said), promtool.status.success())
}

#[test]
fn what_the_format_has_is_taken() {
    let all = format!(
        "# Everything at once.
tls_server_config:
  cert_file: server.crt
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  min_version: TLS12
  max_version: TLS13
  cipher_suites:
    - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
    - TLS_AES_128_GCM_SHA256
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP384, CurveP256, X25519]
http_server_config:
  http2: true
  headers:
    Content-Security-Policy: default-src 'none'
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    X-XSS-Protection: 1; mode=block
    Strict-Transport-Security: max-age=31536000
{USERS}"
    );
    let given =
        format!("{TLS}  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.crt\n");
    let cases = [
        (
            all.as_str(),
            "TLS is enabled, client certificates required; users: 1",
        ),
        (&given, "verified if given"),
        (TLS, "TLS is enabled; users: 0"),
        (USERS, "TLS is disabled; users: 1"),
        ("", "TLS is disabled; users: 0"),
        (
            "tls_server_config: {}\nhttp_server_config: { headers: {} }\n",
            "TLS is disabled",
        ),
        ("# nothing\n", "TLS is disabled"),
    ];
    for (web, expected) in cases {
        let ((taken, said), by_promtool) = judge(web);
        assert!(taken && said.contains(expected), "{web}\n{said}");
        assert!(by_promtool, "{web}");
    }
    // Of sections without a key promtool thinks otherwise.
    let ((taken, said), _) = judge("tls_server_config:\nbasic_auth_users:\n");
    assert!(taken, "{said}");
}

#[test]
fn what_it_names_may_stand_in_it() {
    let pair = Authority::new("inline").server();
    let indented = |pem: &str| pem.replace('\n', "\n    ");
    let web = format!(
        "tls_server_config:\n  cert: |\n    {}\n  key: |\n    {}\n",
        indented(&pair.cert),
        indented(&pair.key)
    );
    let ((taken, said), _) = judge(&web);
    assert!(taken && said.contains("TLS is enabled"), "{said}");
}

/// What is refused, the words that say so, and whether promtool refuses it too.
const REFUSED: &[(&str, &[&str], bool)] = &[
    (
        "{TLS}  min_version: TLS10\n",
        &["line 4", "'TLS10'", "TLS12, TLS13"],
        false,
    ),
    (
        "{TLS}  max_version: TLS11\n",
        &["line 4", "'TLS11'", "TLS12, TLS13"],
        false,
    ),
    ("{TLS}  min_version: SSL3\n", &["line 4", "'SSL3'"], true),
    (
        "{TLS}  min_version: TLS13\n  max_version: TLS12\n",
        &["min_version", "above max_version"],
        false,
    ),
    (
        "{TLS}  client_auth_type: RequestClientCert\n",
        &[
            "line 4",
            "'RequestClientCert'",
            "RequireAndVerifyClientCert",
        ],
        false,
    ),
    (
        "{TLS}  client_auth_type: RequireAnyClientCert\n",
        &["line 4", "'RequireAnyClientCert'"],
        false,
    ),
    (
        "{TLS}  client_auth_type: Sometimes\n",
        &["line 4", "'Sometimes'"],
        true,
    ),
    (
        "{TLS}  client_auth_type: RequireAndVerifyClientCert\n",
        &["client_ca_file", "missing"],
        false,
    ),
    (
        "{TLS}  client_ca_file: ca.crt\n",
        &["client_ca_file", "client_auth_type"],
        true,
    ),
    (
        "{TLS}  client_ca_file: server.key\n  client_auth_type: RequireAndVerifyClientCert\n",
        &["client_ca_file", "no certificates"],
        false,
    ),
    (
        "{TLS}  client_allowed_sans: [prometheus]\n",
        &["line 4", "client_allowed_sans is not supported"],
        true,
    ),
    (
        "{TLS}  cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]\n",
        &[
            "line 4",
            "'TLS_RSA_WITH_AES_128_CBC_SHA'",
            "TLS_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ],
        false,
    ),
    (
        "{TLS}  cipher_suites: [TLS_AES_128_GCM_SHA256]\n  max_version: TLS12\n",
        &["cipher_suites"],
        false,
    ),
    (
        "{TLS}  curve_preferences: [CurveP521]\n",
        &["line 4", "'CurveP521'", "X25519, CurveP256, CurveP384"],
        false,
    ),
    (
        "{TLS}  curve_preferences: [X448]\n",
        &["line 4", "'X448'"],
        true,
    ),
    (
        "{TLS}  prefer_server_cipher_suites: perhaps\n",
        &["line 4"],
        true,
    ),
    (
        "{TLS}  cert_fil: server.crt\n",
        &["line 4", "'cert_fil'; did you mean 'cert_file'?"],
        true,
    ),
    (
        "tls_server_config:\n  cert_file: server.crt\n",
        &["key_file", "missing"],
        true,
    ),
    (
        "tls_server_config:\n  key_file: server.key\n",
        &["cert_file", "missing"],
        true,
    ),
    // promtool would serve this without TLS.
    (
        "tls_server_config:\n  min_version: TLS13\n",
        &["cert_file", "missing"],
        false,
    ),
    (
        "tls_server_config:\n  cert_file: none.crt\n  key_file: server.key\n",
        &["cert_file", "none.crt", "No such file"],
        true,
    ),
    (
        "tls_server_config:\n  cert_file: server.key\n  key_file: server.key\n",
        &["cert_file", "no certificates"],
        true,
    ),
    (
        "tls_server_config:\n  cert_file: server.crt\n  key_file: server.crt\n",
        &["key_file", "no private key"],
        true,
    ),
    (
        "tls_server_config:\n  cert_file: server.crt\n  key_file: other.key\n",
        &["key_file", "not the key of the certificate"],
        true,
    ),
    (
        "tls_server_config:\n  cert_file: server.crt\n  key_file: |\n    -----BEGIN PRIVATE KEY-----\n    hunter2\n",
        &[
            "tls_server_config.key_file",
            "PEM instead of a file name",
            "use tls_server_config.key for",
        ],
        true,
    ),
    (
        "{TLS}  cert: x\n",
        &["tls_server_config.cert", "cert_file is set too"],
        true,
    ),
    (
        "http_server_config:\n  http3: true\n",
        &["line 2", "'http3'; did you mean 'http2'?"],
        true,
    ),
    (
        "http_server_config:\n  headers:\n    X-Powered-By: coal\n",
        &["line 3", "X-Powered-By", "X-Frame-Options"],
        true,
    ),
    (
        "http_server_config:\n  headers:\n    X-Frame-Options: allow\n",
        &["line 3", "deny or sameorigin"],
        true,
    ),
    (
        "http_server_config:\n  headers:\n    X-Content-Type-Options: sniff\n",
        &["line 3", "nosniff"],
        true,
    ),
    (
        "http_server_config:\n  headers:\n    Content-Security-Policy: \"a\\nb\"\n",
        &["line 3", "one line"],
        false,
    ),
    (
        "rate_limit:\n  interval: 1s\n  burst: 20\n",
        &["line 2", "rate_limit is not supported"],
        true,
    ),
    (
        "basic_auth_users:\n  alice: hunter2\n",
        &["line 2", "bcrypt", "htpasswd"],
        true,
    ),
    (
        "basic_auth_users:\n  alice: $2y$18$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze\n",
        &["line 2", "cost 18", "at most 16"],
        false,
    ),
    ("basic_auth_users: hunter2\n", &["line 1", "mapping"], true),
    (
        "basic_auth_user: {}\n",
        &["line 1", "did you mean 'basic_auth_users'?"],
        true,
    ),
    ("{USERS}  alice: x\n", &["line 3", "duplicate key"], true),
];

#[test]
fn what_is_wrong_or_not_supported_is_refused_by_name() {
    let mut disagreeing = Vec::new();
    for (web, expected, also_by_promtool) in REFUSED {
        let web = web.replace("{TLS}", TLS).replace("{USERS}", USERS);
        let ((taken, said), by_promtool) = judge(&web);
        assert!(!taken, "{web}\n{said}");
        for words in *expected {
            assert!(said.contains(words), "{words}\n{web}\n{said}");
        }
        assert!(
            !said.contains("hunter2") && !said.contains("mDwo"),
            "{said}"
        );
        if by_promtool == *also_by_promtool {
            disagreeing.push(web);
        }
    }
    assert!(disagreeing.is_empty(), "promtool: {disagreeing:#?}");
    println!("{} files refused", REFUSED.len());
}

#[test]
fn a_broken_file_ends_the_start_with_2() {
    let path = file("web.yml", "rate_limit: {}\n");
    for command in ["serve", "demo"] {
        let output = run(&[command, "--web.config.file", path.to_str().unwrap()]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("line 1") && said.contains("rate_limit"),
            "{said}"
        );
    }
}
