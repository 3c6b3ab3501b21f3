//! Pictures are uploaded before the post, each with its description; films go another way. X keeps an upload for a
//! day; one that no post uses harms nobody.

use reqwest::Method;

use super::{
    super::{
        FileError, Opened, Prepared, Preparing,
        caller::{bad_instance, unfit},
        instance,
        multipart::Multipart,
    },
    X, as_ours, film, wire,
};
use crate::{
    domain::{account, attempt::Outcome, preparation::Handles, revision::Media},
    net::Request,
    vault::Credential,
};

/// The largest picture that X takes, in bytes.
const LARGEST: u64 = 5 * 1024 * 1024;

/// The longest description that X takes.
const LONGEST_ALT: usize = 1_000;

/// The name under which the id of what is uploaded is kept.
pub(super) fn uploaded_name(place: usize) -> String {
    format!("media/{place}")
}

/// The id of the picture or film at a place, once it is uploaded.
pub(super) fn uploaded(handles: &Handles, place: usize) -> Option<&str> {
    handles.get(&uploaded_name(place))
}

/// What is kept of a description that X has no place for.
const NO_PLACE: &str = "no place";

impl X {
    /// Takes the first step that is missing: a picture, or its description.
    pub(super) async fn take_step(
        &self,
        what: &Preparing<'_>,
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        let part = what.payload.parts.get(usize::from(what.part));
        let part = part.ok_or_else(|| unfit(wire::Unfit::Parts))?;
        wire::fits(what.payload, part).map_err(unfit)?;
        for (place, media) in part.media.iter().enumerate() {
            let Some(id) = uploaded(what.handles, place) else {
                return self.bring(what, place, media, credential).await;
            };
            let described = format!("described/{place}");
            if !media.alt.is_empty() && what.handles.get(&described).is_none() {
                let told = self.describe(what.instance, id, &media.alt, credential).await;
                return match told {
                    // Whether films have a place for it is not documented. That it has none goes into the ledger.
                    Err(Outcome::RejectedPermanent { .. }) if film::stage(what.handles, place).is_some() => {
                        Ok(step(what, described, NO_PLACE))
                    }
                    told => told.map(|()| step(what, described, id)),
                };
            }
        }
        Ok(Prepared::Ready)
    }

    /// Takes the next step with a picture or film that is not there.
    async fn bring(
        &self,
        what: &Preparing<'_>,
        place: usize,
        media: &Media,
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        if let Some(stage) = film::stage(what.handles, place) {
            return self
                .go_on_with_film(what, (place, media), stage, credential)
                .await;
        }
        if media.alt.chars().count() > LONGEST_ALT {
            return Err(unfit("X takes 1,000 characters of description for a picture"));
        }
        let file = self.opened(what, media).await?;
        if file.is_film() || file.media_type == "image/gif" {
            return self.begin_film(what, place, &file, credential).await;
        }
        let id = self.upload(what, file, credential).await?;
        Ok(step(what, uploaded_name(place), &id))
    }

    pub(super) async fn opened(&self, what: &Preparing<'_>, media: &Media) -> Result<Opened, Outcome> {
        what.files
            .open(media, account::Platform::X)
            .await
            .map_err(no_file)
    }

    async fn upload(
        &self,
        what: &Preparing<'_>,
        file: Opened,
        credential: &Credential,
    ) -> Result<String, Outcome> {
        let filename = picture(&file)?;
        let url = instance::endpoint(what.instance, &["2", "media", "upload"]).map_err(|_| bad_instance())?;
        let request = Multipart::new(self.chance.boundary())
            .text("media_category", "tweet_image")
            .into_request_with(("media", filename), file, Request::new(Method::POST, url));
        let answer = self.caller.upload(as_ours(request, credential)).await?;
        let id = answer.status.is_success().then(|| wire::created(&answer.body));
        id.flatten().ok_or_else(|| self.reader(credential).step(&answer))
    }

    async fn describe(
        &self,
        server: &str,
        id: &str,
        text: &str,
        credential: &Credential,
    ) -> Result<(), Outcome> {
        let url = instance::endpoint(server, &["2", "media", "metadata"]).map_err(|_| bad_instance())?;
        let request = Request::new(Method::POST, url).json(&wire::Description::new(id, text));
        let answer = self.caller.step(as_ours(request, credential)).await?;
        if answer.status.is_success() {
            return Ok(());
        }
        Err(self.reader(credential).step(&answer))
    }
}

fn step(what: &Preparing<'_>, name: String, value: &str) -> Prepared {
    Prepared::Step(what.handles.clone().with(name, value))
}

/// A name for the file, if it is a picture that X takes in one go.
fn picture(file: &Opened) -> Result<&'static str, Outcome> {
    let name = match file.media_type.as_str() {
        "image/jpeg" => "picture.jpg",
        "image/png" => "picture.png",
        "image/webp" => "picture.webp",
        other => {
            return Err(unfit(format!(
                "{other} cannot be sent to X; JPEG, PNG and WebP can"
            )));
        }
    };
    if file.length > LARGEST {
        return Err(unfit("X takes pictures of up to 5 MB"));
    }
    Ok(name)
}

fn no_file(error: FileError) -> Outcome {
    match error {
        FileError::Unusable(_) => unfit(error),
        FileError::Unavailable(_) => Outcome::RejectedTransient {
            why: error.to_string(),
            again: None,
        },
    }
}
