//! Pictures and films: uploaded first, shown with a status later, kept in memory.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    answer::{ApiError, bearer},
    server::Shared,
    time,
    world::World,
};

/// The largest picture, as `configuration` tells it.
pub(super) const LARGEST_PICTURE: usize = 16_777_216;

/// The largest film, as `configuration` tells it.
pub(super) const LARGEST_FILM: usize = 103_809_024;

/// How many may go with one status.
pub(super) const MOST: usize = 4;

/// The longest description, in characters.
pub(super) const LONGEST_DESCRIPTION: usize = 1_500;

/// Where uploads go.
pub(super) const UPLOADS: &str = "/api/v2/media";

/// What something is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaType {
    /// A JPEG picture.
    Jpeg,
    /// A PNG picture.
    Png,
    /// A GIF, moving or not.
    Gif,
    /// A WebP picture.
    Webp,
    /// A film.
    Mp4,
}

impl MediaType {
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            _ => None,
        }
    }

    /// Whether it is a film; else it is a picture.
    #[must_use]
    pub const fn is_film(self) -> bool {
        matches!(self, Self::Mp4)
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Mp4 => "video/mp4",
        }
    }

    /// Mastodon's own word.
    const fn word(self) -> &'static str {
        match self {
            Self::Jpeg | Self::Png | Self::Webp => "image",
            Self::Gif => "gifv",
            Self::Mp4 => "video",
        }
    }
}

/// A picture or film of a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRecord {
    /// Its identifier; the bytes are at `/media/{id}`.
    pub id: String,
    /// What it is.
    pub kind: MediaType,
    /// How many bytes it has.
    pub bytes: usize,
    /// What it shows, for who cannot see it; empty if nobody said.
    pub description: String,
}

/// What was uploaded.
pub(super) struct Upload {
    pub(super) account: String,
    pub(super) record: MediaRecord,
    pub(super) bytes: Bytes,
    /// The status that shows it.
    pub(super) status: Option<String>,
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(UPLOADS, post(upload))
        .route("/api/v1/media/{id}", get(show))
        // The fault layer, which reads every body, knows how long it may be.
        .layer(DefaultBodyLimit::disable())
}

/// Where browsers fetch what a page shows.
pub(super) fn open_routes() -> Router<Arc<Shared>> {
    Router::new().route("/media/{id}", get(file))
}

async fn upload(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let mut world = shared.world();
    let username = world
        .authorise(bearer(&headers), &["write:media"])?
        .username
        .clone();
    let form = Form::read(&headers, &body).ok_or_else(|| ApiError::invalid("File can't be blank"))?;
    let record = world.take_in(&username, &form, time::now())?;
    Ok(Json(world.attachment(&record)))
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let world = shared.world();
    let username = &world.authorise(bearer(&headers), &["write:media"])?.username;
    let found = world
        .uploads
        .get(&id)
        .filter(|upload| upload.account == *username);
    let found = found.ok_or_else(ApiError::not_found)?;
    Ok(Json(world.attachment(&found.record)))
}

async fn file(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let world = shared.world();
    let Some(upload) = world.uploads.get(&id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, upload.record.kind.content_type()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ];
    (headers, upload.bytes.clone()).into_response()
}

/// The fields of an upload.
struct Form {
    file: Bytes,
    description: String,
}

impl Form {
    /// Reads `multipart/form-data`, as far as a client of Mastodon needs it.
    fn read(headers: &HeaderMap, body: &Bytes) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let boundary = kind
            .strip_prefix("multipart/form-data")?
            .split_once("boundary=")?
            .1;
        let delimiter = format!("--{}", boundary.trim_matches('"'));
        let (mut file, mut description) = (None, String::new());
        let mut at = find(body, delimiter.as_bytes(), 0)? + delimiter.len();
        while !body.get(at..)?.starts_with(b"--") {
            let end = find(body, format!("\r\n{delimiter}").as_bytes(), at)?;
            let content = find(body, b"\r\n\r\n", at)? + 4;
            let head = String::from_utf8_lossy(body.get(at..content)?).into_owned();
            let content = content.min(end)..end;
            if head.contains("name=\"file\"") {
                file = Some(body.slice(content));
            } else if head.contains("name=\"description\"") {
                description = String::from_utf8_lossy(body.get(content)?).into_owned();
            }
            at = end + 2 + delimiter.len();
        }
        Some(Self {
            file: file?,
            description,
        })
    }
}

