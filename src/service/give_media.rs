//! Pictures and films for those who may see them: staff, and platforms.

use std::ops::Range;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::Stream;
use sha2::{Digest as _, Sha256};
use tokio::fs::File;

use super::{MediaError, Service, ServiceError, Thing, access, take_media::decoded, told};
use crate::{
    depot::{Checked, DepotError},
    domain::{
        actor::{Actor, Person, Scope},
        digest::MediaDigest,
        ids::OrganizationId,
        media::{self as room, MediaKind, Plan},
    },
    media::{self as pixels, FitError, Rendition},
    store::{
        media::{self, StoredMedia},
        renditions::{self, RenditionKey, StoredRendition},
    },
};

/// A medium's file.
#[derive(Debug)]
pub struct MediaFile {
    /// The bytes, which are those of the digest: each piece is compared when it is read.
    file: Checked,
    /// What they are.
    pub kind: MediaKind,
    /// Names them.
    pub digest: MediaDigest,
}

impl MediaFile {
    /// How many bytes it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.file.length()
    }

    /// These bytes of it, piece by piece.
    ///
    /// # Errors
    /// When the first of them are others, or cannot be read.
    pub async fn read(
        self,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, DepotError>> + Send + use<>, ServiceError> {
        Ok(self.file.read(range).await?)
    }
}

