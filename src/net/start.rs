//! A bound on when a request may begin to leave. It is kept inside the connector, where running out of it
//! proves that nothing left; a bound around the whole call could prove no such thing.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, timeout};
use tower::{BoxError, Layer, Service};

tokio::task_local! {
    /// How long the connecting of the current request may take. The client keeps no connections, so
    /// connecting always happens inside the call.
    pub(super) static START_WITHIN: Option<Duration>;
}

/// The time to start ran out while connecting.
#[derive(Debug, thiserror::Error)]
#[error("the time to start was over before the connection stood")]
struct StartedTooLate;

/// Adds the bound to a connector.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound;

impl<S> Layer<S> for Bound {
    type Service = Bounded<S>;

    fn layer(&self, inner: S) -> Bounded<S> {
        Bounded { inner }
    }
}

/// A connector that gives up when the time to start is over.
#[derive(Debug, Clone)]
pub(super) struct Bounded<S> {
    inner: S,
}

impl<S, R> Service<R> for Bounded<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.inner.call(request);
        let bound = START_WITHIN.try_with(|bound| *bound).ok().flatten();
        Box::pin(async move {
            match bound {
                None => connecting.await,
                Some(bound) => {
                    let began = Instant::now();
                    let connected = timeout(bound, connecting).await.map_err(|_| StartedTooLate)?;
                    // A process that stood still finds the connection ready and the time over, and a timeout
                    // looks at the connection first.
                    if began.elapsed() >= bound {
                        return Err(StartedTooLate.into());
                    }
                    connected
                }
            }
        })
    }
}
