//! A closed loop of HTTP clients on kept connections, as thin as it can be: it shares the processors with what it
//! measures.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use crate::figures::Samples;

/// What to ask.
pub type Ask = Arc<dyn Fn(usize) -> String + Send + Sync>;

/// What came of it.
#[derive(Debug)]
pub struct Load {
    /// Answers in a second.
    pub rate: f64,
    /// How long each took, in milliseconds.
    pub took: Samples,
}

/// How much to ask.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many connections.
    pub connections: usize,
    /// For how long.
    pub during: Duration,
    /// The status that every answer must have.
    pub expected: u16,
    /// The number of the first request: no two of a run may be the same.
    pub first: usize,
}

/// Asks as fast as the answers come.
pub async fn run(address: SocketAddr, plan: Plan, ask: Ask) -> anyhow::Result<Load> {
    let numbers = Arc::new(AtomicUsize::new(plan.first));
    let mut clients = JoinSet::new();
    let begin = Instant::now();
    let end = begin + plan.during;
    for _ in 0..plan.connections {
        let (ask, numbers) = (Arc::clone(&ask), Arc::clone(&numbers));
        clients.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut took = Vec::new();
            while Instant::now() < end {
                let request = ask(numbers.fetch_add(1, Ordering::Relaxed));
                let begin = Instant::now();
                let status = connection.ask(request.as_bytes()).await?;
                took.push(begin.elapsed().as_secs_f64() * 1e3);
                if status != plan.expected {
                    bail!("{status}: {}", connection.body());
                }
            }
            anyhow::Ok(took)
        });
    }
    let mut all = Vec::new();
    while let Some(took) = clients.join_next().await {
        all.extend(took??);
    }
    let rate = all.len() as f64 / begin.elapsed().as_secs_f64();
    Ok(Load {
        rate,
        took: Samples::new(all),
    })
}

/// One kept connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
    body_at: usize,
}

impl Connection {
    /// Opens one.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            answer: Vec::with_capacity(4096),
            body_at: 0,
        })
    }

    /// Sends a request, reads the whole answer and tells its status.
    pub async fn ask(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("the server closed the connection");
            }
            let Some(end) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&self.answer[..end])?;
            let status = head.split(' ').nth(1).context("a status")?.parse()?;
            let length = length(head, status)?;
            self.body_at = end + 4;
            if self.answer.len() >= self.body_at + length {
                return Ok(status);
            }
        }
    }

    /// The last answer's body.
    pub fn body(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.answer[self.body_at..])
    }
}

/// How long the body of an answer is.
fn length(head: &str, status: u16) -> anyhow::Result<usize> {
    let named = head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case("content-length").then(|| value.trim())
    });
    match named {
        Some(length) => Ok(length.parse()?),
        None if status == 204 => Ok(0),
        None => bail!("an answer without a length"),
    }
}

/// A request with a token and, perhaps, a body with its key.
pub fn request(method: &str, path: &str, token: &str, body: Option<(&str, &str)>) -> String {
    let rest = body.map_or_else(String::new, |(key, body)| {
        format!(
            "idempotency-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    });
    let end = if body.is_none() { "\r\n" } else { "" };
    format!("{method} {path} HTTP/1.1\r\nhost: sekisho\r\nauthorization: Bearer {token}\r\n{rest}{end}")
}
