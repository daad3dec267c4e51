//! Why a request got no answer, from the errors of resolver, sockets, TLS and proxy.
use super::proxy::Proxy;
use crate::limits::CONNECT_TIMEOUT;
use aws_smithy_runtime_api::client::{
    dns::ResolveDnsError, orchestrator::HttpResponse, result::ConnectorError,
};
use root_model::failure::Reason;
use rustls::CertificateError;
use std::{error::Error, io, iter};

/// A request without an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem:?} at {host}")]
pub(crate) struct NoAnswer {
    pub(super) host: String,
    /// The proxy through which it was sent: address and variable.
    pub(super) proxy: Option<String>,
    pub(super) problem: Problem,
}

/// What went wrong first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    NotResolved,
    Refused,
    Unreachable,
    /// No connection in time.
    NoConnection,
    /// The connection ended before the answer.
    Lost,
    Certificate(Certificate),
    /// The other side does not speak TLS, or not as we do.
    Tls,
    /// The proxy cannot be reached itself.
    Proxy,
    /// The proxy did not open a connection in time.
    ProxySilent,
    /// The proxy asks for user and password, or does not accept them.
    ProxyLogin,
    /// The proxy does not open a connection.
    ProxyRefused,
}

/// Why a certificate is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certificate {
    UnknownIssuer,
    Expired,
    NotYetValid,
    OtherName,
    Other,
}

impl NoAnswer {
    /// What a connector's error says of a request to `host`, sent through `proxy`.
    pub(super) fn new(host: &str, proxy: Option<&Proxy>, error: &ConnectorError) -> Self {
        let problem = match problem(error) {
            // A tunnel's errors name the proxy; one that forwards has no other connection.
            Problem::NotResolved | Problem::Refused | Problem::Unreachable if proxy.is_some() => {
                Problem::Proxy
            }
            Problem::NoConnection if proxy.is_some() => Problem::ProxySilent,
            problem => problem,
        };
        Self::with(host, proxy, problem)
    }

    /// What a response says that a proxy sent in place of the endpoint's, if it did: one that forwards what is not encrypted
    /// has no other way. AWS's responses have a request id, and never ask for a proxy's login.
    pub(super) fn of_response(host: &str, proxy: &Proxy, response: &HttpResponse) -> Option<Self> {
        let of_aws = response
            .headers()
            .iter()
            .any(|(name, _)| name.starts_with("x-amz"));
        let problem = match response.status().as_u16() {
            407 => Problem::ProxyLogin,
            403 if !of_aws => Problem::ProxyRefused,
            _ => return None,
        };
        Some(Self::with(host, Some(proxy), problem))
    }

    fn with(host: &str, proxy: Option<&Proxy>, problem: Problem) -> Self {
        Self {
            host: host.to_owned(),
            proxy: proxy.map(ToString::to_string),
            problem,
        }
    }

    /// What a connector of ours says in its error.
    pub(crate) fn of(error: &ConnectorError) -> Option<&Self> {
        causes(error).find_map(|cause| cause.downcast_ref())
    }

    pub(crate) fn reason(&self) -> Reason {
        match self.problem {
            Problem::NotResolved => Reason::Dns,
            Problem::Refused | Problem::Unreachable | Problem::Lost => Reason::Network,
            Problem::NoConnection => Reason::Timeout,
            Problem::Certificate(_) | Problem::Tls => Reason::Tls,
            Problem::Proxy | Problem::ProxySilent | Problem::ProxyLogin | Problem::ProxyRefused => {
                Reason::Proxy
            }
        }
    }

