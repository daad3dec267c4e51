//! The wiring: which part gets what, and how the program ends.
use crate::{
    aws::{Aws, Origin, Requests},
    clock::Clock,
    config::Config,
    discover::{self, Sinks},
    publish::{self, Published, Sources},
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
    sync::Arc,
    time::Duration,
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
    /// Where to listen.
    pub listen: Vec<Listen>,
    /// Where the metrics are.
    pub telemetry_path: String,
    /// Whether `POST /-/reload` is allowed.
    pub lifecycle: bool,
    /// The configuration.
    pub config: Config,
    /// What protects the web server.
    pub web_config: WebConfigWatcher,
    /// Reads the configuration again.
    pub read: Box<dyn Fn() -> Result<Config, String> + Send>,
}

/// The demo's configuration: its world changes within minutes, so it is looked at often.
pub const DEMO_CONFIG: &str = "
accounts: { mode: organization, refresh: 30s }
collectors:
  account_summary: { interval: 5s }
  credential_report: { interval: 15s }
  mfa_devices: { interval: 5s }
  root_activity: { interval: 5s }
  cloudtrail: { interval: 5s }
  guardduty: { interval: 5s }
  organization: { interval: 15s }
  security_contact: { interval: 5s }
  iam: { interval: 15s }
";

/// Requests under way may take this long once the program is told to stop.
const GRACE: Duration = Duration::from_secs(8);

/// How often the web server's files are looked at: a new certificate or password is in force this soon.
const LOOK: Duration = Duration::from_secs(5);

/// Runs the exporter against AWS until it is told to stop.
///
/// # Errors
/// If it cannot listen, or a part of it ends.
pub async fn serve(options: Options) -> Result<(), String> {
    let (listeners, _) = bind(&options.listen)?;
    run(options, listeners, Origin::Environment, Clock::system()).await
}

/// Runs the exporter against the simulator with the demo's world until it is told to stop.
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
        .map_err(|error| format!("the simulator cannot listen: {error}"))?;
    let url = format!("http://{}", simulator.address());
    let (listeners, addresses) = bind(&options.listen)?;
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
    // Whoever does not read it does not need it.
    let _ = io::stdout().write_all(out.as_bytes());
    let origin = Origin::Simulator {
        url,
        access_key_id,
        secret_access_key,
    };
    run(options, listeners, origin, Clock::system()).await
}

fn bind(listens: &[Listen]) -> Result<(Vec<tokio::net::TcpListener>, Vec<SocketAddr>), String> {
    let listeners = exporter_web::bind(listens).map_err(|(address, error)| {
        format!("cannot listen at {address}: {error}; choose another with --web.listen-address")
    })?;
    let addresses: Vec<SocketAddr> = listeners
        .iter()
        .filter_map(|listener| listener.local_addr().ok())
        .collect();
    for address in &addresses {
        info!(%address, "listening");
    }
    Ok((listeners, addresses))
}

/// Runs the exporter on open listeners until it is told to stop.
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
        .and_then(|()| Ok((Requests::new(&registry)?, HttpMetrics::new(&registry)?)));
    let (requests, http_metrics) = registered.map_err(|error| error.to_string())?;
    let concurrency = options.config.limits.concurrency;

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
    // So that the scheduler does not end, too, when discovery does: the first to end says why.
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
        // Looking for a region may take seconds where there is none to find.
        let aws = Aws::load(origin, requests, concurrency, clock.clone()).await?;
        endless(discover::run(aws, configured, sinks, clock)).await
    });
    tokio::spawn(async move {
        stop_signal().await;
        info!("stopping");
        stop.send_replace(true);
        tokio::time::sleep(GRACE).await;
        warn!("requests under way did not end in time");
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
        // Served by the rest, old values would look like new ones.
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

/// What is read again.
struct Files {
    read: Box<dyn Fn() -> Result<Config, String> + Send>,
    web_config: WebConfigWatcher,
}

/// Reads the configuration again at SIGHUP and when asked, that of the web server also by itself. A bad one changes nothing.
async fn reload(
    mut files: Files,
    mut asked: mpsc::Receiver<Reload>,
    configs: watch::Sender<Arc<Config>>,
    config_ok: watch::Sender<bool>,
) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        return error!("cannot wait for SIGHUP: the configuration will not be read again");
    };
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut taken = true;
    loop {
        let answer = tokio::select! {
            _ = hangup.recv() => None,
            Some(answer) = asked.recv() => Some(answer),
            _ = look.tick() => {
                let ok = files.web_config.poll().is_ok() && taken;
                config_ok.send_if_modified(|before| std::mem::replace(before, ok) != ok);
                continue;
            }
        };
        let result = (files.read)().map(|config| {
            if config.limits.concurrency != configs.borrow().limits.concurrency {
                warn!("limits.concurrency takes effect at the next start");
            }
            configs.send_replace(Arc::new(config));
        });
        taken = result.is_ok();
        match &result {
            Ok(()) => info!("the configuration was read again"),
            Err(error) => {
                error!(%error, "the configuration was not taken; the old one stays in force");
            }
        }
        let result = result.and(files.web_config.poll());
        config_ok.send_replace(result.is_ok());
        if let Some(answer) = answer {
            // Whoever asked may have gone.
            let _ = answer.send(result);
        }
    }
}
