//! Stopping: softly at the first signal, hard at the second or when time is up. A part that stops by itself
//! stops the process, as a failure.

use std::{future::Future, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};
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

/// The signals that ask for an end. From when this is made they end nothing by themselves: a process that is
/// stopped while it starts stops as softly as any other.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Catches them from now on.
    ///
    /// # Errors
    /// When signals cannot be received.
    pub fn catch() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
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
    pub async fn wait(self, mut signals: Signals, patience: Duration) -> Ending {
        tokio::select! {
            () = signals.next() => {}
            () = self.soft.cancelled() => {}
        }
        tracing::info!("stopping: what is under way is finished");
        self.soft.cancel();
        self.parts.close();
        tokio::select! {
            () = self.parts.wait() => {}
            () = signals.next() => {}
            () = tokio::time::sleep(patience) => {}
        }
        self.hard.cancel();
        // What was dropped hard ends at its next await.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.parts.wait()).await;
        if self.failed.is_cancelled() {
            Ending::Failed
        } else {
            Ending::Asked
        }
    }
}
