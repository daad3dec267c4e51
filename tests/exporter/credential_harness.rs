//! What tests of credentials need: files as the AWS CLI writes them, temporary credentials that the simulator knows, and a
//! small server in place of an agent, the metadata service or IAM Identity Center.
use crate::harness::{ACCOUNT, Exporter, Simulator, fast_config, file, http};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// A token's form is all that the simulator can check: it has no key to prove it with.
pub(crate) const TOKEN: &str =
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6bW9uaXRvcmluZzpleHBvcnRlciJ9.c2ln";

/// A home directory with these files.
pub(crate) fn home(files: &[(&str, &str)]) -> PathBuf {
    let home = file("home", "").parent().unwrap().to_owned();
    for (name, content) in files {
        write(&home, name, content);
    }
    home
}

/// Writes a file of a home directory in one step, as a careful program does.
pub(crate) fn write(home: &std::path::Path, name: &str, content: &str) {
    let path = home.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let new = path.with_extension("new");
    fs::write(&new, content).unwrap();
    fs::rename(new, path).unwrap();
}

/// Temporary credentials of the role `exporter`, as `credential_process`, ECS and the metadata service have them.
pub(crate) fn temporary(simulator: &Simulator) -> Value {
    let url = format!(
        "{}/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15",
        simulator.url
    );
    let form = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=exporter&RoleArn=arn:aws:iam::{ACCOUNT}:role/exporter&WebIdentityToken={TOKEN}"
    );
    let mut answer = http()
        .post(&url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("host", "sts.us-east-1.amazonaws.com")
        .send(form)
        .unwrap();
    let xml = answer.body_mut().read_to_string().unwrap();
    let value = |tag: &str| {
        let rest = xml.split(&format!("<{tag}>")).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no {tag}: {xml}"));
        rest.split('<').next().unwrap().to_owned()
    };
    json!({
        "Version": 1,
        "AccessKeyId": value("AccessKeyId"),
        "SecretAccessKey": value("SecretAccessKey"),
        "SessionToken": value("SessionToken"),
        "Token": value("SessionToken"),
        "Expiration": value("Expiration"),
        "Code": "Success",
    })
}

/// What the server does with a request.
pub(crate) enum Answer {
    Status(u16),
    Text(String),
    /// Never.
    Silence,
}

/// A server on loopback, which lives as long as the test's process.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Answers by the first line of the request.
    pub(crate) fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (answer, requests) = (Arc::new(answer), Arc::new(AtomicUsize::new(0)));
        let counter = requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, counter) = (answer.clone(), counter.clone());
                thread::spawn(move || serve(&stream, &*answer, &counter));
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

fn serve(mut stream: &TcpStream, answer: &dyn Fn(&str) -> Answer, counter: &AtomicUsize) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    for line in lines {
        if line.is_empty() {
            break;
        }
    }
    counter.fetch_add(1, Ordering::Relaxed);
    let (status, body) = match answer(&first) {
        Answer::Status(status) => (status, String::new()),
        Answer::Text(text) => (200, text),
        Answer::Silence => loop {
            thread::park();
        },
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status} x\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}

/// An exporter with this environment alone, in which every variable of AWS is one of the test.
pub(crate) fn exporter(simulator: &Simulator, environment: &[(&str, &str)]) -> Exporter {
    let path = ("PATH", "/usr/bin:/bin");
    let environment: Vec<_> = [path].iter().chain(environment).copied().collect();
    Exporter::with(simulator, &fast_config("", ""), &environment, &[])
}

/// Waits until discovery has failed for want of credentials: what it says of it.
pub(crate) fn failure(exporter: &Exporter) -> String {
    let failed = [("collector", "discovery"), ("reason", "credentials")];
    let scrape = exporter.wait_until("the failure is counted", |scrape| {
        scrape.value("aws_root_collector_errors_total", &failed) > Some(0.0)
    });
    assert_eq!(
        scrape.value("aws_root_exporter_panics_total", &[]),
        Some(0.0)
    );
    let log = exporter.log();
    let message = log.lines().find(|line| line.contains("reason=credentials"));
    message.unwrap_or_else(|| panic!("{log}")).to_owned()
}
