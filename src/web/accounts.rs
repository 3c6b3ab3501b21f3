//! `/v1/accounts`: the register of official accounts.

use axum::{Json, extract::State, response::Response};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    admit::Caller,
    idempotency::{Creation, Key, to_text},
    input::{Asked, Id, Input},
    moment::{HOUSE_ZONE, Moment},
    page::{self, Page},
    problem::Problem,
    words,
};
use crate::{
    domain::{
        account::{AccountPurpose, AccountStatus, EmergencyCover, KeySupport, Platform},
        credential::CredentialStanding,
        ids::{AccountId, DivisionId},
        quota::QuotaSeen,
        route::{Requirement, Route, Stage},
        window::AccountHours,
    },
    service::{AccountView, CredentialView, LARGEST_PAGE, NewAccount},
};

/// The routes of accounts.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(list, register))
        .routes(routes!(read))
        .routes(routes!(connect))
        .routes(routes!(set_route))
}

/// How late a post may leave unless the register says otherwise.
const USUAL_GRACE_SECONDS: u32 = 600;

/// One stage of a route.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "RouteStage", as = RouteStage)]
struct StageJson {
    /// What people call it.
    #[schema(example = "課長決裁")]
    title: String,
    /// Who may sign: `approver:div_…` or `role:publicity`, `role:duty_officer`, ….
    #[schema(value_type = String, example = "approver:div_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    requirement: Requirement,
}

/// What a server said of itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "ServerLimits", as = ServerLimits)]
struct LimitsJson {
    /// The longest text.
    max_characters: u32,
    /// How many characters any link counts.
    characters_per_url: u32,
    /// The largest film, in bytes, if it told.
    film_bytes: Option<u64>,
}

/// An account of the register.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Account", as = Account)]
pub(super) struct AccountJson {
    #[schema(example = "acc_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    id: String,
    /// Where it lives.
    #[schema(schema_with = words::platform)]
    platform: Platform,
    /// The server.
    #[schema(example = "https://social.example.lg.jp")]
    instance: String,
    /// The name on the platform.
    #[schema(example = "city")]
    handle: String,
    /// The platform's id, once it is connected.
    remote_id: Option<String>,
    /// The name that staff see.
    #[schema(example = "○○市公式")]
    name: String,
    /// Where it stands in the register.
    #[schema(schema_with = words::account_status)]
    status: AccountStatus,
    /// Whether it is for drills.
    #[schema(schema_with = words::account_purpose)]
    purpose: AccountPurpose,
    /// The zone in which its hours are meant.
    #[schema(example = "Asia/Tokyo")]
    zone: &'static str,
    /// Operating hours.
    #[schema(value_type = Object)]
    hours: AccountHours,
    /// How late a post may leave.
    grace_seconds: i64,
    /// The sign-offs that it asks for.
    route: Vec<StageJson>,
    /// The divisions that share it; the first one leads.
    divisions: Vec<String>,
    /// Limits as read from the server.
    limits: Option<LimitsJson>,
    /// For how many seconds its server remembers an idempotency key; null when it is not known to.
    idempotency_key_seconds: Option<u32>,
    /// Whether its operating policy has an emergency clause.
    #[schema(schema_with = words::emergency_cover)]
    emergency_cover: EmergencyCover,
    /// How its credential stands; null before it was connected, and where an answer is not about that.
    credential: Option<CredentialJson>,
    /// How many more posts its platform takes; null where it has no such limit, and where an answer is not about that.
    quota: Option<QuotaJson>,
}

/// How many more posts or messages a platform takes, as it said itself: when the account was connected, and once a day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Quota", as = Quota)]
struct QuotaJson {
    /// How many were made.
    used: u64,
    /// How many may be made; null if there is no limit.
    limit: Option<u64>,
    /// How many are left.
    left: Option<u64>,
    /// In which period, in seconds; null where that is no fixed length: LINE counts by months.
    period_seconds: Option<u64>,
    /// When it said so.
    asked_at: Moment,
}

impl From<QuotaSeen> for QuotaJson {
    fn from(seen: QuotaSeen) -> Self {
        Self {
            used: seen.quota.used,
            limit: seen.quota.limit,
            left: seen.quota.left(),
            period_seconds: seen.quota.period,
            asked_at: Moment::new(seen.at, HOUSE_ZONE),
        }
    }
}

/// How a credential stands. The credential itself is shown to nobody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Credential", as = Credential)]
struct CredentialJson {
    /// When it was given to us.
    obtained_at: Moment,
    /// How many days ago that was.
    age_days: i64,
    /// When it ends unless a person connects the account again; null if nobody knows, or it does not.
    ends_at: Option<Moment>,
    /// When it left the vault in an envelope for emergencies.
    exported_at: Option<Moment>,
    /// How it stands.
    #[schema(schema_with = words::credential_standing)]
    state: CredentialStanding,
}

