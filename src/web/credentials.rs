//! `POST /v1/accounts/{id}/credential`: a person hands in what they were given at the platform. What is secret is
//! wrapped while it is read, and no answer and no refusal repeats it.

use axum::{extract::State, response::Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de::Error as _};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    accounts::AccountJson,
    admit::Caller,
    connections::{UnderWay, told},
    input::{Id, Input},
    problem::Problem,
};
use crate::{domain::ids::AccountId, service::Given};

/// The routes of credentials.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new().routes(routes!(hand_in))
}

/// A secret of so many bytes at most, and not nothing.
struct Bounded<const MOST: usize>(SecretString);

impl<'de, const MOST: usize> Deserialize<'de> for Bounded<MOST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let secret = SecretString::deserialize(from)?;
        let text = secret.expose_secret();
        if text.trim().is_empty() || text.len() > MOST {
            return Err(D::Error::custom(format_args!("expected 1 to {MOST} bytes")));
        }
        Ok(Self(secret))
    }
}

/// Names and passwords.
type Word = Bounded<512>;

/// Tokens; some platforms put signed statements into them.
type Token = Bounded<8192>;

/// An RSA key of 8192 bits as PEM has less than 7000.
type Pem = Bounded<16384>;

/// What was given at the platform; which kind a platform takes stands in docs/PLATFORMS.md.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(example = json!({ "app_password": { "identifier": "city.example.lg.jp", "password": "abcd-efgh-ijkl-mnop" } }))]
enum HandedIn {
    /// What is sent with each call.
    Token {
        /// The token.
        #[schema(value_type = String, format = Password, max_length = 8192)]
        access_token: Token,
    },
    /// A password for programs (Bluesky); the account's own password is refused.
    AppPassword {
        /// The account's handle.
        #[schema(value_type = String, max_length = 512)]
        identifier: Word,
        /// The password.
        #[schema(value_type = String, format = Password, max_length = 512)]
        password: Word,
    },
    /// A channel with its secret (LINE).
    ChannelSecret {
        /// The channel's id.
        #[schema(value_type = String, max_length = 512)]
        channel: Word,
        /// Its secret.
        #[schema(value_type = String, format = Password, max_length = 512)]
        secret: Word,
    },
    /// A channel with an assertion signing key of its own (LINE).
    ChannelKey {
        /// The channel's id.
        #[schema(value_type = String, max_length = 512)]
        channel: Word,
        /// The key's id at the platform.
        #[schema(value_type = String, max_length = 512)]
        key_id: Word,
        /// The private key: RSA, PKCS #8 PEM.
        #[schema(value_type = String, format = Password, max_length = 16384)]
        private_key: Pem,
    },
}

impl From<HandedIn> for Given {
    fn from(handed: HandedIn) -> Self {
        match handed {
            HandedIn::Token { access_token } => Self::Token {
                access_token: access_token.0,
            },
            HandedIn::AppPassword { identifier, password } => Self::AppPassword {
                identifier: identifier.0,
                password: password.0,
            },
            HandedIn::ChannelSecret { channel, secret } => Self::ChannelSecret {
                channel: channel.0,
                secret: secret.0,
            },
            HandedIn::ChannelKey {
                channel,
                key_id,
                private_key,
            } => Self::ChannelKey {
                channel: channel.0,
                key_id: key_id.0,
                private_key: private_key.0,
            },
        }
    }
}

/// 認証情報を登録する
///
/// Connects an account with what was given at its platform. It is tried there first, and kept only if it opens the
/// account in the register; the answer shows the account that it opens. On a server without keys a dispatcher does
/// that: 202 then, until it has.
#[utoipa::path(post, path = "/v1/accounts/{id}/credential", operation_id = "hand_in_credential", tag = "accounts",
    params(("id" = String, Path)), request_body = HandedIn,
    responses((status = OK, body = AccountJson), (status = ACCEPTED, body = UnderWay, headers(("Location" = String)))))]
async fn hand_in(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<AccountId>,
    handed: Input<HandedIn>,
) -> Result<Response, Problem> {
    let given = handed.value.into();
    Ok(told(state.service.hand_in_credential(&person, id, given).await?))
}
