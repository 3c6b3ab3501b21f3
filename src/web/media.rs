//! `/v1/media`: pictures and films. And `/m/…`, where platforms fetch what is theirs.

use std::ops::Range;

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing,
};
use futures::StreamExt as _;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    admit::Caller,
    moment::{HOUSE_ZONE, Moment},
    problem::{Problem, ProblemType},
    ranges, words,
};
use crate::{
    domain::{
        account::Platform,
        digest::MediaDigest,
        media::{Form, MediaKind, Motion, Removed, Unfit, room},
    },
    service::{MediaFile, StoredMedia, Thing},
};

const PLACE: &str = "/v1/media";

/// A file that somebody opens by itself does nothing.
const SANDBOX: &str = "default-src 'none'; sandbox";

/// The routes for staff.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .routes(routes!(file))
        .routes(routes!(facts))
        .routes(routes!(thumbnail))
}

/// The route for platforms, which sign in nowhere. It is no part of the contract: each address is told to one
/// platform and lives for minutes.
pub(super) fn open_routes() -> Router<WebState> {
    Router::new().route("/m/{secret}", routing::get(fetch))
}

/// Whether somebody fetches what was opened to a platform.
pub(super) fn is_fetch(request: &Request) -> bool {
    request.uri().path().starts_with("/m/")
}

/// Whether a request is an upload, which may take longer than others.
pub(super) fn is_upload(request: &Request) -> bool {
    request.method() == Method::POST && request.uri().path() == PLACE
}

/// Whether a platform takes it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "PlatformRoom", as = PlatformRoom)]
struct RoomJson {
    /// The platform.
    #[schema(schema_with = words::platform)]
    platform: Platform,
    /// Why it does not take it; nothing if it does.
    #[schema(schema_with = words::unfit)]
    unfit: Option<Unfit>,
}

/// A picture or film.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Media", as = Media, example = json!({
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "kind": "jpeg", "bytes": 183204,
    "width": 1600, "height": 1200, "frames": null, "milliseconds": null, "removed": ["position", "device", "exif"],
    "codes": [], "file": "/v1/media/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "thumbnail": "/v1/media/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08/thumbnail",
    "platforms": [{"platform": "mastodon", "unfit": null}],
    "uploaded_at": {"utc": "2026-11-24T00:00:00Z", "local": "2026-11-24T09:00:00+09:00", "zone": "Asia/Tokyo"}
}))]
struct MediaJson {
    /// Names what is kept, and is what people sign. Posts name it by this.
    digest: String,
    /// What is kept.
    #[schema(schema_with = words::media_kind)]
    kind: MediaKind,
    /// How many bytes.
    bytes: u64,
    /// As people see it, in pixels.
    width: u32,
    /// As people see it, in pixels.
    height: u32,
    /// How many pictures a moving picture has.
    frames: Option<u32>,
    /// How long a film is.
    milliseconds: Option<u64>,
    /// What came along and was taken out.
    #[schema(value_type = Vec<String>)]
    removed: Vec<Removed>,
    /// The texts of QR codes in it. Those in a film are not read.
    codes: Vec<String>,
    /// Where the file is read.
    file: String,
    /// Where a small copy is read; a film has none.
    thumbnail: Option<String>,
    /// Which platforms take it.
    platforms: Vec<RoomJson>,
    /// When it was uploaded, the last time.
    uploaded_at: Moment,
}

impl From<StoredMedia> for MediaJson {
    fn from(media: StoredMedia) -> Self {
        let facts = media.look.facts;
        let (frames, milliseconds) = match facts.motion {
            Motion::Still => (None, None),
            Motion::Animation { frames } => (Some(frames), None),
            Motion::Film { milliseconds, .. } => (None, Some(milliseconds)),
        };
        let of_platform = |platform: &Platform| RoomJson {
            platform: *platform,
            unfit: room(*platform).plan(Form::Full, &facts).err(),
        };
        let file = format!("{PLACE}/{}", media.digest);
        Self {
            digest: media.digest.to_string(),
            kind: facts.kind,
            bytes: facts.bytes,
            width: facts.width,
            height: facts.height,
            frames,
            milliseconds,
            removed: media.removed.into_iter().collect(),
            codes: media.look.codes,
            thumbnail: media.thumbnail.map(|_| format!("{file}/thumbnail")),
            file,
            platforms: Platform::ALL.iter().map(of_platform).collect(),
            uploaded_at: Moment::new(media.uploaded_at, HOUSE_ZONE),
        }
    }
}

