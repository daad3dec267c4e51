//! Where credentials come from, and what is said where there are none.
use crate::{
    credential_harness::{Answer, Server, TOKEN, exporter, failure, home, temporary},
    harness::{ACCESS_KEY, ACCOUNT, Simulator, file},
};
use serde_json::json;

type Files<'a> = &'a [(&'a str, &'a str)];
type Environment<'a> = &'a [(&'a str, &'a str)];

/// Its name is the SHA-1 of the session's name.
const SESSION_CACHE: &str = ".aws/sso/cache/e8be5486177c5b5392bd9aa76563515b29358e6e.json";
const SSO: &str = "[profile team]\nsso_session = acme\nsso_account_id = 111122223333\nsso_role_name = exporter\n[sso-session acme]\nsso_start_url = https://example.awsapps.com/start\nsso_region = us-east-1\n";
const LEGACY_SSO: &str = "[profile team]\nsso_start_url = https://example.awsapps.com/start\nsso_region = us-east-1\nsso_account_id = 111122223333\nsso_role_name = exporter\n";
const LOGIN: &str = "[profile console]\nlogin_session = arn:aws:iam::111122223333:user/alice\n";
const ASSUMING: &str = "[profile audit]\nrole_arn = arn:aws:iam::111122223333:role/exporter\n";

/// What is wrong in the files: the profile and what was looked for are named.
fn assert_says(cases: &[(&str, Files, &str)]) {
    let simulator = Simulator::start();
    for (profile, files, expected) in cases {
        let home = home(files);
        let environment = [("HOME", home.to_str().unwrap()), ("AWS_PROFILE", profile)];
        let message = failure(&exporter(&simulator, &environment));
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(!message.contains("AKIA"), "{message}");
    }
}

#[test]
fn profiles_that_are_not_there() {
    assert_says(&[
        (
            "team",
            &[],
            "profile: there is no profile team, which AWS_PROFILE names, in ~/.aws/config (no such file) and ~/.aws/credentials (no such file)",
        ),
        (
            "team",
            &[(".aws/config", "[profile other]\nregion = us-east-1\n")],
            "there is no profile team, which AWS_PROFILE names, in ~/.aws/config and ~/.aws/credentials (no such file)",
        ),
        (
            "team",
            &[(".aws/config", "[profile team\nregion = x\n")],
            "profile: the config or credentials file is not valid: error parsing",
        ),
        (
            "team",
            &[(".aws/config", "[profile team]\nregion = us-east-1\n")],
            "profile: profile team has no credentials; web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; container: AWS_CONTAINER_CREDENTIALS_FULL_URI is not set; instance metadata: AWS_EC2_METADATA_DISABLED is true",
        ),
    ]);
}

#[test]
fn profiles_with_a_role_and_no_credentials() {
    let keys = format!("[source]\naws_access_key_id = {ACCESS_KEY}\n");
    let sourced = format!("{ASSUMING}source_profile = source\n");
    let looping = format!(
        "{sourced}[profile source]\nrole_arn = arn:aws:iam::111122223333:role/exporter\nsource_profile = audit\n"
    );
    let both = format!("{sourced}credential_source = Environment\n");
    let unknown = format!("{ASSUMING}credential_source = Elsewhere\n");
    let from_environment = format!("{ASSUMING}credential_source = Environment\n");
    assert_says(&[
        (
            "audit",
            &[(".aws/config", &sourced)],
            "profile audit: there is no profile source, which its source_profile names, in ~/.aws/config",
        ),
        (
            "audit",
            &[(".aws/config", &sourced), (".aws/credentials", &keys)],
            "profile source: it has aws_access_key_id, but no aws_secret_access_key",
        ),
        (
            "audit",
            &[(".aws/config", &looping)],
            "profile source: its source_profile audit leads back to itself",
        ),
        (
            "audit",
            &[(".aws/config", ASSUMING)],
            "profile audit: it has role_arn, but neither source_profile nor credential_source",
        ),
        (
            "audit",
            &[(".aws/config", &both)],
            "profile audit: it has both source_profile and credential_source: remove one",
        ),
        (
            "audit",
            &[(".aws/config", &unknown)],
            "profile audit: credential_source Elsewhere is unknown",
        ),
        (
            "audit",
            &[(".aws/config", &from_environment)],
            "profile audit: AWS_ACCESS_KEY_ID is not set",
        ),
    ]);
}

