//! What is done before a broadcast: pictures get an address in public, and LINE looks at the messages without
//! sending them.

use reqwest::Method;
use url::Url;

use super::{
    super::{
        FileError, Prepared, Preparing,
        caller::{bad_instance, unfit},
        instance,
    },
    Line, as_ours,
    token::NoToken,
    way,
    wire::{Content, Messages, Unfit, covers, film_name, names, preview_name},
};
use crate::{
    domain::{account::Platform, attempt::Outcome, preparation::Handles},
    net::{FetchError, Request},
    platform::Opened,
    vault::Credential,
};

/// The name under which the dry run is kept.
const DRY_RUN: &str = "dry_run";

/// The longest address that LINE takes, and the largest picture: bytes, width and height.
const LONGEST_ADDRESS: usize = 2_000;
const LARGEST: u64 = 10 * 1024 * 1024;
const LARGEST_SIDE: u32 = 1_024;

/// The largest film, in bytes.
const LARGEST_FILM: u64 = 200 * 1024 * 1024;

/// What a dry run led to.
enum DryRun {
    /// LINE takes the messages.
    Passed,
    /// LINE said nothing of them. The call itself is judged by the same rules: an emergency does not wait for
    /// an examiner who is away.
    NoVerdict,
}

impl Line {
    /// Takes the first step that is missing.
    pub(super) async fn take_step(
        &self,
        what: &Preparing<'_>,
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        let content = Content {
            act: what.act,
            payload: what.payload,
            handles: what.handles,
        };
        let messages = match Messages::of(&content) {
            Ok(messages) => messages,
            Err(Unfit::NotReady) => return addresses(what).await.map(Prepared::Step),
            Err(why) => return Err(unfit(why)),
        };
        if what.handles.get(DRY_RUN).is_some() {
            return Ok(Prepared::Ready);
        }
        let verdict = match self.dry_run(what, &messages, credential).await? {
            DryRun::Passed => "passed",
            DryRun::NoVerdict => "no verdict",
        };
        Ok(Prepared::Step(what.handles.clone().with(DRY_RUN, verdict)))
    }

    async fn dry_run(
        &self,
        what: &Preparing<'_>,
        messages: &Messages<'_>,
        credential: &Credential,
    ) -> Result<DryRun, Outcome> {
        let server = what.instance;
        let session = self
            .session(server, credential)
            .await
            .map_err(|none| match none {
                NoToken::Unavailable(why) => Outcome::RejectedTransient { why, again: None },
                none => none.into(),
            })?;
        let path = ["v2", "bot", "message", "validate", way(what.payload)];
        let url = instance::endpoint(server, &path).map_err(|_| bad_instance())?;
        let request = Request::new(Method::POST, url).json(messages);
        let answer = match self.caller.fetch(as_ours(request, &session)).await {
            Ok(answer) => answer,
            Err(FetchError::NotSent { why, .. }) => return Err(Outcome::NotSent { why }),
            Err(FetchError::Ambiguous { .. }) => return Ok(DryRun::NoVerdict),
        };
        if answer.status.is_success() {
            return Ok(DryRun::Passed);
        }
        match self.refusal(server, credential, &session, &answer) {
            Outcome::Unknown { .. } => Ok(DryRun::NoVerdict),
            outcome => Err(outcome),
        }
    }
}

/// Gives every picture and film its address and its shape. They stay the same for every repetition of the call: LINE
/// compares what comes under one key.
async fn addresses(what: &Preparing<'_>) -> Result<Handles, Outcome> {
    let mut handles = what.handles.clone();
    for (number, part) in what.payload.parts.iter().enumerate() {
        let mut opened = Vec::with_capacity(part.media.len());
        for media in &part.media {
            opened.push(what.files.open(media, Platform::Line).await.map_err(no_file)?);
        }
        let are_films: Vec<bool> = opened.iter().map(Opened::is_film).collect();
        let covers = covers(&are_films).map_err(unfit)?;
        for (place, (media, file)) in part.media.iter().zip(&opened).enumerate() {
            let at = (number, place);
            let is_cover = covers.iter().any(|(_, cover)| *cover == place);
            if file.is_film() {
                handles = handles.with(film_name(at), "yes");
            } else if is_cover || media.alt.trim().is_empty() {
                let preview = what.files.preview(media, Platform::Line).await.map_err(no_file)?;
                handles = handles.with(preview_name(at), checked(&preview)?);
            }
            if is_cover {
                continue;
            }
            let address = what.files.address(media, Platform::Line).await.map_err(no_file)?;
            let (address_name, shape_name) = names(at);
            handles = handles
                .with(address_name, checked(&address)?)
                .with(shape_name, shape(file)?);
        }
    }
    Ok(handles)
}

/// An address that LINE fetches from.
fn checked(address: &Url) -> Result<&str, Outcome> {
    if address.scheme() == "https" && address.as_str().len() <= LONGEST_ADDRESS {
        return Ok(address.as_str());
    }
    Err(unfit(
        "LINE fetches pictures over https, from an address of up to 2,000 characters",
    ))
}

/// Width and height as LINE writes them, if it takes the picture or film.
fn shape(file: &Opened) -> Result<String, Outcome> {
    let (width, height) = file.size;
    let fits = match file.media_type.as_str() {
        "image/jpeg" | "image/png" => file.length <= LARGEST && width.max(height) <= LARGEST_SIDE,
        "video/mp4" => file.length <= LARGEST_FILM,
        other => {
            return Err(unfit(format!(
                "{other} cannot be sent to LINE; JPEG, PNG and MP4 can"
            )));
        }
    };
    if !fits || width == 0 || height == 0 {
        return Err(unfit(
            "LINE shows pictures of up to 1024 × 1024 points and 10 MB, and films of up to 200 MB",
        ));
    }
    // Higher than three times its width is no shape to LINE; the rest of such a picture's room stays empty.
    Ok(format!("{width}:{}", height.min(width.saturating_mul(3))))
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
