//! Everything the sandbox remembers.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    RateLimit, SandboxConfig, Software,
    answer::ApiError,
    arrivals::Arrival,
    faults::FaultBoard,
    media::{MediaRecord, Upload},
    oauth_store::{App, Code},
    random, time,
    tokens::Tokens,
};

/// The scopes that the sandbox knows; a client may also ask for the finer ones it lists.
pub(super) const SCOPES: [&str; 9] = [
    "read",
    "read:accounts",
    "read:statuses",
    "write",
    "write:media",
    "write:statuses",
    "profile",
    "follow",
    "push",
];

/// A status as the sandbox keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRecord {
    /// The snowflake-like decimal identifier; later statuses have larger ones.
    pub id: String,
    /// The username of the author.
    pub account: String,
    /// The text as it was sent, without surrounding white space.
    pub text: String,
    /// The content warning, or an empty text.
    pub spoiler_text: String,
    /// `public`, `unlisted`, `private` or `direct`.
    pub visibility: String,
    /// The language code.
    pub language: String,
    /// Whether it was marked sensitive.
    pub sensitive: bool,
    /// The status it answers.
    pub in_reply_to_id: Option<String>,
    /// The `Idempotency-Key` of the request that created it.
    pub idempotency_key: Option<String>,
    /// The web page of the status.
    pub url: String,
    /// When it became visible.
    pub created_at: DateTime<Utc>,
    /// Its pictures and films, in order.
    pub media: Vec<MediaRecord>,
    /// What stood there before each edit, oldest first.
    pub edits: Vec<Edit>,
}

/// What stood in a status before an edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The text.
    pub text: String,
    /// The content warning, or an empty text.
    pub spoiler_text: String,
    /// Whether it was marked sensitive.
    pub sensitive: bool,
    /// The pictures and films.
    pub media: Vec<MediaRecord>,
    /// When the edit took its place.
    pub replaced_at: DateTime<Utc>,
}

/// How often things arrived and how often they are visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Publish requests that arrived, accepted or not.
    pub arrivals: usize,
    /// Visible statuses.
    pub statuses: usize,
    /// Different pairs of account and text among the visible statuses.
    pub distinct_texts: usize,
    /// Visible statuses whose pair of account and text was already there: what readers see twice.
    pub duplicates: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) created_at: DateTime<Utc>,
}

/// What an access token allows.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) username: String,
    pub(super) scopes: Vec<String>,
    /// The app that obtained it; none when the control interface or the configuration made it.
    pub(super) client_id: Option<String>,
}

impl Grant {
    /// A scope covers its finer ones: `write` covers `write:statuses`.
    pub(super) fn allows(&self, scope: &str) -> bool {
        let family = scope.split(':').next().unwrap_or(scope);
        self.scopes.iter().any(|held| held == scope || held == family)
    }
}

pub(super) struct KnownKey {
    pub(super) status_id: String,
    pub(super) at: DateTime<Utc>,
}

/// The state behind the one lock.
pub(super) struct World {
    pub(super) base_url: String,
    pub(super) software: Software,
    pub(super) max_characters: usize,
    pub(super) honour_keys: bool,
    pub(super) key_life: TimeDelta,
    pub(super) rate_limit: RateLimit,
    pub(super) accounts: Vec<Account>,
    pub(super) tokens: HashMap<String, Grant>,
    pub(super) revoked: HashSet<String>,
    pub(super) endings: Tokens,
    pub(super) apps: HashMap<String, App>,
    pub(super) codes: HashMap<String, Code>,
    pub(super) statuses: BTreeMap<u64, StatusRecord>,
    /// By their identifiers.
    pub(super) uploads: HashMap<String, Upload>,
    /// By username and key, because a key means nothing outside its account.
    pub(super) keys: HashMap<(String, String), KnownKey>,
    pub(super) arrivals: Vec<Arrival>,
    pub(super) arrivals_seen: u64,
    pub(super) faults: FaultBoard,
    pub(super) rate_windows: HashMap<String, (i64, u32)>,
    last_id: u64,
}

impl World {
    pub(super) fn new(config: SandboxConfig, base_url: String, now: DateTime<Utc>) -> Self {
        let mut world = Self {
            base_url,
            software: config.software,
            max_characters: config.max_characters,
            honour_keys: config.honour_keys,
            key_life: life(config.key_life),
            rate_limit: config.rate_limit,
            accounts: Vec::new(),
            tokens: HashMap::new(),
            revoked: HashSet::new(),
            endings: Tokens::default(),
            apps: HashMap::new(),
            codes: HashMap::new(),
            statuses: BTreeMap::new(),
            uploads: HashMap::new(),
            keys: HashMap::new(),
            arrivals: Vec::new(),
            arrivals_seen: 0,
            faults: FaultBoard::new(config.faults),
            rate_windows: HashMap::new(),
            last_id: 0,
        };
        for (username, token) in config.accounts {
            world.ensure_account(&username, None, now);
            world.add_token(token, &username);
        }
        world
    }

