//! What reads the file of `--web.config.file`, without the server.
#[path = "../../src/web/auth.rs"]
mod auth;
#[path = "../../src/web/config.rs"]
mod config;
#[path = "../../src/web/protection.rs"]
mod protection;
#[path = "../../src/web/tls.rs"]
mod tls;

pub use protection::Protection;
