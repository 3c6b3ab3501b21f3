//! The same requests to the platform without a queue, a gate or a database: what this machine can send at all.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use crate::platform::{self, Platform};

/// Sends so many, so many at a time, each on a connection of its own as the gateway does; tells the seconds.
pub async fn send(requests: usize, at_once: usize, answer: Duration) -> anyhow::Result<f64> {
    let platform = Platform::start().await?;
    platform.answer_after(answer);
    let host = platform.instance().trim_start_matches("http://").to_owned();
    let next = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..at_once.min(requests) {
        let (host, next) = (host.clone(), Arc::clone(&next));
        senders.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= requests {
                    return anyhow::Ok(());
                }
                let mut stream = TcpStream::connect(&host).await?;
                stream
                    .write_all(platform::publication(&host, number).as_bytes())
                    .await?;
                let mut answer = [0; 1024];
                while stream.read(&mut answer).await? == answer.len() {}
            }
        });
    }
    while let Some(done) = senders.join_next().await {
        done??;
    }
    Ok(begin.elapsed().as_secs_f64())
}
