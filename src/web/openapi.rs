//! The contract in the form that machines read, made from the handlers, and a page to read it.

use axum::{
    Json, Router,
    http::{HeaderValue, header},
    middleware,
    response::Response,
    routing,
};
use utoipa::{
    OpenApi as _,
    openapi::{
        OpenApi, Ref, RefOr,
        content::ContentBuilder,
        response::{Response as Documented, ResponseBuilder},
        schema::{ArrayBuilder, Schema},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{
    WebState,
    problem::{MEDIA_TYPE, ProblemBody},
};

const SCHEME: &str = "token";

/// What the page may do: its own scripts and styles, and requests to where it came from.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                           img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
                           form-action 'none'";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Sekisho API",
        description = "自治体の公式SNS投稿の関所。下書き → 点検 → 決裁 → 運用時間 → 公開。\n\n\
                       The one door between a town hall and social media. Every time is answered twice, in UTC and \
                       in the account's zone; every refusal is a problem (RFC 9457).",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    security(("token" = [])),
    tags(
        (name = "posts", description = "投稿"),
        (name = "deliveries", description = "配信"),
        (name = "accounts", description = "公式アカウント"),
        (name = "holds", description = "保留"),
        (name = "records", description = "検査の基準"),
        (name = "policy", description = "方針"),
        (name = "emergencies", description = "緊急モード"),
        (name = "media", description = "画像・動画"),
        (name = "ledger", description = "台帳"),
        (name = "me", description = "自分"),
        (name = "operations", description = "運用"),
    ),
    components(schemas(ProblemBody))
)]
struct Document;

/// The document without its paths.
pub(super) fn document() -> OpenApi {
    let mut api = Document::openapi();
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A token of a person: `Authorization: Bearer sekisho_…`"))
        .build();
    api.components
        .get_or_insert_default()
        .security_schemes
        .insert(SCHEME.to_owned(), SecurityScheme::Http(token).into());
    api
}

/// Gives every operation the answer that all of them may have, and every page the name of its items.
pub(super) fn finished(mut api: OpenApi) -> OpenApi {
    for item in api.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            responses.insert("default".to_owned(), RefOr::T(refusal()));
        }
    }
    name_items(&mut api);
    api
}

/// A page of things says what the things are by their name, and not all over again.
fn name_items(api: &mut OpenApi) {
    let Some(components) = &mut api.components else {
        return;
    };
    for (name, schema) in &mut components.schemas {
        let Some(item) = name.strip_prefix("Page_") else {
            continue;
        };
        if let RefOr::T(Schema::Object(page)) = schema {
            let list = ArrayBuilder::new().items(Ref::from_schema_name(item)).build();
            page.properties
                .insert("items".to_owned(), RefOr::T(Schema::Array(list)));
        }
    }
}

fn refusal() -> Documented {
    ResponseBuilder::new()
        .description("A problem (RFC 9457); which ones there are: docs/API-DESIGN.md")
        .content(
            MEDIA_TYPE,
            ContentBuilder::new()
                .schema(Some(RefOr::Ref(Ref::from_schema_name("Problem"))))
                .build(),
        )
        .build()
}

/// `/openapi.json`, and `/docs` with the page's own files.
pub(super) fn routes(api: OpenApi) -> Router<WebState> {
    let document = std::sync::Arc::new(api);
    let config = Config::from("/openapi.json").validator_url("none");
    let page = Router::from(SwaggerUi::new("/docs").config(config))
        .layer(middleware::map_response(with_page_policy));
    Router::new()
        .route(
            "/openapi.json",
            routing::get(move || async move { Json(document) }),
        )
        .merge(page)
}

async fn with_page_policy(mut response: Response) -> Response {
    let policy = HeaderValue::from_static(PAGE_POLICY);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}
