//! A process that ends with its owner, and what the system says of it.
use crate::wait::wait_until;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};

/// Kubernetes kills a container that has not stopped by then.
const EXIT_TIMEOUT: Duration = Duration::from_secs(30);

/// A command of the program, with an empty environment.
pub fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().args(arguments);
    command
}

/// The library that gives a process a clock of its own; `None` where it is not installed.
pub fn libfaketime() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").unwrap();
    let paths = folders.map(|folder| folder.unwrap().path().join("faketime/libfaketimeMT.so.1"));
    paths.into_iter().find(|library| library.exists())
}

/// Killed when it is dropped.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// The content of this file of its directory in `/proc`.
    pub fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).unwrap()
    }

    /// Memory in kB, by its name in `/proc/PID/status`: `VmRSS` for what is resident now, `VmHWM` for the most so far.
    pub fn memory_kb(&self, name: &str) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// CPU time so far in seconds: user and system, all threads.
    pub fn cpu_seconds(&self) -> f64 {
        // Linux counts in hundredths of a second here, whatever the kernel's own clock.
        let ticks = |n: usize| self.stat(n).parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / 100.0
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        self.stat(0) == "Z"
    }

    /// A field of `/proc/PID/stat`, counted from the one after the name.
    fn stat(&self, field: usize) -> String {
        let stat = self.proc("stat");
        let fields = stat.rsplit(") ").next().unwrap();
        fields.split_whitespace().nth(field).unwrap().to_owned()
    }

    /// Sends it a signal, such as `HUP`.
    pub fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let arguments = [&format!("-{name}"), &id];
        let status = Command::new("kill").args(arguments).status();
        assert!(status.unwrap().success());
    }

    /// Waits until it ends: its exit code.
    pub fn wait_for_exit(&mut self) -> Option<i32> {
        wait_until("the process ends", EXIT_TIMEOUT, || {
            self.0.try_wait().unwrap()
        })
        .code()
    }
}
