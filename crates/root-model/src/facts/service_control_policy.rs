//! Service control policies: whether one denies an account's root user everything.
//!
//! Read are the forms that AWS documents for it: a `Deny` of every action on every resource, for everyone or where
//! `aws:PrincipalArn` is root's, and perhaps not for `AssumeRoot` sessions (`Null` of `aws:AssumedRoot`). A statement
//! with any other condition denies only sometimes, and so does not count.
use crate::partition::Partition;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The statements of one policy that may deny root everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceControlPolicy(Vec<Denial>);

/// A statement that denies everything to those principals that meet all of these conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Denial(Vec<PrincipalCondition>);

/// A condition on `aws:PrincipalArn`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PrincipalCondition {
    patterns: Vec<String>,
    matching: Matching,
    negated: bool,
}

/// How a pattern is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matching {
    /// As it stands.
    Exact,
    /// With wildcards that stand for any text.
    Text,
    /// Each of the six parts of an ARN by itself.
    Arn,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    statement: OneOrMany<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: String,
    action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    condition: Option<BTreeMap<String, BTreeMap<String, OneOrMany<Value>>>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl ServiceControlPolicy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// If it is not one, without any of its content.
    pub fn parse(document: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(document)
            .map_err(|_| "a policy is not JSON of the documented form".to_owned())?;
        let statements = document.statement.as_slice().iter();
        Ok(Self(statements.filter_map(Statement::denial).collect()))
    }

    /// Whether it denies nobody's root user everything.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it denies the root user of that account everything.
    #[must_use]
    pub fn denies_root(&self, partition: Partition, account: &str) -> bool {
        let root = format!("arn:{partition}:iam::{account}:root");
        let meets = |denial: &Denial| denial.0.iter().all(|condition| condition.holds(&root));
        self.0.iter().any(meets)
    }
}

impl Statement {
    fn denial(&self) -> Option<Denial> {
        let all = |words: &Option<OneOrMany<String>>| {
            let words = words.iter().flat_map(OneOrMany::as_slice);
            words.into_iter().any(|word| word == "*" || word == "*:*")
        };
        if self.effect != "Deny" || !all(&self.action) || !all(&self.resource) {
            return None;
        }
        let mut conditions = Vec::new();
        for (operator, keys) in self.condition.iter().flatten() {
            for (key, values) in keys {
                let values: Vec<&str> = values
                    .as_slice()
                    .iter()
                    .map(|value| match value {
                        Value::String(text) => Some(text.as_str()),
                        Value::Bool(true) => Some("true"),
                        _ => None,
                    })
                    .collect::<Option<_>>()?;
                match key.to_ascii_lowercase().as_str() {
                    "aws:principalarn" => {
                        conditions.push(PrincipalCondition::read(operator, &values)?);
                    }
                    // The key is there in `AssumeRoot` sessions alone: this spares them, and not the root user.
                    "aws:assumedroot" if operator.eq_ignore_ascii_case("Null") => {
                        if !values
                            .iter()
                            .any(|value| value.eq_ignore_ascii_case("true"))
                        {
                            return None;
                        }
                    }
                    _ => return None,
                }
            }
        }
        Some(Denial(conditions))
    }
}

impl PrincipalCondition {
    fn read(operator: &str, patterns: &[&str]) -> Option<Self> {
        let operator = operator.to_ascii_lowercase();
        let operator = operator.strip_suffix("ifexists").unwrap_or(&operator);
        // What a variable stands for is not known here.
        if patterns.iter().any(|pattern| pattern.contains("${")) {
            return None;
        }
        let (matching, negated) = match operator {
            "arnlike" | "arnequals" => (Matching::Arn, false),
            "stringlike" => (Matching::Text, false),
            "stringequals" => (Matching::Exact, false),
            "arnnotlike" | "arnnotequals" => (Matching::Arn, true),
            "stringnotlike" => (Matching::Text, true),
            "stringnotequals" => (Matching::Exact, true),
            _ => return None,
        };
        Some(Self {
            patterns: patterns.iter().map(|&pattern| pattern.to_owned()).collect(),
            matching,
            negated,
        })
    }

