//! A platform that costs next to nothing: it speaks as much of the Mastodon API as an account needs to be connected
//! and a post to leave, notes when the first byte of each publication came, and answers after a set time. It stands
//! in where the sandbox's own work would be measured with ours.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// One publication that arrived.
#[derive(Debug, Clone)]
pub struct Publication {
    /// When its first byte did.
    pub at: DateTime<Utc>,
    /// Its `Idempotency-Key`.
    pub key: String,
    /// Its body.
    pub body: String,
}

#[derive(Debug, Default)]
struct Seen {
    publications: Mutex<Vec<Publication>>,
    count: AtomicUsize,
    answer_after_ms: AtomicU64,
}

/// A running stand-in; it stops when this is dropped.
#[derive(Debug)]
pub struct Platform {
    address: SocketAddr,
    seen: Arc<Seen>,
    serving: JoinHandle<()>,
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Platform {
    /// Begins to listen.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Seen::default());
        let serving = tokio::spawn(accept(listener, Arc::clone(&seen)));
        Ok(Self {
            address,
            seen,
            serving,
        })
    }

    /// Where accounts of it live.
    pub fn instance(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers publications this much later from now on, and forgets those that came.
    pub fn answer_after(&self, delay: Duration) {
        let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.seen.answer_after_ms.store(millis, Ordering::Relaxed);
        self.publications().clear();
        self.seen.count.store(0, Ordering::Relaxed);
    }

    /// How many publications came.
    pub fn count(&self) -> usize {
        self.seen.count.load(Ordering::Relaxed)
    }

    /// All that came.
    pub fn all(&self) -> Vec<Publication> {
        self.publications().clone()
    }

    fn publications(&self) -> std::sync::MutexGuard<'_, Vec<Publication>> {
        self.seen
            .publications
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request to publish, as the adapter of this platform writes it, for bare senders.
pub fn publication(host: &str, number: usize) -> String {
    let body = format!(
        "{{\"status\":\"図書館からのお知らせ、その{number}\",\"visibility\":\"public\",\"language\":\"ja\"}}"
    );
    format!(
        "POST /api/v1/statuses HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer a\r\nidempotency-key: {number}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn accept(listener: TcpListener, seen: Arc<Seen>) {
    while let Ok((stream, _)) = listener.accept().await {
        let seen = Arc::clone(&seen);
        tokio::spawn(async move {
            // A client that goes away in the middle is its own affair.
            let _ = serve(stream, &seen).await;
        });
    }
}

async fn serve(mut stream: TcpStream, seen: &Seen) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut bytes = Vec::with_capacity(2048);
    loop {
        bytes.clear();
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the stand-in is a stranger with a clock of its own"
        )]
        let at = Utc::now();
        let (head, body) = loop {
            if let Some(parts) = whole(&bytes) {
                break parts;
            }
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
        };
        let answer = match head.split_whitespace().nth(1).unwrap_or_default() {
            "/api/v1/statuses" => {
                let key = header(&head, "idempotency-key").unwrap_or_default().to_owned();
                let number = seen.count.fetch_add(1, Ordering::Relaxed);
                seen.publications
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(Publication { at, key, body });
                let delay = seen.answer_after_ms.load(Ordering::Relaxed);
                if delay > 0 {
                    tokio::time::sleep(Duration::from_millis(delay)).await;
                }
                format!("{{\"id\":\"{number}\",\"url\":\"http://127.0.0.1/{number}\"}}")
            }
            path => about(path, &head),
        };
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        );
        stream.write_all(answer.as_bytes()).await?;
    }
}

/// What connecting an account asks. A token `token-NAME` is that account's.
fn about(path: &str, head: &str) -> String {
    match path {
        "/api/v1/accounts/verify_credentials" => {
            let token = header(head, "authorization").unwrap_or_default();
            let name = token.rsplit_once("token-").map_or("nobody", |(_, name)| name);
            format!("{{\"id\":\"{name}\",\"username\":\"{name}\"}}")
        }
        "/api/v2/instance" => "{\"configuration\":{\"statuses\":{\"max_characters\":500,\
             \"characters_reserved_per_url\":23}}}"
            .to_owned(),
        _ => "{}".to_owned(),
    }
}

/// Head and body, once all of both is there.
fn whole(bytes: &[u8]) -> Option<(String, String)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length: usize = header(&head, "content-length").map_or(Some(0), |text| text.parse().ok())?;
    let body = bytes.get(end..end + length)?;
    Some((head, String::from_utf8_lossy(body).into_owned()))
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
