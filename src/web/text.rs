//! Times, shares and names as people read them.
use maud::{Markup, html};
use root_model::posture::Timestamp;
use std::time::SystemTime;

/// A share from 0 to 1 in whole percent. Rounded down: 100 % is said of nothing less.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", (share * 100.0 + 1e-9).floor())
}

/// A time and how long ago it was; without one, what stands for it.
pub(super) fn timestamp(at: Option<Timestamp>, now: Timestamp, without: &Markup) -> Markup {
    let written = at.and_then(|at| Some((at, at.rfc3339()?)));
    html! {
        @if let Some((at, written)) = written {
            time datetime=(written) { (plain(&written)) } " (" (ago(at.0, now.0)) ")"
        } @else { (without) }
    }
}

/// `2026-01-31 12:00 UTC`
pub(super) fn plain(rfc3339: &str) -> String {
    let minutes = rfc3339.get(..16).unwrap_or(rfc3339);
    format!("{} UTC", minutes.replace('T', " "))
}

fn ago(at: SystemTime, now: SystemTime) -> String {
    let age = now.duration_since(at).unwrap_or_default();
    format!("{} ago", format_duration(age.as_secs()))
}

/// `3 min`, in the largest unit of which there is a whole one.
pub(super) fn format_duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        86_400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A yes or no, or that it is not known.
pub(super) fn flag(flag: Option<bool>) -> Markup {
    html! {
        @match flag {
            Some(true) => "yes",
            Some(false) => "no",
            None => (unknown()),
        }
    }
}

pub(super) fn unknown() -> Markup {
    html! { span.unknown { "not known" } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_spans() {
        assert_eq!((&*percent(1.0), &*percent(0.999)), ("100 %", "99 %"));
        assert_eq!((&*percent(0.0), &*percent(0.29)), ("0 %", "29 %"));
        let spans = [0, 59, 60, 7199, 86_399, 86_400, 172_800].map(format_duration);
        assert_eq!(
            spans,
            ["0 s", "59 s", "1 min", "1 h", "23 h", "1 day", "2 days"]
        );
    }
}
