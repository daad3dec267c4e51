//! The JSON 1.1 protocol: `X-Amz-Target` names the operation, the body is a JSON object.

use super::RoutedRequest;
use crate::api::{Service, ServiceError};
use crate::http::HttpRequest;
use crate::services;
use serde_json::{Map, Value};

pub(crate) fn json_target(
    request: &HttpRequest,
    target: &str,
) -> Result<RoutedRequest, (Service, ServiceError)> {
    let (prefix, name) = target.rsplit_once('.').unwrap_or((target, ""));
    let service = match prefix {
        "AWSOrganizationsV20161128" => Service::Organizations,
        _ => Service::CloudTrail,
    };
    let known =
        service.targets().contains(&prefix) && request.path == "/" && request.method == "POST";
    let operation = services::find(service, name).filter(|_| known);
    let operation = operation.ok_or_else(|| {
        (
            service,
            ServiceError::new(400, "UnknownOperationException", ""),
        )
    })?;
    if request.header("content-type") != Some("application/x-amz-json-1.1") {
        return Err((
            service,
            ServiceError::new(400, "SerializationException", "wrong content type"),
        ));
    }
    let sent = json_body(request).map_err(|failure| (service, failure))?;
    Ok(RoutedRequest {
        operation,
        sent,
        text_encoded: false,
    })
}

pub(crate) fn json_body(request: &HttpRequest) -> Result<Map<String, Value>, ServiceError> {
    if request.body.is_empty() {
        return Ok(Map::new());
    }
    let unreadable =
        |_| ServiceError::new(400, "SerializationException", "The body is no JSON object");
    serde_json::from_slice(&request.body).map_err(unreadable)
}
