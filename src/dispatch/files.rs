//! Pictures and films for the adapters: as a platform takes them, or at an address where it fetches them.

use futures::future::BoxFuture;
use url::Url;

use crate::{
    domain::{account::Platform, ids::OrganizationId, media::Form, revision::Media},
    platform::{File, FileError, Files, Opened},
    service::{MediaError, Service, ServiceError},
    store::renditions::RenditionKey,
};

/// The media of one organization.
pub(super) struct OwnFiles<'s> {
    pub(super) service: &'s Service,
    pub(super) organization: OrganizationId,
}

impl OwnFiles<'_> {
    const fn key(&self, media: &Media, platform: Platform, form: Form) -> RenditionKey {
        RenditionKey {
            organization: self.organization,
            media: media.digest,
            platform,
            form,
        }
    }

    async fn address_in(&self, media: &Media, platform: Platform, form: Form) -> Result<Url, FileError> {
        let key = self.key(media, platform, form);
        let address = self.service.open_to_platform(key).await.map_err(failed)?;
        Url::parse(&address).map_err(|why| FileError::Unusable(why.to_string()))
    }
}

impl Files for OwnFiles<'_> {
    fn file<'a>(&'a self, media: &'a Media, platform: Platform) -> BoxFuture<'a, Result<File, FileError>> {
        Box::pin(async move {
            let key = self.key(media, platform, Form::Full);
            let found = self.service.rendition(key).await.map_err(failed)?;
            let facts = found.rendition.facts;
            Ok(File {
                bytes: found.bytes,
                media_type: facts.kind.content_type().to_owned(),
                size: (facts.width, facts.height),
            })
        })
    }

    fn open<'a>(&'a self, media: &'a Media, platform: Platform) -> BoxFuture<'a, Result<Opened, FileError>> {
        Box::pin(async move {
            let key = self.key(media, platform, Form::Full);
            let (rendition, file, length) = self.service.open_rendition(key).await.map_err(failed)?;
            let facts = rendition.facts;
            Ok(Opened {
                source: Box::new(file),
                length,
                media_type: facts.kind.content_type().to_owned(),
                size: (facts.width, facts.height),
            })
        })
    }

    fn address<'a>(&'a self, media: &'a Media, platform: Platform) -> BoxFuture<'a, Result<Url, FileError>> {
        Box::pin(self.address_in(media, platform, Form::Full))
    }

    fn preview<'a>(&'a self, media: &'a Media, platform: Platform) -> BoxFuture<'a, Result<Url, FileError>> {
        Box::pin(self.address_in(media, platform, Form::Preview))
    }
}

/// What another look may find is not there now; everything else stays as it is.
fn failed(why: ServiceError) -> FileError {
    match why {
        ServiceError::Store(_)
        | ServiceError::Media(MediaError::Depot(crate::depot::DepotError::File { .. })) => {
            FileError::Unavailable(why.to_string())
        }
        _ => FileError::Unusable(why.to_string()),
    }
}
