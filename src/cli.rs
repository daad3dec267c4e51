//! Commands and flags. Every flag is also an environment variable: `AWS_ROOT_EXPORTER_` and its name in capitals.
use crate::{
    aws::Network,
    config::{Accounts, Config, ConfigError, EXAMPLE, Shard},
    core_dump, docs, environment,
    limits::BLOCKING_TASKS_TIMEOUT,
    logging::{self, Format},
    program, web,
};
use aws_simulator::{Scenario, Simulator};
use clap::{
    Args, Parser, Subcommand,
    builder::{FalseyValueParser, PossibleValuesParser, TypedValueParser},
};
use exporter_web::{Listen, WebConfigWatcher};
use root_model::partition::Partition;
use std::{
    io::{self, Write},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
};
use strum::VariantArray as _;
use tracing::Level;

/// Every partition by name.
fn partitions() -> impl TypedValueParser<Value = Partition> {
    let names = Partition::VARIANTS.iter().map(|it| it.as_str());
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Partition>())
}

/// What `--version` prints.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (revision ",
    env!("BUILD_REVISION"),
    ", rust ",
    env!("BUILD_RUST_VERSION"),
    ")"
);

/// The default port.
const PORT: u16 = 9816;

#[derive(Debug, Parser)]
#[command(
    name = "aws-root-exporter",
    version = VERSION,
    about = "Prometheus exporter for the security of the AWS root user",
    args_conflicts_with_subcommands = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeFlags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the exporter (the default).
    Serve(ServeFlags),
    /// Run the exporter against a built-in AWS simulator; needs no AWS account.
    Demo(ServeFlags),
    /// Run only the AWS simulator.
    Simulate(SimulateFlags),
    /// Validate the configuration file, or print an example.
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// Print reference documentation and IAM policies.
    Docs {
        #[command(subcommand)]
        what: DocsCommand,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Validate the configuration files and print the configuration in force.
    Check {
        #[command(flatten)]
        file: FileFlag,
        #[command(flatten)]
        web_file: WebFileFlag,
    },
    /// Print a commented example with every key at its default.
    Example,
}

#[derive(Debug, Subcommand)]
enum DocsCommand {
    /// Every metric, as a Markdown table.
    Metrics,
    /// Every check, as a Markdown table.
    Checks,
    /// IAM policy that the exporter needs.
    IamPolicy {
        /// What the policy is attached to.
        #[arg(long, value_enum, default_value = "account")]
        scope: docs::Scope,
        /// AWS partition of the accounts.
        #[arg(long, default_value = "aws", value_parser = partitions())]
        partition: Partition,
        /// Role assumed in the other accounts, as in `accounts.role`.
        #[arg(long, default_value = "root-exporter", value_parser = Accounts::role)]
        role: String,
    },
}

#[derive(Clone, Debug, Args)]
struct FileFlag {
    /// Configuration file (YAML).
    #[arg(
        long = "config.file",
        value_name = "FILE",
        env = "AWS_ROOT_EXPORTER_CONFIG_FILE"
    )]
    config_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
struct WebFileFlag {
    /// Web configuration file (exporter-toolkit format) that enables TLS and basic authentication.
    #[arg(
        long = "web.config.file",
        value_name = "FILE",
        env = "AWS_ROOT_EXPORTER_WEB_CONFIG_FILE"
    )]
    web_config_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
