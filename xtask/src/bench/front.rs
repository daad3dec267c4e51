//! What stands before the simulator: connections to it are counted, and end in TLS where that is wanted.
use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    runtime,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// A front in a thread of its own, until the process ends.
pub(super) struct Front {
    url: String,
    /// With the certificate that is to be trusted.
    bundle: Option<PathBuf>,
    connections: Arc<AtomicU64>,
}

impl Front {
    /// Before the simulator at that URL.
    pub(super) fn start(simulator: &str, tls: bool) -> Self {
        let behind: SocketAddr = simulator.trim_start_matches("http://").parse().unwrap();
        let (acceptor, bundle) = if tls {
            let (acceptor, bundle) = certified();
            (Some(acceptor), Some(bundle))
        } else {
            (None, None)
        };
        let connections = Arc::new(AtomicU64::new(0));
        let (started, port) = mpsc::channel();
        let counted = connections.clone();
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                started.send(listener.local_addr().unwrap().port()).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    counted.fetch_add(1, Ordering::Relaxed);
                    // A client that goes away is no matter.
                    tokio::spawn(relay(stream, behind, acceptor.clone()));
                }
            });
        });
        let scheme = if tls { "https" } else { "http" };
        Self {
            url: format!("{scheme}://localhost:{}", port.recv().unwrap()),
            bundle,
            connections,
        }
    }

    /// The environment of an exporter that calls AWS through it.
    pub(super) fn environment(&self) -> Vec<(&str, &str)> {
        let mut environment = vec![("AWS_ENDPOINT_URL", self.url.as_str())];
        if let Some(bundle) = &self.bundle {
            environment.push(("AWS_CA_BUNDLE", bundle.to_str().unwrap()));
        }
        environment
    }

    /// How many connections have been opened since the last time.
    pub(super) fn take_connections(&self) -> u64 {
        self.connections.swap(0, Ordering::Relaxed)
    }
}

/// TLS with a certificate of its own, and the file that holds it.
fn certified() -> (TlsAcceptor, PathBuf) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let bundle = env::temp_dir().join(format!("front-{}.pem", std::process::id()));
    fs::write(&bundle, certified.cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(
        certified.signing_key.serialize_der(),
    ));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), bundle)
}

async fn relay(
    mut stream: TcpStream,
    behind: SocketAddr,
    acceptor: Option<TlsAcceptor>,
) -> std::io::Result<()> {
    let mut upstream = TcpStream::connect(behind).await?;
    upstream.set_nodelay(true)?;
    stream.set_nodelay(true)?;
    match acceptor {
        Some(acceptor) => {
            let mut stream = acceptor.accept(stream).await?;
            copy_bidirectional(&mut stream, &mut upstream).await?;
        }
        None => {
            copy_bidirectional(&mut stream, &mut upstream).await?;
        }
    }
    Ok(())
}
