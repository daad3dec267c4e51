//! Panels of dashboards: complete, and without what Grafana passes over in silence.
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
    /// What is wrong with a panel.
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
            "does not say so where nothing is known",
        );
        let drawn = ["timeseries", "state-timeline"].contains(&kind);
        let targets = list(panel, "targets");
        for (target, letter) in targets.iter().zip('A'..) {
            hold(
                target["refId"] == letter.to_string(),
                "queries are not A, B, C and so on",
            );
            hold(
                target["range"] == drawn && target["instant"] == !drawn,
                "asks for the past to show the present, or the other way",
            );
            hold(
                (target["format"] == "table") == (kind == "table"),
                "asks for another format",
            );
            for range in between(text(target, "expr"), "[", "]") {
                let fixed = !drawn && range == "1h";
                hold(
                    range == "$__rate_interval" || fixed,
                    "a range that does not suit every scrape interval",
                );
            }
        }
        match kind {
            "stat" => {
                let mappings = list(defaults, "mappings").iter();
                let mut special = mappings.filter(|it| it["type"] == "special");
                hold(
                    special.any(|it| it["options"]["match"] == "null+nan"),
                    "does not name what is unknown",
                );
            }
            "timeseries" => hold(
                panel["options"]["tooltip"]["mode"] == "multi"
                    && panel["options"]["tooltip"]["sort"] == "desc",
                "does not sort what it tells under the pointer",
            ),
            "state-timeline" => {}
            "table" => return [found, self.of_table(panel)].concat(),
            _ => hold(false, "is of a type that the dashboards do without"),
        }
        let legends: Vec<&str> = targets.iter().map(|it| text(it, "legendFormat")).collect();
        let templates = legends.iter().any(|it| it.contains("{{"));
        for name in list(&panel["fieldConfig"], "overrides")
            .iter()
            .map(|it| text(&it["matcher"], "options"))
        {
            hold(
                templates || legends.contains(&name),
                &format!("overrides {name}, which is not there"),
            );
        }
        found
    }

    /// Grafana passes over what is misspelt in transformations and in overrides, in silence.
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
            "several queries are merged, one is not".into(),
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
                            format!("filters by {name}, which is not there"),
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
                            format!("organizes {name}, which is not there"),
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
                    format!("{other} is a transformation that the dashboards do without"),
                ),
            }
        }
        for it in list(&panel["fieldConfig"], "overrides") {
            let name = text(&it["matcher"], "options");
            hold(
                shown.contains(name),
                format!("overrides {name}, which is not there"),
            );
        }
        for it in list(&panel["options"], "sortBy") {
            let name = text(it, "displayName");
            hold(
                shown.contains(name),
                format!("sorts by {name}, which is not there"),
            );
        }
        let written = panel.to_string();
        for name in between(&written, "__data.fields.", "}") {
            hold(
                fields.contains(name),
                format!("links by {name}, which is not there"),
            );
        }
        found
    }
}
