//! No core dumps: the memory holds credentials.
use rustix::process::{Resource, Rlimit, setrlimit};

/// Forbids them, as far as the system lets it.
pub fn forbid() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Neither failure is a reason not to run.
    let _ = setrlimit(Resource::Core, none);
    // A program that takes the dumps heeds no limit; nor may others of the same user look into the memory.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
