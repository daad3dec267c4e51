//! One statement of a policy and whether it matches a request.

use super::AuthorizationRequest;
use super::condition::Condition;
use super::pattern::glob;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Statement {
    #[serde(rename = "Sid", default, skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<String>,
    #[serde(rename = "Effect")]
    pub(crate) effect: StatementEffect,
    #[serde(rename = "Action")]
    pub(crate) action: OneOrMany<String>,
    #[serde(rename = "Resource")]
    pub(crate) resource: OneOrMany<String>,
    #[serde(rename = "Condition", default, skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum StatementEffect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::Many(items) => items,
            Self::One(item) => std::slice::from_ref(item),
        }
    }
}

impl Statement {
    pub(crate) fn matches(&self, request: AuthorizationRequest) -> bool {
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
