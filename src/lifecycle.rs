//! Stopping: softly at the first signal, hard at the second or when time is up. A part that stops by itself
//! stops the process, as a failure.

use std::{future::Future, time::Duration};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The two tokens that every part of the process watches.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    /// Begin nothing new, finish what is under way.
    pub soft: CancellationToken,
    /// Drop everything.
    pub hard: CancellationToken,
    parts: TaskTracker,
    failed: CancellationToken,
}

/// How the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody asked for it.
    Asked,
    /// A part stopped by itself.
    Failed,
}

impl Lifecycle {
    /// Runs a part of the process. If it ends before it was asked to, everything ends.
    pub fn run<F>(&self, name: &'static str, part: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let this = self.clone();
        self.parts.spawn(async move {
            part.await;
            if !this.soft.is_cancelled() {
                tracing::error!(part = name, "a part of the gateway stopped by itself");
                this.failed.cancel();
                this.soft.cancel();
            }
        });
    }

    /// Waits for a signal or a failure, then for all parts, `patience` at most.
    ///
    /// # Errors
    /// When signals cannot be received.
    pub async fn wait(self, patience: Duration) -> std::io::Result<Ending> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = self.soft.cancelled() => {}
        }
        tracing::info!("stopping: what is under way is finished");
        self.soft.cancel();
        self.parts.close();
        tokio::select! {
            () = self.parts.wait() => {}
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = tokio::time::sleep(patience) => {}
        }
        self.hard.cancel();
        // What was dropped hard ends at its next await.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.parts.wait()).await;
        Ok(if self.failed.is_cancelled() {
            Ending::Failed
        } else {
            Ending::Asked
        })
    }
}