#[test]
fn profiles_without_a_session() {
    let no_region = SSO.replace("sso_region = us-east-1\n", "");
    let no_section = SSO.replace("[sso-session acme]", "[sso-session other]");
    let expired = r#"{ "accessToken": "x", "expiresAt": "2020-01-01T00:00:00Z" }"#;
    let no_session = "profile team: it has no session of IAM Identity Center, or that has expired: run `aws sso login --profile team`";
    assert_says(&[
        (
            "team",
            &[(".aws/config", &no_region)],
            "profile team: sso_region is missing in [sso-session acme]",
        ),
        (
            "team",
            &[(".aws/config", &no_section)],
            "profile team: there is no [sso-session acme], which its sso_session names",
        ),
        ("team", &[(".aws/config", SSO)], no_session),
        (
            "team",
            &[(".aws/config", SSO), (SESSION_CACHE, expired)],
            no_session,
        ),
        ("team", &[(".aws/config", LEGACY_SSO)], no_session),
        (
            "console",
            &[(".aws/config", LOGIN)],
            "profile console: it has no session of `aws login`, or that has expired: run `aws login --profile console`",
        ),
    ]);
}

/// What is wrong in the environment. A source that is configured is not replaced by another.
#[test]
fn an_environment_without_credentials() {
    let simulator = Simulator::start();
    let token = file("token", TOKEN);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/nobody");
    let gone = Server::start(|_| Answer::Status(404));
    let cases: [(Environment, &str); 7] = [
        (
            &[],
            "no credentials: environment: AWS_ACCESS_KEY_ID is not set; profile: no profile default in ~/.aws/config (no such file) and ~/.aws/credentials (no such file); web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; container: AWS_CONTAINER_CREDENTIALS_FULL_URI is not set; instance metadata: AWS_EC2_METADATA_DISABLED is true",
        ),
        (
            &[("AWS_CONFIG_FILE", "/nowhere")],
            "profile: no profile default in AWS_CONFIG_FILE (no such file) and",
        ),
        (
            &[("AWS_ACCESS_KEY_ID", ACCESS_KEY)],
            "no credentials: environment: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not",
        ),
        (
            &[
                ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"),
                ("AWS_ROLE_ARN", &role),
            ],
            "no credentials: web identity: its token file cannot be read: entity not found",
        ),
        (
            &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere")],
            "no credentials: web identity: AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not",
        ),
        (
            &[
                ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
                ("AWS_ROLE_ARN", &role),
            ],
            "no credentials: web identity: STS refused (AccessDenied)",
        ),
        (
            &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &gone.url)],
            "no credentials: container: the agent that AWS_CONTAINER_CREDENTIALS_FULL_URI names answered with HTTP status 404",
        ),
    ];
    for (environment, expected) in cases {
        let message = failure(&exporter(&simulator, environment));
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(!message.contains("AKIA"), "{message}");
    }
}

/// Agents that do not answer: the reason is `credentials`, and the calls do not each wait for them.
#[test]
fn agents_that_do_not_answer() {
    let simulator = Simulator::start();
    let silent = Server::start(|_| Answer::Silence);
    let url = silent.url.as_str();
    let no_role = Server::start(|request| match request {
        _ if request.starts_with("PUT /latest/api/token") => Answer::Text("token".to_owned()),
        _ => Answer::Status(404),
    });
    let off = Server::start(|_| Answer::Status(403));
    let closed = "http://127.0.0.1:9";
    let metadata = |url| {
        [
            ("AWS_EC2_METADATA_DISABLED", "false"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url),
        ]
    };
    let hop_limit = "instance metadata: no answer: this is no EC2 instance, or a container on one, for which the hop limit of the instance metadata has to be 2";
    let cases: [(Environment, &str); 5] = [
        (
            &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)],
            "no credentials: container: the agent that AWS_CONTAINER_CREDENTIALS_FULL_URI names did not answer",
        ),
        (&metadata(url), hop_limit),
        (&metadata(closed), hop_limit),
        (
            &metadata(&no_role.url),
            "instance metadata: no role is attached to the instance",
        ),
        (
            &metadata(&off.url),
            "instance metadata: the service refuses a session token",
        ),
    ];
    let exporters =
        cases.map(|(environment, expected)| (exporter(&simulator, environment), expected));
    for (exporter, expected) in &exporters {
        let message = failure(exporter);
        assert!(message.contains(expected), "{expected}: {message}");
        assert_eq!(exporter.get("/-/healthy").0, 200);
    }
    assert!(simulator.take_calls().is_empty());
}

/// ECS and EKS Pod Identity, and the role of an instance.
#[test]
fn agents_with_credentials() {
    let simulator = Simulator::start();
    let credentials = temporary(&simulator);
    let agent = credentials.clone();
    let agent = Server::start(move |_| Answer::Text(agent.to_string()));
    let instance = Server::start(move |request| {
        Answer::Text(match request.split(' ').nth(1).unwrap() {
            "/latest/meta-data/iam/security-credentials/" => "exporter".to_owned(),
            "/latest/meta-data/iam/security-credentials/exporter" => credentials.to_string(),
            _ => "token".to_owned(),
        })
    });
    let container = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.url.as_str())];
    let metadata = [
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", instance.url.as_str()),
    ];
    for environment in [&container[..], &metadata[..]] {
        exporter(&simulator, environment).wait_until_all_succeed();
    }
    assert_eq!(agent.requests(), 1);
    assert_eq!(instance.requests(), 3);
}

