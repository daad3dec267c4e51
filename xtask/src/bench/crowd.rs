//! Many scrapes at once of many accounts, over TLS and with a password, each on a connection of its own: how long they take,
//! and how much memory.
use super::world::{self, megabytes};
use harness::{Exporter, KEY, wait_until};
use std::{env, fs, path::Path, process::Command, thread, time::Duration};

/// Of `right horse`, at the cost that is usual.
const HASH: &str = "$2y$10$abcdefghijklmnopqrstuuD7glF7JkEDexTpZG9m5tiAZ7VOyjUiO";

/// What curl says of one request, as `-w` is told to: status, bytes, seconds.
fn curl(exporter: &Exporter, path: &str, encoding: &str) -> (u16, usize, f64) {
    let url = format!("{}{path}", exporter.url.replace("http:", "https:"));
    let encoding = format!("Accept-Encoding: {encoding}");
    let form = "%{http_code} %{size_download} %{time_total}";
    let arguments = ["-sk", "-u", "alice:right horse", "-H", &encoding];
    let output = Command::new("curl")
        .args(arguments)
        .args(["-o", "/dev/null", "-w", form, &url])
        .output()
        .expect("curl");
    let text = String::from_utf8(output.stdout).unwrap();
    let [status, bytes, seconds] = text.split(' ').collect::<Vec<_>>()[..] else {
        panic!("curl wrote {text:?}");
    };
    (
        status.parse().unwrap(),
        bytes.parse().unwrap(),
        seconds.parse().unwrap(),
    )
}

/// Measures so many scrapes at once of so many accounts.
pub(super) fn run(program: &Path, accounts: usize, scrapes: usize) {
    let regions = world::regions(world::default_regions());
    let simulator = world::simulator(program, accounts, &regions);
    let folder = env::temp_dir().join(format!("crowd-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let web = folder.join("web.yaml");
    let written = format!(
        "tls_server_config: {{ cert_file: server.crt, key_file: server.key }}\n\
         basic_auth_users: {{ alice: {HASH} }}\n"
    );
    for (path, text) in [
        (folder.join("server.crt"), certified.cert.pem()),
        (
            folder.join("server.key"),
            certified.signing_key.serialize_pem(),
        ),
        (web.clone(), written.clone()),
    ] {
        fs::write(path, text).unwrap();
    }
    let exporter = Exporter::with(
        &simulator,
        &world::config(&regions),
        &KEY,
        &["--web.config.file", web.to_str().unwrap()],
    );
    wait_until(
        "everything has been tried",
        world::READY_TIMEOUT,
        || match curl(&exporter, "/-/ready", "identity").0 {
            200 => Ok(()),
            status => Err(format!("/-/ready: {status}")),
        },
    );
    // Until all that was learned is published.
    thread::sleep(Duration::from_secs(20));
    println!("{accounts} accounts, {scrapes} scrapes at once over TLS with a password");
    println!(
        "resident before          {:.0} MB",
        megabytes(&exporter, "VmRSS")
    );
    for encoding in ["gzip", "identity"] {
        // A new file: no password is known to be right any more.
        fs::write(&web, format!("{written}# {encoding}\n")).unwrap();
        thread::sleep(Duration::from_secs(2));
        for password in ["new", "known"] {
            let answers: Vec<_> = thread::scope(|scope| {
                let asked: Vec<_> = (0..scrapes)
                    .map(|_| scope.spawn(|| curl(&exporter, "/metrics", encoding)))
                    .collect();
                asked.into_iter().map(|it| it.join().unwrap()).collect()
            });
            let answered = answers.iter().filter(|(status, ..)| *status == 200).count();
            let mut times: Vec<f64> = answers.iter().map(|(.., seconds)| *seconds).collect();
            times.sort_by(f64::total_cmp);
            println!(
                "{encoding:<8} {password:<5} password  {answered} answered, {} bytes each, median {:.2} s, slowest {:.2} s",
                answers[0].1,
                times[scrapes / 2],
                times[scrapes - 1]
            );
            assert_eq!(answered, scrapes);
        }
    }
    println!(
        "resident after           {:.0} MB",
        megabytes(&exporter, "VmRSS")
    );
    println!(
        "resident at most         {:.0} MB",
        megabytes(&exporter, "VmHWM")
    );
    fs::remove_dir_all(folder).unwrap();
}
