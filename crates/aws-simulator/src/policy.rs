//! Identity-based policies: what is not allowed is denied, and an explicit Deny wins.

use serde::{Deserialize, Serialize};

/// A policy document. Elements that the simulator does not evaluate are errors, never ignored.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    #[serde(rename = "Version", default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(rename = "Id", default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "Statement", default)]
    statement: OneOrMany<Statement>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid", default, skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(rename = "Effect")]
    effect: Effect,
    #[serde(rename = "Action")]
    action: OneOrMany<String>,
    #[serde(rename = "Resource")]
    resource: OneOrMany<String>,
    #[serde(rename = "Condition", default, skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
}

/// The conditions that are evaluated: which task policy `sts:AssumeRoot` is asked for, and whose role `sts:AssumeRole`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    #[serde(rename = "ArnEquals", default, skip_serializing_if = "Option::is_none")]
    arn_equals: Option<TaskPolicy>,
    #[serde(
        rename = "StringEquals",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    string_equals: Option<Owner>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskPolicy {
    #[serde(rename = "sts:TaskPolicyArn")]
    arn: OneOrMany<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Owner {
    #[serde(rename = "aws:ResourceOrgID")]
    organization: OneOrMany<String>,
}

/// What stands for the caller's organization in a policy.
const OWN_ORGANIZATION: &str = "${aws:PrincipalOrgID}";

/// What a request asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AuthorizationRequest<'a> {
    /// Such as `sts:AssumeRole`.
    pub(crate) action: &'a str,
    /// `*` where an action has none.
    pub(crate) resource: &'a str,
    /// Of `sts:AssumeRoot`.
    pub(crate) task_policy: Option<&'a str>,
    /// The organization of the caller's account.
    pub(crate) own_organization: Option<&'a str>,
    /// That of the account in which the resource is.
    pub(crate) its_organization: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::Many(items) => items,
            Self::One(item) => std::slice::from_ref(item),
        }
    }
}

/// What a policy says about a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decision {
    Allowed,
    /// Nothing allows it.
    ImplicitlyDenied,
    /// A Deny statement matches.
    ExplicitlyDenied,
}

impl Policy {
    /// Allows some actions on everything.
    pub(crate) fn allowing(actions: &[&str]) -> Self {
        let statement = Statement {
            sid: None,
            effect: Effect::Allow,
            action: OneOrMany::Many(actions.iter().map(|&it| it.to_owned()).collect()),
            resource: OneOrMany::One("*".to_owned()),
            condition: None,
        };
        Self {
            version: None,
            id: None,
            statement: OneOrMany::One(statement),
        }
    }

    /// Decides on a request.
    pub(crate) fn decide(&self, request: AuthorizationRequest) -> Decision {
        let mut decision = Decision::ImplicitlyDenied;
        for statement in self.statement.as_slice() {
            if !statement.matches(request) {
                continue;
            }
            match statement.effect {
                Effect::Deny => return Decision::ExplicitlyDenied,
                Effect::Allow => decision = Decision::Allowed,
            }
        }
        decision
    }

    /// Why the policy cannot be evaluated here, if so.
    pub(crate) fn validate(&self) -> Result<(), String> {
        if let Some(version) = &self.version
            && version != "2012-10-17"
        {
            return Err(format!("policy version `{version}` is not supported"));
        }
        for statement in self.statement.as_slice() {
            let actions = statement.action.as_slice();
            if let Some(wrong) = actions
                .iter()
                .find(|action| *action != "*" && !action.contains(':'))
            {
                return Err(format!("policy action `{wrong}` names no service"));
            }
            let assumes = actions
                .iter()
                .all(|action| action.starts_with("sts:Assume"));
            if let Some(wrong) = statement
                .resource
                .as_slice()
                .iter()
                .find(|it| *it != "*" && !assumes)
            {
                return Err(format!(
                    "policy resource `{wrong}` is supported for sts:AssumeRole and sts:AssumeRoot only"
                ));
            }
            let Some(condition) = &statement.condition else {
                continue;
            };
            let of_root = actions.iter().all(|action| action == "sts:AssumeRoot");
            if condition.arn_equals.is_some() && !of_root {
                return Err("sts:TaskPolicyArn is a condition of sts:AssumeRoot only".to_owned());
            }
            if condition.string_equals.is_some() && !assumes {
                return Err("aws:ResourceOrgID is supported for sts:AssumeRole only".to_owned());
            }
            if condition.arn_equals.is_none() && condition.string_equals.is_none() {
                return Err("a condition asks for nothing".to_owned());
            }
        }
        Ok(())
    }
}

