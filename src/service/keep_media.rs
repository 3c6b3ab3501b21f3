//! Where pictures and films are kept, and when they are forgotten.

use std::{path::Path, sync::Arc};

use chrono::Duration;
use tokio::sync::Semaphore;

use super::{MediaError, Service, ServiceError};
use crate::{
    depot::Depot,
    store::{media, renditions},
};

/// How many pictures are decoded at once: each may take some hundred megabytes for a moment.
const AT_ONCE: usize = 2;

/// How many media are forgotten in one transaction.
const BATCH: i64 = 64;

/// What was begun this long ago is not written to any more.
const ABANDONED: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);

/// What is taken in and how long it is kept.
#[derive(Debug, Clone)]
pub struct MediaLimits {
    /// The most bytes of a picture.
    pub picture_bytes: u64,
    /// The most bytes of a film.
    pub film_bytes: u64,
    /// How long what is in no post is kept.
    pub unused: Duration,
    /// How long a platform may fetch something.
    pub link: Duration,
    /// Where platforms reach this gateway, without a trailing slash.
    pub public_url: String,
}

/// Where pictures and films are kept.
#[derive(Debug, Clone)]
pub struct MediaHouse {
    pub(super) depot: Depot,
    pub(super) limits: Arc<MediaLimits>,
    pub(super) decoding: Arc<Semaphore>,
}

impl MediaHouse {
    /// A house over a directory.
    #[must_use]
    pub fn new(directory: &Path, limits: MediaLimits) -> Self {
        Self {
            depot: Depot::new(directory),
            limits: Arc::new(limits),
            decoding: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Service {
    pub(super) fn house(&self) -> Result<&MediaHouse, MediaError> {
        self.media.as_ref().ok_or(MediaError::NotHere)
    }

    /// Forgets addresses that are over, and media that never became part of a post. First the row goes and then
    /// the bytes: what is found in the database is there. Tells how many files are gone.
    ///
    /// # Errors
    /// The database, or the file system.
    pub(crate) async fn forget_media(&self) -> Result<usize, ServiceError> {
        let Some(house) = &self.media else { return Ok(0) };
        let now = self.now();
        let before = now - house.limits.unused;
        let unneeded = self
            .write(move |tx| {
                Box::pin(async move {
                    renditions::forget_links(tx, now).await?;
                    Ok(media::forget_unused(tx, before, BATCH).await?)
                })
            })
            .await?;
        for place in &unneeded {
            house.depot.remove(place.organization, place.digest).await?;
        }
        Ok(unneeded.len() + house.depot.tidy(ABANDONED).await?)
    }
}
