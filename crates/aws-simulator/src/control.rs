//! The control API under `/_simulator/`: read and patch the world, move its clock, list calls, sessions and operations.

use crate::api::{Parameter, ParameterType};
use crate::clock::{Clock, Timestamp, parse_duration};
use crate::http::{HttpRequest, HttpResponse};
use crate::pipeline::Simulation;
use crate::services;
use crate::world::history;
use serde::Deserialize;
use serde_json::{Value, json};

const PREFIX: &str = "/_simulator/";

/// What `POST clock` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    advance: Option<String>,
    speed: Option<f64>,
}

/// Answers a control request; `None` for all others.
pub(crate) fn handle(simulation: &mut Simulation, request: &HttpRequest) -> Option<HttpResponse> {
    let path = request.path.strip_prefix(PREFIX)?;
    let now = simulation.advance();
    let result = match (request.method.as_str(), path) {
        ("GET", "health") => Ok(json!({"status": "ok"})),
        ("GET", "world") => {
            serde_json::to_value(&simulation.world).map_err(|error| error.to_string())
        }
        ("PATCH", "world") => patch(simulation, request),
        ("GET", "operations") => Ok(operations()),
        ("GET", "calls") => Ok(calls(simulation)),
        ("GET", "sessions") => Ok(sessions(simulation)),
        ("DELETE", "calls") => {
            simulation.calls.clear();
            Ok(json!({}))
        }
        ("POST", "clock") => change_clock(simulation, request, now),
        ("POST", path) if path.starts_with("events/") => {
            let account = path.trim_start_matches("events/");
            body(request)
                .and_then(|events| history::append(&mut simulation.world, account, events, now))
                .map(|()| json!({}))
        }
        _ => return Some(json_response(404, &json!({"error": "no such path"}))),
    };
    Some(match result {
        Ok(value) => json_response(200, &value),
        Err(reason) => json_response(400, &json!({"error": reason})),
    })
}

fn body<T: serde::de::DeserializeOwned>(request: &HttpRequest) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}

fn patch(simulation: &mut Simulation, request: &HttpRequest) -> Result<Value, String> {
    simulation.patch(&body(request)?)?;
    Ok(json!({}))
}

fn change_clock(
    simulation: &mut Simulation,
    request: &HttpRequest,
    now: Timestamp,
) -> Result<Value, String> {
    let ClockChange { advance, speed } = body(request)?;
    let speed = speed.unwrap_or(simulation.world.speed);
    if !speed.is_finite() || speed < 0.0 {
        return Err("speed is a number from 0".to_owned());
    }
    let ahead = advance
        .as_deref()
        .map(parse_duration)
        .transpose()?
        .unwrap_or_default();
    simulation.world.speed = speed;
    simulation.clock = Clock::new(now + ahead, speed);
    Ok(json!({"clock": simulation.advance()}))
}

fn calls(simulation: &Simulation) -> Value {
    let calls = simulation.calls.iter().map(|(call, count)| {
        json!({"account": call.account, "region": call.region, "service": call.service,
            "operation": call.operation, "result": call.result, "count": count})
    });
    calls.collect()
}

/// The credentials that were issued, for a test to look for.
fn sessions(simulation: &Simulation) -> Value {
    let sessions = simulation.sessions.iter();
    let sessions =
        sessions.map(|(key, it)| json!({"key": key, "secret": it.secret, "token": it.token}));
    sessions.collect()
}

/// Every operation and what is declared of its parameters.
fn operations() -> Value {
    let operations = services::all().map(|it| {
        json!({"service": it.service.name(), "operation": it.name, "signed": it.signed,
            "rate": it.limit.map(|limit| limit.rate), "parameters": declared(it.parameters)})
    });
    operations.collect()
}

fn declared(parameters: &[Parameter]) -> Value {
    let parameters = parameters.iter().map(
        |it| json!({"name": it.name, "required": it.required, "members": members(&it.value_type)}),
    );
    parameters.collect()
}

/// What a structure, or a list of structures, consists of.
fn members(kind: &ParameterType) -> Value {
    match kind {
        ParameterType::Structure(parameters) => declared(parameters),
        ParameterType::List(kind) => members(kind),
        _ => Value::Null,
    }
}

fn json_response(status: u16, value: &Value) -> HttpResponse {
    let headers = vec![("content-type", "application/json".to_owned())];
    HttpResponse {
        status,
        headers,
        body: value.to_string(),
    }
}