impl AccountJson {
    fn with(self, view: Option<&CredentialView>, now: DateTime<Utc>) -> Self {
        let moment = |at: DateTime<Utc>| Moment::new(at, HOUSE_ZONE);
        let credential = view.map(|view| CredentialJson {
            obtained_at: moment(view.facts.obtained_at),
            age_days: (now - view.facts.obtained_at).num_days(),
            ends_at: view.ends_at.map(moment),
            exported_at: view.facts.exported_at.map(moment),
            state: view.standing,
        });
        Self {
            credential,
            quota: view.and_then(|view| view.quota).map(QuotaJson::from),
            ..self
        }
    }
}

impl From<&AccountView> for AccountJson {
    fn from(account: &AccountView) -> Self {
        let stage = |stage: &Stage| StageJson {
            title: stage.title.clone(),
            requirement: stage.requirement,
        };
        Self {
            id: account.id.to_string(),
            platform: account.platform,
            instance: account.instance.clone(),
            handle: account.handle.clone(),
            remote_id: account.remote_id.clone(),
            name: account.name.clone(),
            status: account.status,
            purpose: account.purpose,
            zone: account.zone.name(),
            hours: account.hours.clone(),
            grace_seconds: account.grace.num_seconds(),
            route: account.route.stages().iter().map(stage).collect(),
            divisions: account.divisions.iter().map(ToString::to_string).collect(),
            limits: account.limits.as_ref().map(|limits| LimitsJson {
                max_characters: limits.max_characters,
                characters_per_url: limits.characters_per_url,
                film_bytes: limits.film_bytes,
            }),
            idempotency_key_seconds: match account.keys {
                KeySupport::Honoured { seconds } => Some(seconds),
                KeySupport::NotHonoured => None,
            },
            emergency_cover: account.emergency_cover,
            credential: None,
            quota: None,
        }
    }
}

/// An account to be entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "platform": "mastodon", "instance": "https://social.example.lg.jp", "handle": "city", "name": "○○市公式",
    "route": [{"title": "課長決裁", "requirement": "approver:div_0190c1a2b3c47d5e8f90a1b2c3d4e5f6"}],
    "divisions": ["div_0190c1a2b3c47d5e8f90a1b2c3d4e5f6"]
}))]
struct NewRegistration {
    /// Where it lives.
    #[schema(schema_with = words::platform)]
    platform: Platform,
    /// The server: scheme and host. Not for a platform that is in one place.
    #[serde(default)]
    instance: Option<String>,
    /// The name on the platform, without `@`.
    handle: String,
    /// The name that staff see.
    name: String,
    /// Whether it is for drills; `public` unless it is given.
    #[serde(default)]
    #[schema(schema_with = words::account_purpose)]
    purpose: Option<AccountPurpose>,
    /// The zone in which its hours are meant; `Asia/Tokyo` unless it is given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    zone: Option<Tz>,
    /// Operating hours; without them, the office's alone bind it.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({
        "operating": {"mon": ["08:30-17:15"], "tue": ["08:30-17:15"]}, "closed": ["2026-12-28"], "grid": 15
    }))]
    hours: Option<AccountHours>,
    /// How late a post may leave; 600 unless it is given.
    #[serde(default)]
    grace_seconds: Option<u32>,
    /// The sign-offs that it asks for; at least one.
    route: Vec<StageJson>,
    /// The divisions that share it; the first one leads.
    #[schema(value_type = Vec<String>)]
    divisions: Vec<DivisionId>,
    /// Whether its operating policy has an emergency clause; `not_covered` unless it is given.
    #[serde(default)]
    #[schema(schema_with = words::emergency_cover)]
    emergency_cover: Option<EmergencyCover>,
}

fn route_of(stages: Vec<StageJson>) -> Route {
    let stage = |stage: StageJson| Stage {
        title: stage.title,
        requirement: stage.requirement,
    };
    Route::new(stages.into_iter().map(stage).collect())
}

impl From<NewRegistration> for NewAccount {
    fn from(new: NewRegistration) -> Self {
        Self {
            platform: new.platform,
            instance: new.instance.unwrap_or_default(),
            handle: new.handle,
            name: new.name,
            purpose: new.purpose.unwrap_or(AccountPurpose::Public),
            zone: new.zone.unwrap_or(HOUSE_ZONE),
            hours: new.hours.unwrap_or_else(AccountHours::unrestricted),
            grace: Duration::seconds(new.grace_seconds.unwrap_or(USUAL_GRACE_SECONDS).into()),
            route: route_of(new.route),
            divisions: new.divisions,
            emergency_cover: new.emergency_cover.unwrap_or(EmergencyCover::NotCovered),
        }
    }
}