/// 画像・動画を登録する
///
/// The body is the file itself. What it is is told by its bytes, not by a name; what a camera wrote beside the
/// pixels is taken out, and `removed` says what. The same file again is the same medium.
#[utoipa::path(post, path = "/v1/media", operation_id = "upload_media", tag = "media",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = CREATED, body = MediaJson, headers(("Location" = String)))))]
async fn upload(
    State(state): State<WebState>,
    Caller(person): Caller,
    body: Body,
) -> Result<Response, Problem> {
    let mut upload = state.service.begin_upload(&person).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Problem::new(ProblemType::IncompleteBody))?;
        upload.write(&piece).await?;
    }
    let media = MediaJson::from(state.service.finish_upload(&person, upload).await?);
    let place = HeaderValue::try_from(format!("{}/facts", media.file))
        .map_err(|_| Problem::new(ProblemType::Internal))?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(media)).into_response())
}

/// 画像・動画の情報
#[utoipa::path(get, path = "/v1/media/{id}/facts", operation_id = "read_media_facts", tag = "media",
    params(("id" = String, Path, description = "The digest")), responses((status = OK, body = MediaJson)))]
async fn facts(
    State(state): State<WebState>,
    Caller(person): Caller,
    Digest(digest): Digest,
) -> Result<Json<MediaJson>, Problem> {
    Ok(Json(state.service.media(&person, digest).await?.into()))
}

/// 画像・動画のファイル
#[utoipa::path(get, path = "/v1/media/{id}", operation_id = "read_media", tag = "media",
    params(("id" = String, Path, description = "The digest")),
    responses((status = OK, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn file(
    State(state): State<WebState>,
    Caller(person): Caller,
    Digest(digest): Digest,
) -> Result<Response, Problem> {
    whole(state.service.media_file(&person, digest).await?, Reach::Staff).await
}

/// 画像の縮小版
#[utoipa::path(get, path = "/v1/media/{id}/thumbnail", operation_id = "read_thumbnail", tag = "media",
    params(("id" = String, Path, description = "The digest")),
    responses((status = OK, body = Vec<u8>, content_type = "image/jpeg")))]
async fn thumbnail(
    State(state): State<WebState>,
    Caller(person): Caller,
    Digest(digest): Digest,
) -> Result<Response, Problem> {
    whole(state.service.thumbnail(&person, digest).await?, Reach::Staff).await
}

/// What a platform fetches.
async fn fetch(
    State(state): State<WebState>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let media = state.service.fetch(&secret).await?;
    let length = media.length();
    let mut response = match ranges::wanted(&headers, length) {
        None => whole(media, Reach::Anybody).await?,
        Some(part) => {
            let range = format!("bytes {}-{}/{length}", part.start(), part.end());
            let range = HeaderValue::try_from(range).map_err(|_| Problem::new(ProblemType::Internal))?;
            let mut response = shown(media, *part.start()..part.end() + 1, Reach::Anybody).await?;
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            response.headers_mut().insert(header::CONTENT_RANGE, range);
            response
        }
    };
    let by_bytes = HeaderValue::from_static("bytes");
    response.headers_mut().insert(header::ACCEPT_RANGES, by_bytes);
    Ok(response)
}

/// The digest in a path; a text that is none names nothing.
struct Digest(MediaDigest);

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Digest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Problem> {
        let missing = || Problem::not_found(Thing::Media);
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| missing())?;
        text.parse().map(Self).map_err(|_| missing())
    }
}

/// Who may show it on a page of their own.
#[derive(Clone, Copy)]
enum Reach {
    /// Our own pages.
    Staff,
    /// Whoever has the address.
    Anybody,
}

async fn whole(media: MediaFile, reach: Reach) -> Result<Response, Problem> {
    let all = 0..media.length();
    shown(media, all, reach).await
}

async fn shown(media: MediaFile, range: Range<u64>, reach: Reach) -> Result<Response, Problem> {
    let name = format!("{}.{}", &media.digest.to_string()[..16], media.kind.extension());
    let origin = match reach {
        Reach::Staff => "same-origin",
        Reach::Anybody => "cross-origin",
    };
    let (kind, length) = (media.kind, range.end - range.start);
    let mut response = Body::from_stream(media.read(range).await?).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    let disposition = HeaderValue::try_from(format!("inline; filename=\"{name}\""));
    headers.extend(disposition.map(|value| (header::CONTENT_DISPOSITION, value)));
    let others = [
        (header::CONTENT_TYPE, kind.content_type()),
        (header::CONTENT_SECURITY_POLICY, SANDBOX),
        (HeaderName::from_static("cross-origin-resource-policy"), origin),
    ];
    headers.extend(others.map(|(name, value)| (name, HeaderValue::from_static(value))));
    Ok(response)
}
