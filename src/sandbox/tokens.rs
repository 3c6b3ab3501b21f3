//! Tokens that end, and refresh tokens that rotate: switched on over the control interface, because Mastodon
//! itself has neither.

use std::collections::HashMap;

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    answer::ApiError,
    oauth_store::{TokenRequest, invalid_grant},
    random,
    world::{Grant, World},
};

/// What a refresh does to the refresh token that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// It is spent; shown again, everything that came of it is revoked.
    Strict,
    /// It stays good, beside the new one.
    Lenient,
}

/// How tokens live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenPlan {
    /// How long an access token is good.
    pub life_seconds: u32,
    /// What becomes of refresh tokens.
    pub rotation: Rotation,
    /// How many answers to a refresh are lost after it took effect.
    #[serde(default)]
    pub lose_answers: u32,
}

/// A refresh token.
#[derive(Debug, Clone)]
struct Refresh {
    grant: Grant,
    /// All tokens that came of one consent.
    family: String,
    spent: bool,
}

/// What is known of tokens that end.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub(super) plan: Option<TokenPlan>,
    refreshes: HashMap<String, Refresh>,
    /// By access token: when it ends, and its family.
    ends: HashMap<String, (DateTime<Utc>, String)>,
    /// How many refreshes were asked for.
    pub(super) asked: u32,
}

impl Tokens {
    /// Whether an access token is over.
    pub(super) fn is_over(&self, token: &str, now: DateTime<Utc>) -> bool {
        self.ends.get(token).is_some_and(|(ends, _)| *ends <= now)
    }
}

/// What a token endpoint answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Issued {
    pub(super) access: String,
    pub(super) scopes: Vec<String>,
    pub(super) refresh: Option<(String, u32)>,
    /// Whether the answer arrives.
    pub(super) lost: bool,
}

impl World {
    /// Tokens for a grant, as the plan says.
    pub(super) fn issue(&mut self, grant: Grant, family: Option<String>, now: DateTime<Utc>) -> Issued {
        let access = random::secret();
        let scopes = grant.scopes.clone();
        self.tokens.insert(access.clone(), grant.clone());
        let refresh = self.endings.plan.map(|plan| {
            let family = family.unwrap_or_else(random::secret);
            let ends = now + TimeDelta::seconds(plan.life_seconds.into());
            self.endings.ends.insert(access.clone(), (ends, family.clone()));
            let token = random::secret();
            let refresh = Refresh {
                grant,
                family,
                spent: false,
            };
            self.endings.refreshes.insert(token.clone(), refresh);
            (token, plan.life_seconds)
        });
        Issued {
            access,
            scopes,
            refresh,
            lost: false,
        }
    }

    /// The refresh grant; the client has been checked.
    pub(super) fn refresh(&mut self, request: &TokenRequest, now: DateTime<Utc>) -> Result<Issued, ApiError> {
        self.endings.asked += 1;
        let (Some(plan), Some(known)) = (
            self.endings.plan,
            self.endings.refreshes.get(&request.refresh_token).cloned(),
        ) else {
            return Err(invalid_grant("The refresh token is invalid."));
        };
        if known.grant.client_id.as_deref() != Some(&request.client_id) {
            return Err(ApiError::described(
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "The refresh token was issued to another client.",
            ));
        }
        if known.spent {
            self.revoke_family(&known.family);
            return Err(invalid_grant("The refresh token was used before."));
        }
        if plan.rotation == Rotation::Strict
            && let Some(spent) = self.endings.refreshes.get_mut(&request.refresh_token)
        {
            spent.spent = true;
        }
        let mut issued = self.issue(known.grant, Some(known.family), now);
        if plan.lose_answers > 0 {
            issued.lost = true;
            self.endings.plan = Some(TokenPlan {
                lose_answers: plan.lose_answers - 1,
                ..plan
            });
        }
        Ok(issued)
    }

    fn revoke_family(&mut self, family: &str) {
        let gone: Vec<String> = self
            .endings
            .ends
            .iter()
            .filter(|(_, (_, of))| of == family)
            .map(|(token, _)| token.clone())
            .collect();
        for token in gone {
            self.tokens.remove(&token);
            self.revoked.insert(token);
        }
        self.endings
            .refreshes
            .retain(|_, refresh| refresh.family != family);
    }

    /// Everything that opens something.
    pub(super) fn secrets(&self) -> Vec<String> {
        let apps = self.apps.values().map(|app| &app.secret);
        let refreshes = self.endings.refreshes.keys();
        let all = self
            .tokens
            .keys()
            .chain(&self.revoked)
            .chain(refreshes)
            .chain(apps);
        all.cloned().collect()
    }

    /// Takes back every token of an account.
    pub(super) fn revoke_tokens(&mut self, username: &str) {
        let gone: Vec<String> = self
            .tokens
            .iter()
            .filter(|(_, grant)| grant.username == username)
            .map(|(token, _)| token.clone())
            .collect();
        for token in gone {
            self.tokens.remove(&token);
            self.revoked.insert(token);
        }
        let refreshes = &mut self.endings.refreshes;
        refreshes.retain(|_, refresh| refresh.grant.username != username);
    }

    /// Makes every access token of an account end now.
    pub(super) fn end_tokens(&mut self, username: &str, now: DateTime<Utc>) {
        let of = |token: &String| {
            self.tokens
                .get(token)
                .is_some_and(|grant| grant.username == username)
        };
        let ended: Vec<String> = self
            .endings
            .ends
            .keys()
            .filter(|token| of(token))
            .cloned()
            .collect();
        for token in ended {
            if let Some((ends, _)) = self.endings.ends.get_mut(&token) {
                *ends = now;
            }
        }
    }
}
