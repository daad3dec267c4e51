//! Clients that send slowly, too much, nonsense or nothing: the metrics are still answered in time.
use crate::{
    certificates::Authority,
    harness::{Exporter, Simulator, fast_config, http},
    web_tls::Protected,
};
use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    thread::{self, sleep},
    time::{Duration, Instant},
};

/// Prometheus waits no longer; what is kept waiting waits for one of the bounds, which are longer.
pub(crate) const IN_TIME: Duration = Duration::from_secs(10);

fn started() -> (Simulator, Exporter) {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    exporter.wait_until_ready();
    (simulator, exporter)
}

pub(crate) fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(40)))
        .unwrap();
    stream
}

/// All that comes until the other side ends it; `None` if it never does.
pub(crate) fn rest(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => None,
        _ => Some(bytes),
    }
}

/// Sends, and gives the status of what comes back before the end; 0 if nothing does.
fn status(url: &str, bytes: &[u8]) -> u16 {
    let mut stream = connect(url);
    // It may end before all is sent.
    let _ = stream.write_all(bytes);
    let answer = rest(&mut stream).expect("the end");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer
        .split(' ')
        .nth(1)
        .map_or(0, |status| status.parse().unwrap())
}

fn assert_in_time(exporter: &Exporter, what: &str) {
    let start = Instant::now();
    assert_eq!(exporter.get("/metrics").0, 200, "{what}");
    let took = start.elapsed();
    println!("{what}: /metrics after {took:?}");
    assert!(took < IN_TIME, "{what}: {took:?}");
}

#[test]
fn slow_and_half_open_connections_are_ended() {
    let (_simulator, exporter) = started();
    let mut dribbling: Vec<TcpStream> = (0..50).map(|_| connect(&exporter.url)).collect();
    let mut silent: Vec<TcpStream> = (0..50).map(|_| connect(&exporter.url)).collect();
    let start = Instant::now();
    for stream in &mut dribbling {
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
            .unwrap();
    }
    let mut open = dribbling.len();
    while open > 0 {
        assert!(
            start.elapsed() < Duration::from_secs(35),
            "{open} are still open"
        );
        sleep(Duration::from_secs(1));
        open = 0;
        for stream in &mut dribbling {
            // Writing to what the other side has ended fails at the second time.
            open += usize::from(stream.write_all(b"X: y\r\n").is_ok());
        }
        assert_in_time(&exporter, "50 slow headers");
    }
    println!("50 slow headers were cut after {:?}", start.elapsed());
    assert!(start.elapsed() > Duration::from_secs(15));
    for stream in &mut silent {
        assert_eq!(rest(stream).expect("the end"), b"");
    }
    // Half of a request, and no more to come.
    for half in ["", "G", "GET /metrics HTTP/1.1\r\nHo"] {
        let mut stream = connect(&exporter.url);
        stream.write_all(half.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert!(rest(&mut stream).is_some());
    }
    assert_in_time(&exporter, "half requests");
}

#[test]
fn many_idle_connections_make_room() {
    let (_simulator, exporter) = started();
    let start = Instant::now();
    let mut idle: Vec<TcpStream> = (0..500).map(|_| connect(&exporter.url)).collect();
    println!("500 connections took {:?}", start.elapsed());
    idle.extend((0..500).map(|_| connect(&exporter.url)));
    println!("1000 connections took {:?}", start.elapsed());
    for _ in 0..10 {
        assert_in_time(&exporter, "1000 idle connections");
        assert_eq!(exporter.get("/-/healthy").0, 200);
    }
    let mut ended = 0;
    for stream in &idle {
        stream.set_nonblocking(true).unwrap();
        let mut stream = stream;
        ended += usize::from(matches!(stream.read(&mut [0]), Ok(0)));
    }
    println!("{ended} of 1000 idle connections were ended at once");
    assert!((488..600).contains(&ended), "{ended}");
}

#[test]
fn too_much_and_nonsense_are_refused() {
    let (_simulator, exporter) = started();
    let url = &exporter.url;
    let pipelined = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    let mut stream = connect(url);
    let last = "GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream
        .write_all(format!("{pipelined}{last}").as_bytes())
        .unwrap();
    let answers = String::from_utf8(rest(&mut stream).unwrap()).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 101);

    let long = "x".repeat(1 << 20);
    let many = "a: b\r\n".repeat(1000);
    let refused = [
        (
            "1 MB in a header",
            format!("GET /metrics HTTP/1.1\r\nHost: x\r\nX: {long}\r\n\r\n"),
            [431, 0],
        ),
        (
            "1000 headers",
            format!("GET /metrics HTTP/1.1\r\nHost: x\r\n{many}\r\n"),
            [431, 0],
        ),
        (
            "1 MB of path",
            format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"),
            [414, 431],
        ),
        (
            "a tunnel",
            "CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".into(),
            [404, 405],
        ),
        (
            "two lengths",
            "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"
                .into(),
            [400, 400],
        ),
        (
            "a body of 10 GB",
            format!(
                "POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n{long}"
            ),
            [404, 0],
        ),
        (
            "a body without end",
            format!(
                "POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n{long}"
            ),
            [405, 0],
        ),
    ];
    for (what, request, expected) in refused {
        // A reset may overtake the answer, when not all was read.
        let got = status(url, request.as_bytes());
        println!("{what}: {got}");
        assert!(expected.contains(&got), "{what}: {got}");
        assert_in_time(&exporter, what);
    }
    let start = Instant::now();
    for _ in 0..1000 {
        let bytes: Vec<u8> = (0..200).map(|_| fastrand::u8(..)).collect();
        let mut stream = connect(url);
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let answer = rest(&mut stream).expect("the end");
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
            "{answer:?}"
        );
    }
    println!("1000 times garbage in {:?}", start.elapsed());
    assert_in_time(&exporter, "garbage");
}

