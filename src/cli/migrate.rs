//! `sekisho migrate`: a town that outgrew one machine moves from SQLite to PostgreSQL.

use std::{
    io::{IsTerminal as _, stderr},
    sync::Arc,
};

use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    clock::{Clock as _, Ids, SystemClock},
    domain::ids::RestorationId,
    store::{self, Doing, Location, Progress, Store, Telling},
};

/// From where to where.
#[derive(Debug, Args)]
pub struct MigrateArguments {
    /// The database that is left, as `sqlite:FILE`; its gateway must be stopped.
    #[arg(long, value_name = "URL")]
    from: Location,
    /// The empty database that takes everything, as `postgres://…`. A password is safer in the environment.
    #[arg(long, value_name = "URL", env = "SEKISHO_MIGRATE_TO", hide_env_values = true)]
    to: Location,
}

/// Runs `sekisho migrate`.
pub async fn run(arguments: MigrateArguments) -> anyhow::Result<()> {
    let (Location::Sqlite(file), Location::Postgres(_)) = (&arguments.from, &arguments.to) else {
        anyhow::bail!(store::MoveError::Direction);
    };
    // SQLite would make a new file where none is.
    anyhow::ensure!(file.exists(), "there is no file {}", file.display());
    let source = Store::open(&arguments.from).await.context("the source")?;
    let target = Store::open(&arguments.to).await.context("the target")?;
    let mark = RestorationId::new(Ids::new(Arc::new(SystemClock)).next());
    let moved = store::move_all(&source, &target, mark, SystemClock.now(), telling()).await;
    source.close().await;
    target.close().await;
    let moved = moved?;
    println!("{} rows moved and compared, each value", moved.rows);
    for verified in &moved.verified {
        let (organization, head) = (&verified.organization, verified.report.head);
        println!("{}\t{}\tledger head {head}", organization.id, organization.name);
    }
    println!(
        "set database.url to the new one; the old file is marked, and holds everything if it is ever served again"
    );
    Ok(())
}

/// A bar for people, a line per table for scripts; both on the standard error.
fn telling() -> Telling {
    if !stderr().is_terminal() {
        return Box::new(|progress| {
            if progress.done == progress.of {
                eprintln!("{} {}: {}", word(progress.doing), progress.table, progress.of);
            }
        });
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{prefix:>9} {msg:<20} {wide_bar} {pos}/{len}") {
        bar.set_style(style);
    }
    Box::new(move |progress: Progress| {
        bar.set_prefix(word(progress.doing));
        bar.set_message(progress.table);
        bar.set_length(progress.of);
        bar.set_position(progress.done);
    })
}

const fn word(doing: Doing) -> &'static str {
    match doing {
        Doing::Copying => "copied",
        Doing::Comparing => "compared",
    }
}