    fn holds(&self, arn: &str) -> bool {
        let matches = |pattern: &String| match self.matching {
            Matching::Exact => pattern == arn,
            Matching::Text => like(pattern.as_bytes(), arn.as_bytes()),
            Matching::Arn => like_arn(pattern, arn),
        };
        self.patterns.iter().any(matches) != self.negated
    }
}

/// Whether each part of the ARN is of that part of the pattern.
fn like_arn(pattern: &str, arn: &str) -> bool {
    let parts = |text: &'_ str| -> Vec<Vec<u8>> {
        let parts = text.splitn(6, ':');
        parts.map(|part| part.as_bytes().to_vec()).collect()
    };
    let (pattern, arn) = (parts(pattern), parts(arn));
    pattern.len() == arn.len()
        && pattern
            .iter()
            .zip(&arn)
            .all(|(one, other)| like(one, other))
}

/// Whether the text is of the pattern, in which `*` stands for any text and `?` for any one character.
fn like(pattern: &[u8], text: &[u8]) -> bool {
    // What is left to match if the last star stands for one character more.
    let mut again: Option<(usize, usize)> = None;
    let (mut p, mut t) = (0, 0);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                again = Some((p + 1, t + 1));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match again {
                Some((after_star, next)) => {
                    (p, t) = (after_star, next);
                    again = Some((after_star, next + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denies(statement: &str) -> bool {
        let document = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
        let policy = ServiceControlPolicy::parse(&document).unwrap();
        policy.denies_root(Partition::Aws, "111122223333")
    }

    fn with(condition: &str) -> bool {
        denies(&format!(
            r#"{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{condition}}}"#
        ))
    }

    #[test]
    fn forms_that_deny_root() {
        for condition in [
            r#"{"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::*:root"]},"Null":{"aws:AssumedRoot":"true"}}"#,
            r#"{"StringLike":{"aws:PrincipalArn":"arn:*:iam::*:root"}}"#,
            r#"{"ArnEquals":{"AWS:principalarn":["arn:aws:iam::1:role/x","arn:aws:iam::*:root"]}}"#,
            r#"{"ArnLikeIfExists":{"aws:PrincipalArn":"arn:aws:iam::??????223333:root"}}"#,
            r#"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:root"}}"#,
            r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"},"Null":{"aws:AssumedRoot":true}}"#,
        ] {
            assert!(with(condition), "{condition}");
        }
        assert!(denies(
            r#"[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["*"],"Resource":["*"]}]"#
        ));
    }

    #[test]
    fn forms_that_do_not() {
        for condition in [
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}"#,
            r#"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}"#,
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:root"}}"#,
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws-cn:iam::*:root"}}"#,
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"},"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"},"Null":{"aws:AssumedRoot":"false"}}"#,
            r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}"#,
            r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:PrincipalAccount}:root"}}"#,
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:*:root"}}"#,
            r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"1"}}"#,
        ] {
            assert!(!with(condition), "{condition}");
        }
        for statement in [
            r#"{"Effect":"Deny","Action":"iam:CreateAccessKey","Resource":"*"}"#,
            r#"{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}"#,
            r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
            r#"{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::a/*"}"#,
        ] {
            assert!(!denies(statement), "{statement}");
        }
    }

    #[test]
    fn what_is_no_policy_says_nothing_of_itself() {
        for document in ["", "[]", "{}", r#"{"Statement":[{"Effect":1}]}"#] {
            let error = ServiceControlPolicy::parse(document).unwrap_err();
            assert_eq!(error, "a policy is not JSON of the documented form");
        }
    }

    #[test]
    fn wildcards() {
        let like = |pattern: &str, text: &str| super::like(pattern.as_bytes(), text.as_bytes());
        assert!(
            like("*", "") && like("a*c", "abbc") && like("a?c*", "abc") && like("*b*b", "abab")
        );
        assert!(!like("a", "") && !like("a*c", "abb") && !like("a?c", "ac") && !like("", "a"));
    }
}
