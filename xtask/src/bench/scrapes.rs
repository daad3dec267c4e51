//! Scrapes of one account on connections that stay open, one after the other on each: how many, how long they take, and what
//! of that is the exporter's CPU time or its waiting for a core. Clients and server share the cores, and what else the machine
//! does changes within seconds, so another server can be measured in turns with the exporter.
use super::{connection::Connection, world};
use harness::Exporter;
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How long one server is asked before it is the other's turn.
const TURN: Duration = Duration::from_secs(1);
/// Before the first turn, without being counted.
const WARM_UP: Duration = Duration::from_millis(500);

/// Asks for so long: the microseconds of each answer.
fn scrape_for(connection: &mut Connection, time: Duration) -> Vec<f64> {
    let start = Instant::now();
    let (mut before, mut times) = (start, Vec::new());
    while before.duration_since(start) < time {
        connection.scrape("gzip");
        let now = Instant::now();
        times.push(now.duration_since(before).as_secs_f64() * 1e6);
        before = now;
    }
    times
}

/// What one turn came to.
struct Turn {
    per_second: f64,
    /// In microseconds: the median, the 99th and 99.9th percentile, and the slowest.
    times: [f64; 4],
}

/// A server and its clients.
struct Server {
    name: String,
    clients: Vec<Connection>,
    turns: Vec<Turn>,
}

impl Server {
    fn new(name: &str, address: &str, connections: usize) -> Self {
        let clients = (0..connections).map(|_| Connection::open(address));
        let mut server = Self {
            name: name.to_owned(),
            clients: clients.collect(),
            turns: Vec::new(),
        };
        server.ask(WARM_UP);
        server
    }

    /// The microseconds of every answer within that time, from the fastest on.
    fn ask(&mut self, time: Duration) -> Vec<f64> {
        let mut times = thread::scope(|scope| {
            let clients = self.clients.iter_mut();
            let asked: Vec<_> = clients
                .map(|client| scope.spawn(move || scrape_for(client, time)))
                .collect();
            asked
                .into_iter()
                .flat_map(|it| it.join().unwrap())
                .collect::<Vec<_>>()
        });
        times.sort_by(f64::total_cmp);
        times
    }

    /// The number of answers.
    fn take_turn(&mut self) -> f64 {
        let times = self.ask(TURN);
        let last = times.len() - 1;
        #[expect(clippy::cast_precision_loss, reason = "there are not that many")]
        let count = times.len() as f64;
        self.turns.push(Turn {
            per_second: count / TURN.as_secs_f64(),
            times: [500, 990, 999, 1000].map(|thousandths| times[last * thousandths / 1000]),
        });
        count
    }

    /// The median of all turns: the best and the worst say more of the machine than of the server.
    fn report(&self) {
        let median = |value: &dyn Fn(&Turn) -> f64| {
            let mut values: Vec<f64> = self.turns.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let [half, p99, p999, slowest] = [0, 1, 2, 3].map(|n| median(&|turn| turn.times[n]));
        println!(
            "{:<22} {:.0} a second, median {half:.0} us, p99 {p99:.0} us, p99.9 {p999:.0} us, slowest {slowest:.0} us",
            self.name,
            median(&|turn| turn.per_second),
        );
    }
}

/// Seconds for which threads of the exporter ran so far, and for which they could have run but other threads had the cores.
fn scheduled(exporter: &Exporter) -> [f64; 2] {
    let threads = fs::read_dir(format!("/proc/{}/task", exporter.process.0.id())).unwrap();
    let mut sum = [0.0; 2];
    // A thread may end meanwhile.
    let read = threads.filter_map(|it| fs::read_to_string(it.ok()?.path().join("schedstat")).ok());
    for text in read {
        for (sum, nanoseconds) in sum.iter_mut().zip(text.split_whitespace()) {
            *sum += nanoseconds.parse::<f64>().unwrap() / 1e9;
        }
    }
    sum
}

/// Measures that many connections for that many seconds, beside another server's if its address is given.
pub(super) fn run(program: &Path, connections: usize, seconds: usize, beside: Option<&str>) {
    let regions = world::regions(world::default_regions());
    let simulator = world::simulator(program, 1, &regions);
    let exporter = Exporter::start(&simulator, &world::config(&regions));
    world::wait_until_ready(&exporter);
    let address = exporter.url.trim_start_matches("http://");
    let bytes = Connection::open(address).scrape("gzip").len();
    println!("{connections} connections, {seconds} turns of {TURN:?}, gzip, {bytes} bytes");
    let mut other = beside.map(|address| Server::new(address, address, connections));
    let mut measured = Server::new("exporter", address, connections);
    let (mut ran, mut waited, mut answers) = (0.0, 0.0, 0.0);
    for _ in 0..seconds {
        let before = scheduled(&exporter);
        answers += measured.take_turn();
        let after = scheduled(&exporter);
        ran += after[0] - before[0];
        waited += after[1] - before[1];
        if let Some(other) = &mut other {
            other.take_turn();
        }
    }
    measured.report();
    println!(
        "  of each: {:.1} us of CPU, {:.1} us of waiting for a core",
        ran / answers * 1e6,
        waited / answers * 1e6
    );
    if let Some(other) = other {
        other.report();
    }
}
