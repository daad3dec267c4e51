//! What an organization costs, and what faults do to it: the program against the simulator, each a process of its own, 20 ms
//! a call unless told otherwise, with the default configuration and AWS's 17 default regions in every account.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "it ends at the first thing that is not as expected"
)]
mod connection;
mod cost;
mod crowd;
mod day;
mod front;
mod scrapes;
mod trouble;
mod world;

use clap::{Args, Subcommand};
use std::{env, path::PathBuf};

#[derive(Args)]
pub(crate) struct Bench {
    /// The program; by default the release build.
    #[arg(long)]
    program: Option<PathBuf>,
    #[command(subcommand)]
    what: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Time to the first complete snapshot and to a refresh, memory, CPU time, calls to AWS, scrapes.
    Cost {
        accounts: usize,
        /// In each account.
        #[arg(default_value_t = world::default_regions())]
        regions: usize,
        /// Of rest at the end.
        #[arg(default_value_t = 60)]
        seconds: usize,
        /// Milliseconds that a call takes. AWS takes about 120.
        #[arg(long, default_value_t = 20)]
        latency: u32,
        /// Milliseconds that `LookupEvents` takes, if more. AWS takes about 420.
        #[arg(long, default_value_t = 0)]
        lookup_latency: u32,
        /// Percent of the calls that AWS throttles.
        #[arg(long, default_value_t = 0)]
        throttled: u32,
        /// Whether the simulator stands behind TLS.
        #[arg(long)]
        tls: bool,
    },
    /// Calls of an account and day, after the start.
    Day {
        accounts: usize,
        /// In each account.
        #[arg(default_value_t = world::default_regions())]
        regions: usize,
        /// To count.
        #[arg(default_value_t = 24)]
        hours: u32,
        /// How many times as fast time passes.
        #[arg(long, default_value_t = 60)]
        speed: u32,
    },
    /// Wrong values, delays and memory while roles are refused, regions hang, and AWS throttles.
    Trouble { accounts: usize, minutes: usize },
    /// Many scrapes at once, over TLS with a password.
    Crowd { accounts: usize, scrapes: usize },
    /// Scrapes of one account on connections that stay open: how many, how fast, and their CPU time.
    Scrapes {
        #[arg(default_value_t = 8)]
        connections: usize,
        #[arg(default_value_t = 10)]
        seconds: usize,
        /// Another server to measure in turns with the exporter, such as 127.0.0.1:8080. It answers /metrics.
        #[arg(long)]
        beside: Option<String>,
    },
}

pub(crate) fn run(bench: Bench) {
    let program = bench.program.unwrap_or_else(release_build);
    assert!(
        program.exists(),
        "build the program first: cargo build --release"
    );
    match bench.what {
        Benchmark::Cost {
            accounts,
            regions,
            seconds,
            latency,
            lookup_latency,
            throttled,
            tls,
        } => {
            let weather = world::Weather {
                latency,
                lookup_latency,
                throttled,
                tls,
            };
            cost::run(&program, accounts, regions, seconds, &weather);
        }
        Benchmark::Day {
            accounts,
            regions,
            hours,
            speed,
        } => day::run(&program, accounts, regions, hours, speed),
        Benchmark::Trouble { accounts, minutes } => trouble::run(&program, accounts, minutes),
        Benchmark::Crowd { accounts, scrapes } => crowd::run(&program, accounts, scrapes),
        Benchmark::Scrapes {
            connections,
            seconds,
            beside,
        } => scrapes::run(&program, connections, seconds, beside.as_deref()),
    }
}

fn release_build() -> PathBuf {
    let this = env::current_exe().unwrap();
    this.ancestors()
        .nth(2)
        .unwrap()
        .join("release/aws-root-exporter")
}
