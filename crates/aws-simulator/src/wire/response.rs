//! Encoding of results and errors in the protocol of their service.

use super::xml::write_xml;
use crate::api::{Protocol, Service, ServiceError};
use crate::http::HttpResponse;
use crate::services::Operation;
use serde_json::{Value, json};

/// Encodes the result of an operation.
pub(crate) fn success(operation: &Operation, result: &Value, request_id: &str) -> HttpResponse {
    let service = operation.service;
    let body = match service.protocol() {
        Protocol::Query => {
            let name = operation.name;
            let mut xml = format!(
                "<{name}Response xmlns=\"{}\"><{name}Result>",
                service.namespace()
            );
            write_xml(&mut xml, result);
            xml + &format!(
                "</{name}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
            )
        }
        Protocol::Json | Protocol::Rest => result.to_string(),
    };
    HttpResponse {
        status: 200,
        headers: headers(service, request_id),
        body,
    }
}

/// Encodes an error.
pub(crate) fn error(service: Service, error: &ServiceError, request_id: &str) -> HttpResponse {
    let ServiceError {
        status,
        code,
        message,
    } = error;
    let mut headers = headers(service, request_id);
    let key = if code.starts_with("AccessDenied") {
        "Message"
    } else {
        "message"
    };
    let body = match service.protocol() {
        Protocol::Query => {
            let fault = if *status < 500 { "Sender" } else { "Receiver" };
            let mut xml = format!("<ErrorResponse xmlns=\"{}\"><Error>", service.namespace());
            write_xml(
                &mut xml,
                &json!({"Type": fault, "Code": code, "Message": message}),
            );
            xml + &format!("</Error><RequestId>{request_id}</RequestId></ErrorResponse>")
        }
        Protocol::Json => json!({"__type": code, key: message}).to_string(),
        Protocol::Rest => {
            headers.push(("x-amzn-ErrorType", code.clone()));
            let mut body = json!({key: message});
            if service == Service::GuardDuty && code == "BadRequestException" {
                body["__type"] = "InvalidInputException".into();
            }
            body.to_string()
        }
    };
    HttpResponse {
        status: *status,
        headers,
        body,
    }
}

fn headers(service: Service, request_id: &str) -> Vec<(&'static str, String)> {
    let content_type = match service.protocol() {
        Protocol::Query => "text/xml",
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::Rest => "application/json",
    };
    vec![
        ("content-type", content_type.to_owned()),
        ("x-amzn-requestid", request_id.to_owned()),
    ]
}
