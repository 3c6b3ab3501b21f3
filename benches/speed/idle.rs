//! A gateway with nothing to do: what it costs to have one.

use std::time::Duration;

use crate::{
    accept,
    database::Kind,
    gateway::{Gateway, Setting},
    harness::{Figure, Goal, Harness},
};

/// Memory, start, processor time and size of the program.
pub async fn idle(harness: &mut Harness) -> anyhow::Result<()> {
    let figure = |id, what, unit, against| Figure {
        id,
        what,
        unit,
        against,
        goal: Goal::AtMost(1.0),
    };
    let figures = [
        figure(
            "idle.start",
            "cold start of a town on SQLite: until it listens",
            "ms",
            "50 ms",
        ),
        figure("idle.memory", "resident memory when idle", "MB", "25 MB"),
        figure("idle.processor", "processor time when idle", "% of one", "0.5 %"),
        figure(
            "idle.program",
            "the program as it is built for a release",
            "MB",
            "40 MB",
        ),
    ];
    let prepared = accept::prepare(Kind::Sqlite).await?;
    let watched = harness
        .tools
        .size(Duration::from_secs(5), Duration::from_millis(500));
    let program = std::fs::metadata(env!("CARGO_BIN_EXE_sekisho"))?.len() as f64 / 1e6;
    harness
        .rounds("idle", &figures, async |_| {
            let gateway = Gateway::start(prepared.database.url(), &Setting::default())?;
            // Its loops have begun, and found nothing.
            tokio::time::sleep(Duration::from_secs(1)).await;
            let before = gateway.processor()?;
            tokio::time::sleep(watched).await;
            let used = (gateway.processor()? - before) / watched.as_secs_f64();
            Ok(vec![
                (figures[0].id, gateway.ready_after.as_secs_f64() * 1e3, 50.0),
                (figures[1].id, gateway.memory()?, 25.0),
                (figures[2].id, used * 100.0, 0.5),
                (figures[3].id, program, 40.0),
            ])
        })
        .await?;
    prepared.database.remove().await
}
