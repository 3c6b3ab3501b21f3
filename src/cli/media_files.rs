//! The files of pictures and films, copied along with a SQLite database: beside the copy, in a folder of its name.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;

use crate::{
    clock::{Ids, SystemClock},
    config::Config,
    depot::Depot,
    store::{Inspection, Location, media},
};

/// The folder beside a copy.
pub(super) fn beside(copy: &Path) -> PathBuf {
    let mut name = copy.as_os_str().to_owned();
    name.push(".media");
    PathBuf::from(name)
}

/// Copies every file that a copy of the database knows of. Tells how many there are.
pub(super) async fn back_up(config: &Config, copy: &Path) -> anyhow::Result<usize> {
    let (from, to) = (Depot::new(&config.media.directory), Depot::new(&beside(copy)));
    carry(copy, &from, &to).await
}

/// Puts back every file that a restored database knows of. Files of a copy without a folder are as they are.
pub(super) async fn restore(config: &Config, copy: &Path, database: &Path) -> anyhow::Result<usize> {
    let folder = beside(copy);
    if !folder.exists() {
        return Ok(0);
    }
    carry(
        database,
        &Depot::new(&folder),
        &Depot::new(&config.media.directory),
    )
    .await
}

async fn carry(database: &Path, from: &Depot, to: &Depot) -> anyhow::Result<usize> {
    let inspection = Inspection::open(&Location::Sqlite(database.to_owned())).await?;
    let mut reader = inspection.read().await?;
    let places = media::all(&mut reader).await?;
    drop(reader);
    inspection.close().await;
    let ids = Ids::new(Arc::new(SystemClock));
    for place in &places {
        from.copy_to(to, place.organization, place.digest, ids.next())
            .await
            .context("a picture or film: without it the posts that show it cannot leave")?;
    }
    Ok(places.len())
}