    /// Milliseconds shifted by 16 bits, as Mastodon's are, and always larger than the one before.
    pub(super) fn next_id(&mut self, now: DateTime<Utc>) -> u64 {
        let from_clock = u64::try_from(now.timestamp_millis()).unwrap_or(0) << 16;
        self.last_id = from_clock.max(self.last_id + 1);
        self.last_id
    }

    pub(super) fn account(&self, username: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.username == username)
    }

    /// The account with this name, made when there is none.
    pub(super) fn ensure_account(
        &mut self,
        username: &str,
        display_name: Option<&str>,
        now: DateTime<Utc>,
    ) -> Account {
        if let Some(known) = self
            .accounts
            .iter_mut()
            .find(|account| account.username == username)
        {
            if let Some(display_name) = display_name {
                display_name.clone_into(&mut known.display_name);
            }
            return known.clone();
        }
        let account = Account {
            id: self.next_id(now).to_string(),
            username: username.to_owned(),
            display_name: display_name.unwrap_or(username).to_owned(),
            created_at: now,
        };
        self.accounts.push(account.clone());
        account
    }

    fn add_token(&mut self, token: String, username: &str) {
        let grant = Grant {
            username: username.to_owned(),
            scopes: vec!["read".to_owned(), "write".to_owned(), "profile".to_owned()],
            client_id: None,
        };
        self.tokens.insert(token, grant);
    }

    /// A new token with every scope, for the control interface.
    pub(super) fn issue_token(&mut self, username: &str) -> String {
        let token = random::secret();
        self.add_token(token.clone(), username);
        token
    }

    /// Whose token this is.
    pub(super) fn grant(&self, token: &str) -> Result<&Grant, ApiError> {
        let over = self.endings.is_over(token, time::now());
        self.tokens.get(token).filter(|_| !over).ok_or_else(|| {
            let error = if over {
                "The access token expired"
            } else if self.revoked.contains(token) {
                "The access token was revoked"
            } else {
                "The access token is invalid"
            };
            ApiError::new(StatusCode::UNAUTHORIZED, error)
        })
    }

    /// Whose token this is, provided that it allows one of the scopes.
    pub(super) fn authorise(&self, token: Option<&str>, scopes: &[&str]) -> Result<&Grant, ApiError> {
        let grant = self.grant(token.unwrap_or_default())?;
        if scopes.iter().any(|scope| grant.allows(scope)) {
            Ok(grant)
        } else {
            Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "This action is outside the authorized scopes",
            ))
        }
    }

    pub(super) fn counts(&self) -> Counts {
        let distinct: HashSet<_> = self
            .statuses
            .values()
            .map(|status| (&status.account, &status.text))
            .collect();
        Counts {
            arrivals: self.arrivals.len(),
            statuses: self.statuses.len(),
            distinct_texts: distinct.len(),
            duplicates: self.statuses.len() - distinct.len(),
        }
    }

    /// Forgets statuses, arrivals and keys, but neither accounts nor tokens nor faults.
    pub(super) fn clear(&mut self) {
        self.statuses.clear();
        self.uploads.clear();
        self.arrivals.clear();
        self.keys.clear();
    }

    /// Counts a request against its window and says what is left, when the window ends and whether it was too many.
    pub(super) fn count_request(&mut self, who: &str, now: DateTime<Utc>) -> (u32, DateTime<Utc>, bool) {
        let RateLimit {
            limit,
            window,
            enforced,
        } = self.rate_limit;
        let length = i64::try_from(window.as_secs()).unwrap_or(i64::MAX).max(1);
        let start = now.timestamp() - now.timestamp().rem_euclid(length);
        let reset = DateTime::from_timestamp(start.saturating_add(length), 0).unwrap_or(now);
        if !enforced {
            return (limit.saturating_sub(1), reset, false);
        }
        let used = self.rate_windows.entry(who.to_owned()).or_insert((start, 0));
        if used.0 != start {
            *used = (start, 0);
        }
        used.1 = used.1.saturating_add(1);
        (limit.saturating_sub(used.1), reset, used.1 > limit)
    }
}

/// A duration of the configuration for reckoning with times; one that is out of range stands for "always".
pub(super) fn life(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
