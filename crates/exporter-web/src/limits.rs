//! Every limit of the server, with what it protects. The bodies of requests have none: no handler reads them.
use std::time::Duration;

/// Connections at once. Beyond that, the longest-idle connection of the busiest client IP is closed. Protects memory.
pub const MAX_CONNECTIONS: usize = 512;
/// Connections that the kernel queues until they are accepted. Many arrive at once after a pause, and each that does not fit
/// is retried by its client after a second.
pub const ACCEPT_BACKLOG: u32 = 1024;
/// The wait after the kernel refuses a connection, for example for lack of file descriptors. Protects the CPU.
pub const ACCEPT_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// For a TLS handshake. Protects connections from clients that send nothing.
pub const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// For the header of a request, and between two requests on one connection of HTTP/1. Protects connections from slow clients.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(20);
/// For a connection on which no request begins or ends; longer than the usual minute between two scrapes. Protects
/// connections from clients that read nothing.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// For the requests in progress on a connection that is to be closed. Protects the shutdown and TLS changes from slow clients.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a request's header. Protects memory.
pub const MAX_HEADER_BYTES: u32 = 16 << 10;
/// Fields of a request's header. Protects memory: each takes more than its bytes.
pub const MAX_HEADER_FIELDS: usize = 64;
/// Requests at once on one connection of HTTP/2. Protects memory.
pub const MAX_HTTP2_STREAMS: u32 = 32;

/// The highest bcrypt cost of a password hash. One more doubles the time of a verification: about 4 s at this.
pub const MAX_BCRYPT_COST: u32 = 16;
/// Requests that may wait for the verification of their password; the next get 429. Verifications run one at a time, so that
/// brute force uses one core at most.
pub const MAX_QUEUED_PASSWORDS: usize = 128;
/// For that wait; then 429 too. Longer than a scrape waits by default would serve nobody.
pub const PASSWORD_QUEUE_TIMEOUT: Duration = Duration::from_secs(10);
