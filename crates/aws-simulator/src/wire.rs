//! AWS's wire protocols: which operation a request means, and how an answer or an error is written.

use super::failure::{ParameterError, ServiceError};
use super::services::{self, Operation, Protocol, Service};
use super::signature::HttpRequest;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// What a request asks for.
#[derive(Debug)]
pub(crate) struct RoutedRequest {
    pub(crate) operation: &'static Operation,
    pub(crate) sent: Map<String, Value>,
    /// Numbers come as text: in forms and query strings.
    pub(crate) text_encoded: bool,
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
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

fn json_target(
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

fn json_body(request: &HttpRequest) -> Result<Map<String, Value>, ServiceError> {
    if request.body.is_empty() {
        return Ok(Map::new());
    }
    let unreadable =
        |_| ServiceError::new(400, "SerializationException", "The body is no JSON object");
    serde_json::from_slice(&request.body).map_err(unreadable)
}

fn query_action(request: &HttpRequest) -> Result<RoutedRequest, (Service, ServiceError)> {
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

fn rest_path(request: &HttpRequest) -> Result<RoutedRequest, (Service, ServiceError)> {
    let segments: Vec<_> = request.path.trim_start_matches('/').split('/').collect();
    let (service, name, label) = match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["detector"]) => (Service::GuardDuty, "ListDetectors", None),
        ("GET", ["detector", id]) => (Service::GuardDuty, "GetDetector", Some(*id)),
        ("POST", ["detector", id, "member", "get"]) => {
            (Service::GuardDuty, "GetMembers", Some(*id))
        }
        ("POST", ["detector", id, "findings"]) => (Service::GuardDuty, "ListFindings", Some(*id)),
        ("POST", ["detector", id, "findings", "get"]) => {
            (Service::GuardDuty, "GetFindings", Some(*id))
        }
        ("POST", ["detector", id, "findings", "statistics"]) => {
            (Service::GuardDuty, "GetFindingsStatistics", Some(*id))
        }
        ("POST", ["getAlternateContact"]) => (Service::Account, "GetAlternateContact", None),
        ("POST", ["listRegions"]) => (Service::Account, "ListRegions", None),
        ("POST", ["getAccountInformation"]) => (Service::Account, "GetAccountInformation", None),
        (_, ["detector", ..]) => (Service::GuardDuty, "", None),
        _ => (Service::Account, "", None),
    };
    let unknown = || {
        (
            service,
            ServiceError::new(404, "UnknownOperationException", "No such operation"),
        )
    };
    let operation = services::find(service, name).ok_or_else(unknown)?;
    let mut sent = json_body(request).map_err(|failure| (service, failure))?;
    for (key, value) in form_urlencoded::parse(request.query.as_bytes()) {
        sent.insert(key.to_string(), value.into());
    }
    if let Some(id) = label {
        sent.insert(
            "DetectorId".to_owned(),
            percent_decode_str(id).decode_utf8_lossy().into(),
        );
    }
    Ok(RoutedRequest {
        operation,
        sent,
        text_encoded: request.method == "GET",
    })
}

/// Writes what an operation answers.
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
        Protocol::Json | Protocol::Tail => result.to_string(),
    };
    HttpResponse {
        status: 200,
        headers: headers(service, request_id),
        body,
    }
}

/// Writes an error.
pub(crate) fn failure(service: Service, failure: &ServiceError, request_id: &str) -> HttpResponse {
    let ServiceError {
        status,
        code,
        message,
    } = failure;
    let mut headers = headers(service, request_id);
    let key = if code.starts_with("AccessDenied") {
        "Message"
    } else {
        "message"
    };
    let body = match service.protocol() {
        Protocol::Query => {
            let who = if *status < 500 { "Sender" } else { "Receiver" };
            let mut xml = format!("<ErrorResponse xmlns=\"{}\"><Error>", service.namespace());
            write_xml(
                &mut xml,
                &json!({"Type": who, "Code": code, "Message": message}),
            );
            xml + &format!("</Error><RequestId>{request_id}</RequestId></ErrorResponse>")
        }
        Protocol::Json => json!({"__type": code, key: message}).to_string(),
        Protocol::Tail => {
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
        Protocol::Tail => "application/json",
    };
    vec![
        ("content-type", content_type.to_owned()),
        ("x-amzn-requestid", request_id.to_owned()),
    ]
}

/// Objects become elements and lists become members; the entries of a map stand side by side.
fn write_xml(xml: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::Null => {}
                    Value::Array(entries) if key == "entry" => {
                        for entry in entries {
                            write_element(xml, key, entry);
                        }
                    }
                    _ => write_element(xml, key, member),
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| write_element(xml, "member", item)),
        Value::String(text) => {
            for character in text.chars() {
                match character {
                    '&' => xml.push_str("&amp;"),
                    '<' => xml.push_str("&lt;"),
                    '>' => xml.push_str("&gt;"),
                    '"' => xml.push_str("&quot;"),
                    other => xml.push(other),
                }
            }
        }
        Value::Null => {}
        other => xml.push_str(&other.to_string()),
    }
}

fn write_element(xml: &mut String, name: &str, value: &Value) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    write_xml(xml, value);
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}
