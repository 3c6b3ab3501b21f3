//! The timeline as web pages, for people to look at.

use std::{collections::HashSet, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, FixedOffset, Utc};

use super::{
    answer::ApiError,
    html::{Markup, page},
    media::MediaRecord,
    publish::is_public,
    server::Shared,
    time,
    world::{StatusRecord, World},
};

/// How many statuses a page shows.
const SHOWN: usize = 200;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(everyone))
        .route("/@{username}", get(profile))
        .route("/@{username}/{id}", get(single))
}

async fn everyone(State(shared): State<Arc<Shared>>) -> Response {
    let world = shared.world();
    let mut body = Markup::new();
    body.raw("<main><h1>タイムライン</h1>");
    timeline(&mut body, &world, |_| true);
    body.raw("</main>");
    page(StatusCode::OK, "タイムライン", &body)
}

async fn profile(State(shared): State<Arc<Shared>>, Path(username): Path<String>) -> Response {
    let world = shared.world();
    let Some(account) = world.account(&username) else {
        return missing();
    };
    let mut body = Markup::new();
    body.raw("<nav aria-label=\"ページ\"><a href=\"/\">タイムラインへ</a></nav><main><h1>")
        .text(&account.display_name)
        .raw(" (@")
        .text(&account.username)
        .raw(")</h1>");
    timeline(&mut body, &world, |status| status.account == username);
    body.raw("</main>");
    page(StatusCode::OK, &account.display_name, &body)
}

async fn single(State(shared): State<Arc<Shared>>, Path((username, id)): Path<(String, String)>) -> Response {
    let world = shared.world();
    if world
        .visible(&id, None)
        .is_none_or(|status| status.account != username)
    {
        return missing();
    }
    let mut body = Markup::new();
    body.raw("<nav aria-label=\"ページ\"><a href=\"/\">タイムラインへ</a></nav><main><h1>投稿</h1>");
    timeline(&mut body, &world, |status| status.id == id);
    body.raw("</main>");
    page(StatusCode::OK, "投稿", &body)
}

fn missing() -> Response {
    let mut body = Markup::new();
    body.raw("<main><h1>見つかりません</h1><p><a href=\"/\">タイムラインへ</a></p></main>");
    page(StatusCode::NOT_FOUND, "見つかりません", &body)
}

/// Programs get JSON, people a page.
pub(super) async fn not_found(uri: Uri) -> Response {
    let programs = ["/api/", "/sandbox/", "/.well-known/", "/nodeinfo"];
    if programs.iter().any(|start| uri.path().starts_with(start)) {
        ApiError::new(StatusCode::NOT_FOUND, "Not Found").into_response()
    } else {
        missing()
    }
}

fn timeline(body: &mut Markup, world: &World, wanted: impl Fn(&StatusRecord) -> bool) {
    // Oldest first decides which of two equal statuses is the repetition.
    let mut seen = HashSet::new();
    let shown: Vec<_> = world
        .statuses
        .values()
        .filter(|status| is_public(status))
        .map(|status| (status, !seen.insert((&status.account, &status.text))))
        .filter(|(status, _)| wanted(status))
        .collect();
    if shown.is_empty() {
        body.raw("<p>投稿はまだありません。</p>");
    }
    for (status, repeated) in shown.into_iter().rev().take(SHOWN) {
        article(body, world, status, repeated);
    }
}

fn article(body: &mut Markup, world: &World, status: &StatusRecord, repeated: bool) {
    let display_name = world
        .account(&status.account)
        .map_or(status.account.as_str(), |account| &account.display_name);
    body.raw("<article><h2>")
        .text(display_name)
        .raw(" <a href=\"/@")
        .text(&status.account)
        .raw("\">@")
        .text(&status.account)
        .raw("</a></h2>");
    if !status.spoiler_text.is_empty() {
        body.raw("<p><strong>")
            .text(&status.spoiler_text)
            .raw("</strong></p>");
    }
    body.raw("<div lang=\"")
        .text(&status.language)
        .raw("\">")
        .add(&super::text::to_markup(&status.text))
        .raw("</div>");
    for shown in &status.media {
        figure(body, shown);
    }
    body.raw("<p class=\"meta\"><a href=\"/@")
        .text(&status.account)
        .raw("/")
        .text(&status.id)
        .raw("\"><time datetime=\"")
        .text(&time::millis(status.created_at))
        .raw("\">")
        .text(&in_japan(status.created_at))
        .raw("</time></a>");
    if repeated {
        body.raw(" <strong class=\"mark\">同じ文面の重複</strong>");
    }
    body.raw("</p></article>");
}

/// A picture or film, with its description for everybody to see: whoever tries a post sees what is read out.
fn figure(body: &mut Markup, shown: &MediaRecord) {
    if shown.kind.is_film() {
        body.raw("<figure><video controls preload=\"metadata\" src=\"/media/")
            .text(&shown.id)
            .raw("\" aria-label=\"")
            .text(&shown.description)
            .raw("\"></video>");
    } else {
        body.raw("<figure><img src=\"/media/")
            .text(&shown.id)
            .raw("\" alt=\"")
            .text(&shown.description)
            .raw("\">");
    }
    body.raw("<figcaption class=\"meta\">");
    if shown.description.is_empty() {
        body.raw("説明（代替テキスト）なし");
    } else {
        body.raw("説明（代替テキスト）: ").text(&shown.description);
    }
    body.raw("</figcaption></figure>");
}

/// Japan has kept the same offset since 1951, so no time zone database is needed.
fn in_japan(at: DateTime<Utc>) -> String {
    FixedOffset::east_opt(9 * 3600).map_or_else(
        || time::millis(at),
        |japan| {
            at.with_timezone(&japan)
                .format("%Y年%-m月%-d日 %H:%M:%S")
                .to_string()
        },
    )
}
