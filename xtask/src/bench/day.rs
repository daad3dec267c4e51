//! What a day costs: the calls of an account, with time that passes many times as fast for the program and the simulator.
use super::world;
use harness::{Exporter, KEY, libfaketime};
use std::{path::Path, thread::sleep, time::Duration};

/// Counts the calls of so many hours, each of which takes `3600 / speed` seconds, and says how many a day has.
pub(super) fn run(program: &Path, accounts: usize, regions: usize, hours: u32, speed: u32) {
    let library = libfaketime().expect("libfaketime is missing: apt-get install libfaketime");
    let rate = format!("+0 x{speed}");
    // Files keep their real times.
    let clock = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME", &rate),
        ("NO_FAKE_STAT", "1"),
        ("TZ", "UTC"),
    ];
    let regions = world::regions(regions);
    let simulator = world::simulator_with(program, accounts, &regions, &clock);
    let environment = [&KEY[..], &clock].concat();
    let exporter = Exporter::with(&simulator, &world::config(&regions), &environment, &[]);
    world::wait_until_ready(&exporter);
    world::take_calls(&simulator);
    sleep(Duration::from_hours(hours.into()) / speed);
    let calls = world::take_calls(&simulator);
    println!(
        "{accounts} account(s), {} region(s) each: calls an account and day, by {hours} h",
        regions.len()
    );
    #[expect(clippy::cast_precision_loss, reason = "there are not that many")]
    let a_day = |count: u64| count as f64 / accounts as f64 / f64::from(hours) * 24.0;
    for (operation, count) in &calls {
        println!("  {operation:<42} {:>8.1}", a_day(*count));
    }
    println!("  {:<42} {:>8.1}", "all", a_day(calls.values().sum()));
    world::report_failures(&exporter);
}
