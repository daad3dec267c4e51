//! The dashboards are complete and readable, and their links lead to existing pages. Module `queries` checks their queries.
use crate::{documents::read, harness::ACCOUNT, rules::FILES};
use root_model::checks::CHECKS;
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

const NAMES: [&str; 3] = ["fleet", "account", "exporter"];
/// Colours with a meaning: a missing value is never shown in one of them.
const MEANINGFUL: [&str; 5] = ["green", "yellow", "orange", "red", "blue"];
const SEVERITIES: [(&str, &str); 4] = [
    ("critical", "red"),
    ("high", "orange"),
    ("medium", "yellow"),
    ("low", "blue"),
];
/// Values for Grafana's built-in variables.
const BUILT_IN: [(&str, &str); 3] = [
    ("$__rate_interval", "1m"),
    ("${__from}", "0"),
    ("${__url_time_range}", ""),
];

pub(crate) struct Dashboard {
    pub(crate) name: String,
    pub(crate) text: String,
    json: Value,
}

/// What the result of a query is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// The current value, in a table or as a number.
    Now,
    /// A time series, as a line.
    Drawn,
    /// An annotation in panels.
    Marked,
    /// The choices of a variable.
    Choice,
}

pub(crate) struct Query {
    /// The file and the panel.
    pub(crate) place: String,
    /// The expression, with values in place of variables.
    pub(crate) expr: String,
    pub(crate) used: Use,
    /// Labels in the legend.
    pub(crate) legend: Vec<String>,
}

pub(crate) fn all() -> Vec<Dashboard> {
    NAMES
        .map(|name| Dashboard::new(name, read(&format!("dashboards/{name}.json"))))
        .into()
}

pub(crate) fn list<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    json[name].as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_default()
}

pub(crate) fn strings(json: &Value) -> BTreeSet<String> {
    let map = json.as_object();
    map.map_or_else(BTreeSet::new, |map| map.keys().cloned().collect())
}

/// Adds every object in `json`, including `json` itself.
fn objects<'a>(json: &'a Value, found: &mut Vec<&'a Value>) {
    match json {
        Value::Object(map) => {
            found.push(json);
            map.values().for_each(|it| objects(it, found));
        }
        Value::Array(all) => all.iter().for_each(|it| objects(it, found)),
        _ => {}
    }
}

/// Every text between `open` and `close`.
pub(crate) fn between<'a>(
    text: &'a str,
    open: &'a str,
    close: &'a str,
) -> impl Iterator<Item = &'a str> {
    text.split(open)
        .skip(1)
        .filter_map(move |rest| rest.split(close).next())
}

impl Dashboard {
    pub(crate) fn new(name: &str, text: String) -> Self {
        Self {
            json: serde_json::from_str(&text).unwrap(),
            name: name.to_owned(),
            text,
        }
    }

    fn panels(&self) -> &[Value] {
        list(&self.json, "panels")
    }

    fn variables(&self) -> &[Value] {
        list(&self.json["templating"], "list")
    }

    pub(crate) fn fill(&self, expr: &str) -> String {
        let mut expr = expr.to_owned();
        for variable in self.variables() {
            let name = text(variable, "name");
            if variable["type"] == "constant" {
                expr = expr.replace(&format!("${{{name}:raw}}"), text(variable, "query"));
            }
        }
        for (name, value) in BUILT_IN {
            expr = expr.replace(name, value);
        }
        // The main account of the demo, and every exporter.
        expr.replace("$account", ACCOUNT).replace("$instance", ".*")
    }

    pub(crate) fn queries(&self) -> Vec<Query> {
        let mut found = Vec::new();
        let mut add = |place: &str, expr: &str, used, legend: &str| {
            found.push(Query {
                place: format!("{}.json, {place}", self.name),
                expr: self.fill(expr),
                used,
                legend: between(legend, "{{", "}}").map(str::to_owned).collect(),
            });
        };
        for panel in self.panels() {
            for target in list(panel, "targets") {
                let used = if target["instant"] == true {
                    Use::Now
                } else {
                    Use::Drawn
                };
                let place = format!("{} {}", text(panel, "title"), text(target, "refId"));
                add(
                    &place,
                    text(target, "expr"),
                    used,
                    text(target, "legendFormat"),
                );
            }
        }
        for annotation in list(&self.json["annotations"], "list") {
            let title = text(annotation, "titleFormat").to_owned() + text(annotation, "textFormat");
            add(
                text(annotation, "name"),
                text(annotation, "expr"),
                Use::Marked,
                &title,
            );
        }
        for variable in self.variables().iter().filter(|it| it["type"] == "query") {
            let query = text(&variable["query"], "query");
            let inner = query
                .split_once('(')
                .and_then(|(_, rest)| rest.strip_suffix(')'));
            let inner = inner.unwrap_or_default();
            // label_values(series, label)
            let series = if query.starts_with("label_values") {
                inner.rsplit_once(", ").unwrap_or_default().0
            } else {
                inner
            };
            add(text(variable, "name"), series, Use::Choice, "");
        }
        found
    }

    pub(crate) fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut hold = |so: bool, problem: String| {
            if !so {
                found.push(format!("{}.json: {problem}", self.name));
            }
        };
        let json = &self.json;
        let sorted = serde_json::to_string_pretty(json).unwrap() + "\n";
        hold(
            sorted == self.text,
            "is not written with two spaces and sorted keys".into(),
        );
        hold(
            json["id"].is_null(),
            "has the id of one Grafana instance".into(),
        );
        hold(
            json["uid"] == format!("aws-root-{}", self.name),
            "has another uid".into(),
        );
        hold(
            json["tags"] == serde_json::json!(["aws-root"]),
            "lacks the tag aws-root, by which dashboards link to each other".into(),
        );
        hold(
            json["refresh"] == "1m",
            "is not refreshed every minute".into(),
        );

