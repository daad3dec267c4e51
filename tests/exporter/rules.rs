//! The rules for Prometheus select only existing metrics and labels. Every alert is complete, and has a runbook and a test.
use crate::documents::read;
use promql_parser::{
    label::Labels as Named,
    parser::{self, Expr, LabelModifier, VectorSelector, value::ValueType},
};
use root_model::{
    checks::{CHECKS, TOO_MANY_FAILED_LOGINS},
    collector::Collector,
    metrics::{Family, MetricType, families},
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

const RULES: &str = "deploy/prometheus/rules";
const RUNBOOKS: &str = "docs/runbooks";
/// The headings of every runbook, in order.
const HEADINGS: [&str; 5] = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Prevention"];
/// URL of the project's files.
pub(crate) const FILES: &str = "https://github.com/aws-root-exporter/aws-root-exporter/blob/main";

pub(crate) type Labels = BTreeSet<String>;

#[derive(Deserialize)]
struct File {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    rules: Vec<Rule>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rule {
    alert: String,
    record: String,
    expr: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

impl Rule {
    /// Name of the alert, or `None` for a recording rule.
    fn name(&self) -> Option<&str> {
        (!self.alert.is_empty()).then_some(&*self.alert)
    }

    fn annotation(&self, name: &str) -> &str {
        let text = self.annotations.get(name);
        text.unwrap_or_else(|| panic!("{} lacks {name}", self.alert))
    }
}

/// The names of the files in a folder, without extension.
fn names(folder: &str) -> BTreeSet<String> {
    fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn rules() -> Vec<Rule> {
    let groups = names(RULES).into_iter().flat_map(|name| {
        let file: File = serde_saphyr::from_str(&read(&format!("{RULES}/{name}.yml"))).unwrap();
        let mut groups = file.groups;
        let group = groups.pop().unwrap();
        assert!(groups.is_empty(), "{name} has more than one group");
        assert_eq!(group.name, format!("aws-root-{name}"));
        group.rules
    });
    groups.collect()
}

/// Every series that rules and dashboards may select, with its labels.
pub(crate) struct Known(BTreeMap<String, Labels>);

impl Known {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let owned = |labels: &[&str]| labels.iter().map(|&label| label.to_owned()).collect();
        let mut known = Self(BTreeMap::new());
        // Metrics that Prometheus itself adds for a target, and standard process metrics.
        for name in [
            "up",
            "scrape_duration_seconds",
            "process_cpu_seconds_total",
            "process_resident_memory_bytes",
            "process_start_time_seconds",
        ] {
            let labels = owned(&["job", "instance"]);
            known.0.insert(name.to_owned(), labels);
        }
        // Labels of the series ALERTS.
        let alert = [
            "alertname",
            "alertstate",
            "severity",
            "account_id",
            "job",
            "instance",
        ];
        known.0.insert("ALERTS".to_owned(), owned(&alert));
        for Family { desc: family, .. } in families() {
            let labels = [family.labels, &["job", "instance"]].concat();
            known.0.insert(family.name.to_owned(), owned(&labels));
            if family.metric_type == MetricType::Histogram {
                let buckets = [&labels[..], &["le"]].concat();
                let name = format!("{}_bucket", family.name);
                known.0.insert(name, owned(&buckets));
            }
        }
        for rule in rules.iter().filter(|rule| rule.name().is_none()) {
            // A rule may use the series that it records: the first pass assumes that this series has no labels.
            let before = known.0.insert(rule.record.clone(), Labels::new());
            assert!(before.is_none(), "{} is recorded twice", rule.record);
            for _ in 0..2 {
                let labels = known.check(&rule.expr);
                known.0.insert(rule.record.clone(), labels);
            }
        }
        known
    }

    /// Parses an expression, checks that its metrics and labels exist, and returns the labels of its result.
    pub(crate) fn check(&self, expression: &str) -> Labels {
        let parsed = parser::parse(expression).unwrap_or_else(|e| panic!("{expression}: {e}"));
        self.labels(&parsed)
    }

    pub(crate) fn labels(&self, expr: &Expr) -> Labels {
        match expr {
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => Labels::new(),
            Expr::VectorSelector(selector) => self.selected(selector),
            Expr::MatrixSelector(matrix) => self.selected(&matrix.vs),
            Expr::Paren(paren) => self.labels(&paren.expr),
            Expr::Unary(unary) => self.labels(&unary.expr),
            Expr::Subquery(subquery) => self.labels(&subquery.expr),
            Expr::Aggregate(aggregate) => {
                let inner = self.labels(&aggregate.expr);
                let named = |labels: &Named| named(labels, &inner, expr);
                let by = aggregate.modifier.as_ref();
                if CHOOSING.contains(&&*aggregate.op.to_string()) {
                    if let Some(LabelModifier::Include(labels)) = by {
                        named(labels);
                    }
                    return inner;
                }
                match by {
                    None => Labels::new(),
                    Some(LabelModifier::Include(labels)) => named(labels),
                    Some(LabelModifier::Exclude(labels)) => &inner - &named(labels),
                }
            }
            Expr::Binary(binary) => {
                let (left, right) = (self.labels(&binary.lhs), self.labels(&binary.rhs));
                let modifier = binary.modifier.as_ref();
                if let Some(matching) = modifier.and_then(|modifier| modifier.matching.as_ref()) {
                    named(matching.labels(), &left, expr);
                    named(matching.labels(), &right, expr);
                }
                let grouped = modifier.and_then(|modifier| modifier.card.labels());
                let grouped = grouped.map(|labels| named(labels, &(&left | &right), expr));
                if binary.op.to_string() == "or" {
                    &left | &right
                } else if binary.lhs.value_type() == ValueType::Scalar {
                    right
                } else {
                    &left | &grouped.unwrap_or_default()
                }
            }
            Expr::Call(call) => {
                let arguments = call.args.args.iter();
                let mut labels: Labels = arguments.flat_map(|it| self.labels(it)).collect();
                match (call.func.name, call.args.args.get(1).map(AsRef::as_ref)) {
                    ("absent", _) => labels.clear(),
                    ("label_replace" | "label_join", Some(Expr::StringLiteral(label))) => {
                        labels.insert(label.val.clone());
                    }
                    _ => {}
                }
                labels
            }
        }
    }

    /// The labels of the selected series. Values of the labels check and collector must be known to the program.
    fn selected(&self, selector: &VectorSelector) -> Labels {
        let mut names: Vec<&str> = selector.name.iter().map(String::as_str).collect();
        let (of_name, matchers): (Vec<_>, Vec<_>) = selector
            .matchers
            .matchers
            .iter()
            .partition(|it| it.name == "__name__");
        names.extend(of_name.iter().flat_map(|it| it.value.split('|')));
        assert!(!names.is_empty(), "{selector} selects everything");
        let labels = names.into_iter().flat_map(|name| {
            let labels = self.0.get(name);
            labels.unwrap_or_else(|| panic!("{name} is not exported"))
        });
        let labels: Labels = labels.cloned().collect();
        for matcher in matchers {
            assert!(labels.contains(&matcher.name), "{selector} lacks {matcher}");
            for value in matcher.value.split('|') {
                assert!(
                    match &*matcher.name {
                        "check" => CHECKS.iter().any(|check| check.id == value),
                        "collector" => value.parse::<Collector>().is_ok(),
                        _ => true,
                    } || value == ANY,
                    "there is no {matcher}"
                );
            }
        }
        labels
    }
}

/// The labels of a list, all of which must exist.
fn named(labels: &Named, there: &Labels, expr: &Expr) -> Labels {
    let labels: Labels = labels.labels.iter().cloned().collect();
    assert!(
        labels.is_subset(there),
        "{expr}: {labels:?} are not all in {there:?}"
    );
    labels
}

/// Aggregations that choose series instead of combining them.
pub(crate) const CHOOSING: [&str; 2] = ["topk", "bottomk"];

/// Placeholder for a value that a template fills in.
const ANY: &str = "any";

#[test]
fn rules_select_only_existing_metrics_and_labels() {
    let rules = rules();
    let known = Known::new(&rules);
    for rule in rules.iter().filter(|rule| rule.name().is_some()) {
        let labels = known.check(&rule.expr);
        for text in rule.annotations.values().chain(rule.labels.values()) {
            for label in text.split("$labels.").skip(1) {
                let label = label
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next();
                assert!(labels.contains(label.unwrap()), "{}: {text}", rule.alert);
            }
            let quoted = text.split('"').skip(1).step_by(2);
            for query in quoted.filter(|quoted| quoted.contains("aws_root_")) {
                known.check(&query.replace("%s", ANY));
            }
        }
        // Two exporters, or a restart as another pod, must not cause two alerts, except for alerts on one exporter.
        let of_target = labels.contains("instance") || labels.contains("job");
        let about_one = ["AwsRootExporterDown", "AwsRootExporterRestarting"];
        assert!(
            !of_target || about_one.contains(&&*rule.alert),
            "{} has a label of the target",
            rule.alert
        );
        let names_account = ["account_name", "$labels.account_id }}"]
            .iter()
            .all(|it| rule.annotation("summary").contains(it));
        assert!(
            names_account || !labels.contains("account_id"),
            "the summary of {} does not name the account, by name and ID",
            rule.alert
        );
    }
}

#[test]
fn every_alert_has_a_severity_a_runbook_and_a_test() {
    let rules = rules();
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alerts")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let tests: String = paths
        .filter(|path| path.extension().is_some_and(|it| it == "yml"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for rule in &rules {
        let Some(name) = rule.name() else { continue };
        let severity = &*rule.labels["severity"];
        assert!(
            ["critical", "warning", "info"].contains(&severity),
            "{name} has the severity {severity}"
        );
        let description = rule.annotation("description");
        assert!(
            description.ends_with('.'),
            "the description of {name} does not end with a period"
        );
        let page = format!("{RUNBOOKS}/{name}.md");
        assert_eq!(rule.annotation("runbook_url"), format!("{FILES}/{page}"));
        let runbook = read(&page);
        assert!(
            runbook.contains(&format!("\nSeverity: {severity}\n")),
            "{page} and the alert have different severities"
        );
        let headings = runbook.lines().filter_map(|it| it.strip_prefix("## "));
        assert!(headings.eq(HEADINGS), "{page} has other headings");
        assert!(
            tests.contains(&format!("- alertname: {name}\n")),
            "{name} is not tested"
        );
    }
    let alerts: BTreeSet<String> = rules
        .iter()
        .filter_map(|it| it.name())
        .map(str::to_owned)
        .collect();
    let pages: BTreeSet<String> = names(RUNBOOKS)
        .into_iter()
        .filter(|page| page.starts_with("AwsRoot"))
        .collect();
    assert_eq!(pages, alerts);
}

#[test]
fn the_alert_on_failed_logins_has_the_threshold_of_the_check() {
    let rules = rules();
    let named = |it: &&Rule| it.name() == Some("AwsRootFailedLogins");
    let expr = &rules.iter().find(named).unwrap().expr;
    let threshold = format!(">= {TOO_MANY_FAILED_LOGINS}");
    assert!(expr.ends_with(&threshold), "{expr}");
}

#[test]
fn the_runbook_of_failing_checks_lists_the_checks_of_the_alert() {
    let rules = rules();
    let named = |it: &&Rule| it.name() == Some("AwsRootCheckFailing");
    let expr = &rules.iter().find(named).unwrap().expr;
    let others = expr.split('"').nth(1).unwrap();
    let page = read(&format!("{RUNBOOKS}/AwsRootCheckFailing.md"));
    for check in CHECKS {
        let alerted = others.split('|').all(|it| it != check.id);
        let listed = page.contains(&format!("`{}`", check.id));
        assert_eq!(
            listed, alerted,
            "whether AwsRootCheckFailing.md lists {}, and whether the alert covers it",
            check.id
        );
    }
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let first_cells = rows.filter_map(|row| row.split('|').nth(1));
    let rows = first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    for row in rows {
        let known = CHECKS.iter().any(|check| check.id == row);
        assert!(
            known,
            "AwsRootCheckFailing.md lists {row}, which is no check"
        );
    }
}
