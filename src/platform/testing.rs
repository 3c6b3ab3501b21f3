//! What the tests of several adapters need: pictures, and a server that breaks off.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use uuid::Uuid;

use super::{File, FileError, Files, Opened};
use crate::{
    domain::{
        account::Platform,
        digest::MediaDigest,
        ids::AccountId,
        revision::{Media, Part, Payload, Visibility},
    },
    net::{Client, LoopbackPolicy, NetConfig},
};

/// A client that may call this machine.
pub(super) fn client() -> Client {
    let config = NetConfig {
        loopback: LoopbackPolicy::Allowed,
        ..NetConfig::default()
    };
    Client::new(&config).unwrap()
}

/// A post of one part, without a language.
pub(super) fn payload(text: &str) -> Payload {
    series(&[text])
}

/// A post of several parts.
pub(super) fn series(texts: &[&str]) -> Payload {
    let part = |text: &&str| Part {
        text: (*text).to_owned(),
        link_card: None,
        media: Vec::new(),
    };
    Payload {
        account: AccountId::new(Uuid::from_u128(1)),
        parts: texts.iter().map(part).collect(),
        language: None,
        visibility: Visibility::Public,
        refers_to: None,
        audience: None,
    }
}

/// A picture with this description.
pub(super) fn picture(number: u8, alt: &str) -> Media {
    Media {
        digest: MediaDigest::new([number; 32]),
        alt: alt.to_owned(),
    }
}

/// The same picture for everybody.
pub(super) struct Pictures(pub(super) Result<File, FileError>);

impl Pictures {
    pub(super) fn png(size: (u32, u32), bytes: usize) -> Self {
        Self(Ok(File {
            bytes: vec![7; bytes],
            media_type: "image/png".to_owned(),
            size,
        }))
    }
}

impl Files for Pictures {
    fn file<'a>(&'a self, _: &'a Media, _: Platform) -> BoxFuture<'a, Result<File, FileError>> {
        Box::pin(async { self.0.clone() })
    }

    fn address<'a>(&'a self, media: &'a Media, _: Platform) -> BoxFuture<'a, Result<url::Url, FileError>> {
        let address = format!("https://media.city.example.lg.jp/{}.png", media.digest);
        Box::pin(async move { Ok(address.parse().unwrap()) })
    }
}

/// The same film for everybody. Whoever asks for all of it at once gets nothing: it may be too large for that.
pub(super) struct Films(pub(super) File);

impl Films {
    /// No byte is like its neighbours.
    pub(super) fn mp4(bytes: usize) -> Self {
        Self(File {
            bytes: (0..bytes).map(|number| (number % 251) as u8).collect(),
            media_type: "video/mp4".to_owned(),
            size: (1_280, 720),
        })
    }
}

impl Files for Films {
    fn file<'a>(&'a self, _: &'a Media, _: Platform) -> BoxFuture<'a, Result<File, FileError>> {
        Box::pin(async { Err(FileError::Unusable("a film is never in memory whole".to_owned())) })
    }

    fn open<'a>(&'a self, _: &'a Media, _: Platform) -> BoxFuture<'a, Result<Opened, FileError>> {
        Box::pin(async { Ok(Opened::from(self.0.clone())) })
    }

    fn address<'a>(&'a self, media: &'a Media, _: Platform) -> BoxFuture<'a, Result<url::Url, FileError>> {
        let address = format!("https://media.city.example.lg.jp/{}.mp4", media.digest);
        Box::pin(async move { Ok(address.parse().unwrap()) })
    }
}

/// What a broken server does with a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Break {
    /// Closes at once, without reading.
    CutBefore,
    /// Reads the whole request, then closes without an answer.
    CutAfter,
    /// Reads it, then says nothing.
    Hang,
    /// Reads it, then begins an answer and closes in its middle.
    HalfAnswer(&'static str),
    /// Reads it, then answers one byte after the other, slowly.
    Drip(&'static str),
}

/// A server that breaks off.
pub(super) struct Broken {
    address: String,
    requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Broken {
    pub(super) async fn start(fault: Break) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, fault));
            }
        });
        Self {
            address,
            requests,
            task,
        }
    }

    pub(super) fn uri(&self) -> &str {
        &self.address
    }

    /// How many connections were made; each carries one request.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, fault: Break) {
    if matches!(fault, Break::CutBefore) {
        return;
    }
    read_request(&mut stream).await;
    match fault {
        Break::CutBefore | Break::CutAfter => {}
        Break::Hang => tokio::time::sleep(Duration::from_secs(30)).await,
        Break::HalfAnswer(body) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let half = &body.as_bytes()[..body.len() / 2];
            let _ = stream.write_all(&[head.as_bytes(), half].concat()).await;
        }
        Break::Drip(body) => {
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            for byte in answer.as_bytes() {
                if stream.write_all(&[*byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Reads the head, and as much of a body as it announces.
async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .and_then(|length| length.parse::<usize>().ok());
            if body.len() >= length.unwrap_or(0) {
                return;
            }
        }
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => request.extend_from_slice(&chunk[..read]),
            _ => return,
        }
    }
}
