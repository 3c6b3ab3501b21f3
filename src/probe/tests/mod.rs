//! Over real connections to this machine, with names of the tests' own.

mod links;
mod outside;

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use futures::future::BoxFuture;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::net::{LoopbackPolicy, NameError, Names, NetConfig};

/// What a site does with a request.
enum Reply {
    /// Writes this and closes.
    Bytes(Vec<u8>),
    /// Writes this, then more and more until nobody listens.
    Endless(Vec<u8>),
    /// Keeps the connection and says nothing.
    Nothing,
}

impl Reply {
    fn text(text: impl Into<String>) -> Self {
        Self::Bytes(text.into().into_bytes())
    }

    fn status(status: u16) -> Self {
        Self::text(format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\n\r\n"))
    }

    fn moved(status: u16, location: &str) -> Self {
        let head = format!("HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        Self::text(head)
    }

    fn page(body: &str) -> Self {
        let length = body.len();
        Self::text(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }
}

/// A server on this machine. It answers by path and keeps every request as it came.
struct Site {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Site {
    async fn start(reply: impl Fn(&str, u16) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let (reply, kept) = (Arc::new(reply), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (reply, kept) = (Arc::clone(&reply), Arc::clone(&kept));
                tokio::spawn(async move {
                    let request = read(&mut stream).await;
                    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                    kept.lock().unwrap().push(request);
                    answer(stream, reply(&path, port)).await;
                });
            }
        });
        Self { port, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }
}

async fn read(stream: &mut TcpStream) -> String {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut buffer).await.unwrap_or(0);
        request.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if length == 0 {
                return text;
            }
            continue;
        };
        let told = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if length == 0 || told.is_none_or(|told| body.len() >= told.parse().unwrap()) {
            return text;
        }
    }
}

async fn answer(mut stream: TcpStream, reply: Reply) {
    match reply {
        Reply::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Endless(head) => {
            let _ = stream.write_all(&head).await;
            while stream.write_all(&[b'a'; 4096]).await.is_ok() {}
        }
        Reply::Nothing => {
            let _ = stream.read(&mut [0; 1]).await;
        }
    }
}

/// Names with the addresses that they have one look-up after the other; the last ones stay.
#[derive(Debug, Default)]
struct Book {
    pages: BTreeMap<&'static str, Vec<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Book {
    /// Every name leads to this machine, unless it stands in the book.
    fn of(pages: &[(&'static str, &[&[&str]])]) -> Arc<Self> {
        let addresses = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let pages = pages
            .iter()
            .map(|(name, answers)| (*name, answers.iter().map(addresses).collect()));
        Arc::new(Self {
            pages: pages.collect(),
            asked: Mutex::default(),
        })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Names for Book {
    fn addresses<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, NameError>> {
        let mut asked = self.asked.lock().unwrap();
        let before = asked.iter().filter(|known| *known == name).count();
        asked.push(name.to_owned());
        let found = match (name, self.pages.get(name)) {
            ("nowhere.test", _) => Err(NameError::NoSuchHost),
            ("silent.test", _) => Err(NameError::NoAnswer("nobody answers".to_owned())),
            (_, Some(answers)) => Ok(answers[before.min(answers.len() - 1)].clone()),
            (_, None) => Ok(vec![IpAddr::from([127, 0, 0, 1])]),
        };
        Box::pin(async move { found })
    }
}

fn net(names: &Arc<Book>) -> NetConfig {
    NetConfig {
        loopback: LoopbackPolicy::Allowed,
        names: Arc::clone(names) as Arc<dyn Names>,
        ..NetConfig::default()
    }
}
