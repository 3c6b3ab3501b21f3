//! `/v1/records`: what the checks compare with.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    accounts::AccountJson,
    admit::Caller,
    input::{Id, Input},
    problem::Problem,
    words,
};
use crate::{
    domain::{
        ids::{AccountId, DivisionId},
        records::{Contact, ContactKind, ElectionPeriod},
        window::AccountHours,
    },
    service::{Keeping, Kept},
};

/// The routes of records.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .routes(routes!(set_official_domains))
        .routes(routes!(set_contacts))
        .routes(routes!(set_elections))
        .routes(routes!(set_sign_off_line))
        .routes(routes!(set_hashtags))
        .routes(routes!(set_hours))
}

/// A published contact.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "Contact", as = Contact)]
struct ContactJson {
    /// What it is.
    #[schema(schema_with = words::contact_kind)]
    kind: ContactKind,
    /// The number or address.
    #[schema(example = "0123-45-6789")]
    value: String,
    /// The division that answers; none for the organization as a whole.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    division: Option<DivisionId>,
}

/// An election period.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "ElectionPeriod", as = ElectionPeriod)]
struct ElectionJson {
    /// What is elected.
    #[schema(example = "町議会議員選挙")]
    name: String,
    /// The day of the public notice (告示・公示).
    #[schema(value_type = String, format = Date, example = "2026-11-10")]
    announced_on: NaiveDate,
    /// Polling day, the last day of the period.
    #[schema(value_type = String, format = Date, example = "2026-11-15")]
    polling_on: NaiveDate,
}

/// A division and its closing line.
#[derive(Debug, Serialize, ToSchema)]
struct DivisionRecord {
    /// The division.
    id: String,
    /// Its name.
    name: String,
    /// The line with which its texts end.
    sign_off_line: Option<String>,
}

/// An account and its hashtags.
#[derive(Debug, Serialize, ToSchema)]
struct AccountRecord {
    /// The account.
    id: String,
    /// The name that staff see.
    name: String,
    /// The hashtags without which it does not speak.
    hashtags: Vec<String>,
}

/// Everything that is kept for the checks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Records", as = Records)]
struct RecordsJson {
    /// The organization's own domains; each covers the hosts below it.
    official_domains: Vec<String>,
    /// Published contacts.
    contacts: Vec<ContactJson>,
    /// Election periods.
    elections: Vec<ElectionJson>,
    /// Divisions and their closing lines.
    divisions: Vec<DivisionRecord>,
    /// Accounts and their hashtags.
    accounts: Vec<AccountRecord>,
}

impl From<Kept> for RecordsJson {
    fn from(kept: Kept) -> Self {
        let Kept {
            records,
            divisions,
            accounts,
        } = kept;
        let tags = |id| records.required_hashtags.get(id).into_iter().flatten().cloned();
        Self {
            divisions: divisions
                .iter()
                .map(|division| DivisionRecord {
                    id: division.id.to_string(),
                    name: division.name.clone(),
                    sign_off_line: records.sign_off_lines.get(&division.id).cloned(),
                })
                .collect(),
            accounts: accounts
                .iter()
                .map(|account| AccountRecord {
                    id: account.id.to_string(),
                    name: account.name.clone(),
                    hashtags: tags(&account.id).collect(),
                })
                .collect(),
            official_domains: records.official_domains.into_iter().collect(),
            contacts: records.contacts.into_iter().map(ContactJson::from).collect(),
            elections: records.elections.into_iter().map(ElectionJson::from).collect(),
        }
    }
}

impl From<Contact> for ContactJson {
    fn from(contact: Contact) -> Self {
        Self {
            kind: contact.kind,
            value: contact.value,
            division: contact.division,
        }
    }
}

impl From<ElectionPeriod> for ElectionJson {
    fn from(election: ElectionPeriod) -> Self {
        Self {
            name: election.name,
            announced_on: election.announced_on,
            polling_on: election.polling_on,
        }
    }
}

/// Domains to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"domains": ["city.akebono.lg.jp"]}))]
struct GivenDomains {
    /// All of them.
    domains: Vec<String>,
}

/// Contacts to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contacts": [{"kind": "phone", "value": "0123-45-6789"}]}))]
struct GivenContacts {
    /// All of them.
    contacts: Vec<ContactJson>,
}

/// Elections to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"elections": [{"name": "町長選挙", "announced_on": "2026-11-10", "polling_on": "2026-11-15"}]}))]
struct GivenElections {
    /// All of them.
    elections: Vec<ElectionJson>,
}

/// A closing line to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"line": "広報課"}))]
struct GivenLine {
    /// The line; null asks for none.
    line: Option<String>,
}

