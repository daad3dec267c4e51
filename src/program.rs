//! Starts the parts of the program, connects them, and stops them.
use crate::{
    aws::{Aws, Network, Origin, Requests},
    clock::Clock,
    config::Config,
    discover::{self, Sinks},
    limits::{SHUTDOWN_TIMEOUT, WEB_CONFIG_POLL_INTERVAL},
    panics,
    publish::{self, BUILD, Published, Sources},
    schedule::{self, Plan},
    web::{self, AppState, HttpMetrics, Reload},
};
use aws_simulator::{Scenario, Simulator};
use exporter_web::{Listen, WebConfigWatcher};
use prometheus::{Registry, process_collector::ProcessCollector};
use root_model::target::Scope;
use std::{
    fmt::Write as _,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
    task::JoinSet,
    time::MissedTickBehavior,
};
use tracing::{error, info, warn};

/// How the exporter is to run.
pub struct Options {
    /// On which addresses to listen.
    pub listen: Vec<Listen>,
    /// The path of the metrics.
    pub telemetry_path: String,
    /// Whether `POST /-/reload` is enabled.
    pub lifecycle: bool,
    /// The configuration in force at the start.
    pub config: Config,
    /// Where it was read from; `None` if it is built in.
    pub config_file: Option<PathBuf>,
    /// What protects the web server.
    pub web_config: WebConfigWatcher,
    /// Reads the configuration again, for a reload.
    pub read: Box<dyn Fn() -> Result<Config, String> + Send>,
}

/// The configuration of the demo. Its world changes within minutes, so intervals are short.
pub const DEMO_CONFIG: &str = "
accounts: { mode: organization, refresh: 30s }
collectors:
  account_summary: { interval: 5s }
  credential_report: { interval: 15s }
  mfa_devices: { interval: 5s }
  root_activity: { interval: 5s, quiet_interval: 5s }
  cloudtrail: { interval: 5s }
  guardduty: { interval: 5s }
  organization: { interval: 15s }
  security_contact: { interval: 5s }
  iam: { interval: 15s }
";

/// Runs the exporter against AWS until SIGTERM or SIGINT.
///
/// # Errors
/// If it cannot listen, or a part of it ends.
pub async fn serve(options: Options, network: Network) -> Result<(), String> {
    let (listeners, _) = bind(&options)?;
    run(
        options,
        listeners,
        Origin::Environment(Box::new(network)),
        Clock::system(),
    )
    .await
}

/// Runs the exporter against the simulator with the demo's world until SIGTERM or SIGINT.
///
/// # Errors
/// If the simulator or the exporter cannot listen, or a part of them ends.
pub async fn demo(options: Options) -> Result<(), String> {
    let scenario = Scenario::demo().map_err(|error| error.to_string())?;
    let (access_key_id, secret_access_key) = scenario
        .credentials()
        .ok_or("the demo's scenario has no credentials")?;
    let simulator = Simulator::start((Ipv4Addr::LOCALHOST, 0).into(), scenario)
        .await
        .map_err(|error| format!("the simulator cannot listen on loopback: {error}"))?;
    let url = format!("http://{}", simulator.address());
    let (listeners, addresses) = bind(&options)?;
    let mut out = format!("AWS simulator  {url}\n");
    let scheme = options.web_config.scheme();
    for address in addresses {
        let path = &options.telemetry_path;
        let _ = writeln!(
            out,
            "exporter       {scheme}://{address}/\nmetrics        {scheme}://{address}{path}"
        );
    }
    out += "Stop with Ctrl-C.\n";
    // A closed standard output is no reason not to run.
    let _ = io::stdout().write_all(out.as_bytes());
    let origin = Origin::Simulator {
        url,
        access_key_id,
        secret_access_key,
    };
    run(options, listeners, origin, Clock::system()).await
}

fn bind(options: &Options) -> Result<(Vec<tokio::net::TcpListener>, Vec<SocketAddr>), String> {
    let listeners = exporter_web::bind(&options.listen).map_err(|(address, error)| {
        format!("cannot listen on {address}: {error}; choose another with --web.listen-address")
    })?;
    let addresses: Vec<SocketAddr> = listeners
        .iter()
        .filter_map(|listener| listener.local_addr().ok())
        .collect();
    let listed: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let config_file = options.config_file.as_deref().unwrap_or(Path::new("none"));
    info!(
        version = BUILD.version,
        revision = BUILD.revision,
        mode = %options.config.accounts.mode,
        config_file = %config_file.display(),
        addresses = listed.join(","),
        "starting aws-root-exporter"
    );
    for address in &addresses {
        info!(%address, "listening");
    }
    Ok((listeners, addresses))
}

