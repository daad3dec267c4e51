//! Ids, regions and names as AWS writes them: which form an id has, and how a name that somebody chose is shown.
use std::sync::Arc;

/// In characters. AWS allows no account name, alias, trail name or finding type to be longer.
pub const MAX_NAME: usize = 128;
/// In bytes. The longest region name has 15.
const MAX_REGION: usize = 32;
/// In bytes. An ARN of a trail has at most about 200.
const MAX_ARN: usize = 512;

/// Whether it is the id of an account: twelve digits.
#[must_use]
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether it has the form of a region, such as `us-gov-east-1`. New regions have it too. A region becomes part of a host
/// name, so nothing else is ever taken for one.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let mut parts = text.split('-').rev();
    let number = parts.next().unwrap_or_default();
    let mut words = 0;
    let named = parts.all(|word| {
        words += 1;
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())
    });
    text.len() <= MAX_REGION
        && named
        && words >= 2
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// Whether it has the form of an organization's id: `o-` and 10 to 32 small letters or digits.
#[must_use]
pub fn is_organization_id(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|id| {
        let small = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        (10..=32).contains(&id.len()) && id.bytes().all(small)
    })
}

/// Whether it can be an ARN: visible ASCII, not without end.
#[must_use]
pub fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.len() <= MAX_ARN && text.bytes().all(|b| b.is_ascii_graphic())
}

/// A name as it is shown: no longer than [`MAX_NAME`], the rest as `…`, and [`printable`].
#[must_use]
pub fn display_name(text: &str) -> Arc<str> {
    match text.char_indices().nth(MAX_NAME - 1) {
        Some((cut, last)) if text.len() > cut + last.len_utf8() => {
            format!("{}…", printable(&text[..cut])).into()
        }
        _ => printable(text).into(),
    }
}

/// Text in which a name may stand that somebody chose: control characters, and those that would turn the text around them,
/// show as such.
#[must_use]
pub fn printable(text: &str) -> String {
    let turns =
        |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.replace(turns, "\u{FFFD}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_ids() {
        assert!(is_account_id("012345678901"));
        for wrong in ["", "12345678901", "1234567890123", "12345678901a", "١٢٣٤٥٦"] {
            assert!(!is_account_id(wrong), "{wrong}");
        }
        assert!(is_organization_id("o-exampleorgid"));
        let long = format!("o-{}", "a".repeat(33));
        for wrong in ["o-short", "exampleorgid", "o-ExampleOrgId", &long] {
            assert!(!is_organization_id(wrong), "{wrong}");
        }
        assert!(is_arn(
            "arn:aws:cloudtrail:us-east-1:111122223333:trail/all"
        ));
        let long = format!("arn:{}", "a".repeat(MAX_ARN));
        for wrong in ["trail/all", "arn:a\nb", "arn:é", &long] {
            assert!(!is_arn(wrong), "{wrong}");
        }
    }

    #[test]
    fn forms_of_regions() {
        for right in ["us-east-1", "us-gov-east-1", "eu-isoe-west-1", "ap-new-12"] {
            assert!(is_region(right), "{right}");
        }
        let long = format!("us-{}-1", "a".repeat(MAX_REGION));
        for wrong in [
            "",
            "1",
            "east-1",
            "us-east",
            "us--1",
            "-us-1",
            "us-east-1a",
            "US-EAST-1",
            "us-east-1/..",
            "us-east-1.example.com",
            "us-east-1\n",
            "us-éast-1",
            &long,
        ] {
            assert!(!is_region(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        let whole = "é".repeat(MAX_NAME);
        assert_eq!(&*display_name(&whole), whole);
        let cut = display_name(&format!("{whole}!"));
        assert_eq!(cut.chars().count(), MAX_NAME);
        assert_eq!(*cut, format!("{}…", "é".repeat(MAX_NAME - 1)));
        assert_eq!(&*display_name(""), "");
    }

    #[test]
    fn a_name_cannot_turn_the_text_around_it() {
        assert_eq!(
            &*display_name("a\u{202E}b\n\u{0}"),
            "a\u{FFFD}b\u{FFFD}\u{FFFD}"
        );
        assert_eq!(printable("נעמי\u{200F}"), "נעמי\u{200F}");
    }
}
