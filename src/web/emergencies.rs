//! `/v1/emergencies`: declared, scoped, expiring overrides.

use std::collections::BTreeSet;

use axum::{Json, extract::State, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    admit::Caller,
    idempotency::{Creation, Key, to_text},
    input::{Id, Input},
    moment::{HOUSE_ZONE, Moment, WrittenTime},
    page::Page,
    problem::Problem,
    words,
};
use crate::{
    domain::{
        emergency::{Emergency, EmergencyKind},
        ids::{AccountId, EmergencyId},
    },
    service::NewEmergency,
};

/// The routes of emergencies.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(list, declare))
        .routes(routes!(end))
}

/// An emergency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Emergency", as = Emergency)]
struct EmergencyJson {
    #[schema(example = "emg_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    id: String,
    /// The kind of disaster.
    #[schema(schema_with = words::emergency_kind)]
    kind: EmergencyKind,
    /// Why it was declared.
    reason: String,
    /// The accounts that it covers.
    accounts: Vec<String>,
    /// Who declared it.
    declared_by: String,
    /// When.
    declared_at: Moment,
    /// When it ends by itself.
    expires_at: Moment,
    /// Who ended it earlier.
    ended_by: Option<String>,
    /// When it was ended earlier.
    ended_at: Option<Moment>,
}

impl From<&Emergency> for EmergencyJson {
    fn from(emergency: &Emergency) -> Self {
        let moment = |at| Moment::new(at, HOUSE_ZONE);
        Self {
            id: emergency.id.to_string(),
            kind: emergency.kind,
            reason: emergency.reason.clone(),
            accounts: emergency.accounts.iter().map(ToString::to_string).collect(),
            declared_by: emergency.declared_by.to_string(),
            declared_at: moment(emergency.declared_at),
            expires_at: moment(emergency.expires_at),
            ended_by: emergency.ended.map(|(by, _)| by.to_string()),
            ended_at: emergency.ended.map(|(_, at)| moment(at)),
        }
    }
}

/// An emergency to be declared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "tsunami", "reason": "津波警報の発表", "accounts": ["acc_0190c1a2b3c47d5e8f90a1b2c3d4e5f6"],
    "expires_at": "2026-11-24T21:00:00+09:00"
}))]
struct NewDeclaration {
    /// The kind of disaster.
    #[schema(schema_with = words::emergency_kind)]
    kind: EmergencyKind,
    /// Why.
    reason: String,
    /// The accounts that it covers.
    #[schema(value_type = Vec<String>)]
    accounts: BTreeSet<AccountId>,
    /// When it ends by itself; at most 24 hours from now.
    expires_at: WrittenTime,
}

/// 緊急モードの一覧
///
/// The latest emergencies, newest first.
#[utoipa::path(get, path = "/v1/emergencies", operation_id = "list_emergencies", tag = "emergencies",
    responses((status = OK, body = Page<EmergencyJson>)))]
async fn list(
    State(state): State<WebState>,
    Caller(person): Caller,
) -> Result<Json<Page<EmergencyJson>>, Problem> {
    let all = state.service.emergencies(&person).await?;
    Ok(Json(Page::whole(all.iter().map(EmergencyJson::from))))
}

/// 緊急モードを宣言する
///
/// Ordinary posts in its scope are held at once and wait for a decision afterwards.
#[utoipa::path(post, path = "/v1/emergencies", operation_id = "declare_emergency", tag = "emergencies",
    params(("Idempotency-Key" = Option<String>, Header)), request_body = NewDeclaration,
    responses((status = CREATED, body = EmergencyJson, headers(("Location" = String)))))]
async fn declare(
    State(state): State<WebState>,
    Caller(person): Caller,
    key: Key,
    new: Input<NewDeclaration>,
) -> Result<Response, Problem> {
    let declaration = NewEmergency {
        kind: new.value.kind,
        reason: new.value.reason,
        accounts: new.value.accounts,
        expires_at: new.value.expires_at.utc(),
    };
    let creation = Creation {
        state: &state,
        person: &person,
        key,
        digest: new.digest,
        render: |emergency: &Emergency| to_text(&EmergencyJson::from(emergency)),
        place: "/v1/emergencies",
    };
    creation
        .run(|once| state.service.declare_emergency(&person, declaration, once))
        .await
}

/// 緊急モードを終える
///
/// Ends an emergency before its time. What it held stays held until somebody decides.
#[utoipa::path(post, path = "/v1/emergencies/{id}/end", operation_id = "end_emergency", tag = "emergencies", params(("id" = String, Path)),
    responses((status = OK, body = EmergencyJson)))]
async fn end(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<EmergencyId>,
) -> Result<Json<EmergencyJson>, Problem> {
    let emergency = state.service.end_emergency(&person, id).await?;
    Ok(Json(EmergencyJson::from(&emergency)))
}