/// Runs the exporter on open listeners until SIGTERM or SIGINT.
///
/// # Errors
/// If the web server breaks.
pub async fn run(
    options: Options,
    listeners: Vec<tokio::net::TcpListener>,
    origin: Origin,
    clock: Clock,
) -> Result<(), String> {
    let registry = Registry::new();
    let registered = registry
        .register(Box::new(ProcessCollector::for_self()))
        .and_then(|()| panics::report(&registry))
        .and_then(|()| Ok((Requests::new(&registry)?, HttpMetrics::new(&registry)?)));
    let (requests, http_metrics) = registered.map_err(|error| error.to_string())?;
    let max_calls = options.config.limits.concurrency;

    let (observe, observations) = mpsc::channel(1024);
    let (plans, planned) = watch::channel(Plan::default());
    let (scopes, scope) = watch::channel(Arc::new(Scope::default()));
    let (configs, configured) = watch::channel(Arc::new(options.config));
    let (config_ok, config_known) = watch::channel(true);
    let (stop, stopped) = watch::channel(false);
    let (ask, asked) = mpsc::channel(1);
    let published = Arc::new(Published::default());

    let sources = Sources {
        observations,
        scope,
        configs: configured.clone(),
        config_ok: config_known,
        registry,
        clock: clock.clone(),
    };
    // Keeps the scheduler from ending when discovery does: the part that ends first gives the reason.
    let _open = plans.clone();
    let sinks = Sinks {
        plans,
        scopes,
        observations: observe.clone(),
    };
    let mut parts = JoinSet::new();
    let (publishing, scheduling) = (published.clone(), clock.clone());
    parts.spawn(endless(publish::run(sources, publishing)));
    parts.spawn(endless(schedule::run(planned, observe, scheduling)));
    let web_config = options.web_config.current();
    info!(web_config = %web_config.borrow().clone(), "web configuration loaded");
    let files = Files {
        read: options.read,
        web_config: options.web_config,
    };
    parts.spawn(endless(reload(files, asked, configs, config_ok)));
    parts.spawn(async move {
        // Finding the region may take seconds if none is configured.
        let aws = Aws::load(origin, requests, max_calls, clock.clone()).await?;
        endless(discover::run(aws, configured, sinks, clock)).await
    });
    tokio::spawn(async move {
        stop_signal().await;
        info!("stopping");
        stop.send_replace(true);
        tokio::time::sleep(SHUTDOWN_TIMEOUT).await;
        warn!("stopping although HTTP requests are in flight");
        std::process::exit(0);
    });

    let state = AppState {
        published,
        telemetry_path: options.telemetry_path,
        reload: options.lifecycle.then_some(ask),
        http_metrics,
        web_config,
    };
    tokio::select! {
        () = web::serve(listeners, state, stopped) => Ok(()),
        // If one part ends, the program ends: the others would go on to serve values that grow stale.
        ended = parts.join_next() => match ended {
            Some(Ok(ended)) => ended,
            _ => Err(MISTAKE.to_owned()),
        },
    }
}

const MISTAKE: &str = "a part of the program ended by itself; this is a mistake in it";

/// Runs a part that should not end.
async fn endless(part: impl Future<Output = ()>) -> Result<(), String> {
    part.await;
    Err(MISTAKE.to_owned())
}

/// Waits for SIGTERM or SIGINT.
pub async fn stop_signal() {
    let waiting = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    );
    let (Ok(mut terminate), Ok(mut interrupt)) = waiting else {
        // Without handlers the signals end the process by themselves.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// What a reload reads.
struct Files {
    read: Box<dyn Fn() -> Result<Config, String> + Send>,
    web_config: WebConfigWatcher,
}

/// Reloads both files at SIGHUP and at each request to reload, and the web configuration also when it changes. After an error
/// the previous configuration stays in force.
async fn reload(
    mut files: Files,
    mut asked: mpsc::Receiver<Reload>,
    configs: watch::Sender<Arc<Config>>,
    config_ok: watch::Sender<bool>,
) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        return error!("cannot handle SIGHUP, so the configuration cannot be reloaded");
    };
    let mut poll = tokio::time::interval(WEB_CONFIG_POLL_INTERVAL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut loaded = true;
    loop {
        let answer = tokio::select! {
            _ = hangup.recv() => None,
            Some(answer) = asked.recv() => Some(answer),
            _ = poll.tick() => {
                let ok = files.web_config.poll().is_ok() && loaded;
                config_ok.send_if_modified(|before| std::mem::replace(before, ok) != ok);
                continue;
            }
        };
        let result = (files.read)().map(|config| {
            if config.limits.concurrency != configs.borrow().limits.concurrency {
                warn!("limits.concurrency was changed: it takes effect at the next start");
            }
            configs.send_replace(Arc::new(config));
        });
        loaded = result.is_ok();
        match &result {
            Ok(()) => info!("configuration reloaded"),
            Err(error) => {
                error!(%error, "Error reloading the configuration, keeping the previous one");
            }
        }
        let result = result.and(files.web_config.poll());
        config_ok.send_replace(result.is_ok());
        if let Some(answer) = answer {
            // The client may have disconnected.
            let _ = answer.send(result);
        }
    }
}
