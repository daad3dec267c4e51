//! XML that ends too early: the SDK takes what is left of it for the whole, so that a truncated list would be a short list.

/// Whether the document ends with the end of its first element.
pub(super) fn is_whole(xml: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(xml) else {
        return false;
    };
    let text = match text.strip_prefix("<?") {
        Some(declared) => declared.split_once("?>").map_or("", |(_, rest)| rest),
        None => text,
    };
    let name = text.trim_start().strip_prefix('<').unwrap_or_default();
    let name = name
        .split([' ', '\n', '\t', '\r', '>'])
        .next()
        .unwrap_or_default();
    let end = text.trim_end().strip_suffix('>').unwrap_or_default();
    !name.is_empty()
        && end
            .strip_suffix(name)
            .is_some_and(|rest| rest.ends_with("</"))
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn the_first_element_must_end() {
        let answer = "<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><A>1</A></R>\n";
        assert!(is_whole(answer.as_bytes()));
        for end in 1..answer.len() - 2 {
            assert!(!is_whole(&answer.as_bytes()[..end]), "{}", &answer[..end]);
        }
    }
}
