//! Errors planted in the dashboards, each of which has to be found.
use crate::dashboards::{Dashboard, all};

/// Holds that this problem is found once something is written otherwise, wherever that is.
pub(crate) fn problems_of(
    right: &str,
    wrong: &str,
    problem: &str,
    problems: fn(&Dashboard) -> Vec<String>,
) {
    // Expressions are quoted within JSON.
    let [right, wrong] = [right, wrong].map(|text| text.replace('"', "\\\""));
    planted(&right, &wrong, problem, problems);
}

fn planted(right: &str, wrong: &str, problem: &str, problems: fn(&Dashboard) -> Vec<String>) {
    let mut found = Vec::new();
    let mut there = false;
    for it in all() {
        if it.text.contains(right) {
            there = true;
            found.extend(problems(&Dashboard::new(
                &it.name,
                it.text.replacen(right, wrong, 1),
            )));
        }
    }
    assert!(there, "nothing to plant in: {right}");
    assert!(
        found.iter().any(|it| it.contains(problem)),
        "{wrong}: {problem:?} is not among {found:#?}"
    );
}

/// What is right, what is written in its place, and what is found then.
const PLANTED: &[[&str; 3]] = &[
    ["  \"id\": null", "  \"id\": 7", "an id of one Grafana"],
    ["\"aws-root-fleet\"", "\"aws-root-flet\"", "another uid"],
    ["\"refresh\": \"1m\"", "\"refresh\":  \"1m\"", "sorted keys"],
    [
        "\"uid\": \"${datasource}\"",
        "\"uid\": \"prometheus\"",
        "another data source",
    ],
    [
        "\"name\": \"account\"",
        "\"name\": \"acount\"",
        "no variable account",
    ],
    [
        "\"name\": \"names\"",
        "\"name\": \"datasource\"",
        "two variables",
    ],
    [
        "runbooks/AwsRootLogin.md",
        "runbooks/AwsRootLogon.md",
        "leads nowhere",
    ],
    [
        "/d/aws-root-account?",
        "/d/aws-root-acount?",
        "leads nowhere",
    ],
    [
        "docs/checks.md#${__data.fields.check}",
        "docs/checks.md#${__data.fields.id}",
        "leads nowhere",
    ],
    [
        "var-account=${__data.fields.account_id}",
        "var-account=${__data.fields.id}",
        "links by id",
    ],
    [
        "\"color\": \"red\",\n                        \"index\": 0,\n                        \"text\": \"critical\"",
        "\"color\": \"green\",\n                        \"index\": 0,\n                        \"text\": \"critical\"",
        "critical is shown in",
    ],
    [
        "\"color\": \"purple\",\n                \"value\": null",
        "\"color\": \"green\",\n                \"value\": null",
        "no value is shown in",
    ],
    ["\"x\": 12,", "\"x\": 13,", "outside the grid"],
    ["\"x\": 12,", "\"x\": 11,", "above another"],
    ["\"id\": 2,", "\"id\": 1,", "the id of another"],
    [
        "\"description\": \"Accounts that are watched.\"",
        "\"description\": \"\"",
        "no description",
    ],
    ["\"unit\": \"percentunit\"", "\"unit\": \"\"", "no unit"],
    [
        "\"noValue\": \"unknown\"",
        "\"noValue\": \"\"",
        "does not say so",
    ],
    [
        "\"match\": \"null+nan\"",
        "\"match\": \"nan\"",
        "does not name what is unknown",
    ],
    ["\"refId\": \"B\"", "\"refId\": \"C\"", "A, B, C"],
    ["\"range\": false", "\"range\": true", "asks for the past"],
    ["[$__rate_interval]", "[5m]", "does not suit"],
    [
        "\"sort\": \"desc\"",
        "\"sort\": \"none\"",
        "under the pointer",
    ],
    ["\"id\": \"merge\"", "\"id\": \"joinByField\"", "do without"],
    [
        "\"Value #G\": \"Failing since\"",
        "\"Value #K\": \"Failing since\"",
        "organizes Value #K",
    ],
    [
        "\"displayName\": \"Score\"",
        "\"displayName\": \"Scores\"",
        "sorts by Scores",
    ],
    [
        "\"options\": \"Score\"",
        "\"options\": \"Scores\"",
        "overrides Scores",
    ],
    [
        "\"options\": \"password, no MFA\"",
        "\"options\": \"with no MFA\"",
        "overrides with no MFA",
    ],
    [
        "\"fieldName\": \"Value #A\"",
        "\"fieldName\": \"Value A\"",
        "filters by Value A",
    ],
];

#[test]
fn planted_errors_are_found() {
    for [right, wrong, problem] in PLANTED {
        planted(right, wrong, problem, Dashboard::problems);
    }
}
