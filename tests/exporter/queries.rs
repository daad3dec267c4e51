//! The queries of dashboards parse, name only existing metrics and labels, count no account twice, and cost no more than
//! their panels show, however many accounts there are.
use crate::{
    dashboards::{Dashboard, Query, Use, all},
    harness::{ACCOUNT, Process, command, wait_until},
    monitoring::{Monitoring, Pace},
    mutations::assert_found_in_expressions,
    rules::{CHOOSING, Known, Labels, rules},
};
use promql_parser::parser::{
    self, AggregateExpr, BinaryExpr, Expr, LabelModifier, VectorMatchCardinality, VectorSelector,
    value::ValueType,
};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    io::{BufRead, BufReader},
    panic::{AssertUnwindSafe, catch_unwind},
    process::Stdio,
    time::Duration,
};

/// Maximum number of series that a table shows of all accounts.
const MAX_ROWS: f64 = 50.0;

/// The problems of the queries of a dashboard.
pub(crate) fn problems(dashboard: &Dashboard) -> Vec<String> {
    let known = Known::new(&rules());
    let queries = dashboard.queries();
    let found = queries.iter().flat_map(|query| {
        // `Known::check` panics at the first problem.
        let found = catch_unwind(AssertUnwindSafe(|| of_query(&known, query)));
        let found = found.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            vec![text.unwrap_or_default()]
        });
        let name = |problem| format!("{}: {problem}: {}", query.place, query.expr);
        found.into_iter().map(name).collect::<Vec<_>>()
    });
    found.collect()
}

fn of_query(known: &Known, query: &Query) -> Vec<String> {
    let labels = known.check(&query.expr);
    let parsed = parser::parse(&query.expr).unwrap();
    let check = Check {
        known,
        query,
        found: RefCell::default(),
    };
    check.walk(&parsed);
    for label in &query.legend {
        if !labels.contains(label) {
            check.say(&format!("no label {label} for the legend"));
        }
    }
    if query.place.contains("exporter.json") {
    } else if labels.contains("instance") || labels.contains("job") {
        check.say("shows labels of a target");
    }
    if labels.contains("account_id") && query.used == Use::Now && !check.bounded(&parsed) {
        check.say("shows one series or more for each account");
    }
    check.found.into_inner()
}

struct Check<'a> {
    known: &'a Known,
    query: &'a Query,
    found: RefCell<Vec<String>>,
}

