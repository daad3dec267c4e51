//! The AWS wire protocols: which operation a request calls, and how responses and errors are encoded.

mod json;
mod query;
mod response;
mod rest;
mod xml;
pub(crate) use self::response::{error, success};

use self::json::json_target;
use self::query::query_action;
use self::rest::rest_path;
use crate::api::{Service, ServiceError};
use crate::http::HttpRequest;
use crate::services::Operation;
use serde_json::{Map, Value};

/// What a request asks for.
#[derive(Debug)]
pub(crate) struct RoutedRequest {
    pub(crate) operation: &'static Operation,
    pub(crate) sent: Map<String, Value>,
    /// Numbers come as text: in forms and query strings.
    pub(crate) text_encoded: bool,
}

/// Finds the operation by the protocol's own means, as AWS does before it looks at the signature.
pub(crate) fn route(request: &HttpRequest) -> Result<RoutedRequest, (Service, ServiceError)> {
    if let Some(target) = request.header("x-amz-target") {
        return json_target(request, target);
    }
    if request.path == "/" {
        return query_action(request);
    }
    rest_path(request)
}
