//! Somebody brings a picture or film. It is written down as it comes, cleaned, and kept under the digest of what
//! is left: that digest is part of what people sign.

use std::collections::BTreeSet;

use super::{Draft, FieldError, MediaError, MediaHouse, Service, ServiceError, Told, access};
use crate::{
    depot::Incoming,
    domain::{
        actor::{Actor, Person, Scope},
        digest::MediaDigest,
        evidence::{PictureLook, Position},
        ids::OrganizationId,
        media::{Family, MediaKind, Removed},
        revision::{Media, Part},
    },
    media::{self as pixels, HEAD, Refused},
    store::{
        Reader,
        media::{self, StoredMedia},
    },
};

/// A picture or film that is on its way.
#[derive(Debug)]
pub struct Upload {
    incoming: Incoming,
    head: Vec<u8>,
    house: MediaHouse,
}

impl Upload {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// When it turns out to be nothing that is taken, or too large.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), ServiceError> {
        let wanted = HEAD - self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(wanted)]);
        if self.head.len() == HEAD {
            let most = match pixels::kind_of(&self.head).map_err(MediaError::from)?.family() {
                Family::Picture => self.house.limits.picture_bytes,
                Family::Film => self.house.limits.film_bytes,
            };
            if self.incoming.length() + bytes.len() as u64 > most {
                return Err(MediaError::TooLarge { most }.into());
            }
        }
        Ok(self.incoming.write(bytes).await?)
    }
}

/// What was made of an upload.
struct Taken {
    digest: MediaDigest,
    look: PictureLook,
    removed: BTreeSet<Removed>,
    thumbnail: Option<MediaDigest>,
}

impl Service {
    /// Begins an upload.
    ///
    /// # Errors
    /// When the person may not write, or there is no place for media.
    pub async fn begin_upload(&self, person: &Person) -> Result<Upload, ServiceError> {
        access::scope(person, Scope::Write)?;
        let house = self.house()?.clone();
        Ok(Upload {
            incoming: house.depot.incoming(self.ids.next()).await?,
            head: Vec::with_capacity(HEAD),
            house,
        })
    }

    /// Ends an upload: what came is cleaned and kept.
    ///
    /// # Errors
    /// When it is nothing that is taken, or broken.
    pub async fn finish_upload(&self, person: &Person, upload: Upload) -> Result<StoredMedia, ServiceError> {
        access::scope(person, Scope::Write)?;
        let kind = pixels::kind_of(&upload.head).map_err(MediaError::from)?;
        let taken = match kind.family() {
            Family::Picture => self.take_picture(person.organization, kind, upload).await?,
            Family::Film => take_film(person.organization, kind, upload).await?,
        };
        let stored = StoredMedia {
            digest: taken.digest,
            look: taken.look,
            removed: taken.removed,
            thumbnail: taken.thumbnail,
            uploaded_by: person.user,
            uploaded_at: self.now(),
        };
        let (service, organization, user) = (self.clone(), person.organization, person.user);
        self.write(move |tx| {
            Box::pin(async move {
                media::keep(tx, organization, &stored).await?;
                let facts = &stored.look.facts;
                let details = serde_json::json!({
                    "kind": facts.kind, "bytes": facts.bytes, "removed": stored.removed,
                    "codes": stored.look.codes.len(),
                });
                let told = Told::new(organization, Actor::User(user), "media.uploaded", stored.digest);
                service.tell(tx, told.with(details)).await?;
                Ok(stored)
            })
        })
        .await
    }

    async fn take_picture(
        &self,
        organization: OrganizationId,
        kind: MediaKind,
        mut upload: Upload,
    ) -> Result<Taken, ServiceError> {
        let turn = upload.house.decoding.acquire().await;
        let bytes = upload.incoming.read().await?;
        let taken = decoded(move || pixels::take_in_picture(kind, &bytes)).await?;
        drop(turn);
        let depot = &upload.house.depot;
        let digest = depot.put(organization, self.ids.next(), &taken.bytes).await?;
        let thumbnail = depot.put(organization, self.ids.next(), &taken.thumbnail).await?;
        Ok(Taken {
            digest,
            look: taken.look,
            removed: taken.removed,
            thumbnail: Some(thumbnail),
        })
    }
}

async fn take_film(
    organization: OrganizationId,
    kind: MediaKind,
    mut upload: Upload,
) -> Result<Taken, ServiceError> {
    let mut file = upload.incoming.file().await?;
    let film = decoded(move || pixels::take_in_film(kind, &mut file)).await?;
    let Upload { incoming, house, .. } = upload;
    Ok(Taken {
        digest: house.depot.keep(organization, incoming).await?,
        look: PictureLook {
            codes: Vec::new(),
            position: Position::Absent,
            facts: film.facts,
        },
        removed: film.removed,
        thumbnail: None,
    })
}

/// Decodes apart from everything else. A decoder that panics has met something broken.
pub(super) async fn decoded<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refused> + Send + 'static,
) -> Result<T, MediaError> {
    let ended = tokio::task::spawn_blocking(work).await;
    let found = ended.unwrap_or_else(|why| {
        tracing::error!(%why, "a decoder panicked");
        Err(Refused::Broken("the decoder gave up".to_owned()))
    });
    Ok(found?)
}

/// Every medium that a draft names must be one of the organization's.
pub(super) async fn check_known(
    reader: &mut Reader,
    organization: OrganizationId,
    draft: &Draft,
) -> Result<(), ServiceError> {
    let named = named(draft);
    let digests = named.iter().map(|(_, digest)| *digest).collect();
    let known = media::looks(reader, organization, &digests).await?;
    let unknown: Vec<FieldError> = named
        .into_iter()
        .filter(|(_, digest)| !known.contains_key(digest))
        .map(|(pointer, _)| FieldError::at(pointer, "field-media-unknown"))
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(unknown))
    }
}

/// Every medium of a draft, and where it is named.
fn named(draft: &Draft) -> Vec<(String, MediaDigest)> {
    let mut named = Vec::new();
    said(&mut named, "", &draft.media, draft.parts.as_deref());
    for (index, target) in draft.targets.iter().enumerate() {
        let place = format!("/targets/{index}");
        said(&mut named, &place, &target.media, target.parts.as_deref());
    }
    named
}

fn said(named: &mut Vec<(String, MediaDigest)>, place: &str, media: &[Media], parts: Option<&[Part]>) {
    let mut add = |place: &str, media: &[Media]| {
        for (index, one) in media.iter().enumerate() {
            named.push((format!("{place}/media/{index}/digest"), one.digest));
        }
    };
    add(place, media);
    for (number, part) in parts.unwrap_or_default().iter().enumerate() {
        add(&format!("{place}/parts/{number}"), &part.media);
    }
}