struct ServeFlags {
    #[command(flatten)]
    file: FileFlag,
    #[arg(help = "Addresses on which to expose metrics (repeatable). [default: 127.0.0.1:9816, and [::1]:9816 if the host has IPv6]", long = "web.listen-address", value_name = "ADDRESS", env = "AWS_ROOT_EXPORTER_WEB_LISTEN_ADDRESS", value_delimiter = ',', value_parser = address)]
    listen: Vec<SocketAddr>,
    /// Path under which to expose metrics.
    #[arg(long = "web.telemetry-path", value_name = "PATH", env = "AWS_ROOT_EXPORTER_WEB_TELEMETRY_PATH", default_value = "/metrics", value_parser = telemetry_path)]
    telemetry_path: String,
    #[command(flatten)]
    web_file: WebFileFlag,
    /// Enable reloading of the configuration by POST /-/reload.
    #[arg(
        long = "web.enable-lifecycle",
        env = "AWS_ROOT_EXPORTER_WEB_ENABLE_LIFECYCLE",
        value_parser = FalseyValueParser::new()
    )]
    enable_lifecycle: bool,
    /// Only log messages of this severity or above: error, warn, info, debug, trace.
    #[arg(
        long = "log.level",
        value_name = "LEVEL",
        env = "AWS_ROOT_EXPORTER_LOG_LEVEL",
        default_value = "info"
    )]
    log_level: Level,
    /// Log format.
    #[arg(
        long = "log.format",
        value_name = "FORMAT",
        env = "AWS_ROOT_EXPORTER_LOG_FORMAT",
        default_value = "logfmt"
    )]
    log_format: Format,
    /// Monitor only share i of n of the accounts, with i from 0. auto/n takes i from the end of the host's name, as in
    /// aws-root-exporter-0.
    #[arg(long = "shard", value_name = "i/n", env = "AWS_ROOT_EXPORTER_SHARD")]
    shard: Option<Shard>,
}

#[derive(Debug, Args)]
struct SimulateFlags {
    /// Address on which to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4816", value_parser = address)]
    listen: SocketAddr,
    /// Scenario file (YAML). [default: the scenario of `demo`]
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
}

/// `host:port`, or `:port` for all addresses of the host.
fn address(text: &str) -> Result<SocketAddr, String> {
    let full = match text.strip_prefix(':') {
        Some(port) => format!("[::]:{port}"),
        None => text.replacen("localhost:", "127.0.0.1:", 1),
    };
    full.parse().map_err(|_| {
        "expected an IP address and a port, such as 0.0.0.0:9816, [::1]:9816 or :9816".to_owned()
    })
}

fn telemetry_path(text: &str) -> Result<String, String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b);
    if !text.starts_with('/') || !text.bytes().all(plain) {
        return Err(
            "expected an absolute path of letters, digits and / - _ . ~, such as /metrics"
                .to_owned(),
        );
    }
    if web::is_reserved(text) {
        return Err(
            "the path is taken: the page, /-/, /api/ and /assets/ are served there".to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// An error that ends the program.
#[derive(Debug)]
enum Failed {
    /// Bad usage or configuration: exit code 2.
    Usage(String),
    /// Anything else: exit code 1.
    Run(String),
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Run(error.to_string())
    }
}

/// Runs the command that the command line names, and returns the exit code.
#[must_use]
pub fn main() -> ExitCode {
    core_dump::forbid();
    let restarted = environment::drop_empty().map_err(Failed::Run);
    ended(restarted.and_then(|()| run(Cli::parse())))
}

fn run(cli: Cli) -> Result<(), Failed> {
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(flags) => serve(&flags, false),
        Command::Demo(flags) => serve(&flags, true),
        Command::Simulate(flags) => simulate(&flags),
        Command::Config { what } => match what {
            ConfigCommand::Check { file, web_file } => check(&file, web_file),
            ConfigCommand::Example => print(EXAMPLE),
        },
        Command::Docs { what } => match what {
            DocsCommand::Metrics => print(&docs::metrics()),
            DocsCommand::Checks => print(&docs::checks()),
            DocsCommand::IamPolicy {
                scope,
                partition,
                role,
            } if scope.exists_in(partition) => print(&docs::iam_policy(scope, partition, &role)),
            DocsCommand::IamPolicy { partition, .. } => Err(Failed::Usage(format!(
                "accounts of the partition {partition} have no root user, so `assume_root` has no effect there and needs no policy"
            ))),
        },
    }
}

