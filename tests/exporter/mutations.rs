//! Mutations of the dashboards: each is an error that the checks of the dashboards must find.
use crate::dashboards::{Dashboard, all};

/// Asserts that `problem` is found after `right` is replaced by `wrong` in the expressions of a dashboard.
pub(crate) fn assert_found_in_expressions(
    right: &str,
    wrong: &str,
    problem: &str,
    problems: fn(&Dashboard) -> Vec<String>,
) {
    // In JSON, the quotes of expressions are escaped.
    let [right, wrong] = [right, wrong].map(|text| text.replace('"', "\\\""));
    assert_found(&right, &wrong, problem, problems);
}

/// Asserts that `problem` is found after the first `right` in the text of each dashboard is replaced by `wrong`.
fn assert_found(right: &str, wrong: &str, problem: &str, problems: fn(&Dashboard) -> Vec<String>) {
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
    assert!(there, "no dashboard contains {right}");
    assert!(
        found.iter().any(|it| it.contains(problem)),
        "{wrong}: {problem:?} is not among {found:#?}"
    );
}

/// The original text, its replacement, and a part of the problem that must be found.
const MUTATIONS: &[[&str; 3]] = &[
    [
        "  \"id\": null",
        "  \"id\": 7",
        "the id of one Grafana instance",
    ],
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
        "link to a missing page",
    ],
    [
        "/d/aws-root-account?",
        "/d/aws-root-acount?",
        "link to a missing page",
    ],
    [
        "docs/checks.md#${__data.fields.check}",
        "docs/checks.md#${__data.fields.id}",
        "link to a missing page",
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
        "a missing value is shown in",
    ],
    ["\"x\": 12,", "\"x\": 13,", "outside the grid"],
    ["\"x\": 12,", "\"x\": 11,", "overlaps another"],
    ["\"id\": 2,", "\"id\": 1,", "the id of another"],
    [
        "\"description\": \"Accounts that are monitored.\"",
        "\"description\": \"\"",
        "no description",
    ],
    ["\"unit\": \"percentunit\"", "\"unit\": \"\"", "no unit"],
    [
        "\"noValue\": \"unknown\"",
        "\"noValue\": \"\"",
        "no text for missing values",
    ],
    [
        "\"match\": \"null+nan\"",
        "\"match\": \"nan\"",
        "no text for unknown values",
    ],
    ["\"refId\": \"B\"", "\"refId\": \"C\"", "A, B, C"],
    [
        "\"range\": false",
        "\"range\": true",
        "a range query for current values",
    ],
    ["[$__rate_interval]", "[5m]", "does not suit"],
    [
        "\"sort\": \"desc\"",
        "\"sort\": \"none\"",
        "does not sort its tooltip",
    ],
    [
        "\"id\": \"merge\"",
        "\"id\": \"joinByField\"",
        "a merge for a single query, or none",
    ],
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
fn a_mutation_is_found() {
    for [right, wrong, problem] in MUTATIONS {
        assert_found(right, wrong, problem, Dashboard::problems);
    }
}
