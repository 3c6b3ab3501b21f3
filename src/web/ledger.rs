//! `/v1/ledger`: what happened.

use axum::{extract::State, response::Response};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    admit::Caller,
    input::Asked,
    moment::{HOUSE_ZONE, Moment},
    page::{self, Page},
    problem::Problem,
};
use crate::ledger::Columns;

/// The route of the ledger.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// One entry of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "LedgerEntry", as = LedgerEntry)]
pub struct EntryJson {
    id: String,
    /// When.
    at: Moment,
    /// Who: `user:usr_…` or `system:…`.
    #[schema(example = "user:usr_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    actor: String,
    /// What was done.
    #[schema(example = "post.approved")]
    verb: String,
    /// To what.
    #[schema(example = "pst_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    subject: String,
    /// The version of the policy that judged.
    policy: Option<String>,
    /// Everything else.
    #[schema(value_type = Object)]
    details: serde_json::Value,
}

impl EntryJson {
    /// An entry, its time in a zone.
    #[must_use]
    pub fn new(entry: Columns, zone: Tz) -> Self {
        Self {
            id: entry.id.to_string(),
            at: Moment::new(entry.at, zone),
            actor: entry.actor,
            verb: entry.verb,
            subject: entry.subject,
            policy: entry.policy.map(hex::encode),
            details: entry.details,
        }
    }
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// How many, from 1 to 100.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// 台帳
///
/// Entries, newest first; for auditors and administrators.
#[utoipa::path(get, path = "/v1/ledger", operation_id = "list_ledger", tag = "ledger", params(Which),
    responses((status = OK, body = Page<EntryJson>)))]
async fn list(
    State(state): State<WebState>,
    Caller(person): Caller,
    Asked(which): Asked<Which>,
) -> Result<Response, Problem> {
    let limit = page::limit(which.limit)?;
    let before = page::cursor(which.cursor.as_deref())?;
    let entries = state.service.ledger(&person, before, limit).await?;
    let full = i64::try_from(entries.len()).is_ok_and(|found| found == limit);
    let page = Page {
        next_cursor: entries.last().filter(|_| full).map(|entry| entry.id.to_string()),
        items: entries
            .into_iter()
            .map(|entry| EntryJson::new(entry, HOUSE_ZONE))
            .collect(),
    };
    Ok(page.answer("/v1/ledger", &format!("limit={limit}")))
}
