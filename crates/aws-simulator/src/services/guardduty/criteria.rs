//! Finding criteria: validation and evaluation.

use super::fields::{UPDATED, is_number, value_at};
use crate::limits::GUARDDUTY_VALUES;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// Validates finding criteria. The error says what is wrong.
pub(crate) fn check(criteria: Option<&Map<String, Value>>) -> Result<(), String> {
    let Some(criteria) = criteria else {
        return Ok(());
    };
    if let Some(unknown) = criteria.keys().find(|key| *key != "criterion") {
        return Err(format!("findingCriteria has no member {unknown}"));
    }
    let Some(criterion) = criteria.get("criterion") else {
        return Ok(());
    };
    let fields = criterion.as_object().ok_or("criterion must be an object")?;
    for (field, condition) in fields {
        let number = is_number(field).ok_or_else(|| format!("the field {field} is not known"))?;
        let condition = condition
            .as_object()
            .ok_or_else(|| format!("the condition of {field} must be an object"))?;
        for (operator, operand) in condition {
            check_operand(operator, operand, number).map_err(|why| format!("{field}: {why}"))?;
        }
    }
    Ok(())
}

fn check_operand(operator: &str, operand: &Value, number: bool) -> Result<(), String> {
    match operator {
        "equals" | "notEquals" | "eq" | "neq" => {
            let texts = operand
                .as_array()
                .filter(|texts| texts.iter().all(Value::is_string));
            let right = texts.is_some_and(|texts| (1..=GUARDDUTY_VALUES).contains(&texts.len()));
            right
                .then_some(())
                .ok_or_else(|| format!("{operator} takes 1 to {GUARDDUTY_VALUES} strings"))
        }
        "greaterThan" | "greaterThanOrEqual" | "lessThan" | "lessThanOrEqual" | "gt" | "gte"
        | "lt" | "lte" => {
            let right = number && operand.is_i64();
            right
                .then_some(())
                .ok_or_else(|| format!("{operator} takes a whole number, of a field of numbers"))
        }
        _ => Err(format!("the operator {operator} is not known")),
    }
}

/// Whether a finding in the format of `GetFindings` matches validated criteria.
pub(crate) fn matches(
    finding: &Value,
    updated_millis: i128,
    criteria: Option<&Map<String, Value>>,
) -> bool {
    let fields = criteria.and_then(|criteria| criteria.get("criterion")?.as_object());
    fields.into_iter().flatten().all(|(field, condition)| {
        let value = if field == UPDATED {
            i64::try_from(updated_millis).ok().into()
        } else {
            value_at(finding, field)
        };
        let mut conditions = condition.as_object().into_iter().flatten();
        conditions.all(|(operator, operand)| holds(&value, operator, operand))
    })
}

fn holds(value: &Value, operator: &str, operand: &Value) -> bool {
    let one_of = || {
        operand
            .as_array()
            .into_iter()
            .flatten()
            .any(|text| equals_text(value, text))
    };
    let order = || {
        value
            .as_f64()
            .zip(operand.as_f64())
            .and_then(|(left, right)| left.partial_cmp(&right))
    };
    match operator {
        "equals" | "eq" => one_of(),
        "notEquals" | "neq" => !one_of(),
        "greaterThan" | "gt" => order().is_some_and(Ordering::is_gt),
        "greaterThanOrEqual" | "gte" => order().is_some_and(Ordering::is_ge),
        "lessThan" | "lt" => order().is_some_and(Ordering::is_lt),
        _ => order().is_some_and(Ordering::is_le),
    }
}

fn equals_text(value: &Value, text: &Value) -> bool {
    let text = text.as_str().unwrap_or_default();
    match value {
        Value::String(is) => is == text,
        Value::Bool(is) => is.to_string() == text,
        Value::Number(is) => is.as_f64() == text.parse().ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn is_match(criterion: &Value) -> bool {
        let finding = json!({"type": "T", "severity": 8.5, "service": {"archived": false}});
        let criteria = json!({"criterion": criterion});
        check(criteria.as_object()).unwrap();
        matches(&finding, 1000, criteria.as_object())
    }

    #[test]
    fn conditions_compare_text_numbers_and_times() {
        assert!(is_match(&json!({})));
        assert!(is_match(
            &json!({"service.archived": {"equals": ["false"]}, "severity": {"greaterThanOrEqual": 7, "lessThan": 9}})
        ));
        assert!(!is_match(
            &json!({"service.archived": {"equals": ["true"]}})
        ));
        assert!(is_match(
            &json!({"severity": {"eq": ["8.5"]}, "type": {"neq": ["U"]}})
        ));
        assert!(is_match(&json!({"updatedAt": {"gte": 1000, "lte": 1000}})));
        assert!(!is_match(
            &json!({"resource.accessKeyDetails.userType": {"equals": ["Root"]}})
        ));
    }

    #[test]
    fn unknown_fields_and_operators_are_refused() {
        for wrong in [
            json!({"criterion": {"severities": {"equals": ["1"]}}}),
            json!({"criterion": {"type": {"gte": 1}}}),
            json!({"criterion": {"type": {"equal": ["x"]}}}),
            json!({"criterion": {"severity": {"gte": "4"}}}),
            json!({"criteria": {}}),
        ] {
            assert!(check(wrong.as_object()).is_err(), "{wrong}");
        }
    }
}
