//! One connection: its TLS handshake, then HTTP/1.1 or HTTP/2, each with its limits.
use crate::{
    activity::Activity,
    config::WebConfig,
    limits::{
        CLOSE_TIMEOUT, HEADER_TIMEOUT, MAX_HEADER_BYTES, MAX_HEADER_FIELDS, MAX_HTTP2_STREAMS,
        TLS_HANDSHAKE_TIMEOUT,
    },
    server::Server,
};
use hyper::service::{Service, service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use std::{pin::pin, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tracing::debug;

/// Serves one connection until it ends, is idle for too long, or its configuration changes.
pub(crate) async fn connection(stream: TcpStream, mut server: Server, activity: Arc<Activity>) {
    // Responses are written in one piece, so there is nothing to wait for.
    let _ = stream.set_nodelay(true);
    let tls = server.config.borrow_and_update().tls.clone();
    let Some(config) = tls else {
        return http(stream, false, server, &activity).await;
    };
    let handshake = timeout(
        TLS_HANDSHAKE_TIMEOUT,
        TlsAcceptor::from(config).accept(stream),
    );
    let accepted = tokio::select! {
        accepted = handshake => accepted,
        _ = server.stop.wait_for(|stop| *stop) => return,
    };
    match accepted {
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
        activity.record();
        let (response, activity) = (inner.call(request), activity.clone());
        async move {
            let response = response.await;
            activity.record();
            response
        }
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = must_close(&mut server.config, &mut server.stop, activity) => {
            connection.as_mut().graceful_shutdown();
            match timeout(CLOSE_TIMEOUT, connection).await {
                Ok(ended) => ended,
                Err(_) => return debug!("a connection did not close in time: dropped"),
            }
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection ended with an error");
    }
}

/// Ends when the connection has to be closed: the server stops, its configuration has changed, or the connection is idle.
async fn must_close(
    config: &mut watch::Receiver<Arc<WebConfig>>,
    stop: &mut watch::Receiver<bool>,
    activity: &Activity,
) {
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        Ok(()) = config.changed() => {}
        () = activity.idle() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WebConfigWatcher;
    use axum::Router;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::{Duration, Instant},
    };

    /// The type of a GOAWAY frame.
    const GOAWAY: u8 = 7;

    /// HTTP/2 has no timeout between requests of its own.
    #[tokio::test]
    async fn an_idle_http2_connection_is_closed() {
        let (mut client, stream) = duplex(1 << 16);
        let (_running, stop) = watch::channel(false);
        let server = Server {
            router: Router::new(),
            config: WebConfigWatcher::load(None).unwrap().current(),
            stop,
        };
        let (start, timeout) = (Instant::now(), Duration::from_millis(300));
        let activity = Arc::new(Activity::new(timeout));
        let connection = tokio::spawn(async move { http(stream, true, server, &activity).await });
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        let empty_settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        client.write_all(preface).await.unwrap();
        client.write_all(&empty_settings).await.unwrap();
        loop {
            let mut header = [0; 9];
            client.read_exact(&mut header).await.unwrap();
            let [a, b, c, kind, ..] = header;
            let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
            client.read_exact(&mut payload).await.unwrap();
            if kind == GOAWAY {
                break;
            }
        }
        assert!(start.elapsed() >= timeout, "{:?}", start.elapsed());
        drop(client);
        connection.await.unwrap();
    }
}
