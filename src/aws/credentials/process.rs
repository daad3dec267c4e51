//! `credential_process`: a command of a profile, whose output are credentials. It runs in a process group of its own, which
//! is killed if the command does not end in time.
use super::process_output::{first_line, parse};
use crate::limits::{CREDENTIAL_PROCESS_TIMEOUT, MAX_PROCESS_OUTPUT_BYTES};
use aws_credential_types::Credentials;
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    io,
    process::{ExitStatus, Stdio},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, copy, sink},
    process::{Child, Command},
    time::timeout,
    try_join,
};

/// The process and all that it started. They are killed when this is dropped before the process has ended.
struct Group {
    child: Child,
    running: bool,
}

impl Drop for Group {
    fn drop(&mut self) {
        // Its number is its own until it has been waited for.
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let (true, Some(group)) = (self.running, id.and_then(Pid::from_raw)) {
            // It may have ended meanwhile.
            let _ = kill_process_group(group, Signal::Kill);
        }
    }
}

/// Runs the command.
///
/// # Errors
/// What it did instead of printing credentials, with the first line that it wrote to standard error.
pub(super) async fn run(command: &str) -> Result<Credentials, String> {
    let child = Command::new("sh")
        .args(["-c", command])
        .process_group(0)
        .kill_on_drop(true)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child
        .map_err(|error| format!("its credential_process cannot be started: {}", error.kind()))?;
    let mut group = Group {
        child,
        running: true,
    };
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ended = timeout(
        CREDENTIAL_PROCESS_TIMEOUT,
        end(&mut group, &mut stdout, &mut stderr),
    )
    .await;
    let said = |stdout: &[u8], stderr: &[u8]| match first_line(stderr, stdout, command) {
        Some(line) => format!(": {line}"),
        None => String::new(),
    };
    match ended {
        Err(_) => Err(format!(
            "its credential_process did not end within {CREDENTIAL_PROCESS_TIMEOUT:?} and was killed{}",
            said(&stdout, &stderr)
        )),
        Ok(Err(error)) => Err(format!(
            "the output of its credential_process cannot be read: {error}"
        )),
        Ok(Ok(status)) if !status.success() => Err(format!(
            "its credential_process failed with {status}{}",
            said(&stdout, &stderr)
        )),
        Ok(Ok(_)) => parse(&stdout).map_err(|what| {
            format!(
                "its credential_process printed {what}{}",
                said(&stdout, &stderr)
            )
        }),
    }
}

/// Reads what it writes, then waits for its end. In this order: its number must stay its own while it may be killed.
async fn end(
    group: &mut Group,
    stdout: &mut Vec<u8>,
    stderr: &mut Vec<u8>,
) -> io::Result<ExitStatus> {
    let (out, err) = (group.child.stdout.take(), group.child.stderr.take());
    try_join!(all(out, stdout), start(err, stderr))?;
    let status = group.child.wait().await?;
    group.running = false;
    Ok(status)
}

/// Reads all of it.
async fn all(from: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) -> io::Result<()> {
    let Some(from) = from else { return Ok(()) };
    let limit = MAX_PROCESS_OUTPUT_BYTES as u64;
    from.take(limit + 1).read_to_end(into).await?;
    if into.len() > MAX_PROCESS_OUTPUT_BYTES {
        let kilobytes = MAX_PROCESS_OUTPUT_BYTES >> 10;
        return Err(io::Error::other(format!(
            "it is larger than {kilobytes} kB"
        )));
    }
    Ok(())
}

/// Reads the start of it, and lets the process write the rest.
async fn start(from: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) -> io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    let limit = MAX_PROCESS_OUTPUT_BYTES as u64;
    (&mut from).take(limit).read_to_end(into).await?;
    copy(&mut from, &mut sink()).await?;
    Ok(())
}