    /// What happened and what to do. `place` is ` in REGION`, or nothing where messages do not name the region: then a host
    /// that names it is not named either, so that the same failure in many regions is told once.
    pub(crate) fn message(&self, region: &str, place: &str) -> String {
        let names_region = !region.is_empty() && self.host.contains(region);
        let host = match (names_region, place) {
            (true, "") => "the endpoint".to_owned(),
            (true, _) => format!("the endpoint {}", self.host),
            (false, place) => format!("the endpoint {}{place}", self.host),
        };
        let proxy = self.proxy.as_deref().unwrap_or("of the environment");
        let through = match &self.proxy {
            Some(proxy) => format!(" through the proxy {proxy}"),
            None => String::new(),
        };
        match self.problem {
            Problem::NotResolved => format!(
                "the name of {host} cannot be resolved: check DNS where the exporter runs, and that the service exists in the region; if AWS can only be reached through a proxy, set HTTPS_PROXY"
            ),
            Problem::Refused => format!(
                "the connection to {host} was refused: check AWS_ENDPOINT_URL if it is set, firewalls and network policies"
            ),
            Problem::Unreachable => format!(
                "there is no route to {host}: check NAT, VPC endpoints, firewalls and network policies; if AWS can only be reached through a proxy, set HTTPS_PROXY"
            ),
            Problem::NoConnection => format!(
                "no connection to {host} within {CONNECT_TIMEOUT:?}: a firewall, security group or network policy may drop the packets; if AWS can only be reached through a proxy, set HTTPS_PROXY"
            ),
            Problem::Lost => format!(
                "the connection to {host}{through} was closed before the answer: the call is retried; if this lasts, look for a firewall or proxy that closes connections"
            ),
            Problem::Certificate(why) => {
                let (what, remedy) = why.explain();
                format!("the certificate of {host}{through} is not trusted: {what}. {remedy}")
            }
            Problem::Tls => format!(
                "{host}{through} does not answer by TLS as expected: check the scheme and port of AWS_ENDPOINT_URL or HTTPS_PROXY if they are set, and look for a firewall that changes TLS"
            ),
            Problem::Proxy => format!(
                "the proxy {proxy} cannot be reached: check its name and port, DNS and network policies, or unset the variable"
            ),
            Problem::ProxySilent => format!(
                "the proxy {proxy} did not open a connection to {host} within {CONNECT_TIMEOUT:?}: check its port, its way to AWS, and network policies that may drop packets to it"
            ),
            Problem::ProxyLogin => format!(
                "the proxy {proxy} asks for user and password (407): give them in the variable, http://USER:PASSWORD@HOST:PORT, special characters as %XX"
            ),
            Problem::ProxyRefused => format!(
                "the proxy {proxy} refuses a connection to {host} (with 403, or another status than 200): allow the host and its port there, or add it to NO_PROXY if it can be reached directly"
            ),
        }
    }
}

/// As the SDK understands it: what may pass is tried again.
impl From<NoAnswer> for ConnectorError {
    fn from(why: NoAnswer) -> Self {
        match why.problem {
            Problem::NoConnection | Problem::ProxySilent => Self::timeout(why.into()),
            Problem::Certificate(_)
            | Problem::Tls
            | Problem::ProxyLogin
            | Problem::ProxyRefused => Self::other(why.into(), None),
            _ => Self::io(why.into()),
        }
    }
}

impl Certificate {
    fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::UnknownIssuer => (
                "its issuer is not known",
                "If a proxy or firewall inspects TLS, or the endpoint is your own, add its CA certificate to a bundle and name that in AWS_CA_BUNDLE",
            ),
            Self::Expired => ("it has expired", "Renew it, or set the clock of this host"),
            Self::NotYetValid => (
                "it is not valid yet",
                "Set the clock of this host, or replace the certificate",
            ),
            Self::OtherName => (
                "it is for another name",
                "Check DNS, AWS_ENDPOINT_URL and HTTPS_PROXY: another server answers",
            ),
            Self::Other => (
                "it is damaged, or of a kind that is not accepted",
                "Look for a proxy or firewall that inspects TLS, and replace its certificate",
            ),
        }
    }
}

impl From<&CertificateError> for Certificate {
    fn from(error: &CertificateError) -> Self {
        match error {
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::OtherName
            }
            _ => Self::Other,
        }
    }
}

fn problem(error: &ConnectorError) -> Problem {
    if error.is_timeout() {
        return Problem::NoConnection;
    }
    causes(error).find_map(by_cause).unwrap_or(Problem::Lost)
}

fn by_cause(cause: &(dyn Error + 'static)) -> Option<Problem> {
    if cause.is::<ResolveDnsError>() {
        return Some(Problem::NotResolved);
    }
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(match error {
            rustls::Error::InvalidCertificate(why) => Problem::Certificate(why.into()),
            _ => Problem::Tls,
        });
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return match error.kind() {
            io::ErrorKind::ConnectionRefused => Some(Problem::Refused),
            io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable => Some(Problem::Unreachable),
            io::ErrorKind::TimedOut => Some(Problem::NoConnection),
            _ => None,
        };
    }
    // The type of a tunnel's error is private; these are its words.
    match cause.to_string().as_str() {
        "tunnel error: proxy authorization required" => Some(Problem::ProxyLogin),
        "tunnel error: failed to create underlying connection" => by_connection_to_proxy(cause),
        text if text.starts_with("tunnel error: ") => Some(Problem::ProxyRefused),
        _ => None,
    }
}

/// A certificate of the proxy's own is told as such; what else keeps us from it is not told apart.
fn by_connection_to_proxy(error: &(dyn Error + 'static)) -> Option<Problem> {
    let certificate = causes(error).find_map(|cause| match cause.downcast_ref() {
        Some(rustls::Error::InvalidCertificate(why)) => Some(Problem::Certificate(why.into())),
        Some(_) => Some(Problem::Tls),
        None => None,
    });
    certificate.or(Some(Problem::Proxy))
}

/// An error and its causes. The error within an `io::Error` is no source of it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}
