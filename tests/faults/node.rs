//! A gateway in a process of its own.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::town::KEY_RING;

/// A command of the real program, with short times, on a database.
#[derive(Debug)]
pub struct Node(Command);

impl Node {
    /// A gateway that serves.
    pub fn on(url: &str) -> Self {
        Self::running(url, &["serve"])
    }

    /// Any command.
    pub fn running(url: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
        command
            .args(arguments)
            .env("SEKISHO_DATABASE__URL", url)
            .env("SEKISHO_VAULT__KEY_RING_VARIABLE", "SEKISHO_KEY_RING")
            .env("SEKISHO_KEY_RING", KEY_RING)
            .env("SEKISHO_NET__LOOPBACK", "allowed")
            .env("SEKISHO_WEB__LISTEN", "127.0.0.1:0")
            .env("SEKISHO_DISPATCH__LEASE_SECONDS", "1")
            .env("SEKISHO_DISPATCH__LONGEST_REQUEST_SECONDS", "1")
            .env("SEKISHO_DISPATCH__POLL_SECONDS", "1")
            .env("SEKISHO_DISPATCH__FIRST_PAUSE_SECONDS", "1")
            .env("SEKISHO_DISPATCH__LONGEST_PAUSE_SECONDS", "1")
            .env("SEKISHO_DISPATCH__ACCOUNT_PER_SECOND", "1000")
            .env("SEKISHO_LOG__FILTER", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        Self(command)
    }

    /// Kills itself at a point of the protocol, such as `intended:3`.
    pub fn dying_at(self, point: &str) -> Self {
        self.with("SEKISHO_FAULT_POINT", point)
    }

    /// Begins so many deliveries in a second.
    pub fn at_pace(self, per_second: u32) -> Self {
        self.with("SEKISHO_DISPATCH__ACCOUNT_PER_SECOND", &per_second.to_string())
    }

    /// With a key ring in a file.
    pub fn with_ring(mut self, ring: &Path) -> Self {
        self.0.env_remove("SEKISHO_VAULT__KEY_RING_VARIABLE");
        self.0.env("SEKISHO_VAULT__KEY_RING_FILE", ring);
        self
    }

    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.0.env(variable, value);
        self
    }

    pub fn command(&mut self) -> &mut Command {
        &mut self.0
    }

    /// Runs it to its end.
    pub fn status(mut self) -> ExitStatus {
        self.0.status().expect("a process")
    }

    /// Runs it to its end, and what it said on standard error.
    pub fn complaint(mut self) -> (ExitStatus, String) {
        let output = self.0.output().expect("a process");
        (
            output.status,
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    pub fn start(mut self) -> Running {
        Running {
            child: self.0.spawn().expect("the gateway starts"),
        }
    }

    /// Starts it and tells where it listens.
    pub fn start_listening(mut self) -> (Running, String) {
        let mut child = self.0.stdout(Stdio::piped()).spawn().expect("the gateway starts");
        let mut said = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut said).expect("a line");
        let address = said.trim().rsplit(' ').next().expect("an address").to_owned();
        (Running { child }, format!("http://{address}"))
    }
}

/// A process that is killed when the test forgets it.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

impl Running {
    /// Waits until it ends by itself.
    pub async fn end(&mut self) -> ExitStatus {
        for _ in 0..1200 {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the gateway does not end");
    }

    /// Waits until it has killed itself.
    pub async fn death(mut self, why: &str) {
        let status = self.end().await;
        assert_eq!(status.signal(), Some(9), "killed {why}");
    }

    pub fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it is dead");
    }

    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// A soft stop, which is a success.
    pub async fn stop(mut self) {
        self.signal(Signal::TERM);
        assert!(self.end().await.success(), "a soft stop is a success");
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a signal");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
