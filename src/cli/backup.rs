//! `sekisho backup` and `sekisho restore`: verified copies of a SQLite database. PostgreSQL has its own means.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use clap::Args;
use secrecy::ExposeSecret as _;

use crate::{
    cli::media_files,
    clock::{Clock as _, Ids, SystemClock},
    config::Config,
    domain::ids::RestorationId,
    store::{
        self, Existing, Location, Store, Verified,
        restorations::{self, Restoration},
    },
};

/// Where the copy goes.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The file to write; it must not exist.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Where the copy comes from.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// The copy.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "mark",
        conflicts_with = "mark"
    )]
    from: Option<PathBuf>,
    /// Puts a database that is there already aside, under another name.
    #[arg(long, conflicts_with = "mark")]
    replace: bool,
    /// Restores nothing, but marks the database of the settings as restored from an older copy: after
    /// pg_restore, psql or a promoted standby, before the first start.
    #[arg(long)]
    mark: bool,
}

/// Runs `sekisho backup`.
pub async fn back_up(config: &Config, arguments: BackupArguments) -> anyhow::Result<()> {
    let Location::Sqlite(database) = location(config)? else {
        bail!(
            "PostgreSQL is backed up by its own means: pg_dump, or continuous archiving (docs/OPERATIONS.md)"
        );
    };
    let verified = store::back_up(&database, &arguments.to, new_id(), SystemClock.now()).await?;
    let files = media_files::back_up(config, &arguments.to).await?;
    let size = std::fs::metadata(&arguments.to).with_context(|| arguments.to.display().to_string())?;
    println!("{}: {} bytes, verified", arguments.to.display(), size.len());
    tell(&verified);
    if files > 0 {
        let folder = media_files::beside(&arguments.to);
        println!(
            "{}: {files} files of pictures and films, verified",
            folder.display()
        );
    }
    println!(
        "the key ring is not in it, and without the ring no credential opens: keep both, apart from each other"
    );
    Ok(())
}

/// Runs `sekisho restore`.
pub async fn restore(config: &Config, arguments: RestoreArguments) -> anyhow::Result<()> {
    let location = location(config)?;
    let Some(from) = arguments.from else {
        return mark(&location).await;
    };
    let Location::Sqlite(database) = location else {
        bail!(
            "PostgreSQL is restored by its own means; then run `sekisho restore --mark` (docs/OPERATIONS.md)"
        );
    };
    let existing = if arguments.replace {
        Existing::PutAside
    } else {
        Existing::Keep
    };
    let put = store::restore(&from, &database, existing, new_id(), SystemClock.now()).await?;
    if let Some(aside) = put.aside {
        println!("the database that was there is now {}", aside.display());
    }
    println!(
        "{}: restored from {}, verified",
        database.display(),
        from.display()
    );
    tell(&put.verified);
    let files = media_files::restore(config, &from, &database).await?;
    if files > 0 {
        println!(
            "{}: {files} files of pictures and films are there",
            config.media.directory.display()
        );
    }
    warn();
    Ok(())
}

async fn mark(location: &Location) -> anyhow::Result<()> {
    let store = Store::open(location).await.context("the database")?;
    let now = SystemClock.now();
    let as_of = store
        .write(move |tx| {
            Box::pin(async move {
                let as_of = restorations::newest_entry(tx).await?.unwrap_or(now);
                restorations::mark(tx, Restoration { id: new_id(), as_of }).await?;
                Ok::<_, store::StoreError>(as_of)
            })
        })
        .await?;
    store.close().await;
    println!(
        "marked as restored; the newest thing it knows is of {}",
        as_of.to_rfc3339()
    );
    warn();
    Ok(())
}

fn location(config: &Config) -> anyhow::Result<Location> {
    Ok(config.database.url.expose_secret().parse()?)
}

fn new_id() -> RestorationId {
    RestorationId::new(Ids::new(Arc::new(SystemClock)).next())
}

fn tell(verified: &[Verified]) {
    for Verified { organization, report } in verified {
        println!(
            "{}\t{}\tledger head {}",
            organization.id, organization.name, report.head
        );
    }
}

fn warn() {
    println!(
        "at the next start everything approved is held, and nothing leaves before somebody lifts the hold on the organization"
    );
}