/// Tells an error, and chooses the exit code.
fn ended(result: Result<(), Failed>) -> ExitCode {
    let (message, code) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failed::Usage(message)) => (message, 2),
        Err(Failed::Run(message)) => (message, 1),
    };
    let _ = writeln!(io::stderr(), "aws-root-exporter: {message}");
    ExitCode::from(code)
}

fn print(text: &str) -> Result<(), Failed> {
    match io::stdout().write_all(text.as_bytes()) {
        // The reader closed the pipe, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn check(file: &FileFlag, web_file: WebFileFlag) -> Result<(), Failed> {
    let config = Config::load(file.config_file.as_deref())?;
    let web_config = WebConfigWatcher::load(web_file.web_config_file)?;
    print(&format!(
        "# web: {}\n# configuration in force:\n{config}",
        web_config.current().borrow().clone()
    ))
}

/// Runs to its end, then waits for blocking tasks, such as a DNS lookup without an answer.
fn block_on(run: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(run);
    runtime.shutdown_timeout(BLOCKING_TASKS_TIMEOUT);
    result
}

fn serve(flags: &ServeFlags, demo: bool) -> Result<(), Failed> {
    let web_config = WebConfigWatcher::load(flags.web_file.web_config_file.clone())?;
    let read = flags.reader(demo);
    let config = read()?;
    logging::start(flags.log_level, flags.log_format);
    let options = program::Options {
        listen: flags.listens(),
        telemetry_path: flags.telemetry_path.clone(),
        lifecycle: flags.enable_lifecycle,
        web_config,
        config,
        config_file: flags.file.config_file.clone(),
        read: Box::new(move || read().map_err(|error| error.to_string())),
    };
    block_on(async {
        let ended = if demo {
            program::demo(options).await
        } else {
            let network = Network::load().await.map_err(Failed::Usage)?;
            program::serve(options, network).await
        };
        ended.map_err(Failed::Run)
    })
}

impl ServeFlags {
    /// Reads the configuration, now and at each reload.
    fn reader(&self, demo: bool) -> impl Fn() -> Result<Config, ConfigError> + Send + 'static {
        let (path, shard) = (self.file.config_file.clone(), self.shard);
        move || {
            let mut config = match &path {
                None if demo => {
                    Config::parse(program::DEMO_CONFIG, "built-in configuration of the demo")?
                }
                path => Config::load(path.as_deref())?,
            };
            config.shard = shard.unwrap_or_default();
            Ok(config)
        }
    }

    fn listens(&self) -> Vec<Listen> {
        if self.listen.is_empty() {
            return vec![
                Listen {
                    address: (Ipv4Addr::LOCALHOST, PORT).into(),
                    required: true,
                },
                Listen {
                    address: (Ipv6Addr::LOCALHOST, PORT).into(),
                    required: false,
                },
            ];
        }
        let required = |address: &SocketAddr| Listen {
            address: *address,
            required: true,
        };
        self.listen.iter().map(required).collect()
    }
}

fn simulate(flags: &SimulateFlags) -> Result<(), Failed> {
    let scenario = match &flags.scenario {
        None => Scenario::demo(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failed::Usage(format!(
                    "cannot read the scenario {}: {error}",
                    path.display()
                ))
            })?;
            Scenario::from_yaml(&text)
        }
    }
    .map_err(|error| Failed::Usage(format!("invalid scenario: {error}")))?;
    block_on(async {
        let simulator = Simulator::start(flags.listen, scenario)
            .await
            .map_err(|error| Failed::Run(format!("cannot listen on {}: {error}", flags.listen)))?;
        print(&format!(
            "simulator listening on http://{}\n",
            simulator.address()
        ))?;
        io::stdout().flush()?;
        tokio::select! {
            () = simulator.stopped() => {}
            () = program::stop_signal() => {}
        }
        Ok(())
    })
}
