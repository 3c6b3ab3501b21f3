//! The shapes that the three APIs share.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de::Error as _};

/// Whether a text can be an id: digits, and for a page's post those of the page, `_` and those of the post.
pub(in crate::platform) fn is_id(id: &str) -> bool {
    let is_number = |text: &str| (1..=30).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    match id.split_once('_') {
        Some((page, post)) => is_number(page) && is_number(post),
        None => is_number(id),
    }
}

/// Something that has an id.
#[derive(Deserialize)]
struct Entity {
    id: String,
}

/// Reads the id of what was made.
pub(in crate::platform) fn created(body: &[u8]) -> Option<String> {
    let made: Entity = serde_json::from_slice(body).ok()?;
    is_id(&made.id).then_some(made.id)
}

/// Whether a call says that it did what it was to do.
pub(super) fn succeeded(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Done {
        success: bool,
    }
    serde_json::from_slice::<Done>(body).is_ok_and(|done| done.success)
}

/// A list, or one page of it.
#[derive(Debug, Deserialize)]
pub(in crate::platform) struct List<T> {
    pub(in crate::platform) data: Vec<T>,
    paging: Option<Paging>,
}

#[derive(Debug, Deserialize)]
struct Paging {
    cursors: Option<Cursors>,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Cursors {
    after: Option<String>,
}

/// What comes after a page.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::platform) enum After<'a> {
    /// Nothing.
    End,
    /// A page at this place.
    Page(&'a str),
    /// A page, but the answer does not say where.
    Unknown,
}

impl<T> List<T> {
    /// What comes after this page. The address that the answer gives is not called: it may lead anywhere.
    pub(in crate::platform) fn after(&self) -> After<'_> {
        match &self.paging {
            Some(Paging {
                next: Some(_),
                cursors,
            }) => {
                let after = cursors.as_ref().and_then(|cursors| cursors.after.as_deref());
                after.map_or(After::Unknown, After::Page)
            }
            _ => After::End,
        }
    }
}

/// What the three say when they refuse. `type` is "OAuthException" for nearly everything: it says something only
/// where there is no code.
#[derive(Debug, Deserialize)]
pub(super) struct Fault {
    pub(super) code: Option<i64>,
    error_subcode: Option<i64>,
    #[serde(default)]
    pub(super) is_transient: bool,
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
    error_user_title: Option<String>,
    error_user_msg: Option<String>,
}

impl Fault {
    /// Reads one, if the body is an error of the API.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Envelope {
            error: Fault,
        }
        let fault = serde_json::from_slice::<Envelope>(body).ok()?.error;
        (fault.code.is_some() || fault.message.is_some()).then_some(fault)
    }

    /// The finer code; 0 where there is none.
    pub(super) fn subcode(&self) -> i64 {
        self.error_subcode.unwrap_or_default()
    }

    /// Whether one of the two codes is this one: documents and answers do not agree which of them it is.
    pub(super) fn is(&self, code: i64) -> bool {
        self.code == Some(code) || self.error_subcode == Some(code)
    }

    /// Whether the credential is refused, and not what was done with it.
    pub(super) fn is_of_credential(&self) -> bool {
        match self.code {
            Some(code) => matches!(code, 102 | 190),
            None => self.kind.as_deref() == Some("OAuthException"),
        }
    }

    /// Whether too much was asked.
    pub(super) fn is_throttle(&self) -> bool {
        matches!(self.code, Some(4 | 17 | 32 | 341 | 613 | 80_001 | 80_002))
    }

    /// Whether a question may be answered when it is asked again.
    pub(super) fn is_passing(&self) -> bool {
        self.is_transient || self.is_throttle() || matches!(self.code, Some(1 | 2))
    }

    /// Whether the API does not find what a call is about. Right after it was made that may be untrue.
    pub(super) fn is_missing(&self) -> bool {
        self.code == Some(24) || (self.code == Some(100) && self.subcode() == 33)
    }

    /// Everything that it says.
    pub(super) fn text(&self) -> String {
        let numbers = match (self.code, self.error_subcode) {
            (Some(code), Some(subcode)) => format!("{code}/{subcode}"),
            (Some(code), None) => code.to_string(),
            (None, _) => String::new(),
        };
        let said = [&self.message, &self.error_user_title, &self.error_user_msg];
        let said = said.into_iter().flatten().map(String::as_str);
        let told: Vec<&str> = [numbers.as_str()].into_iter().chain(said).collect();
        told.join(": ")
    }
}

/// A time as the three write it: `2026-11-24T01:00:00+0000`, or as the rest of the world does.
pub(in crate::platform) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(from)?;
    DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%z")
        .or_else(|_| DateTime::parse_from_rfc3339(&text))
        .map(|at| at.to_utc())
        .map_err(D::Error::custom)
}
