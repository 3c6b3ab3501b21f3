//! `/v1/accounts/{id}/policy`: what an account's operating policy, terms and manual say.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    admit::Caller,
    findings::BilingualText,
    input::{Id, Input},
    moment::Moment,
    problem::Problem,
    words,
};
use crate::{
    domain::{
        account_policy::{AccountPolicy, PolicyField, PolicyTexts},
        ids::AccountId,
    },
    service::{AccountPolicyView, AskedField},
};

/// The routes of the texts of accounts.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new().routes(routes!(read, replace))
}

/// A field that the policy in force demands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "AskedField", as = AskedField)]
struct AskedFieldJson {
    /// Which.
    #[schema(schema_with = words::policy_field)]
    field: PolicyField,
    /// What people call it.
    title: BilingualText,
    /// The clauses that demand it.
    clauses: Vec<String>,
    /// Whether nothing is said there yet.
    empty: bool,
}

impl From<AskedField> for AskedFieldJson {
    fn from(asked: AskedField) -> Self {
        let (ja, en) = asked.field.title();
        Self {
            field: asked.field,
            title: BilingualText::new(ja.to_owned(), en.to_owned()),
            clauses: asked.clauses,
            empty: asked.is_empty,
        }
    }
}

/// One version of what the texts say.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "AccountPolicyVersion", as = AccountPolicyVersion)]
struct VersionJson {
    /// Counted from 1.
    version: i64,
    /// What each field says, in Japanese (`ja`) and perhaps in English (`en`).
    #[schema(value_type = Object, example = json!({"purpose": {"ja": "市政情報を早く届けるため。"}}))]
    texts: PolicyTexts,
    /// Who entered it.
    set_by: String,
    /// From when on it held.
    set_at: Moment,
}

impl VersionJson {
    fn new(policy: AccountPolicy, zone: chrono_tz::Tz) -> Self {
        Self {
            version: policy.version,
            texts: policy.texts,
            set_by: policy.set_by.to_string(),
            set_at: Moment::new(policy.set_at, zone),
        }
    }
}

/// What an account's texts say, and should.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "AccountPolicy", as = AccountPolicy)]
struct AccountPolicyJson {
    /// The account.
    account: String,
    /// What the policy in force demands; what is empty there, the gate finds.
    required: Vec<AskedFieldJson>,
    /// All versions; the first one holds.
    versions: Vec<VersionJson>,
}

impl From<AccountPolicyView> for AccountPolicyJson {
    fn from(view: AccountPolicyView) -> Self {
        let zone = view.account.zone;
        let versions = view.versions.into_iter();
        Self {
            account: view.account.id.to_string(),
            required: view.asked.into_iter().map(AskedFieldJson::from).collect(),
            versions: versions.map(|policy| VersionJson::new(policy, zone)).collect(),
        }
    }
}

/// 運用方針を見る
///
/// What the account's operating policy, terms and manual say, what they said before, and which fields the policy in
/// force demands.
#[utoipa::path(get, path = "/v1/accounts/{id}/policy", operation_id = "read_account_policy", tag = "accounts",
    params(("id" = String, Path)), responses((status = OK, body = AccountPolicyJson)))]
async fn read(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<AccountId>,
) -> Result<Json<AccountPolicyJson>, Problem> {
    Ok(Json(state.service.account_policy(&person, id).await?.into()))
}

/// What the texts are to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"texts": {
    "purpose": {"ja": "市政情報を早く届けるため。", "en": "To bring news of the city to its people early."},
    "replies": {"ja": "発信専用です。個別の返信はしません。"},
    "official_page": {"ja": "https://www.city.example.lg.jp/sns/"}
}}))]
struct GivenTexts {
    /// Every field that says something; what is left out says nothing.
    #[schema(value_type = Object)]
    texts: PolicyTexts,
}

/// 運用方針を登録する
///
/// Replaces what the texts say; the version before stays on record. For administrators and the publicity division.
#[utoipa::path(put, path = "/v1/accounts/{id}/policy", operation_id = "set_account_policy", tag = "accounts",
    params(("id" = String, Path)), request_body = GivenTexts, responses((status = OK, body = AccountPolicyJson)))]
async fn replace(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<AccountId>,
    given: Input<GivenTexts>,
) -> Result<Json<AccountPolicyJson>, Problem> {
    let view = state
        .service
        .set_account_policy(&person, id, given.value.texts)
        .await?;
    Ok(Json(view.into()))
}
