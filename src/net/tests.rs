//! Over real connections to this machine.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::Method;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;

use super::*;
use crate::vault::Secret;

const CANARY: &str = "canary-7f3a9c";

fn client() -> Client {
    let config = NetConfig {
        loopback: LoopbackPolicy::Allowed,
        ..NetConfig::default()
    };
    Client::new(&config).unwrap()
}

/// A server that reads one request per connection, writes `answer` and closes. Counts its connections.
async fn server(answer: Vec<u8>) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/path?query={CANARY}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counting.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    });
    (url.parse().unwrap(), count)
}

/// A port at which nobody listens.
async fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

fn post(url: &Url) -> Request {
    Request::new(Method::POST, url.clone())
        .bearer(&Secret::new(CANARY.to_owned()))
        .unwrap()
        .body(CANARY.as_bytes().to_vec())
}

#[tokio::test]
async fn this_machine_is_refused_unless_allowed() {
    let (url, count) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec()).await;
    let strict = Client::new(&NetConfig::default()).unwrap();
    let named = Url::parse(&format!("https://localhost:{}/", url.port().unwrap())).unwrap();
    for url in [url.clone(), named] {
        let error = strict.fetch(post(&url)).await.unwrap_err();
        assert!(matches!(error, FetchError::NotSent { .. }), "{error}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
    let answer = client().fetch(post(&url)).await.unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.body.as_slice()),
        (200, &b"ok"[..])
    );
}

#[tokio::test]
async fn a_refused_connection_proves_that_nothing_left() {
    let url = Url::parse(&format!("http://127.0.0.1:{}/?{CANARY}", closed_port().await)).unwrap();
    let error = client().fetch(post(&url)).await.unwrap_err();
    assert!(matches!(error, FetchError::NotSent { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains(CANARY));
}

#[tokio::test]
async fn an_unknown_name_proves_that_nothing_left() {
    let url = Url::parse("https://no-such-host.invalid/").unwrap();
    let error = client().fetch(post(&url)).await.unwrap_err();
    assert!(matches!(error, FetchError::NotSent { .. }), "{error}");
}

#[tokio::test]
async fn tls_with_one_who_does_not_speak_it_proves_that_nothing_left() {
    let (mut url, _) = server(b"hello\r\n".to_vec()).await;
    url.set_scheme("https").unwrap();
    let error = client().fetch(post(&url)).await.unwrap_err();
    assert!(matches!(error, FetchError::NotSent { .. }), "{error}");
}

#[tokio::test]
async fn the_bound_on_the_start_proves_that_nothing_left() {
    // The handshake is never answered.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    let began = Instant::now();
    let request = post(&url).start_within(Duration::from_millis(50));
    let error = client().fetch(request).await.unwrap_err();
    assert!(matches!(error, FetchError::NotSent { .. }), "{error}");
    assert!(began.elapsed() < CONNECT_TIMEOUT);
}

#[tokio::test]
async fn whatever_happens_after_the_first_byte_is_ambiguous() {
    let large = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}",
        MAX_BODY + 1,
        "a".repeat(MAX_BODY + 1)
    );
    let cases = [
        ("closed without an answer", String::new()),
        ("half a status line", "HTTP/1.1 20".to_owned()),
        ("not HTTP", format!("{CANARY}\r\n\r\n")),
        (
            "half a body",
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_owned(),
        ),
        (
            "a broken chunk",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_owned(),
        ),
        ("too large", large),
    ];
    for (name, answer) in cases {
        let (url, count) = server(answer.into_bytes()).await;
        let error = client().fetch(post(&url)).await.unwrap_err();
        assert!(matches!(error, FetchError::Ambiguous { .. }), "{name}: {error}");
        assert!(!format!("{error} {error:?}").contains(CANARY), "{name}: {error}");
        assert_eq!(count.load(Ordering::SeqCst), 1, "{name}: sent again");
    }
}

#[tokio::test]
async fn a_time_out_is_ambiguous() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let request = post(&url).within(Duration::from_millis(50));
    let error = client().fetch(request).await.unwrap_err();
    assert_eq!(error, FetchError::ambiguous("no answer in time"));
}