        let mut all = Vec::new();
        objects(json, &mut all);
        for it in &all {
            if let Some(source) = it.get("datasource") {
                hold(
                    source["uid"] == "${datasource}",
                    format!("uses another data source: {source}"),
                );
            }
        }
        self.hold_variables(&mut hold);
        for url in all
            .iter()
            .map(|it| text(it, "url"))
            .filter(|url| !url.is_empty())
        {
            hold(
                Self::leads_somewhere(url),
                format!("link to a missing page: {url}"),
            );
        }
        // The colours of severities and of missing values.
        for it in &all {
            for (severity, color) in SEVERITIES {
                let shown = it["text"] == severity && it.get("color").is_some();
                hold(
                    !shown || it["color"] == color,
                    format!("{severity} is shown in {}", it["color"]),
                );
            }
            if let Some(first) = list(it, "steps").first() {
                let colored = MEANINGFUL.contains(&text(first, "color"));
                hold(
                    first["value"].is_null() && !colored,
                    format!("a missing value is shown in {}", first["color"]),
                );
            }
            if it["options"]["match"] == "null+nan" {
                let color = text(&it["options"]["result"], "color");
                hold(
                    !MEANINGFUL.contains(&color),
                    format!("a missing value is shown in {color}"),
                );
            }
        }

        let mut taken: Vec<[u64; 4]> = Vec::new();
        let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
        for panel in self.panels() {
            let title = text(panel, "title");
            let place = ["x", "y", "w", "h"].map(|it| panel["gridPos"][it].as_u64().unwrap());
            let [x, y, w, h] = place;
            hold(
                x + w <= 24 && w > 0 && h > 0,
                format!("{title} is outside the grid"),
            );
            for [x2, y2, w2, h2] in &taken {
                let apart = x >= x2 + w2 || *x2 >= x + w || y >= y2 + h2 || *y2 >= y + h;
                hold(apart, format!("{title} overlaps another panel"));
            }
            taken.push(place);
            hold(
                ids.insert(panel["id"].as_u64().unwrap()),
                format!("{title} has the id of another"),
            );
            hold(
                titles.insert(title),
                format!("two panels have the title {title}"),
            );
            for problem in self.of_panel(panel) {
                hold(false, format!("{title}: {problem}"));
            }
        }
        found
    }

    fn hold_variables(&self, hold: &mut impl FnMut(bool, String)) {
        let mut names = BTreeSet::from(
            [
                "__all",
                "__data",
                "__value",
                "__from",
                "__url_time_range",
                "__rate_interval",
            ]
            .map(str::to_owned),
        );
        for variable in self.variables() {
            let name = text(variable, "name");
            hold(
                names.insert(name.to_owned()),
                format!("two variables have the name {name}"),
            );
            let uses = self.text.matches(&format!("${name}")).count()
                + self.text.matches(&format!("${{{name}")).count();
            hold(uses > 0, format!("does not use its variable {name}"));
        }
        hold(
            self.variables()[0]["type"] == "datasource",
            "the first variable is not the data source".into(),
        );
        for after in self.text.split('$').skip(1) {
            let name: String = after
                .trim_start_matches('{')
                .chars()
                .take_while(|it| it.is_alphanumeric() || *it == '_')
                .collect();
            // $1 is a capture group of label_replace.
            let known = name.is_empty() || name == "1" || names.contains(&name);
            hold(known, format!("has no variable {name}"));
        }
    }

    fn leads_somewhere(url: &str) -> bool {
        if let Some(path) = url.strip_prefix(FILES) {
            let path = path.trim_start_matches('/');
            // docs/checks.md has a heading for each check, docs/runbooks a page for each alert.
            let (path, within) = path.split_once('#').unwrap_or((path, ""));
            return match path {
                "docs/checks.md" => {
                    let page = read(path);
                    let heading = |id: &str| page.contains(&format!("\n## {id}\n"));
                    within.is_empty()
                        || (within == "${__data.fields.check}"
                            && CHECKS.iter().all(|check| heading(check.id)))
                }
                "docs/runbooks/${__value.raw}.md" => true,
                _ => Path::new(env!("CARGO_MANIFEST_DIR")).join(path).is_file(),
            };
        }
        let uid = url
            .strip_prefix("/d/")
            .and_then(|rest| rest.split('?').next());
        let there = NAMES.map(|name| format!("aws-root-{name}"));
        let whole = ["${datasource:queryparam}", "${__url_time_range}"]
            .iter()
            .all(|it| url.contains(it));
        there.iter().any(|it| Some(&**it) == uid) && whole
    }
}

#[test]
fn dashboards_are_complete_and_readable() {
    let found: Vec<String> = all().iter().flat_map(Dashboard::problems).collect();
    let found = found.join("\n");
    assert!(
        found.is_empty(),
        "{found}\n(some parts are made by `cargo xtask generate`)"
    );
}

/// A panel that uses recorded series says so in its description.
#[test]
fn panels_that_need_the_rules_say_so() {
    for it in all() {
        for panel in it.panels() {
            let recorded = panel["targets"].to_string().contains("aws_root:");
            let said = text(panel, "description").contains("recording rules");
            assert_eq!(recorded, said, "{}: {}", it.name, text(panel, "title"));
        }
    }
}