impl Check<'_> {
    fn say(&self, problem: &str) {
        self.found.borrow_mut().push(problem.to_owned());
    }

    fn walk(&self, expr: &Expr) {
        match expr {
            Expr::VectorSelector(selector) => self.selector(selector),
            Expr::MatrixSelector(matrix) => {
                if self.wide(&matrix.vs) {
                    self.say("reads a range for every account");
                }
                self.selector(&matrix.vs);
            }
            Expr::Subquery(_) => self.say("uses a subquery"),
            Expr::Paren(paren) => self.walk(&paren.expr),
            Expr::Unary(unary) => self.walk(&unary.expr),
            Expr::Aggregate(aggregate) => {
                self.aggregate(aggregate);
                self.walk(&aggregate.expr);
            }
            Expr::Binary(binary) => {
                self.binary(binary);
                self.walk(&binary.lhs);
                self.walk(&binary.rhs);
            }
            Expr::Call(call) => call.args.args.iter().for_each(|it| self.walk(it)),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
        }
    }

    fn selector(&self, selector: &VectorSelector) {
        if selector.name.is_none() {
            self.say("selects metrics by a pattern");
        }
        if self.query.used == Use::Drawn && self.wide(selector) {
            self.say("draws a time series from the series of every account");
        }
    }

    /// Whether the selector has one series or more for each account.
    fn wide(&self, selector: &VectorSelector) -> bool {
        let labels = self.known.labels(&Expr::VectorSelector(selector.clone()));
        let mut matchers = selector.matchers.matchers.iter();
        labels.contains("account_id") && !matchers.any(|it| it.name == "account_id")
    }

    /// An account that two exporters monitor must count once.
    fn aggregate(&self, aggregate: &AggregateExpr) {
        let op = aggregate.op.to_string();
        let inner = self.known.labels(&aggregate.expr);
        let of_account = inner.contains("account_id") && inner.contains("instance");
        let by_account = by(aggregate).is_some_and(|by| by.contains("account_id"));
        let once =
            ["max", "min", "group"].contains(&&*op) || (CHOOSING.contains(&&*op) && by_account);
        if of_account && !once {
            self.say("counts an account once for each exporter that monitors it");
        }
    }

    /// Binary operations name the labels by which series match, and the "one" side of a many-to-one match is unique.
    fn binary(&self, binary: &BinaryExpr) {
        let vectors = [&binary.lhs, &binary.rhs].map(|it| it.value_type() == ValueType::Vector);
        let set = ["and", "or", "unless"].contains(&&*binary.op.to_string());
        if vectors != [true, true] || set {
            return;
        }
        let modifier = binary.modifier.as_ref();
        let on = modifier
            .and_then(|it| it.matching.as_ref())
            .map(|it| it.labels().labels.iter().cloned().collect::<Labels>());
        let Some(on) = on else {
            if self.known.labels(&binary.lhs) != self.known.labels(&binary.rhs) {
                self.say("both sides have different labels and no on()");
            }
            return;
        };
        let card = modifier.map(|it| &it.card);
        if matches!(card, Some(VectorMatchCardinality::ManyToOne(_))) && !one(&binary.rhs, &on) {
            self.say("the right side of a many-to-one match is not unique");
        }
        if matches!(card, Some(VectorMatchCardinality::OneToMany(_))) {
            self.say("the many side is on the right");
        }
    }

    /// Whether the number of series is limited, however many accounts there are.
    fn bounded(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Paren(paren) => self.bounded(&paren.expr),
            Expr::Unary(unary) => self.bounded(&unary.expr),
            Expr::VectorSelector(selector) => !self.wide(selector),
            Expr::MatrixSelector(matrix) => !self.wide(&matrix.vs),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => true,
            Expr::Aggregate(aggregate) if CHOOSING.contains(&&*aggregate.op.to_string()) => {
                let few = match aggregate.param.as_deref() {
                    Some(Expr::NumberLiteral(number)) => number.val <= MAX_ROWS,
                    _ => false,
                };
                self.bounded(&aggregate.expr) || (few && aggregate.modifier.is_none())
            }
            Expr::Aggregate(aggregate) => {
                let by_account = by(aggregate).is_some_and(|by| by.contains("account_id"));
                !by_account || self.bounded(&aggregate.expr)
            }
            Expr::Binary(binary) => {
                let [left, right] = [&binary.lhs, &binary.rhs].map(|it| self.bounded(it));
                let scalar = |it: &Expr| it.value_type() == ValueType::Scalar;
                match &*binary.op.to_string() {
                    "or" => left && right,
                    "unless" => left,
                    "and" => left || right,
                    _ if scalar(&binary.lhs) => right,
                    _ => left,
                }
            }
            Expr::Call(call) => call.args.args.iter().all(|it| self.bounded(it)),
            Expr::Subquery(_) | Expr::Extension(_) => false,
        }
    }
}

fn by(aggregate: &AggregateExpr) -> Option<Labels> {
    match &aggregate.modifier {
        Some(LabelModifier::Include(labels)) => Some(labels.labels.iter().cloned().collect()),
        _ => None,
    }
}

/// Whether the expression has at most one series for each set of the labels `on`.
fn one(expr: &Expr, on: &Labels) -> bool {
    match expr {
        Expr::Paren(paren) => one(&paren.expr, on),
        Expr::Aggregate(aggregate) => {
            let by = by(aggregate).unwrap_or_default();
            let single = match aggregate.param.as_deref() {
                Some(Expr::NumberLiteral(number)) => number.val == 1.0,
                _ => false,
            };
            let choosing = CHOOSING.contains(&&*aggregate.op.to_string());
            by.is_subset(on) && (single || !choosing)
        }
        _ => false,
    }
}

