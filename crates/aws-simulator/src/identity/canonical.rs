//! The canonical request of Signature Version 4: the text that is signed.

use crate::http::HttpRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What `SigV4` percent-encodes: everything that is not unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
pub(super) const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

pub(super) fn canonical_values(request: &HttpRequest, name: &str) -> String {
    let values = request.headers.iter().filter(|(key, _)| key == name);
    let values = values.map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "));
    values.collect::<Vec<_>>().join(",")
}

pub(super) fn canonical_query(query: &str) -> String {
    let encode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8_lossy();
        utf8_percent_encode(&decoded, RESERVED).to_string()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<_> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
        .collect();
    pairs.sort();
    pairs.join("&")
}
