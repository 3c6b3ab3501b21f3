//! Pictures are uploaded before the post, to nobody's sight; a film gets an address at which Facebook fetches it.

use chrono::{DateTime, TimeDelta};
use reqwest::Method;

use super::{
    super::{
        Prepared, Preparing,
        caller::{bad_instance, unfit, unready, without_file},
        meta::{as_ours, wire::created, wire::is_id},
        multipart::Multipart,
    },
    Facebook, refused,
    wire::{self, Asked},
};
use crate::{
    domain::{
        account::Platform,
        attempt::Outcome,
        media::{Family, MediaKind},
        revision::Media,
    },
    net::Request,
    platform::Opened,
    vault::Credential,
};

/// The largest picture: the documents say 10 MB, the error says 4.
const LARGEST: u64 = 10_000_000;

/// A film's address is opened anew after this: it is open for some minutes only.
const OPEN: TimeDelta = TimeDelta::minutes(3);

impl Facebook {
    /// Takes the first step that is missing.
    pub(super) async fn take_step(
        &self,
        what: &Preparing<'_>,
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        let part = match Asked::of(what.act, what.payload).map_err(refused)? {
            Asked::Post(part) => part,
            // It shows what the post shows already.
            Asked::Edit(_) => return Ok(Prepared::Ready),
        };
        for (place, media) in part.media.iter().enumerate() {
            if what.handles.get(&wire::photo(place)).is_some() || self.is_open(what) {
                continue;
            }
            let file = what.files.open(media, Platform::Facebook).await;
            let file = file.map_err(|error| without_file(&error))?;
            return match kind_of(&file)?.family() {
                Family::Film if part.media.len() > 1 => {
                    Err(unfit("a film stands alone in a post on Facebook"))
                }
                Family::Film => self.open(what, media).await,
                Family::Picture => self.upload(what, place, (media, file), credential).await,
            };
        }
        Ok(Prepared::Ready)
    }

    fn is_open(&self, what: &Preparing<'_>) -> bool {
        let since = what
            .handles
            .get(wire::FILM_SINCE)
            .and_then(|text| text.parse().ok());
        let since = since.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        since.is_some_and(|since| self.graph.caller.now() - since < OPEN)
    }

    async fn open(&self, what: &Preparing<'_>, media: &Media) -> Result<Prepared, Outcome> {
        let address = what.files.address(media, Platform::Facebook).await;
        let address = address.map_err(|error| without_file(&error))?;
        if address.scheme() != "https" {
            return Err(unfit("Facebook fetches films over https"));
        }
        let since = self.graph.caller.now().timestamp().to_string();
        let handles = what
            .handles
            .clone()
            .with(wire::FILM, address)
            .with(wire::FILM_SINCE, since);
        Ok(Prepared::Step(handles))
    }

    async fn upload(
        &self,
        what: &Preparing<'_>,
        place: usize,
        (media, file): (&Media, Opened),
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        if file.length > LARGEST {
            return Err(unfit("Facebook takes pictures of up to 10 MB"));
        }
        if !is_id(what.remote_account) {
            return Err(unfit(wire::Unfit::NoAccount));
        }
        let path = [what.remote_account, "photos"];
        let url = self
            .graph
            .endpoint(what.instance, &path)
            .map_err(|_| bad_instance())?;
        let mut form = Multipart::new(self.chance.boundary()).text("published", "false");
        if !media.alt.is_empty() {
            form = form.text("alt_text_custom", &media.alt);
        }
        if let Some((name, proof)) = self.graph.proof(credential) {
            form = form.text(name, &proof);
        }
        let request = Request::new(Method::POST, url);
        let request = form.into_request_with(("source", &place.to_string()), file, request);
        let answer = self.graph.caller.upload(as_ours(request, credential)).await?;
        match created(&answer.body) {
            Some(id) if answer.status.is_success() => {
                Ok(Prepared::Step(what.handles.clone().with(wire::photo(place), id)))
            }
            _ if answer.status.is_success() => Err(unready("a picture")),
            _ => Err(self.graph.reader(credential).step(&answer)),
        }
    }
}

/// What it is, if Facebook takes such a thing.
fn kind_of(file: &Opened) -> Result<MediaKind, Outcome> {
    let taken = [
        MediaKind::Jpeg,
        MediaKind::Png,
        MediaKind::Mp4,
        MediaKind::Quicktime,
    ];
    let kind = taken
        .into_iter()
        .find(|kind| kind.content_type() == file.media_type);
    kind.ok_or_else(|| unfit(format!("{} cannot be sent to Facebook", file.media_type)))
}