/// A profile whose role is assumed with the keys of another, and a profile that takes those of the environment.
#[test]
fn a_profile_with_a_role() {
    let simulator = Simulator::start();
    simulator.patch_account(&json!({ "roles": { "exporter": { "trusted": [ACCOUNT] } } }));
    let sourced = format!("{ASSUMING}source_profile = source\n");
    let keys = format!(
        "[source]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = not-a-secret\n"
    );
    let home = home(&[(".aws/config", &sourced), (".aws/credentials", &keys)]);
    let environment = [("HOME", home.to_str().unwrap()), ("AWS_PROFILE", "audit")];
    let refused = |simulator: &Simulator| failure(&exporter(simulator, &environment));
    simulator.allow(&json!({ "Statement": [] }));
    assert!(
        refused(&simulator)
            .contains("profile source: the role_arn of profile audit: STS refused (AccessDenied)")
    );
    simulator.allow(&json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } }));
    exporter(&simulator, &environment).wait_until_all_succeed();
}

/// A session of IAM Identity Center, as `aws sso login` leaves it, by both forms of profiles; and one that is refused.
#[test]
fn single_sign_on() {
    let simulator = Simulator::start();
    let credentials = temporary(&simulator);
    let portal = Server::start(move |request| {
        assert!(
            request.starts_with("GET /federation/credentials?"),
            "{request}"
        );
        Answer::Text(
            json!({ "roleCredentials": {
            "accessKeyId": credentials["AccessKeyId"],
            "secretAccessKey": credentials["SecretAccessKey"],
            "sessionToken": credentials["SessionToken"],
            "expiration": 4_102_444_800_000_u64,
        } })
            .to_string(),
        )
    });
    let token = json!({ "accessToken": "portal-token", "expiresAt": "2100-01-01T00:00:00Z", "region": "us-east-1", "startUrl": "https://example.awsapps.com/start" }).to_string();
    for (config, cache) in [
        (
            SSO,
            ".aws/sso/cache/293abb6b76d7791c0732cc517d38c4b5c734b87f.json",
        ),
        (LEGACY_SSO, SESSION_CACHE),
    ] {
        let home = home(&[(".aws/config", config), (cache, &token)]);
        let environment = [
            ("HOME", home.to_str().unwrap()),
            ("AWS_PROFILE", "team"),
            ("AWS_ENDPOINT_URL_SSO", &portal.url),
        ];
        let exporter = exporter(&simulator, &environment);
        exporter.wait_until_all_succeed();
        assert!(!exporter.log().contains("portal-token"));
    }
    let refused = Server::start(|_| Answer::Status(401));
    let home = home(&[
        (".aws/config", SSO),
        (
            ".aws/sso/cache/293abb6b76d7791c0732cc517d38c4b5c734b87f.json",
            &token,
        ),
    ]);
    let environment = [
        ("HOME", home.to_str().unwrap()),
        ("AWS_PROFILE", "team"),
        ("AWS_ENDPOINT_URL_SSO", &refused.url),
    ];
    let message = failure(&exporter(&simulator, &environment));
    assert!(
        message.contains("run `aws sso login --profile team`"),
        "{message}"
    );
}

/// A session that `aws login` has started. It begins after the exporter, which need not be restarted.
#[test]
fn a_login_session_that_is_started_later() {
    let simulator = Simulator::start();
    let credentials = temporary(&simulator);
    let home = home(&[(".aws/config", LOGIN)]);
    let environment = [("HOME", home.to_str().unwrap()), ("AWS_PROFILE", "console")];
    let exporter = exporter(&simulator, &environment);
    assert!(failure(&exporter).contains("run `aws login --profile console`"));
    let session = json!({
        "accessToken": {
            "accessKeyId": credentials["AccessKeyId"],
            "secretAccessKey": credentials["SecretAccessKey"],
            "sessionToken": credentials["SessionToken"],
            "accountId": ACCOUNT,
            "expiresAt": "2100-01-01T00:00:00Z",
        },
        "tokenType": "aws_sigv4",
        "refreshToken": "refresh-token",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIFDZHUzOG1Pzq+6F0mjMlOSp1syN9LRPBuHMoCFXTcXhoAoGCCqGSM49\nAwEHoUQDQgAE9qhj+KtcdHj1kVgwxWWWw++tqoh7H7UHs7oXh8jBbgF47rrYGC+t\ndjiIaHK3dBvvdE7MGj5HsepzLm3Kj91bqA==\n-----END EC PRIVATE KEY-----\n",
    });
    crate::credential_harness::write(
        &home,
        ".aws/login/cache/5778c30d3fe8c123cb2ab0d5a82c81b6fdcedfb868a6625f6f5bf6f05a7f129b.json",
        &session.to_string(),
    );
    exporter.wait_until_all_succeed();
    assert!(!exporter.log().contains("refresh-token"));
}