impl Statement {
    fn matches(&self, request: AuthorizationRequest) -> bool {
        let action = request.action.to_ascii_lowercase();
        let actions = self.action.as_slice().iter();
        actions
            .map(|pattern| pattern.to_ascii_lowercase())
            .any(|pattern| glob(&pattern, &action))
            && self
                .resource
                .as_slice()
                .iter()
                .any(|pattern| glob(pattern, request.resource))
            && self.condition.as_ref().is_none_or(|it| it.holds(request))
    }
}

impl Condition {
    /// What a request does not have is equal to nothing.
    fn holds(&self, request: AuthorizationRequest) -> bool {
        let task = |wanted: &TaskPolicy| {
            let mut arns = wanted.arn.as_slice().iter();
            arns.any(|arn| request.task_policy == Some(arn))
        };
        let owner = |wanted: &Owner| {
            let mut ids = wanted.organization.as_slice().iter().map(|id| match &**id {
                OWN_ORGANIZATION => request.own_organization,
                id => Some(id),
            });
            ids.any(|id| id.is_some() && id == request.its_organization)
        };
        self.arn_equals.as_ref().is_none_or(task) && self.string_equals.as_ref().is_none_or(owner)
    }
}

/// Whether a pattern with `*` (any characters) and `?` (one character) matches all of the text.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, eaten)) => {
                    star = Some((at, eaten + 1));
                    p = at + 1;
                    t = eaten + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn decide(policy: &Policy, action: &str, resource: &str) -> Decision {
        policy.decide(AuthorizationRequest {
            action,
            resource,
            ..AuthorizationRequest::default()
        })
    }

    fn policy(statement: &Value) -> Policy {
        serde_json::from_value(json!({"Version": "2012-10-17", "Statement": statement})).unwrap()
    }

    #[test]
    fn an_explicit_deny_wins_and_the_rest_is_denied() {
        let policy = policy(&json!([
            {"Sid": "x", "Effect": "Allow", "Action": ["iam:Get*", "iam:ListUsers"], "Resource": "*"},
            {"Effect": "Deny", "Action": "IAM:getUser?", "Resource": ["*"]},
        ]));
        for (action, decision) in [
            ("iam:GetAccountSummary", Decision::Allowed),
            ("iam:ListUsers", Decision::Allowed),
            ("iam:GetUserX", Decision::ExplicitlyDenied),
            ("iam:GetUser", Decision::Allowed),
            ("iam:ListUsersX", Decision::ImplicitlyDenied),
            ("sts:GetAccountSummary", Decision::ImplicitlyDenied),
        ] {
            assert_eq!(decide(&policy, action, "*"), decision, "{action}");
        }
        assert_eq!(
            decide(&Policy::default(), "iam:GetUser", "*"),
            Decision::ImplicitlyDenied
        );
    }

    #[test]
    fn roles_are_matched_by_arn() {
        let policy = policy(&json!({"Effect": "Allow", "Action": "sts:AssumeRole",
            "Resource": "arn:aws:iam::*:role/root-*"}));
        assert!(policy.validate().is_ok());
        let role = "arn:aws:iam::111122223333:role/";
        assert_eq!(
            decide(&policy, "sts:AssumeRole", &format!("{role}root-exporter")),
            Decision::Allowed
        );
        assert_eq!(
            decide(&policy, "sts:AssumeRole", &format!("{role}admin")),
            Decision::ImplicitlyDenied
        );
    }

    #[test]
    fn roles_are_matched_by_organization() {
        let policy = policy(
            &json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceOrgID": OWN_ORGANIZATION}}}),
        );
        assert!(policy.validate().is_ok());
        let decide = |own_organization, its_organization| {
            policy.decide(AuthorizationRequest {
                action: "sts:AssumeRole",
                resource: "*",
                own_organization,
                its_organization,
                ..AuthorizationRequest::default()
            })
        };
        let [ours, theirs] = [Some("o-ours"), Some("o-theirs")];
        assert_eq!(decide(ours, ours), Decision::Allowed);
        for (own, its) in [(ours, theirs), (ours, None), (None, ours), (None, None)] {
            assert_eq!(decide(own, its), Decision::ImplicitlyDenied);
        }
    }

    #[test]
    fn what_cannot_be_evaluated_is_refused() {
        let condition = |condition: Value| {
            let policy = json!({"Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*",
                "Condition": condition}]});
            serde_json::from_value::<Policy>(policy)
        };
        assert!(condition(json!({"Bool": {"aws:SecureTransport": "true"}})).is_err());
        assert!(condition(json!({})).unwrap().validate().is_err());
        let bucket =
            policy(&json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b"}));
        assert!(bucket.validate().is_err());
    }
}