/// Hashtags to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"hashtags": ["#あけぼの市"]}))]
struct GivenHashtags {
    /// All of them.
    hashtags: Vec<String>,
}

/// Hours to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GivenHours {
    /// Operating hours, closed days and the minute grid.
    #[schema(value_type = Object)]
    hours: AccountHours,
}

async fn keep(state: &WebState, caller: Caller, keeping: Keeping) -> Result<Json<RecordsJson>, Problem> {
    let Caller(person) = caller;
    let kept = state.service.keep(&person, keeping).await?;
    Ok(Json(kept.into()))
}

/// 検査の基準
///
/// What the checks compare with.
#[utoipa::path(get, path = "/v1/records", operation_id = "read_records", tag = "records", responses((status = OK, body = RecordsJson)))]
async fn read(State(state): State<WebState>, Caller(person): Caller) -> Result<Json<RecordsJson>, Problem> {
    Ok(Json(state.service.records(&person).await?.into()))
}

/// 公式ドメインを登録する
///
/// Replaces the organization's own domains: links to them are no foreign links.
#[utoipa::path(put, path = "/v1/records/official-domains", operation_id = "set_official_domains", tag = "records",
    request_body = GivenDomains, responses((status = OK, body = RecordsJson)))]
async fn set_official_domains(
    State(state): State<WebState>,
    caller: Caller,
    given: Input<GivenDomains>,
) -> Result<Json<RecordsJson>, Problem> {
    keep(&state, caller, Keeping::OfficialDomains(given.value.domains)).await
}

/// 公表している連絡先を登録する
///
/// Replaces the published contacts: they are no personal data.
#[utoipa::path(put, path = "/v1/records/contacts", operation_id = "set_contacts", tag = "records",
    request_body = GivenContacts, responses((status = OK, body = RecordsJson)))]
async fn set_contacts(
    State(state): State<WebState>,
    caller: Caller,
    given: Input<GivenContacts>,
) -> Result<Json<RecordsJson>, Problem> {
    let contacts = given.value.contacts.into_iter().map(|contact| Contact {
        kind: contact.kind,
        value: contact.value,
        division: contact.division,
    });
    keep(&state, caller, Keeping::Contacts(contacts.collect())).await
}

/// 選挙の期間を登録する
///
/// Replaces the election periods, in which words about politics weigh more.
#[utoipa::path(put, path = "/v1/records/elections", operation_id = "set_elections", tag = "records",
    request_body = GivenElections, responses((status = OK, body = RecordsJson)))]
async fn set_elections(
    State(state): State<WebState>,
    caller: Caller,
    given: Input<GivenElections>,
) -> Result<Json<RecordsJson>, Problem> {
    let elections = given.value.elections.into_iter().map(|election| ElectionPeriod {
        name: election.name,
        announced_on: election.announced_on,
        polling_on: election.polling_on,
    });
    keep(&state, caller, Keeping::Elections(elections.collect())).await
}

/// 発信元の表示を登録する
///
/// Sets the line with which a division's texts end.
#[utoipa::path(put, path = "/v1/divisions/{id}/sign-off-line", operation_id = "set_sign_off_line", tag = "records",
    params(("id" = String, Path)), request_body = GivenLine, responses((status = OK, body = RecordsJson)))]
async fn set_sign_off_line(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id<DivisionId>,
    given: Input<GivenLine>,
) -> Result<Json<RecordsJson>, Problem> {
    keep(&state, caller, Keeping::SignOffLine(id, given.value.line)).await
}

/// 必須のハッシュタグを登録する
///
/// Replaces the hashtags without which an account does not speak.
#[utoipa::path(put, path = "/v1/accounts/{id}/hashtags", operation_id = "set_hashtags", tag = "records",
    params(("id" = String, Path)), request_body = GivenHashtags, responses((status = OK, body = RecordsJson)))]
async fn set_hashtags(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id<AccountId>,
    given: Input<GivenHashtags>,
) -> Result<Json<RecordsJson>, Problem> {
    keep(&state, caller, Keeping::Hashtags(id, given.value.hashtags)).await
}

/// アカウントの運用時間を変える
///
/// Gives an account other operating hours; what waits is judged by them when its time comes.
#[utoipa::path(put, path = "/v1/accounts/{id}/hours", operation_id = "set_account_hours", tag = "accounts",
    params(("id" = String, Path)), request_body = GivenHours, responses((status = OK, body = AccountJson)))]
async fn set_hours(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<AccountId>,
    given: Input<GivenHours>,
) -> Result<Json<AccountJson>, Problem> {
    let account = state
        .service
        .set_account_hours(&person, id, given.value.hours)
        .await?;
    Ok(Json(AccountJson::from(&account)))
}
