//! The program's processes, and what they use.
use std::{
    env, fs,
    process::{Child, Command},
};

/// A process that ends with this one.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Megabytes resident.
    pub(crate) fn resident(&self) -> f64 {
        self.memory("VmRSS:")
    }

    /// Megabytes resident, at most so far.
    pub(crate) fn peak(&self) -> f64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, what: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(what)).unwrap();
        let kilobytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes / 1024.0
    }

    /// CPU time so far, user and system, of all its threads, in seconds.
    pub(crate) fn cpu(&self) -> f64 {
        // Linux counts it in hundredths of a second for all who ask.
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let ticks = |n: usize| fields[n].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / 100.0
    }

    /// Tells it to read its configuration again.
    pub(crate) fn reload(&self) {
        let id = self.0.id().to_string();
        let status = Command::new("kill").args(["-HUP", &id]).status();
        assert!(status.unwrap().success());
    }
}

/// The program, as it was built last.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let examples = env::current_exe().unwrap();
    let path = examples
        .parent()
        .unwrap()
        .with_file_name("aws-root-exporter");
    assert!(
        path.exists(),
        "build the program first: cargo build --release"
    );
    let mut command = Command::new(path);
    command.env_clear().args(arguments);
    command
}
