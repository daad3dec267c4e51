//! Files of one run, each in a directory of its own.
use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Lines of a log that a failure shows.
const TAIL_LINES: usize = 40;

/// Writes a new file. Its directory is new too, so that other files can be written beside it.
pub fn file(name: &str, content: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let directory = build_directory().join(format!("tmp/{}-{number}", process::id()));
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    fs::write(&path, content).unwrap();
    path
}

/// Cargo's target directory: this program is in `PROFILE` or `PROFILE/deps` of it.
fn build_directory() -> PathBuf {
    let program = env::current_exe().unwrap();
    let is_profile = |directory: &&Path| directory.join(".fingerprint").is_dir();
    let profile = program.ancestors().find(is_profile).unwrap();
    profile.parent().unwrap().to_owned()
}

/// The end of a log. Empty if there is no such file.
pub fn log_tail(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
