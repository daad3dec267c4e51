//! Scrapes on a connection that stays open, as Prometheus makes them.
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

const LENGTH: &[u8] = b"content-length:";

/// A connection, and room for the answers on it.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
    body: Vec<u8>,
}

impl Connection {
    /// To `HOST:PORT`.
    pub(super) fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            // Room for a whole small answer, so that it takes one call.
            stream: BufReader::with_capacity(1 << 16, stream),
            line: Vec::new(),
            body: Vec::new(),
        }
    }

    /// One request and its whole answer: the body in that encoding.
    pub(super) fn scrape(&mut self, encoding: &str) -> &[u8] {
        let request =
            format!("GET /metrics HTTP/1.1\r\nhost: x\r\naccept-encoding: {encoding}\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut status, mut length) = (true, 0);
        loop {
            self.line.clear();
            self.stream.read_until(b'\n', &mut self.line).unwrap();
            if std::mem::take(&mut status) {
                assert!(self.line.starts_with(b"HTTP/1.1 200 "));
            }
            if let Some((name, value)) = self.line.split_at_checked(LENGTH.len())
                && name.eq_ignore_ascii_case(LENGTH)
            {
                length = str::from_utf8(value).unwrap().trim().parse().unwrap();
            }
            if self.line == b"\r\n" {
                break;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).unwrap();
        &self.body
    }
}