#[test]
fn nothing_asked_for_is_repeated() {
    let simulator = Simulator::start();
    let key = [
        ("AWS_ACCESS_KEY_ID", crate::harness::ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
    ];
    let exporter = Exporter::with(
        &simulator,
        &fast_config("", ""),
        &key,
        &["--log.level=trace"],
    );
    exporter.wait_until_ready();
    let url = &exporter.url;
    for path in [
        "/hunter2",
        "/metrics/hunter2",
        "/-/hunter2",
        "/assets/hunter2",
        "/hunter2?hunter2=%3Cscript%3E",
    ] {
        let (status, body) = exporter.get(path);
        assert_eq!(status, 404, "{path}");
        assert!(!body.contains("hunter2"), "{body}");
    }
    for path in [
        "/",
        "/metrics",
        "/-/healthy",
        "/-/ready",
        "/api/v1/posture",
        "/assets/page.css",
    ] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: hunter2\r\nX: hunter2\r\nConnection: close\r\n\r\n"
            );
            assert_eq!(status(url, request.as_bytes()), 405, "{method} {path}");
        }
        let (_, body) = exporter.get(&format!("{path}?hunter2"));
        assert!(!body.contains("hunter2"), "{path}");
    }
    let sent = http()
        .get(format!("{url}/metrics"))
        .header("x-hunter2", "hunter2")
        .call()
        .unwrap();
    assert!(!format!("{:?}", sent.headers()).contains("hunter2"));
    assert!(!exporter.log().contains("hunter2"), "{}", exporter.log());
}

#[test]
fn nonsense_in_place_of_a_handshake() {
    let (simulator, authority) = (Simulator::start(), Authority::new("good"));
    let web = "tls_server_config: { cert_file: server.crt, key_file: server.key }\n";
    let mut it = Protected::start(&simulator, &authority, web);
    let ask = |it: &Protected| it.get("/-/healthy", &[]).status;
    let start = Instant::now();
    let mut silent: Vec<TcpStream> = (0..600).map(|_| connect(&it.exporter.url)).collect();
    assert_eq!(ask(&it), 200);
    for bytes in [
        b"GET / HTTP/1.1\r\n\r\n".as_slice(),
        &[0x16, 3, 1, 255, 255],
        &[0; 1000],
    ] {
        let mut stream = connect(&it.exporter.url);
        stream.write_all(bytes).unwrap();
        assert!(rest(&mut stream).is_some(), "{bytes:?}");
        assert_eq!(ask(&it), 200);
    }
    thread::scope(|scope| {
        for stream in &mut silent {
            scope.spawn(|| assert!(rest(stream).is_some()));
        }
    });
    println!(
        "600 handshakes that never began were cut after {:?}",
        start.elapsed()
    );
    assert_eq!(ask(&it), 200);

    // More than a few frames of header end the connection.
    for (size, expected) in [(20_000, 431), (100_000, 0)] {
        let header = format!("X: {}", "x".repeat(size));
        let got = it.get("/metrics", &["--http2", "-H", &header]);
        assert_eq!(got.status, expected, "{got:?}");
        assert_eq!(ask(&it), 200);
    }

    // Whoever says nothing does not hold up the end.
    let _silent = [connect(&it.exporter.url), connect(&it.exporter.url)];
    it.exporter.signal("TERM");
    assert_eq!(
        it.exporter.wait_for_exit(),
        Some(0),
        "{}",
        it.exporter.log()
    );
}