/// What a platform gets.
#[derive(Debug)]
pub struct RenditionFile {
    /// What is known of it.
    pub rendition: StoredRendition,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Service {
    /// What is known of a medium.
    ///
    /// # Errors
    /// When it is not there, or not for this person to know.
    pub async fn media(&self, person: &Person, digest: MediaDigest) -> Result<StoredMedia, ServiceError> {
        access::any_scope(person, &[Scope::Read, Scope::Write])?;
        let mut reader = self.store.read().await?;
        let found = media::find(&mut reader, person.organization, digest).await?;
        // An operator writes for a named account and knows what they brought themselves.
        found
            .filter(|found| !person.is_operator() || found.uploaded_by == person.user)
            .ok_or(ServiceError::NotFound(Thing::Media))
    }

    /// A medium as it is kept.
    ///
    /// # Errors
    /// As [`Service::media`]; also when its bytes are not there, or are others.
    pub async fn media_file(&self, person: &Person, digest: MediaDigest) -> Result<MediaFile, ServiceError> {
        let found = self.media(person, digest).await?;
        self.file(person.organization, digest, found.look.facts.kind)
            .await
    }

    /// The small copy of a picture.
    ///
    /// # Errors
    /// As [`Service::media_file`]; a film has none.
    pub async fn thumbnail(&self, person: &Person, digest: MediaDigest) -> Result<MediaFile, ServiceError> {
        let found = self.media(person, digest).await?;
        let small = found.thumbnail.ok_or(ServiceError::NotFound(Thing::Media))?;
        self.file(person.organization, small, MediaKind::Jpeg).await
    }

    async fn file(
        &self,
        organization: OrganizationId,
        digest: MediaDigest,
        kind: MediaKind,
    ) -> Result<MediaFile, ServiceError> {
        let file = self.house()?.depot.check(organization, digest).await?;
        Ok(MediaFile { file, kind, digest })
    }

    /// A medium as a platform takes it. What was made once is what leaves every time.
    ///
    /// # Errors
    /// When it is not there, or cannot be made into what the platform takes.
    pub async fn rendition(&self, key: RenditionKey) -> Result<RenditionFile, ServiceError> {
        let rendition = self.made(key).await?;
        let bytes = self
            .house()?
            .depot
            .bytes(key.organization, rendition.digest)
            .await?;
        Ok(RenditionFile { rendition, bytes })
    }

    /// The same as a file: a film is never in memory whole.
    ///
    /// # Errors
    /// As [`Service::rendition`].
    pub async fn open_rendition(
        &self,
        key: RenditionKey,
    ) -> Result<(StoredRendition, File, u64), ServiceError> {
        let rendition = self.made(key).await?;
        let depot = &self.house()?.depot;
        let (file, length) = depot.open(key.organization, rendition.digest).await?;
        Ok((rendition, file, length))
    }

    /// Makes it, unless that was done. Its bytes are looked at by whoever reads them.
    async fn made(&self, key: RenditionKey) -> Result<StoredRendition, ServiceError> {
        let depot = &self.house()?.depot;
        let mut reader = self.store.read().await?;
        let found = media::find(&mut reader, key.organization, key.media).await?;
        let found = found.ok_or(ServiceError::NotFound(Thing::Media))?;
        let known = renditions::find(&mut reader, &key, found.look.facts.motion).await?;
        drop(reader);
        if let Some(known) = known
            && (known.digest == key.media || depot.has(key.organization, known.digest))
        {
            return Ok(known);
        }
        let facts = found.look.facts;
        let plan = room::room(key.platform)
            .plan(key.form, &facts)
            .map_err(MediaError::Unfit)?;
        let made = match plan {
            Plan::AsItIs => None,
            Plan::Made(_) => Some(self.make(&key, &found, plan).await?),
        };
        let rendition = made.as_ref().map_or(
            StoredRendition {
                digest: key.media,
                facts,
            },
            |made| StoredRendition {
                digest: made.digest(),
                facts: made.facts,
            },
        );
        if known.is_some_and(|known| known != rendition) {
            return Err(MediaError::OtherRendition(key.media).into());
        }
        if let Some(made) = made.filter(|_| rendition.digest != key.media) {
            depot.put(key.organization, self.ids.next(), &made.bytes).await?;
        }
        let now = self.now();
        self.write(move |tx| Box::pin(async move { Ok(renditions::keep(tx, &key, &rendition, now).await?) }))
            .await?;
        Ok(rendition)
    }

    async fn make(
        &self,
        key: &RenditionKey,
        of: &StoredMedia,
        plan: Plan,
    ) -> Result<Rendition, ServiceError> {
        let house = self.house()?;
        let facts = of.look.facts;
        let bytes = house.depot.bytes(key.organization, of.digest).await?;
        let turn = house.decoding.acquire().await;
        let made = decoded(move || match pixels::rendition(&bytes, &facts, plan) {
            Err(FitError::Unreadable(why)) => Err(why),
            other => Ok(other),
        })
        .await?;
        drop(turn);
        Ok(made.map_err(MediaError::from)?)
    }

    /// An address under which a platform can fetch a medium for a short while. Whoever knows it can, and nobody
    /// can guess it.
    ///
    /// # Errors
    /// As [`Service::rendition`].
    pub async fn open_to_platform(&self, key: RenditionKey) -> Result<String, ServiceError> {
        let rendition = self.made(key).await?;
        // Hashed here, so that the platform's first request does not wait for it.
        self.file(key.organization, rendition.digest, rendition.facts.kind)
            .await?;
        let limits = &self.house()?.limits;
        let mut secret = [0_u8; 32];
        self.entropy.fill(&mut secret);
        let (hash, until) = (Sha256::digest(secret).into(), self.now() + limits.link);
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                renditions::open_link(tx, &key, hash, until).await?;
                let details = serde_json::json!({
                    "platform": key.platform, "form": key.form.as_str(), "until": until.to_rfc3339(),
                });
                let told = told(key.organization, Actor::Dispatcher, "media.opened", key.media);
                Ok(service.tell(tx, told.with(details)).await?)
            })
        })
        .await?;
        Ok(format!(
            "{}/m/{}",
            limits.public_url,
            URL_SAFE_NO_PAD.encode(secret)
        ))
    }

    /// What stands behind such an address.
    ///
    /// # Errors
    /// When it is none, or over.
    pub async fn fetch(&self, secret: &str) -> Result<MediaFile, ServiceError> {
        let missing = || ServiceError::NotFound(Thing::Media);
        let secret: [u8; 32] = URL_SAFE_NO_PAD
            .decode(secret)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(missing)?;
        let mut reader = self.store.read().await?;
        let hash = Sha256::digest(secret).into();
        let behind = renditions::behind_link(&mut reader, hash, self.now()).await?;
        drop(reader);
        let (organization, rendition) = behind.ok_or_else(missing)?;
        self.file(organization, rendition.digest, rendition.facts.kind)
            .await
    }
}
