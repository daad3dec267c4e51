//! Security headers of every answer: the browser loads nothing from elsewhere and stores nothing.
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use exporter_web::WebConfig;

/// No inline script or style, nothing from elsewhere, and no page around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Made once: making a `HeaderValue` looks at every character.
static ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// Adds them, then those of the web configuration. What does not say how long it may be kept may not be.
pub(super) fn secure(headers: &mut HeaderMap, config: &WebConfig) {
    for (name, value) in &ALWAYS {
        headers.insert(name, value.clone());
    }
    for (name, value) in config.headers() {
        headers.insert(name, value.clone());
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}
