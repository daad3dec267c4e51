//! What an organization costs, and how it fares in trouble: the program against the simulator, each a process of its own,
//! 20 ms a call, with the default configuration and AWS's 17 default regions in every account.
//!
//! `cargo build --release && cargo run --release --example bench -- cost 50` (`cost 50 2`: with two regions; `cost 50 2 10`:
//! and ten seconds of rest at the end instead of sixty), `-- trouble 1000 10`: a thousand accounts for ten minutes, or
//! `-- crowd 1000 100`: a thousand accounts, scraped a hundred times at once.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "it ends at the first thing that is not as expected"
)]
mod cost;
mod crowd;
mod trouble;
mod world;

use std::env;

fn main() {
    if cfg!(debug_assertions) {
        println!("A debug build: memory and CPU time are those of code that is not optimised.");
    }
    let mut arguments = env::args().skip(1);
    let what = arguments.next();
    let mut numbers = arguments.map(|text| text.parse().unwrap());
    let mut next = |default: usize| numbers.next().unwrap_or(default);
    match what.as_deref() {
        Some("cost") => cost::run(next(1), next(world::default_regions()), next(60)),
        Some("trouble") => trouble::run(next(1000), next(10)),
        Some("crowd") => crowd::run(next(1000), next(100)),
        _ => panic!(
            "cost ACCOUNTS REGIONS SECONDS, trouble ACCOUNTS MINUTES or crowd ACCOUNTS SCRAPES"
        ),
    }
}
