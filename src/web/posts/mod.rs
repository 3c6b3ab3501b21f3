//! `/v1/posts`: what clerks queue and superiors decide on.

mod audience;
pub(super) mod change;
pub(super) mod decide;
pub(super) mod draft;
pub(super) mod list;
pub(super) mod read;
mod retime;
mod view;
mod withdraw;

use axum::{Json, http::header, response::IntoResponse as _, response::Response};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{WebState, etag};
use crate::service::PostView;

pub use view::PostJson;

/// The routes of posts.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(list::list, change::create))
        .routes(routes!(read::read, change::edit))
        .routes(routes!(change::submit))
        .routes(routes!(change::reschedule))
        .routes(routes!(retime::reschedule_many))
        .routes(routes!(change::cancel))
        .routes(routes!(withdraw::withdraw))
        .routes(routes!(withdraw::withdrawals))
        .routes(routes!(decide::approve))
        .routes(routes!(decide::acknowledge))
        .routes(routes!(decide::send_back))
        .routes(routes!(decide::reject))
        .routes(routes!(decide::escalate))
        .routes(routes!(read::revisions))
        .routes(routes!(read::deliveries))
        .routes(routes!(read::history))
        .routes(routes!(list::queue))
}

/// A post with its entity tag.
fn tagged(view: &PostView) -> Response {
    with_tag(view, Json(PostJson::from(view)).into_response())
}

/// An answer that shows a post, with the post's entity tag.
fn with_tag(view: &PostView, mut response: Response) -> Response {
    let tag = etag::header_value(&view::tag_of(view));
    response.headers_mut().insert(header::ETAG, tag);
    response
}
