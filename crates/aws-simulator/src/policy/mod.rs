//! Identity-based policies. What is not allowed is denied; an explicit Deny wins.

mod condition;
mod pattern;
mod statement;
mod validate;

use self::statement::{OneOrMany, Statement, StatementEffect};
use serde::{Deserialize, Serialize};

/// A policy document. Elements that are not evaluated are errors; none is ignored.
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

impl Policy {
    /// A policy that allows actions on all resources.
    pub(crate) fn allowing(actions: &[&str]) -> Self {
        let statement = Statement {
            sid: None,
            effect: StatementEffect::Allow,
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

    /// Evaluates the policy for a request.
    pub(crate) fn decide(&self, request: AuthorizationRequest) -> Decision {
        let mut decision = Decision::ImplicitlyDenied;
        for statement in self.statement.as_slice() {
            if !statement.matches(request) {
                continue;
            }
            match statement.effect {
                StatementEffect::Deny => return Decision::ExplicitlyDenied,
                StatementEffect::Allow => decision = Decision::Allowed,
            }
        }
        decision
    }
}

/// The properties of a request that a policy can match.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AuthorizationRequest<'a> {
    /// Such as `sts:AssumeRole`.
    pub(crate) action: &'a str,
    /// `*` where an action has none.
    pub(crate) resource: &'a str,
    /// The task policy of `sts:AssumeRoot`.
    pub(crate) task_policy: Option<&'a str>,
    /// The organization of the caller's account.
    pub(crate) caller_organization: Option<&'a str>,
    /// The organization of the account of the resource.
    pub(crate) resource_organization: Option<&'a str>,
}

/// The result of evaluating a policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decision {
    Allowed,
    /// No statement allows the request.
    ImplicitlyDenied,
    /// A Deny statement matches the request.
    ExplicitlyDenied,
}

#[cfg(test)]
mod tests {
    use super::condition::OWN_ORGANIZATION;
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
    fn an_explicit_deny_wins_and_the_default_is_deny() {
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
        let decide = |caller_organization, resource_organization| {
            policy.decide(AuthorizationRequest {
                action: "sts:AssumeRole",
                resource: "*",
                caller_organization,
                resource_organization,
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
    fn unsupported_elements_are_refused() {
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
