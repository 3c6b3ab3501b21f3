//! `/v1/me`: who the token names.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{WebState, admit::Caller, problem::Problem, words};
use crate::domain::actor::{Grant, OrganizationRole, Scope};

/// The route of `/v1/me`.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new().routes(routes!(me))
}

/// A role, and what it is held for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "role", rename_all = "snake_case")]
#[schema(title = "Role", as = Role)]
enum RoleJson {
    /// 担当者
    Author {
        /// The division.
        division: String,
    },
    /// 承認者(所属長)
    Approver {
        /// The division.
        division: String,
    },
    /// 外部運用者
    Operator {
        /// The division that supervises.
        division: String,
        /// The account.
        account: String,
    },
    /// A role for the whole organization.
    Organization {
        /// Which.
        #[schema(schema_with = words::organization_role)]
        name: OrganizationRole,
    },
}

impl From<&Grant> for RoleJson {
    fn from(grant: &Grant) -> Self {
        match grant {
            Grant::Author(division) => Self::Author {
                division: division.to_string(),
            },
            Grant::Approver(division) => Self::Approver {
                division: division.to_string(),
            },
            Grant::Operator { division, account } => Self::Operator {
                division: division.to_string(),
                account: account.to_string(),
            },
            Grant::Organization(name) => Self::Organization { name: *name },
        }
    }
}

/// Who the token names.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// The person.
    user: String,
    /// The name to sign in with.
    login: Option<String>,
    /// The name that people read.
    #[schema(example = "広報 太郎")]
    name: Option<String>,
    /// The organization.
    organization: String,
    /// The token.
    token: String,
    /// What the token may be used for.
    #[schema(schema_with = scopes)]
    scopes: Vec<Scope>,
    /// The roles held now.
    roles: Vec<RoleJson>,
}

fn scopes() -> utoipa::openapi::schema::Array {
    utoipa::openapi::schema::ArrayBuilder::new()
        .items(words::scope())
        .build()
}

/// 自分
///
/// Who the token names, and what they may do.
#[utoipa::path(get, path = "/v1/me", operation_id = "read_me", tag = "me", responses((status = OK, body = Me)))]
async fn me(State(state): State<WebState>, Caller(person): Caller) -> Result<Json<Me>, Problem> {
    let users = state.service.users(person.organization).await?;
    let myself = users.into_iter().find(|user| user.id() == person.user);
    let (login, name) = myself.map_or((None, None), |user| (Some(user.login), Some(user.name)));
    Ok(Json(Me {
        user: person.user.to_string(),
        login,
        name,
        organization: person.organization.to_string(),
        token: person.token.to_string(),
        scopes: person.scopes.iter().copied().collect(),
        roles: person.grants.iter().map(RoleJson::from).collect(),
    }))
}
