//! The query protocol: a form names the operation and holds its parameters.

use super::RoutedRequest;
use crate::api::{ParameterError, Service, ServiceError};
use crate::http::HttpRequest;
use crate::services;
use serde_json::{Map, Value, json};

pub(crate) fn query_action(
    request: &HttpRequest,
) -> Result<RoutedRequest, (Service, ServiceError)> {
    let mut sent = Map::new();
    let mut twice = None;
    for (key, value) in form_urlencoded::parse(&request.body) {
        if !put(&mut sent, &key, value.into()) {
            twice = Some(key.to_string());
        }
    }
    let mut take = |key: &str| {
        sent.remove(key)
            .and_then(|value| value.as_str().map(str::to_owned))
    };
    let (action, version) = (
        take("Action").unwrap_or_default(),
        take("Version").unwrap_or_default(),
    );
    let service = if version == "2010-05-08" {
        Service::Iam
    } else {
        Service::Sts
    };
    if let Some(key) = twice {
        return Err((service, service.invalid(&ParameterError::WrongType(key))));
    }
    let form = request
        .header("content-type")
        .is_some_and(|it| it.starts_with("application/x-www-form-urlencoded"));
    let known = version == service.version() && form && request.method == "POST";
    let unknown = || {
        let message = format!("Could not find operation {action} for version {version}");
        (service, ServiceError::new(400, "InvalidAction", message))
    };
    let operation = services::find(service, &action)
        .filter(|_| known)
        .ok_or_else(unknown)?;
    Ok(RoutedRequest {
        operation,
        sent,
        text_encoded: true,
    })
}

/// Puts a form's value where its name says, `A.b` into the structure `A`; false when something is there.
fn put(sent: &mut Map<String, Value>, name: &str, value: Value) -> bool {
    let Some((structure, member)) = name.split_once('.') else {
        return sent.insert(name.to_owned(), value).is_none();
    };
    let members = sent.entry(structure).or_insert_with(|| json!({}));
    let members = members.as_object_mut();
    members.is_some_and(|it| it.insert(member.to_owned(), value).is_none())
}
