//! Damaged response bodies: nested too deeply, or not UTF-8.

use crate::limits::NESTING_DEPTH;

/// With a member more than there should be, in front of the others.
pub(crate) fn deeply_nested(text: &str) -> String {
    if let Some(rest) = text.strip_prefix('{') {
        let (open, close) = ("[".repeat(NESTING_DEPTH), "]".repeat(NESTING_DEPTH));
        let comma = if rest.starts_with('}') { "" } else { "," };
        return format!("{{\"Deep\":{open}{close}{comma}{rest}");
    }
    let (head, rest) = text.split_once("Result>").unwrap_or((text, ""));
    let (open, close) = (
        "<Deep>".repeat(NESTING_DEPTH),
        "</Deep>".repeat(NESTING_DEPTH),
    );
    format!("{head}Result>{open}{close}{rest}")
}

/// With a byte that no text has at the beginning of each.
pub(crate) fn invalid_utf8(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() * 2);
    let xml = text.starts_with('<');
    let mut before = [0, 0];
    for byte in text.bytes() {
        let begins = if xml {
            before[1] == b'>' && byte != b'<'
        } else {
            before == *b":\""
        };
        if begins {
            bytes.push(0xff);
        }
        bytes.push(byte);
        before = [before[1], byte];
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{deeply_nested, invalid_utf8};

    #[test]
    fn texts_are_spoilt_in_both_languages() {
        let json = deeply_nested(r#"{"a":1}"#);
        assert!(json.starts_with(r#"{"Deep":[["#) && json.ends_with(r#"]],"a":1}"#));
        assert!(deeply_nested("{}").ends_with("]]}"));
        let xml = deeply_nested("<R><XResult><a>1</a></XResult></R>");
        assert!(
            xml.starts_with("<R><XResult><Deep>") && xml.ends_with("</Deep><a>1</a></XResult></R>")
        );
        assert_eq!(invalid_utf8(r#"{"a":"b"}"#), b"{\"a\":\"\xffb\"}");
        assert_eq!(invalid_utf8("<a><b>c</b></a>"), b"<a><b>\xffc</b></a>");
    }
}