/// Where something begins in a body, from a place on.
fn find(body: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let rest = body.get(from..)?;
    let first = *what.first()?;
    let mut at = 0;
    // Films are long: only where the first byte is the right one all of it is compared.
    while let Some(next) = rest.get(at..)?.iter().position(|byte| *byte == first) {
        at += next;
        if rest.get(at..)?.starts_with(what) {
            return Some(from + at);
        }
        at += 1;
    }
    None
}

impl World {
    fn take_in(&mut self, username: &str, form: &Form, now: DateTime<Utc>) -> Result<MediaRecord, ApiError> {
        let kind =
            MediaType::of(&form.file).ok_or_else(|| ApiError::invalid("File content type is invalid"))?;
        let largest = if kind.is_film() {
            LARGEST_FILM
        } else {
            LARGEST_PICTURE
        };
        if form.file.len() > largest {
            return Err(ApiError::invalid(format_args!(
                "File file size must be less than {largest} bytes"
            )));
        }
        if form.description.chars().count() > LONGEST_DESCRIPTION {
            return Err(ApiError::invalid("Description is too long"));
        }
        let record = MediaRecord {
            id: self.next_id(now).to_string(),
            kind,
            bytes: form.file.len(),
            description: form.description.clone(),
        };
        let upload = Upload {
            account: username.to_owned(),
            record: record.clone(),
            bytes: form.file.clone(),
            status: None,
        };
        self.uploads.insert(record.id.clone(), upload);
        Ok(record)
    }

    /// What a status of that author may show: uploads of its own that no other status shows.
    pub(super) fn shown(
        &self,
        username: &str,
        ids: &[Value],
        status: Option<&str>,
    ) -> Result<Vec<MediaRecord>, ApiError> {
        if ids.len() > MOST {
            return Err(ApiError::invalid("Cannot attach more than 4 files"));
        }
        let mut shown = Vec::with_capacity(ids.len());
        for id in ids {
            let found = id.as_str().and_then(|id| self.uploads.get(id)).filter(|upload| {
                let is_free = upload.status.is_none() || upload.status.as_deref() == status;
                upload.account == username && is_free
            });
            let upload = found.ok_or_else(|| ApiError::invalid("Media could not be found"))?;
            shown.push(upload.record.clone());
        }
        if shown.len() > 1 && shown.iter().any(|one| one.kind.is_film()) {
            return Err(ApiError::invalid(
                "Cannot attach a video to a post that already contains images",
            ));
        }
        Ok(shown)
    }

    /// Ties uploads to the status that shows them.
    pub(super) fn tie(&mut self, shown: &[MediaRecord], status: &str) {
        for record in shown {
            if let Some(upload) = self.uploads.get_mut(&record.id) {
                upload.status = Some(status.to_owned());
            }
        }
    }

    /// The entity `MediaAttachment`.
    pub(super) fn attachment(&self, record: &MediaRecord) -> Value {
        let url = format!("{}/media/{}", self.base_url, record.id);
        let described = !record.description.is_empty();
        json!({
            "id": record.id,
            "type": record.kind.word(),
            "url": url,
            "preview_url": url,
            "remote_url": null,
            "meta": {},
            "description": described.then_some(&record.description),
            "blurhash": null,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &[u8]) -> Option<(Vec<u8>, String)> {
        let mut headers = HeaderMap::new();
        let kind = "multipart/form-data; boundary=b0";
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        let form = Form::read(&headers, &Bytes::copy_from_slice(body))?;
        Some((form.file.to_vec(), form.description))
    }

    #[test]
    fn an_upload_is_read_whatever_is_in_it() {
        let body =
            b"--b0\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\nA \r\n--b\r\n--b0\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"0\"\r\nContent-Type: image/png\r\n\r\n\
            \x89PNG\r\n\r\n--b1\0\r\n--b0--\r\n";
        let (file, description) = form(body).unwrap();
        assert_eq!(file, b"\x89PNG\r\n\r\n--b1\0");
        assert_eq!(description, "A \r\n--b");
    }

    #[test]
    fn half_an_upload_is_none() {
        for body in [
            &b""[..],
            b"--b0",
            b"--b0--",
            b"--b0\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc",
            b"--b0\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n--b0",
        ] {
            assert_eq!(form(body), None, "{}", String::from_utf8_lossy(body));
        }
    }
}
