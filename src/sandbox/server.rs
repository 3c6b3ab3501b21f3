//! The accept loop. It is written out because cutting a connection needs it: a service that fails makes hyper close
//! the connection without writing so much as a status line, and `axum::serve` takes only services that cannot fail.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, extract::Request, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::world::World;

/// How long a connection may finish its current answer when the sandbox stops.
const GRACE: Duration = Duration::from_millis(200);

/// What all handlers share.
pub(super) struct Shared {
    pub(super) control_token: Option<String>,
    world: Mutex<World>,
}

impl Shared {
    pub(super) fn new(world: World, control_token: Option<String>) -> Arc<Self> {
        Arc::new(Self {
            control_token,
            world: Mutex::new(world),
        })
    }

    /// The state. A handler that panicked while it held the lock must not take the whole sandbox down.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In the extensions of a response: close the connection instead of sending it. It is also the error that does so.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the connection is to be cut")]
pub(super) struct CutConnection;

/// Accepts until told to stop, then waits until the connections are gone.
pub(super) async fn accept(listener: TcpListener, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, router.clone(), stop.clone()));
                }
                Err(error) => {
                    // Out of file descriptors, as a rule: trying again at once would only burn the processor.
                    tracing::warn!(%error, "the sandbox could not accept a connection");
                    sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn serve(stream: TcpStream, router: Router, stop: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection of the sandbox was gone at once");
    }
    let service = service_fn(move |request| answer(router.clone(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            timeout(GRACE, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection of the sandbox ended early");
    }
}

/// Answers in a task of its own. hyper drops the service's future when the client goes away, and a real server would
/// not stop half-way through a request for that: its status would still appear.
async fn answer(router: Router, request: Request<Incoming>) -> Result<Response, CutConnection> {
    match tokio::spawn(router.oneshot(request.map(Body::new))).await {
        Ok(Ok(response)) if response.extensions().get::<CutConnection>().is_none() => Ok(response),
        _ => Err(CutConnection),
    }
}

/// Completes when the process is asked to end.
pub(super) async fn asked_to_end() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
