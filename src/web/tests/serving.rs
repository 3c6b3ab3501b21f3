//! The parts around the routes when something breaks, and the listening server.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body, http::Request, routing::get};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
};
use tokio_util::sync::CancellationToken;

use super::world::{METRICS, World};
use crate::web::{WebConfig, WebState, serve, surrounded};

fn state(world: &World, config: WebConfig) -> WebState {
    WebState::new(world.service.clone(), config, METRICS.clone())
}

#[tokio::test]
async fn a_panic_is_a_problem_and_says_nothing() {
    let mut world = World::new().await;
    let broken = || async {
        assert!(std::hint::black_box(false), "SELECT secret");
    };
    world.app = surrounded(
        Router::new().route("/", get(broken)),
        state(&world, WebConfig::default()),
    );
    let answer = world.send(Request::get("/").body(Body::empty()).unwrap()).await;
    answer.refused(500, "internal");
    assert!(!answer.text.contains("secret"), "{}", answer.text);
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let mut world = World::new().await;
    let config = WebConfig {
        request_seconds: 1,
        ..WebConfig::default()
    };
    let slow = || async { std::future::pending::<()>().await };
    world.app = surrounded(Router::new().route("/", get(slow)), state(&world, config));
    let answer = world.send(Request::get("/").body(Body::empty()).unwrap()).await;
    answer.refused(503, "timed-out");
    assert_eq!(answer.header("retry-after"), "5");
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_has_the_route_and_the_person_and_no_secret() {
    let world = World::new().await;
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let post = world
        .post("/v1/posts", &world.author, &world.draft("ログに残さない本文"))
        .await
        .ok();
    let id = post["id"].as_str().unwrap();
    world.get(&format!("/v1/posts/{id}"), &world.author).await.ok();
    world
        .get("/v1/connections/callback?state=s3cret&code=c0de", &world.author)
        .await;
    drop(guard);
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for wanted in ["/v1/posts/{id}", "status=201", "milliseconds=", "usr_", "req_"] {
        assert!(log.contains(wanted), "{wanted}: {log}");
    }
    for secret in [world.author.as_str(), "ログに残さない本文", id, "s3cret", "c0de"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

#[tokio::test]
async fn the_server_answers_until_it_is_told_to_stop() {
    let world = World::new().await;
    let config = WebConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        shutdown_seconds: 5,
        ..WebConfig::default()
    };
    let shutdown = CancellationToken::new();
    let (tell, bound) = oneshot::channel();
    let serving = tokio::spawn(serve(state(&world, config), shutdown.clone(), move |address| {
        tell.send(address).unwrap();
    }));
    let mut stream = TcpStream::connect(bound.await.unwrap()).await.unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).to_lowercase();
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(!answer.contains("\r\nserver:"), "{answer}");
    // The connection stays open for another request; stopping closes it.
    shutdown.cancel();
    serving.await.unwrap().unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_certificate_that_is_not_there_is_named() {
    let world = World::new().await;
    let config = WebConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        tls: Some(crate::web::TlsFiles {
            certificate: "/nowhere/certificate.pem".into(),
            key: "/nowhere/key.pem".into(),
        }),
        ..WebConfig::default()
    };
    let refused = serve(state(&world, config), CancellationToken::new(), |_| {})
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("/nowhere/certificate.pem"),
        "{refused}"
    );
}