/// アカウント台帳
///
/// The register of accounts; with `attention=true` all of those that a person has to look after, on one page: accounts that
/// must be connected again, and credentials that end soon, are refused, too old, or left the vault.
#[utoipa::path(get, path = "/v1/accounts", operation_id = "list_accounts", tag = "accounts",
    params(Wanted), responses((status = OK, body = Page<AccountJson>)))]
async fn list(
    State(state): State<WebState>,
    Caller(person): Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let limit = page::limit(wanted.limit.or(Some(LARGEST_PAGE)))?;
    let after: Option<AccountId> = page::cursor(wanted.cursor.as_deref())?;
    let credentials = state.service.credentials(&person).await?;
    let now = state.service.now();
    let needs = |account: &AccountView| {
        let parked = account.status == AccountStatus::NeedsReconnect;
        let credential = credentials.get(&account.id);
        parked || credential.is_some_and(|view| view.standing.needs_attention())
    };
    let (shown, next) = if wanted.attention == Some(true) {
        let mut all = state.service.accounts(&person).await?;
        all.retain(needs);
        (all, None)
    } else {
        state.service.accounts_after(&person, after, limit).await?
    };
    let page = Page {
        items: shown
            .iter()
            .map(|account| AccountJson::from(account).with(credentials.get(&account.id), now))
            .collect(),
        next_cursor: next.map(|id| id.to_string()),
    };
    Ok(page.answer("/v1/accounts", &format!("limit={limit}")))
}

/// Which accounts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// `true`: only those that a person has to look after.
    attention: Option<bool>,
    /// How many, from 1 to 100, which is usual.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// アカウントを登録する
///
/// Enters an account in the register; it becomes active when it is connected.
#[utoipa::path(post, path = "/v1/accounts", operation_id = "register_account", tag = "accounts",
    params(("Idempotency-Key" = Option<String>, Header)), request_body = NewRegistration,
    responses((status = CREATED, body = AccountJson, headers(("Location" = String)))))]
async fn register(
    State(state): State<WebState>,
    Caller(person): Caller,
    key: Key,
    new: Input<NewRegistration>,
) -> Result<Response, Problem> {
    let account = NewAccount::from(new.value);
    let creation = Creation {
        state: &state,
        person: &person,
        key,
        digest: new.digest,
        render: |account: &AccountView| to_text(&AccountJson::from(account)),
        place: "/v1/accounts",
    };
    creation
        .run(|once| state.service.register_account(&person, account, once))
        .await
}

/// アカウント
///
/// One account of the register.
#[utoipa::path(get, path = "/v1/accounts/{id}", operation_id = "read_account", tag = "accounts", params(("id" = String, Path)),
    responses((status = OK, body = AccountJson)))]
async fn read(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<AccountId>,
) -> Result<Json<AccountJson>, Problem> {
    let account = state.service.account(&person, id).await?;
    let credentials = state.service.credentials(&person).await?;
    let shown = AccountJson::from(&account).with(credentials.get(&id), state.service.now());
    Ok(Json(shown))
}

/// A connection that began.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "BegunConnection", as = BegunConnection)]
struct BegunJson {
    /// Where the person's browser goes.
    authorize_url: String,
    /// Until when it must come back.
    expires_at: Moment,
}

/// 接続を始める
///
/// Begins to connect an account. The person consents at `authorize_url`; the page that follows shows what to
/// hand in at `POST /v1/connections/finish`.
#[utoipa::path(post, path = "/v1/accounts/{id}/connect", operation_id = "begin_connection", tag = "accounts", params(("id" = String, Path)),
    responses((status = OK, body = BegunJson)))]
async fn connect(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<AccountId>,
) -> Result<Json<BegunJson>, Problem> {
    let begun = state.service.begin_connection(&person, id).await?;
    Ok(Json(BegunJson {
        authorize_url: begun.authorize_url,
        expires_at: Moment::new(begun.expires_at, HOUSE_ZONE),
    }))
}

/// A route to take.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "route": [{"title": "課長決裁", "requirement": "approver:div_0190c1a2b3c47d5e8f90a1b2c3d4e5f6"}]
}))]
struct GivenRoute {
    /// The sign-offs that the account asks for; at least one.
    route: Vec<StageJson>,
}

/// 決裁ルートを変える
///
/// Gives an account another route, which must have all that the policy in force demands. What waits is judged by it when
/// its time comes.
#[utoipa::path(put, path = "/v1/accounts/{id}/route", operation_id = "set_account_route", tag = "accounts",
    params(("id" = String, Path)), request_body = GivenRoute, responses((status = OK, body = AccountJson)))]
async fn set_route(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<AccountId>,
    given: Input<GivenRoute>,
) -> Result<Json<AccountJson>, Problem> {
    let route = route_of(given.value.route);
    let account = state.service.set_account_route(&person, id, route).await?;
    Ok(Json(AccountJson::from(&account)))
}
