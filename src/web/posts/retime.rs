//! Many posts get another time with one action.

use axum::{Extension, Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::PostJson;
use crate::{
    domain::ids::PostId,
    i18n::Language,
    service::{Retimed, Retiming},
    web::{
        WebState,
        admit::Caller,
        input::Input,
        moment::WrittenTime,
        observe::RequestContext,
        page::Page,
        problem::{Problem, ProblemBody},
    },
};

/// New times for many posts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "posts": ["pst_0190c1a2b3c47d5e8f90a1b2c3d4e5f6", "pst_0190c1a2b3c47d5e8f90a1b2c3d4e5f7"],
    "publish_at": "2026-11-24T13:00:00+09:00", "step_seconds": 300
}))]
pub struct NewTimes {
    /// The posts, in the order in which they shall leave; 200 at most.
    #[schema(value_type = Vec<String>)]
    posts: Vec<PostId>,
    /// When the first one leaves.
    #[schema(value_type = String, format = DateTime)]
    publish_at: WrittenTime,
    /// How many seconds lie between two; a day at most.
    #[serde(default)]
    step_seconds: u32,
}

/// What became of one post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "RetimedPost", as = RetimedPost)]
pub struct RetimedJson {
    /// The post's id.
    id: String,
    /// The post with its new time; none if it keeps the one that it had.
    post: Option<PostJson>,
    /// Why it keeps the time that it had.
    problem: Option<ProblemBody>,
}

impl RetimedJson {
    fn of(retimed: Retimed, language: Language) -> Self {
        let id = retimed.post.to_string();
        match retimed.result {
            Ok(view) => Self {
                id,
                post: Some(PostJson::from(&view)),
                problem: None,
            },
            Err(why) => Self {
                problem: Some(Problem::from(why).body(language, &id)),
                id,
                post: None,
            },
        }
    }
}

/// まとめて時刻を決め直す
///
/// Gives many posts other times, each inside its own signed range; their sign-offs stay. One that cannot have its time
/// does not stop the others: what became of each is told, in the order of the request.
#[utoipa::path(post, path = "/v1/posts/reschedule", operation_id = "reschedule_posts", tag = "posts",
    request_body = NewTimes, responses((status = OK, body = Page<RetimedJson>)))]
pub async fn reschedule_many(
    State(state): State<WebState>,
    Caller(person): Caller,
    Extension(context): Extension<RequestContext>,
    times: Input<NewTimes>,
) -> Result<Json<Page<RetimedJson>>, Problem> {
    let NewTimes {
        posts,
        publish_at,
        step_seconds,
    } = times.value;
    let retiming = Retiming {
        posts,
        from: publish_at.0,
        step_seconds,
    };
    let all = state.service.reschedule_many(&person, retiming).await?;
    let told = all
        .into_iter()
        .map(|retimed| RetimedJson::of(retimed, context.language));
    Ok(Json(Page::whole(told)))
}
