//! A PostgreSQL of a test's own, which the test may kill and start again: the server of the other tests stays.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// A server that goes away with the test. A shell with `scripts/lib/postgres.sh` keeps it.
#[derive(Debug)]
pub struct PostgresServer {
    /// Its own database.
    pub url: String,
    keeper: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Takes one order a line; the server goes away when there are no more lines.
const KEEPER: &str = r#"
set -euo pipefail
source scripts/lib/postgres.sh
trap postgres_stop EXIT
postgres_start >&2
echo "$POSTGRES_URL"
while read -r order; do
    case $order in
        crash) postgres_crash >&2 && echo crashed ;;
        again) postgres_again >&2 && echo started ;;
        copy) postgres_copy >&2 && echo copied ;;
        fail_over) postgres_crash >&2 && postgres_use_copy >&2 && postgres_again >&2 && echo started ;;
    esac
done
"#;

impl PostgresServer {
    /// Starts one; `None` where no PostgreSQL is used at all.
    pub fn start() -> Option<Self> {
        std::env::var_os("SEKISHO_TEST_POSTGRES")?;
        let mut keeper = Command::new("bash")
            .args(["-c", KEEPER])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let orders = keeper.stdin.take().expect("its input");
        let mut answers = BufReader::new(keeper.stdout.take().expect("its output"));
        let url = line(&mut answers);
        Some(Self {
            url,
            keeper,
            orders,
            answers,
        })
    }

    /// SIGKILL: the server has no time for anything.
    pub fn crash(&mut self) {
        self.order("crash", "crashed");
    }

    /// Starts it again, on the same data and the same port.
    pub fn again(&mut self) {
        self.order("again", "started");
    }

    /// Takes a base copy while it runs, as for a standby.
    pub fn copy(&mut self) {
        self.order("copy", "copied");
    }

    /// SIGKILL, and the copy takes its place, on a timeline of its own: what was committed since is lost.
    pub fn fail_over(&mut self) {
        self.order("fail_over", "started");
    }

    fn order(&mut self, order: &str, answer: &str) {
        writeln!(self.orders, "{order}").expect("the keeper lives");
        assert_eq!(line(&mut self.answers), answer);
    }
}

fn line(answers: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    answers.read_line(&mut line).expect("an answer");
    line.trim().to_owned()
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // The shell stops the server and removes its data.
        let pid = rustix::process::Pid::from_child(&self.keeper);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.keeper.wait();
    }
}
