//! Resolves host names by the system, with an error that can be told from others.
use crate::limits::RESOLVE_TIMEOUT;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use std::net::IpAddr;
use tokio::{net::lookup_host, time::timeout};

/// The system's resolver (`getaddrinfo`).
#[derive(Clone, Copy, Debug)]
pub(super) struct SystemResolver;

impl ResolveDns for SystemResolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            // Sooner than the connection's own timeout, which would look like a firewall's doing.
            let found = timeout(RESOLVE_TIMEOUT, lookup_host((name, 0))).await;
            let found = found.map_err(ResolveDnsError::new)?;
            let found = found.map_err(ResolveDnsError::new)?;
            let addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
            Ok(addresses)
        })
    }
}
