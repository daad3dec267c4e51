//! The REST protocol: method and path name the operation.

use super::RoutedRequest;
use super::json::json_body;
use crate::api::{Service, ServiceError};
use crate::http::HttpRequest;
use crate::services;
use percent_encoding::percent_decode_str;

pub(crate) fn rest_path(request: &HttpRequest) -> Result<RoutedRequest, (Service, ServiceError)> {
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
