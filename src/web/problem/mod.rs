//! Refusals as RFC 9457 problems. A [`Problem`] is language-free; the outermost layer renders it for its reader.

mod kind;
mod refusal;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{findings::FindingJson, moment::Moment};
use crate::{
    domain::finding::{Finding, Message},
    i18n::{I18n, Language},
};

pub use kind::ProblemType;
pub use refusal::in_words;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A variable of a problem's detail.
#[derive(Debug, Clone)]
pub enum Variable {
    /// A value that is the same in every language.
    Plain(String),
    /// A text of its own.
    Text(&'static str),
}

/// One wrong field.
#[derive(Debug, Clone)]
pub struct Wrong {
    /// Where, as a JSON pointer into the body; `?name` for a query parameter.
    pub pointer: String,
    /// What is wrong.
    pub message: Message,
}

/// What some problems say besides.
#[derive(Debug, Clone, Default)]
pub struct Extra {
    /// What the gate found.
    pub findings: Option<Vec<Finding>>,
    /// When the window opens next.
    pub next_allowed: Option<Moment>,
    /// The digest under review.
    pub current_digest: Option<String>,
    /// The current version.
    pub current_version: Option<i64>,
}

/// Why a request was not done.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which problem.
    pub kind: ProblemType,
    /// Variables of its detail.
    pub variables: Vec<(&'static str, Variable)>,
    /// Wrong fields.
    pub errors: Vec<Wrong>,
    /// What it says besides.
    pub extra: Box<Extra>,
    /// Headers that go with it.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of a kind.
    #[must_use]
    pub fn new(kind: ProblemType) -> Self {
        let mut headers = Vec::new();
        match kind {
            ProblemType::Unauthenticated => {
                let realm = HeaderValue::from_static("Bearer realm=\"sekisho\"");
                headers.push((header::WWW_AUTHENTICATE, realm));
            }
            ProblemType::Unavailable | ProblemType::TimedOut => {
                headers.push((header::RETRY_AFTER, HeaderValue::from_static("5")));
            }
            _ => {}
        }
        Self {
            kind,
            variables: Vec::new(),
            errors: Vec::new(),
            extra: Box::default(),
            headers,
        }
    }

    /// Adds a variable of the detail.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.variables.push((name, Variable::Plain(value.to_string())));
        self
    }

    /// Adds a variable of the detail that is a text of its own.
    #[must_use]
    pub fn with_text(mut self, name: &'static str, key: &'static str) -> Self {
        self.variables.push((name, Variable::Text(key)));
        self
    }

    /// Adds a wrong field.
    #[must_use]
    pub fn wrong(mut self, pointer: impl Into<String>, message: Message) -> Self {
        self.errors.push(Wrong {
            pointer: pointer.into(),
            message,
        });
        self
    }

    /// The body for a reader.
    #[must_use]
    pub fn body(&self, language: Language, instance: &str) -> ProblemBody {
        let texts = I18n::get();
        let values: Vec<(&str, String)> = self
            .variables
            .iter()
            .map(|(name, value)| match value {
                Variable::Plain(text) => (*name, text.clone()),
                Variable::Text(key) => (*name, texts.text(language, key, &[])),
            })
            .collect();
        let arguments: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let errors = self.errors.iter().map(|wrong| FieldProblem {
            pointer: wrong.pointer.clone(),
            code: wrong
                .message
                .key
                .strip_prefix("field-")
                .unwrap_or(wrong.message.key),
            message: texts.message(language, &wrong.message),
        });
        ProblemBody {
            r#type: format!("urn:sekisho:problem:{}", self.kind.slug()),
            title: texts.text(language, self.kind.title_key(), &[]),
            status: self.kind.status().as_u16(),
            detail: texts.text(language, self.kind.detail_key(), &arguments),
            instance: instance.to_owned(),
            errors: errors.collect(),
            findings: self
                .extra
                .findings
                .as_ref()
                .map(|found| found.iter().map(FindingJson::from).collect()),
            next_allowed: self.extra.next_allowed.clone(),
            current_digest: self.extra.current_digest.clone(),
            current_version: self.extra.current_version,
        }
    }

    /// The answer for a reader.
    #[must_use]
    pub fn render(self, language: Language, instance: &str) -> Response {
        let body = serde_json::to_vec(&self.body(language, instance)).unwrap_or_default();
        let mut response = (self.kind.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}

impl IntoResponse for Problem {
    /// Leaves the body to the outermost layer, which knows the reader's language.
    fn into_response(self) -> Response {
        let mut response = StatusCode::into_response(self.kind.status());
        response.extensions_mut().insert(self);
        response
    }
}

/// A wrong field, as it is answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "FieldProblem", example = json!({
    "pointer": "/publish/at", "code": "time-past", "message": "過去の時刻です。これからの時刻を指定してください。"
}))]
pub struct FieldProblem {
    /// Where: a JSON pointer (RFC 6901) into the body, or `?name` for a query parameter.
    pointer: String,
    /// What is wrong, for machines.
    code: &'static str,
    /// What is wrong and what to do, for people.
    message: String,
}

impl ProblemBody {
    /// Title and detail, and each wrong field on a line of its own.
    fn in_words(&self) -> String {
        let errors = self.errors.iter();
        let errors = errors.map(|wrong| format!("\n  {}: {}", wrong.pointer, wrong.message));
        let errors: String = errors.collect();
        format!("{}: {}{errors}", self.title, self.detail)
    }
}

/// A refusal (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Problem", as = Problem, example = json!({
    "type": "urn:sekisho:problem:invalid-fields", "title": "入力に誤りがあります", "status": 422,
    "detail": "誤りのある項目を直して、もう一度送ってください。", "instance": "req_0190c1a2b3c47d5e8f90a1b2c3d4e5f6",
    "errors": [{"pointer": "/publish/at", "code": "time-past",
                "message": "過去の時刻です。これからの時刻を指定してください。"}]
}))]
pub struct ProblemBody {
    /// `urn:sekisho:problem:<slug>`; see docs/API-DESIGN.md.
    r#type: String,
    /// What kind of problem it is.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened and what to do.
    detail: String,
    /// The id of this request, also in `X-Request-Id`: name it when asking for help.
    instance: String,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// What the gate found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    findings: Option<Vec<FindingJson>>,
    /// When the window opens next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_allowed: Option<Moment>,
    /// The digest under review.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    current_digest: Option<String>,
    /// The current version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    current_version: Option<i64>,
}
