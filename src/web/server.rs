//! Connections and their bounds: nobody can keep others from being served by connecting often, sending slowly, sending much or
//! reading nothing.
use super::protection::Protection;
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
    net::{IpAddr, SocketAddr},
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

/// Connections at once. The next takes the place of the one that has been quiet longest, among those of the address that
/// has most.
const CONNECTIONS: usize = 512;
/// For a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// For the header of a request, and between two requests on one connection of HTTP/1.
const HEADER: Duration = Duration::from_secs(20);
/// Without a request that begins or ends: longer than the usual minute between two scrapes.
const QUIET: Duration = Duration::from_secs(90);
/// For a request under way once its connection is to end.
const LAST: Duration = Duration::from_secs(10);
/// Of a request's header.
const HEADER_BYTES: u32 = 16 << 10;
const HEADERS: usize = 64;
/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 32;

/// Connections that may wait until they are taken: many come at once after a pause, and each that does not fit waits a second.
const BACKLOG: u32 = 1024;

/// What each connection needs.
#[derive(Clone)]
pub(super) struct Serving {
    pub(super) router: Router,
    pub(super) protection: watch::Receiver<Arc<Protection>>,
    pub(super) stop: watch::Receiver<bool>,
}

/// A connection, as the listener sees it.
struct Slot {
    peer: IpAddr,
    activity: Arc<Activity>,
    task: AbortHandle,
}

/// Opens a listener.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv6() {
        TcpSocket::new_v6()?
    } else {
        TcpSocket::new_v4()?
    };
    // Else its port would be taken for a while after a restart.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until told to stop, then lets requests under way end.
pub(super) async fn serve(listeners: Vec<TcpListener>, serving: Serving) {
    let mut slots: Vec<Slot> = Vec::new();
    let mut connections = JoinSet::new();
    let mut stop = serving.stop.clone();
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
        if slots.len() >= CONNECTIONS {
            make_room(&mut slots);
        }
        let activity = Arc::new(Activity::default());
        let task = connections.spawn(connection(stream, serving.clone(), activity.clone()));
        slots.push(Slot {
            peer: peer.ip().to_canonical(),
            activity,
            task,
        });
    }
    drop(listeners);
    while connections.join_next().await.is_some() {}
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
            // It went before it was taken.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
                ) => {}
            Err(error) => {
                warn!(%error, "cannot take a connection");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Ends one connection.
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
        debug!(peer = %slot.peer, "too many connections: the quietest is ended");
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
            let end = self.latest() + QUIET;
            if Instant::now() >= end {
                return;
            }
            sleep_until(end).await;
        }
    }
}

async fn connection(stream: TcpStream, mut serving: Serving, activity: Arc<Activity>) {
    // Answers are written whole.
    let _ = stream.set_nodelay(true);
    let tls = serving.protection.borrow_and_update().tls.clone();
    let Some(config) = tls else {
        return http(stream, false, serving, &activity).await;
    };
    let handshake = timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream));
    let shaken = tokio::select! {
        shaken = handshake => shaken,
        _ = serving.stop.wait_for(|stop| *stop) => return,
    };
    match shaken {
        Ok(Ok(stream)) => {
            let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            http(stream, http2, serving, &activity).await;
        }
        Ok(Err(error)) => debug!(%error, "no TLS connection came about"),
        Err(_) => debug!("a TLS handshake took too long"),
    }
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    http2: bool,
    mut serving: Serving,
    activity: &Arc<Activity>,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER)
        .max_buf_size(HEADER_BYTES as usize)
        .max_headers(HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEADER_BYTES)
        .max_concurrent_streams(STREAMS);
    let builder = if http2 {
        builder.http2_only()
    } else {
        builder.http1_only()
    };
    let inner = TowerToHyperService::new(serving.router);
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
        () = to_end(&mut serving.protection, &mut serving.stop, activity) => {
            connection.as_mut().graceful_shutdown();
            match timeout(LAST, connection).await {
                Ok(ended) => ended,
                Err(_) => return debug!("a connection did not end in time"),
            }
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection broke");
    }
}

/// Ends when the connection should: the program stops, it would be protected otherwise now, or nobody uses it.
async fn to_end(
    protection: &mut watch::Receiver<Arc<Protection>>,
    stop: &mut watch::Receiver<bool>,
    activity: &Activity,
) {
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        Ok(()) = protection.changed() => {}
        () = activity.quiet() => {}
    }
}
