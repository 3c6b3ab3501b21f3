//! The real program, as processes of their own.

use std::{
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
};

use super::town::KEY_RING;

/// The program on a database, with requests that may take a second at most.
pub fn gateway(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
    command
        .env("SEKISHO_DATABASE__URL", url)
        .env("SEKISHO_VAULT__KEY_RING_VARIABLE", "SEKISHO_KEY_RING")
        .env("SEKISHO_KEY_RING", KEY_RING)
        .env("SEKISHO_NET__LOOPBACK", "allowed")
        .env("SEKISHO_WEB__LISTEN", "127.0.0.1:0")
        .env("SEKISHO_DISPATCH__LEASE_SECONDS", "1")
        .env("SEKISHO_DISPATCH__LONGEST_REQUEST_SECONDS", "1")
        .env("SEKISHO_LOG__FILTER", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// Runs a command to its end and gives what it printed.
pub fn run(url: &str, arguments: &[&str]) -> Output {
    gateway(url)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .expect("the program runs")
}

/// Runs a command that must succeed, and gives what it printed.
pub fn succeed(url: &str, arguments: &[&str]) -> String {
    let output = run(url, arguments);
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {said}{complained}");
    said
}

/// Runs a command that must be refused, and gives what it complained of.
pub fn refused(url: &str, arguments: &[&str]) -> String {
    let output = run(url, arguments);
    assert!(
        !output.status.success(),
        "{arguments:?}: {}",
        text(&output.stdout)
    );
    text(&output.stderr)
}

/// A path as an argument.
pub fn argument(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Asks a process to stop, and waits for it.
pub fn terminate(child: &mut Child) -> ExitStatus {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a signal");
    child.wait().expect("it stops")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
