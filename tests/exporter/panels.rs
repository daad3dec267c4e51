//! Panels of dashboards are complete, and have no errors that Grafana ignores silently.
use crate::{
    dashboards::{Dashboard, between, list, strings, text},
    rules::{Known, rules},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

impl Dashboard {
    /// The problems of a panel.
    pub(crate) fn of_panel(&self, panel: &Value) -> Vec<String> {
        let mut found = Vec::new();
        let mut hold = |so: bool, problem: &str| {
            if !so {
                found.push(problem.to_owned());
            }
        };
        let kind = text(panel, "type");
        let defaults = &panel["fieldConfig"]["defaults"];
        hold(
            text(panel, "description").ends_with('.'),
            "has no description",
        );
        hold(!text(defaults, "unit").is_empty(), "has no unit");
        hold(
            !text(defaults, "noValue").is_empty(),
            "has no text for missing values (noValue)",
        );
        let drawn = ["timeseries", "state-timeline"].contains(&kind);
        let targets = list(panel, "targets");
        for (target, letter) in targets.iter().zip('A'..) {
            hold(
                target["refId"] == letter.to_string(),
                "queries are not named A, B, C and so on",
            );
            hold(
                target["range"] == drawn && target["instant"] == !drawn,
                "uses a range query for current values, or an instant query for a time series",
            );
            hold(
                (target["format"] == "table") == (kind == "table"),
                "has the wrong format",
            );
            for range in between(text(target, "expr"), "[", "]") {
                let fixed = !drawn && range == "1h";
                hold(
                    range == "$__rate_interval" || fixed,
                    "uses a range that does not suit every scrape interval",
                );
            }
        }
        match kind {
            "stat" => {
                let mappings = list(defaults, "mappings").iter();
                let mut special = mappings.filter(|it| it["type"] == "special");
                hold(
                    special.any(|it| it["options"]["match"] == "null+nan"),
                    "has no text for unknown values (null+nan)",
                );
            }
            "timeseries" => hold(
                panel["options"]["tooltip"]["mode"] == "multi"
                    && panel["options"]["tooltip"]["sort"] == "desc",
                "does not sort its tooltip",
            ),
            "state-timeline" => {}
            "table" => return [found, self.of_table(panel)].concat(),
            _ => hold(false, "is of a type that the dashboards do not use"),
        }
        let legends: Vec<&str> = targets.iter().map(|it| text(it, "legendFormat")).collect();
        let templates = legends.iter().any(|it| it.contains("{{"));
        for name in list(&panel["fieldConfig"], "overrides")
            .iter()
            .map(|it| text(&it["matcher"], "options"))
        {
            hold(
                templates || legends.contains(&name),
                &format!("overrides {name}, which does not exist"),
            );
        }
        found
    }

    /// Grafana ignores misspelt names in transformations and overrides silently.
    fn of_table(&self, panel: &Value) -> Vec<String> {
        let mut found = Vec::new();
        let mut hold = |so: bool, problem: String| {
            if !so {
                found.push(problem);
            }
        };
        let known = Known::new(&rules());
        let targets = list(panel, "targets");
        let mut fields = BTreeSet::from(["Time".to_owned()]);
        for target in targets {
            let letter = text(target, "refId");
            fields.insert(if targets.len() > 1 {
                format!("Value #{letter}")
            } else {
                "Value".into()
            });
            let parsed = catch_unwind(AssertUnwindSafe(|| {
                known.check(&self.fill(text(target, "expr")))
            }));
            fields.extend(parsed.unwrap_or_default());
        }
        let transformations = list(panel, "transformations");
        let merged = transformations[0]["id"] == "merge";
        hold(
            merged == (targets.len() > 1),
            "has a merge for a single query, or none for several".into(),
        );
        let mut shown = BTreeSet::new();
        for it in transformations {
            let options = &it["options"];
            match text(it, "id") {
                "merge" => {}
                "filterByValue" => {
                    for filter in list(options, "filters") {
                        let name = text(filter, "fieldName");
                        hold(
                            fields.contains(name),
                            format!("filters by {name}, which does not exist"),
                        );
                    }
                }
                "organize" => {
                    let [excluded, placed, renamed] =
                        ["excludeByName", "indexByName", "renameByName"]
                            .map(|it| strings(&options[it]));
                    for name in excluded.iter().chain(&placed).chain(&renamed) {
                        hold(
                            fields.contains(name),
                            format!("organizes {name}, which does not exist"),
                        );
                    }
                    for name in fields.difference(&excluded) {
                        hold(placed.contains(name), format!("{name} has no place"));
                        shown.insert(
                            options["renameByName"][name]
                                .as_str()
                                .unwrap_or(name)
                                .to_owned(),
                        );
                    }
                }
                other => hold(
                    false,
                    format!("{other} is a transformation that the dashboards do not use"),
                ),
            }
        }
        for it in list(&panel["fieldConfig"], "overrides") {
            let name = text(&it["matcher"], "options");
            hold(
                shown.contains(name),
                format!("overrides {name}, which does not exist"),
            );
        }
        for it in list(&panel["options"], "sortBy") {
            let name = text(it, "displayName");
            hold(
                shown.contains(name),
                format!("sorts by {name}, which does not exist"),
            );
        }
        let written = panel.to_string();
        for name in between(&written, "__data.fields.", "}") {
            hold(
                fields.contains(name),
                format!("links by {name}, which does not exist"),
            );
        }
        found
    }
}
