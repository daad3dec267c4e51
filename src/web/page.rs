//! The page at `/`: what this is, and where to go.
use super::Site;
use axum::{extract::State, response::Html};
use std::sync::Arc;

pub(super) async fn index(State(site): State<Arc<Site>>) -> Html<String> {
    let snapshot = site.published.load();
    let version = env!("CARGO_PKG_VERSION");
    let revision = env!("BUILD_REVISION");
    let metrics = escape(&site.telemetry_path);
    let state = if snapshot.missing.is_empty() && !snapshot.metrics.is_empty() {
        "Everything has been looked at once."
    } else {
        "Still looking for the first time; see <a href=\"/-/ready\">what is missing</a>."
    };
    let look_backs = escape(&snapshot.look_backs);
    Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>AWS root exporter</title>\n</head>\n<body>\n<h1>AWS root exporter</h1>\n\
         <p>Watches the root user of {} AWS account(s). {state} {look_backs}</p>\n<ul>\n\
         <li><a href=\"{metrics}\">Metrics</a></li>\n<li><a href=\"/-/healthy\">Health</a></li>\n\
         <li><a href=\"/-/ready\">Readiness</a></li>\n</ul>\n<p>Version {version}, revision {revision}</p>\n\
         </body>\n</html>\n",
        snapshot.accounts
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
