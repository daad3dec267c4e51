//! The files that the page needs. A browser asks each time whether its copy is still the same.
use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const ASSETS: [(&str, &str, &str); 3] = [
    (
        "page.css",
        "text/css; charset=utf-8",
        include_str!("page.css"),
    ),
    (
        "page.js",
        "text/javascript; charset=utf-8",
        include_str!("page.js"),
    ),
    ("icon.svg", "image/svg+xml", include_str!("icon.svg")),
];

/// A hash of the content, so that a changed asset has another URL.
static TAGS: LazyLock<[String; 3]> = LazyLock::new(|| {
    ASSETS.map(|(_, _, content)| format!("\"{}\"", hex::encode(&Sha256::digest(content)[..8])))
});

pub(super) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let mut assets = ASSETS.into_iter().zip(&*TAGS);
    let Some(((_, content_type, content), tag)) = assets.find(|(asset, _)| asset.0 == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let same = known
        .filter_map(|tags| tags.to_str().ok())
        .any(|tags| tags.contains(tag));
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let content_type = HeaderValue::from_static(content_type);
        ([(header::CONTENT_TYPE, content_type)], content).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.extend(HeaderValue::from_str(tag).map(|tag| (header::ETAG, tag)));
    response
}