/// A server that would answer any number of requests on one connection. Counts connections and requests.
async fn patient_server(answer: &'static str) -> (Url, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (connections, requests) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (connected, requested) = (Arc::clone(&connections), Arc::clone(&requests));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            connected.fetch_add(1, Ordering::SeqCst);
            let requested = Arc::clone(&requested);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while stream.read(&mut request).await.is_ok_and(|length| length > 0) {
                    requested.fetch_add(1, Ordering::SeqCst);
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (url.parse().unwrap(), connections, requests)
}

#[tokio::test]
async fn redirects_are_answers_and_connections_are_not_kept() {
    let answer = "HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
    let (url, connections, requests) = patient_server(answer).await;
    let client = client();
    for _ in 0..2 {
        let answer = client.fetch(post(&url)).await.unwrap();
        assert_eq!(answer.status.as_u16(), 307);
        // What is kept is put away in the background: give it the time.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        (
            connections.load(Ordering::SeqCst),
            requests.load(Ordering::SeqCst)
        ),
        (2, 2)
    );
}

#[tokio::test]
async fn a_proxy_sees_nothing_but_the_host_and_may_stand_inside() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Url::parse(&format!(
        "http://user:{CANARY}@localhost:{}",
        listener.local_addr().unwrap().port()
    ));
    let config = NetConfig {
        proxy: Some(proxy.unwrap()),
        ..NetConfig::default()
    };
    assert!(!format!("{config:?}").contains(CANARY));
    let seen = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            .await
            .unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let url = Url::parse(&format!("https://social.example.jp/{CANARY}")).unwrap();
    let error = Client::new(&config).unwrap().fetch(post(&url)).await.unwrap_err();
    assert!(matches!(error, FetchError::NotSent { .. }), "{error}");
    let seen = seen.await.unwrap();
    assert!(seen.starts_with("CONNECT social.example.jp:443 "), "{seen}");
    assert!(!seen.contains(CANARY), "{seen}");
}

#[test]
fn nothing_secret_is_printed() {
    let url = Url::parse(&format!("https://example.jp/?token={CANARY}")).unwrap();
    let request = post(&url);
    assert!(!format!("{request:?}").contains(CANARY));
    let answer = Answer {
        status: reqwest::StatusCode::OK,
        headers: request.headers,
        body: CANARY.as_bytes().to_vec(),
    };
    assert!(!format!("{answer:?}").contains(CANARY));
    let odd = Request::new(Method::GET, url).bearer(&Secret::new(format!("{CANARY}\n")));
    let error = odd.unwrap_err();
    assert!(!format!("{error:?} {error}").contains(CANARY));
}

#[test]
fn what_cannot_be_set_up_is_refused() {
    let proxy = NetConfig {
        proxy: Url::parse("socks5://proxy.example.jp").ok(),
        ..NetConfig::default()
    };
    assert!(matches!(Client::new(&proxy), Err(NetError::Proxy)));
    let roots = NetConfig {
        extra_roots: b"no certificate".to_vec(),
        ..NetConfig::default()
    };
    assert!(matches!(Client::new(&roots), Err(NetError::Roots)));
}

/// A server that reads a whole request and answers with its body.
async fn echo() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        let mut piece = [0; 4096];
        let (head, length) = loop {
            let read = stream.read(&mut piece).await.unwrap();
            request.extend_from_slice(&piece[..read]);
            let text = String::from_utf8_lossy(&request).to_lowercase();
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                let length = head.split_once("content-length: ").expect("a length is told").1;
                let length = length.lines().next().unwrap().parse::<usize>().unwrap();
                break (head.len() + 4, length);
            }
        };
        while request.len() < head + length {
            match stream.read(&mut piece).await.unwrap() {
                0 => return,
                read => request.extend_from_slice(&piece[..read]),
            }
        }
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.write_all(&request[head..]).await.unwrap();
    });
    url.parse().unwrap()
}

#[tokio::test]
async fn a_body_is_read_while_it_leaves_with_its_length_told() {
    let film: Vec<u8> = (0_u32..200_000).flat_map(u32::to_le_bytes).collect();
    let body = Streamed::new(std::io::Cursor::new(film.clone()), 800_000);
    let request = Request::new(Method::POST, echo().await).stream(body);
    assert_eq!(client().fetch(request).await.unwrap().body, film);
    // What is longer than was told is left, what is shorter breaks off.
    let body = Streamed::new(std::io::Cursor::new(film.clone()), 3);
    let request = Request::new(Method::POST, echo().await).stream(body);
    assert_eq!(client().fetch(request).await.unwrap().body, film[..3]);
    let body = Streamed::new(std::io::Cursor::new(film), 800_001);
    let request = Request::new(Method::POST, echo().await).stream(body);
    assert!(client().fetch(request).await.is_err());
}
