//! The server and its connections. No client can deny service to the others by connecting often, sending slowly, sending much
//! or reading nothing.
use crate::{
    config::WebConfig,
    limits::{
        ACCEPT_BACKLOG, ACCEPT_RETRY_INTERVAL, CLOSE_TIMEOUT, HEADER_TIMEOUT, IDLE_TIMEOUT,
        MAX_CONNECTIONS, MAX_HEADER_BYTES, MAX_HEADER_FIELDS, MAX_HTTP2_STREAMS,
        TLS_HANDSHAKE_TIMEOUT,
    },
};
use axum::Router;
use hyper::service::{Service, service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use std::{
    cmp::Reverse,
    collections::HashMap,
    future::poll_fn,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

/// A web server.
#[derive(Clone)]
pub struct Server {
    /// What it serves.
    pub router: Router,
    /// Its configuration, now and later.
    pub config: watch::Receiver<Arc<WebConfig>>,
    /// Becomes true when it is to stop.
    pub stop: watch::Receiver<bool>,
}

/// An address to listen on.
#[derive(Clone, Debug)]
pub struct Listen {
    pub address: SocketAddr,
    /// Whether it is an error if it is not available.
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
            // A host without IPv6: all addresses are those of IPv4.
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

/// A connection, as the listener sees it.
struct Slot {
    peer: IpAddr,
    activity: Arc<Activity>,
    task: AbortHandle,
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv6() {
        TcpSocket::new_v6()?
    } else {
        TcpSocket::new_v4()?
    };
    // Else its port would be taken for a while after a restart.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(ACCEPT_BACKLOG)
}

impl Server {
    /// Serves until told to stop, then lets requests under way end.
    pub async fn serve(self, listeners: Vec<TcpListener>) {
        let server = self;
        let mut slots: Vec<Slot> = Vec::new();
        let mut connections = JoinSet::new();
        let mut stop = server.stop.clone();
        loop {
            let (stream, peer) = tokio::select! {
                // An error means that whoever could say stop is gone.
                _ = stop.wait_for(|stop| *stop) => break,
                Some(_) = connections.join_next() => {
                    slots.retain(|slot| !slot.task.is_finished());
                    continue;
                }
                accepted = accept(&listeners) => accepted,
            };
            if slots.len() >= MAX_CONNECTIONS {
                make_room(&mut slots);
            }
            let activity = Arc::new(Activity::default());
            let task = connections.spawn(connection(stream, server.clone(), activity.clone()));
            slots.push(Slot {
                peer: peer.ip().to_canonical(),
                activity,
                task,
            });
        }
        drop(listeners);
        while connections.join_next().await.is_some() {}
    }
}

/// The next connection, at whichever listener.
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

/// Closes one connection.
fn make_room(slots: &mut Vec<Slot>) {
    let mut of_peer: HashMap<IpAddr, usize> = HashMap::new();
    for slot in &*slots {
        *of_peer.entry(slot.peer).or_default() += 1;
    }
    let first = |slot: &Slot| {
        (
            of_peer.get(&slot.peer).copied(),
            Reverse(slot.activity.latest()),
        )
    };
    let chosen = (0..slots.len()).max_by_key(|at| slots.get(*at).map(first));
    if let Some(at) = chosen {
        let slot = slots.swap_remove(at);
        debug!(peer = %slot.peer, "too many connections: closing the longest-idle one");
        slot.task.abort();
    }
}

/// When something was last done for a connection.
struct Activity {
    start: Instant,
    millis: AtomicU64,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            millis: AtomicU64::new(0),
        }
    }
}

impl Activity {
    fn now(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.millis.store(millis, Ordering::Relaxed);
    }

    fn latest(&self) -> Instant {
        self.start + Duration::from_millis(self.millis.load(Ordering::Relaxed))
    }

    /// Ends when nothing was done for long.
    async fn quiet(&self) {
        loop {
            let end = self.latest() + IDLE_TIMEOUT;
            if Instant::now() >= end {
                return;
            }
            sleep_until(end).await;
        }
    }
}

async fn connection(stream: TcpStream, mut server: Server, activity: Arc<Activity>) {
    // Answers are written whole.
    let _ = stream.set_nodelay(true);
    let tls = server.config.borrow_and_update().tls.clone();
    let Some(config) = tls else {
        return http(stream, false, server, &activity).await;
    };
    let handshake = timeout(
        TLS_HANDSHAKE_TIMEOUT,
        TlsAcceptor::from(config).accept(stream),
    );
    let shaken = tokio::select! {
        shaken = handshake => shaken,
        _ = server.stop.wait_for(|stop| *stop) => return,
    };
    match shaken {
        Ok(Ok(stream)) => {
            let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            http(stream, http2, server, &activity).await;
        }
        Ok(Err(error)) => debug!(%error, "TLS handshake failed"),
        Err(_) => debug!("TLS handshake timed out"),
    }
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    http2: bool,
    mut server: Server,
    activity: &Arc<Activity>,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES as usize)
        .max_headers(MAX_HEADER_FIELDS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEADER_BYTES)
        .max_concurrent_streams(MAX_HTTP2_STREAMS);
    let builder = if http2 {
        builder.http2_only()
    } else {
        builder.http1_only()
    };
    let inner = TowerToHyperService::new(server.router);
    let service = service_fn(|request| {
        activity.now();
        let (answer, activity) = (inner.call(request), activity.clone());
        async move {
            let answer = answer.await;
            activity.now();
            answer
        }
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing(&mut server.config, &mut server.stop, activity) => {
            connection.as_mut().graceful_shutdown();
            match timeout(CLOSE_TIMEOUT, connection).await {
                Ok(ended) => ended,
                Err(_) => return debug!("a connection did not close in time"),
            }
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection broke");
    }
}

/// Ends when the connection should: the program stops, its configuration has changed, or it is idle.
async fn closing(
    config: &mut watch::Receiver<Arc<WebConfig>>,
    stop: &mut watch::Receiver<bool>,
    activity: &Activity,
) {
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        Ok(()) = config.changed() => {}
        () = activity.quiet() => {}
    }
}
