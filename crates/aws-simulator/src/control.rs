//! The control API under `/_simulator/`: look at the world, change it, move its clock, see the calls and the operations.

use super::clock::{Clock, Time, parse_span};
use super::events;
use super::parameters::{Kind, Parameter};
use super::services;
use super::signature::Incoming;
use super::state::State;
use super::wire::Answer;
use serde::Deserialize;
use serde_json::{Value, json};

const PREFIX: &str = "/_simulator/";

/// What `POST clock` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance: Option<String>,
    speed: Option<f64>,
}

/// Answers a control request; `None` for all others.
pub(crate) fn answer(state: &mut State, request: &Incoming) -> Option<Answer> {
    let path = request.path.strip_prefix(PREFIX)?;
    let now = state.advance();
    let result = match (request.method.as_str(), path) {
        ("GET", "health") => Ok(json!({"status": "ok"})),
        ("GET", "world") => serde_json::to_value(&state.world).map_err(|error| error.to_string()),
        ("PATCH", "world") => patch(state, request),
        ("GET", "operations") => Ok(operations()),
        ("GET", "calls") => Ok(calls(state)),
        ("GET", "sessions") => Ok(sessions(state)),
        ("DELETE", "calls") => {
            state.calls.clear();
            Ok(json!({}))
        }
        ("POST", "clock") => move_clock(state, request, now),
        ("POST", path) if path.starts_with("events/") => {
            let account = path.trim_start_matches("events/");
            body(request)
                .and_then(|events| events::append(&mut state.world, account, events, now))
                .map(|()| json!({}))
        }
        _ => return Some(written(404, &json!({"error": "no such path"}))),
    };
    Some(match result {
        Ok(value) => written(200, &value),
        Err(reason) => written(400, &json!({"error": reason})),
    })
}

fn body<T: serde::de::DeserializeOwned>(request: &Incoming) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}

fn patch(state: &mut State, request: &Incoming) -> Result<Value, String> {
    state.patch(&body(request)?)?;
    Ok(json!({}))
}

fn move_clock(state: &mut State, request: &Incoming, now: Time) -> Result<Value, String> {
    let Move { advance, speed } = body(request)?;
    let speed = speed.unwrap_or(state.world.speed);
    if !speed.is_finite() || speed < 0.0 {
        return Err("speed is a number from 0".to_owned());
    }
    let ahead = advance
        .as_deref()
        .map(parse_span)
        .transpose()?
        .unwrap_or_default();
    state.world.speed = speed;
    state.clock = Clock::new(now + ahead, speed);
    Ok(json!({"clock": state.advance()}))
}

fn calls(state: &State) -> Value {
    let calls = state.calls.iter().map(|(call, count)| {
        json!({"account": call.account, "region": call.region, "service": call.service,
            "operation": call.operation, "result": call.result, "count": count})
    });
    calls.collect()
}

/// The credentials that were issued, for a test to look for.
fn sessions(state: &State) -> Value {
    let sessions = state.sessions.iter();
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
    let parameters = parameters
        .iter()
        .map(|it| json!({"name": it.name, "required": it.required, "members": members(&it.kind)}));
    parameters.collect()
}

/// What a structure, or a list of structures, consists of.
fn members(kind: &Kind) -> Value {
    match kind {
        Kind::Structure(parameters) => declared(parameters),
        Kind::List(kind) => members(kind),
        _ => Value::Null,
    }
}

fn written(status: u16, value: &Value) -> Answer {
    let headers = vec![("content-type", "application/json".to_owned())];
    Answer {
        status,
        headers,
        body: value.to_string(),
    }
}