#[test]
fn queries_name_existing_metrics_and_are_bounded() {
    let found: Vec<String> = all().iter().flat_map(problems).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_mutation_of_a_query_is_found() {
    let mutations = [
        (
            "aws_root_mfa_enabled{",
            "aws_root_mfa_enable{",
            "is not exported",
        ),
        ("max by (kind)", "max by (sort)", "are not all in"),
        (
            "check=\\\"guardduty-enabled\\\"",
            "check=\\\"guardduty-on\\\"",
            "there is no",
        ),
        (
            "min(aws_root_mfa_enabled{",
            "min((aws_root_mfa_enabled{",
            "unclosed",
        ),
        (
            "bottomk(20, min by (account_id) (aws_root_posture_score_ratio)) *",
            "min by (account_id) (aws_root_posture_score_ratio) *",
            "one series or more for each account",
        ),
        (
            "topk(50, count by",
            "topk(500, count by",
            "one series or more for each account",
        ),
        (
            "sum by (severity) (aws_root:failing_accounts:count)",
            "sum by (severity) (aws_root_check_passed == bool 0)",
            "draws a time series from the series of every account",
        ),
        (
            "avg(min by (account_id) (aws_root_posture_score_ratio))",
            "avg(aws_root_posture_score_ratio)",
            "once for each exporter",
        ),
        (
            "min(aws_root_posture_score_ratio)",
            "min(min_over_time(aws_root_posture_score_ratio[5m]))",
            "a range for every account",
        ),
        (
            "min(aws_root_posture_score_ratio)",
            "min(min_over_time(aws_root:posture_score:avg[1d:1m]))",
            "uses a subquery",
        ),
        (
            "avg(aws_root:posture_score:avg)",
            "avg({__name__=~\\\"aws_root:posture_score:avg\\\"})",
            "metrics by a pattern",
        ),
        (
            "group_left () max by (account_id, collector) (",
            "group_left () topk by (account_id, collector) (2, ",
            "the right side of a many-to-one match is not unique",
        ),
        (
            "count(group by (account_id) (aws_root_account_info)) - ",
            "group by (account_id) (aws_root_account_info) - ",
            "different labels and no on()",
        ),
        ("{{kind}}", "{{sort}}", "for the legend"),
        (
            "max by (alertname, severity)",
            "max by (alertname, severity, instance)",
            "shows labels of a target",
        ),
    ];
    for (right, wrong, problem) in mutations {
        // `assert_found_in_expressions` escapes the quotes.
        let [right, wrong] = [right, wrong].map(|it| it.replace("\\\"", "\""));
        assert_found_in_expressions(&right, &wrong, problem, problems);
    }
}

/// In the demo: the account with most events, and one that denies access to its credential report.
const ACCOUNTS: [&str; 2] = [ACCOUNT, "444455556666"];

/// With a Prometheus that scrapes the demo and evaluates the rules, every query returns data.
#[test]
fn every_query_has_data_in_the_demo() {
    let child = command(&["demo", "--web.listen-address", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut demo = Process(child.unwrap());
    let lines = BufReader::new(demo.0.stdout.take().unwrap()).lines();
    let address = lines
        .map(Result::unwrap)
        .find_map(|line| Some(line.strip_prefix("exporter")?.trim().to_owned()))
        .unwrap();
    let address = address.trim_start_matches("http://").trim_matches('/');
    let monitoring = Monitoring::start(address, &Pace::fast_config());
    let mut waiting: Vec<Query> = all().iter().flat_map(Dashboard::queries).collect();
    let count = waiting.len();
    assert!(count > 90, "only {count} queries");
    // Some data appears only as the demo's story goes on.
    let timeout = Duration::from_mins(4);
    let mut left = BTreeSet::new();
    let all_have = catch_unwind(AssertUnwindSafe(|| {
        wait_until("every query has data", timeout, || {
            waiting.retain(|query| {
                let of = |id: &str| monitoring.count(&query.expr.replace(ACCOUNT, id));
                ACCOUNTS.iter().all(|id| of(id) == 0)
            });
            left = waiting
                .iter()
                .map(|query| format!("{}: {}", query.place, query.expr))
                .collect();
            waiting.is_empty().then_some(())
        });
    }));
    let left: Vec<String> = left.into_iter().collect();
    assert!(all_have.is_ok(), "no data:\n{}", left.join("\n"));
}
