//! One account on the page: what fails, with its remedy, then what is not known, what is well, and how that was found out.
use super::text::{flag, format_duration, percent, timestamp, unknown};
use maud::{Markup, html};
use root_model::names::printable;
use root_model::posture::{
    AccountPosture, CollectorHealth, CollectorState, Finding, RootUser, Timestamp,
};
use std::collections::BTreeMap;

/// The account, as a card that opens.
pub(super) fn card(account: &AccountPosture, now: Timestamp, open: bool) -> Markup {
    let (counts, failing) = (&account.counts, account.counts.failing);
    let well = failing.sum() + counts.unknown == 0;
    html! {
        li data-score=[account.score] data-failing=(failing.sum()) data-unknown=(counts.unknown) {
            details #{ "account-" (account.id) } open[open] {
                summary {
                    h3 {
                        @if let Some(name) = account.name.as_deref().or(account.alias.as_deref()) {
                            bdi { (printable(name)) } " "
                        }
                        code { (account.id) }
                    }
                    span.score {
                        @match account.score {
                            Some(score) => { "score " strong { (percent(score)) } },
                            None => { "score " (unknown()) },
                        }
                    }
                    span.tags {
                        @for (severity, count) in failing.each() {
                            @if count > 0 { span.tag.(severity.as_str()) { (count) " " (severity.as_str()) } }
                        }
                        @if counts.unknown > 0 { span.tag.unknown { (counts.unknown) " not known" } }
                        @if well { span.tag.pass { "all pass" } }
                    }
                }
                (inside(account, now))
            }
        }
    }
}

fn inside(account: &AccountPosture, now: Timestamp) -> Markup {
    let of = |wanted: &'static str| {
        let findings = account.checks.iter();
        findings.filter(move |it| it.status.as_str() == wanted)
    };
    let mut failing: Vec<&Finding> = of("fail").collect();
    failing.sort_by_key(|finding| std::cmp::Reverse(finding.check.severity));
    let mut unknown: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in of("unknown") {
        let alike = unknown.entry(finding.reason().unwrap_or_default());
        alike.or_default().push(finding);
    }
    html! {
        @if !failing.is_empty() {
            h4 { "Failing" }
            ul.findings { @for finding in failing { (fails(finding)) } }
        }
        @if !unknown.is_empty() {
            h4 { "Not known" }
            ul.findings { @for (reason, findings) in &unknown { (not_known(reason, findings)) } }
        }
        @if account.counts.passing > 0 {
            h4 { "Passing" }
            ul.plain { @for finding in of("pass") { li { code { (finding.check.id) } " " (finding.check.title) } } }
        }
        @if account.counts.not_applicable > 0 {
            h4 { "Not applicable" }
            ul.plain {
                @for finding in of("not_applicable") { li { code { (finding.check.id) } " " (finding.check.not_applicable_when) } }
            }
        }
        (root(account, now))
        (collectors(&account.collectors))
    }
}

fn fails(finding: &Finding) -> Markup {
    let (check, severity) = (finding.check, finding.check.severity.as_str());
    html! {
        li.(severity) {
            p { span.tag.(severity) { (severity) } " " code { (check.id) } " " span.title { "should be: " (check.title) } }
            p { bdi { (printable(finding.reason().unwrap_or_default())) } }
            p { strong { "Remedy: " } (code_in(check.remedy)) " " (runbook(finding)) }
        }
    }
}

/// Checks that are unknown for the same reason.
fn not_known(reason: &str, findings: &[&Finding]) -> Markup {
    html! {
        li.unknown {
            p { @for finding in findings { code { (finding.check.id) } " " } }
            p { (code_in(reason)) @if let Some(finding) = findings.first() { " " (runbook(finding)) } }
        }
    }
}

fn runbook(finding: &Finding) -> Markup {
    html! {
        @if let Some(url) = finding.runbook() {
            a href=(url) rel="noreferrer" { "Runbook" span.hidden { " for " (finding.check.id) } }
        }
    }
}

/// Text with code between backticks.
fn code_in(text: &str) -> Markup {
    html! {
        @for (n, part) in text.split('`').enumerate() {
            @if n % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn root(account: &AccountPosture, now: Timestamp) -> Markup {
    let root: &RootUser = &account.root;
    let (none, never) = (html! { "none known" }, html! { "never, or not known" });
    html! {
        h4 { "Root user" }
        dl.facts {
            div { dt { "MFA" } dd { (flag(root.mfa_enabled)) } }
            div { dt { "Password" } dd { (flag(root.password_present)) } }
            div { dt { "Access key" } dd { (flag(root.access_keys_present)) } }
            @for key in root.access_keys.iter().flatten() {
                div {
                    dt { "Key " (key.number) ", " @if key.active { "active" } @else { "inactive" } }
                    dd { "created " (timestamp(key.created, now, &unknown())) }
                    dd { "last used " (timestamp(key.last_used, now, &never)) }
                }
            }
            div { dt { "Signing certificate" } dd { (flag(root.signing_certificates_present)) } }
            div { dt { "Latest known sign-in" } dd { (timestamp(root.last_login, now, &none)) } }
            div { dt { "Latest known activity" } dd { (timestamp(root.last_activity, now, &none)) } }
            div {
                dt { "Credential report of" }
                dd { (timestamp(root.credential_report_generated, now, &unknown())) }
            }
            @if let Some(alias) = &account.alias { div { dt { "Alias" } dd { bdi { (printable(alias)) } } } }
            div {
                dt { "Account" }
                dd { @match account.membership { Some(what) => (what.as_str()), None => (unknown()) } ", partition " (account.partition.as_str()) }
            }
        }
    }
}

fn collectors(collectors: &[CollectorHealth]) -> Markup {
    html! {
        h4 { "Collectors" }
        table {
            thead { tr { th scope="col" { "collector" } th scope="col" { "latest run" } th scope="col" { "age of the data" } } }
            tbody { @for it in collectors { (collector(it)) } }
        }
    }
}

fn collector(it: &CollectorHealth) -> Markup {
    html! {
        tr.(it.state.as_str()) {
            th scope="row" { (it.name.as_str()) }
            td {
                @match it.state {
                    CollectorState::Ok => "ok",
                    CollectorState::Failing => strong { "failing" },
                    CollectorState::Untried { tried, places } => {
                        "not tried yet" @if places > 1 { " (" (tried) " of " (places) " regions)" }
                    },
                }
            }
            td { @match it.age_seconds { Some(age) => (format_duration(age)), None => "no success yet" } }
        }
        @for failure in &it.failures {
            tr.why {
                td colspan="3" {
                    code { (failure.call) } " " (failure.reason.as_str()) " in "
                    (failure.regions.join(", ")) ": " (code_in(&failure.message))
                }
            }
        }
    }
}
