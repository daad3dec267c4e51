//! The server: its listeners and how many connections it keeps. No client can deny service to the others by connecting often,
//! sending slowly, sending much or reading nothing.
use crate::{
    activity::Activity,
    config::WebConfig,
    connection::connection,
    limits::{ACCEPT_BACKLOG, ACCEPT_RETRY_INTERVAL, IDLE_TIMEOUT, MAX_CONNECTIONS},
};
use axum::Router;
use std::{
    cmp::Reverse,
    collections::HashMap,
    future::poll_fn,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    task::Poll,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::{Instant, sleep},
};
use tracing::{debug, warn};

/// A web server.
#[derive(Clone)]
pub struct Server {
    pub router: Router,
    /// Connections are closed when it changes, and take the new one when they are opened again.
    pub config: watch::Receiver<Arc<WebConfig>>,
    /// Whether the server is to stop.
    pub stop: watch::Receiver<bool>,
}

/// An address to listen on.
#[derive(Clone, Debug)]
pub struct Listen {
    pub address: SocketAddr,
    /// Whether to fail if the address is not available.
    pub required: bool,
}

/// Opens the listeners. Called within the async runtime.
///
/// # Errors
/// If a required address is not available.
pub fn bind(listens: &[Listen]) -> Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    let mut listeners = Vec::new();
    for listen in listens {
        let mut bound = open(listen.address);
        if bound.is_err() && listen.address.ip() == Ipv6Addr::UNSPECIFIED {
            // A host without IPv6.
            bound = open((Ipv4Addr::UNSPECIFIED, listen.address.port()).into());
        }
        match bound {
            Ok(listener) => listeners.push(listener),
            Err(error) if listen.required => return Err((listen.address, error)),
            Err(error) => {
                debug!(address = %listen.address, %error, "not listening on this address");
            }
        }
    }
    Ok(listeners)
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv6() {
        TcpSocket::new_v6()?
    } else {
        TcpSocket::new_v4()?
    };
    // Otherwise the port would stay in use for a while after a restart.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(ACCEPT_BACKLOG)
}

impl Server {
    /// Serves until `stop` is true, then lets the requests in progress end.
    pub async fn serve(self, listeners: Vec<TcpListener>) {
        let server = self;
        let mut open: Vec<OpenConnection> = Vec::new();
        let mut connections = JoinSet::new();
        let mut stop = server.stop.clone();
        loop {
            let (stream, peer) = tokio::select! {
                // An error means that the sender is gone.
                _ = stop.wait_for(|stop| *stop) => break,
                Some(_) = connections.join_next() => {
                    open.retain(|connection| !connection.task.is_finished());
                    continue;
                }
                accepted = accept(&listeners) => accepted,
            };
            if open.len() >= MAX_CONNECTIONS {
                close_one(&mut open);
            }
            let activity = Arc::new(Activity::new(IDLE_TIMEOUT));
            let task = connections.spawn(connection(stream, server.clone(), activity.clone()));
            open.push(OpenConnection {
                client: peer.ip().to_canonical(),
                activity,
                task,
            });
        }
        drop(listeners);
        while connections.join_next().await.is_some() {}
    }
}

/// The next connection, of any listener.
async fn accept(listeners: &[TcpListener]) -> (TcpStream, SocketAddr) {
    loop {
        let accepted = poll_fn(|context| {
            let mut polled = listeners
                .iter()
                .map(|listener| listener.poll_accept(context));
            polled.find(Poll::is_ready).unwrap_or(Poll::Pending)
        });
        match accepted.await {
            Ok(accepted) => return accepted,
            // The client closed it before it was accepted.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
                ) => {}
            Err(error) => {
                warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_RETRY_INTERVAL).await;
            }
        }
    }
}

struct OpenConnection {
    client: IpAddr,
    activity: Arc<Activity>,
    task: AbortHandle,
}

fn close_one(open: &mut Vec<OpenConnection>) {
    let connections = open.iter().map(|it| (it.client, it.activity.latest()));
    if let Some(index) = to_close(&connections.collect::<Vec<_>>()) {
        let connection = open.swap_remove(index);
        debug!(client = %connection.client, "too many connections: closing the longest-idle one");
        connection.task.abort();
    }
}

/// The index of the longest-idle connection of the busiest client: each is given by its client and its latest activity.
fn to_close(connections: &[(IpAddr, Instant)]) -> Option<usize> {
    let mut count: HashMap<IpAddr, usize> = HashMap::new();
    for (client, _) in connections {
        *count.entry(*client).or_default() += 1;
    }
    let indexed = connections.iter().enumerate();
    indexed
        .max_by_key(|(_, (client, latest))| (count.get(client), Reverse(*latest)))
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn closes_the_longest_idle_connection_of_the_busiest_client() {
        let now = Instant::now();
        let at = |client: u8, seconds| {
            let client = Ipv4Addr::new(10, 0, 0, client).into();
            (client, now + Duration::from_secs(seconds))
        };
        assert_eq!(to_close(&[]), None);
        assert_eq!(to_close(&[at(1, 5)]), Some(0));
        assert_eq!(to_close(&[at(1, 0), at(2, 7), at(2, 6), at(2, 8)]), Some(2));
        assert_eq!(to_close(&[at(1, 3), at(2, 2)]), Some(1));
    }
}
