//! The page at `/`: the posture of every account, for people without Grafana. Every link is relative, so that it works
//! behind a proxy's path. All of it can be read without the script, which only searches and sorts.
use super::{
    account,
    text::{percent, unknown},
};
use maud::{DOCTYPE, Markup, html};
use root_model::posture::{AccountPosture, Posture};
use std::cmp::Reverse;

/// The page, while nothing is published.
pub(super) fn waiting() -> String {
    let body = html! {
        main { h1 { "AWS root exporter" } p { "Still starting. " a href="./" { "Look again" } } }
    };
    whole(&body).into_string()
}

/// The page.
pub(super) fn render(posture: &Posture, telemetry_path: &str) -> String {
    let mut accounts: Vec<&AccountPosture> = posture.accounts.iter().collect();
    accounts.sort_by_key(|account| worst_first(account));
    let body = html! {
        a.skip href="#accounts" { "Skip to the accounts" }
        header {
            h1 { "AWS root exporter" }
            p {
                @if let Some(at) = posture.generated.rfc3339() {
                    "As of " time datetime=(at) { (at.replace('T', " ").replace('Z', " UTC")) } ". "
                }
                a href="./" { "Reload" }
            }
        }
        main {
            (totals(posture))
            (notices(posture))
            h2 { "Accounts" }
            @if accounts.is_empty() {
                p { "No account is monitored yet." }
            } @else {
                @if accounts.len() > 1 { (controls()) }
                ul #accounts tabindex="-1" {
                    @for account in &accounts {
                        (account::card(account, posture.generated, accounts.len() == 1))
                    }
                }
            }
        }
        (footer(posture, telemetry_path))
    };
    whole(&body).into_string()
}

/// What comes first is what is most urgent; what is not known comes before what is merely recommended.
fn worst_first(account: &AccountPosture) -> impl Ord + use<> {
    let (failing, unknown) = (account.counts.failing, account.counts.unknown);
    Reverse((
        failing.critical,
        failing.high,
        unknown,
        failing.medium,
        failing.low,
        Reverse(account.id.clone()),
    ))
}

fn whole(body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "AWS root exporter" }
                link rel="icon" type="image/svg+xml" href="assets/icon.svg";
                link rel="stylesheet" href="assets/page.css";
                script src="assets/page.js" defer {}
            }
            body { (body) }
        }
    }
}

fn totals(posture: &Posture) -> Markup {
    let (totals, checks) = (&posture.totals, &posture.totals.checks);
    let score = |score: Option<f64>| html! { @match score { Some(score) => (percent(score)), None => (unknown()) } };
    html! {
        dl.totals {
            div { dt { "Accounts" } dd { (totals.accounts) } }
            div { dt { "Mean score" } dd { (score(totals.mean_score)) } }
            div { dt { "Lowest score" } dd { (score(totals.lowest_score)) } }
            @for (severity, count) in checks.failing.each() {
                div.(severity.as_str())[count > 0] { dt { "Failing, " (severity.as_str()) } dd { (count) } }
            }
            div.unknown[checks.unknown > 0] { dt { "Not known" } dd { (checks.unknown) } }
        }
    }
}

/// What one should know before believing the numbers.
fn notices(posture: &Posture) -> Markup {
    let missing = &posture.missing;
    html! {
        @if !missing.is_empty() {
            div.notice {
                p { "The first complete snapshot is not ready. Missing:" }
                ul { @for line in missing { li { (line) } } }
            }
        }
        @if let Some(text) = &posture.look_backs { p.notice { (text) "." } }
        @if posture.totals.unreachable > 0 && missing.is_empty() {
            p.notice { "Accounts that cannot be reached: " (posture.totals.unreachable) "." }
        }
    }
}

/// Of use to the script alone, which shows them.
fn controls() -> Markup {
    html! {
        div #controls role="search" hidden {
            div {
                label for="search" { "Search by name, id or check" }
                input #search type="search" autocomplete="off" spellcheck="false";
            }
            div {
                label for="sort" { "Sort by" }
                select #sort {
                    option value="worst" { "worst first" }
                    option value="score" { "lowest score" }
                    option value="unknown" { "most not known" }
                    option value="name" { "name" }
                    option value="id" { "account id" }
                }
            }
            fieldset {
                legend { "Show" }
                @for (value, text) in [("all", "all"), ("failing", "failing"), ("unknown", "not known")] {
                    label { input type="radio" name="show" value=(value) checked[value == "all"]; (text) }
                }
            }
        }
        p #found role="status" {}
    }
}

fn footer(posture: &Posture, telemetry_path: &str) -> Markup {
    html! {
        footer {
            nav aria-label="More" {
                ul {
                    li { a href={ "." (telemetry_path) } { "Metrics" } }
                    li { a href="api/v1/posture" { "This page as JSON" } }
                    li { a href="./-/healthy" { "Health" } }
                    li { a href="./-/ready" { "Readiness" } }
                }
            }
            p { "Version " (posture.version) ", revision " (posture.revision) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use root_model::target::Scope;
    use root_model::{
        checks::CheckSettings,
        snapshot,
        state::State,
        view::{Build, View},
    };
    use std::time::UNIX_EPOCH;

    #[test]
    fn before_anything_is_known() {
        let (state, scope, settings) =
            (State::default(), Scope::default(), CheckSettings::default());
        let build = Build::default();
        let view = View::at(&state, &scope, &settings, true, None, build, UNIX_EPOCH);
        let of_nothing = snapshot::render(&view, &[], &mut std::io::sink());
        let page = render(&of_nothing, "/metrics");
        assert!(
            page.contains("The first complete snapshot is not ready"),
            "{page}"
        );
        assert!(page.contains("No account is monitored yet."), "{page}");
        assert!(!page.contains("0 %") && !page.contains("100 %"), "{page}");
        assert!(page.contains("href=\"./metrics\""), "{page}");
        assert!(waiting().contains("Still starting."));
    }
}
