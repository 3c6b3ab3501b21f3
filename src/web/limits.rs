//! How often one may ask: a budget for each token, and a smaller one for each address without a token.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

use super::{WebConfig, client, config::at_least_one};
use crate::domain::ids::TokenId;

/// After so many requests, budgets that are full again are forgotten.
const TIDY_EVERY: u32 = 1024;

/// More strangers than these at a time share one budget: memory stays bounded whatever addresses they use.
const MOST_STRANGERS: usize = 50_000;

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum Asking {
    /// The holder of a token.
    Token(TokenId),
    /// Somebody without one, by address.
    Stranger(IpAddr),
    /// Somebody without one who fetches media, by address: a platform, piece by piece.
    Fetcher(IpAddr),
}

/// How many requests for media an address may make in a minute, and at once: a film of 500 MB in pieces of 1 MB.
const FETCHES: (u32, u32) = (1_200, 600);

/// What somebody may still ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests at once.
    pub limit: u32,
    /// Requests left now.
    pub remaining: u32,
    /// Seconds until the budget is full again; for who was refused, until the next request is allowed.
    pub reset: u64,
}

impl Budget {
    /// Writes it into an answer.
    pub fn tell(&self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static("ratelimit-limit"), self.limit.into());
        headers.insert(
            HeaderName::from_static("ratelimit-remaining"),
            self.remaining.into(),
        );
        headers.insert(HeaderName::from_static("ratelimit-reset"), self.reset.into());
    }
}

/// The budgets.
#[derive(Debug)]
pub struct Limits {
    tokens: Limiter<TokenId>,
    strangers: Limiter<Option<IpAddr>>,
    fetchers: Limiter<Option<IpAddr>>,
    asked: AtomicU32,
}

impl Limits {
    /// Budgets of a configuration.
    #[must_use]
    pub fn new(config: &WebConfig) -> Self {
        Self {
            tokens: limiter(config.rate_per_minute, config.rate_burst),
            strangers: limiter(config.stranger_rate_per_minute, config.stranger_rate_burst),
            fetchers: limiter(at_least_one(FETCHES.0), at_least_one(FETCHES.1)),
            asked: AtomicU32::new(0),
        }
    }

    /// Takes one request from a budget.
    ///
    /// # Errors
    /// The empty budget.
    pub fn take(&self, asking: &Asking) -> Result<Budget, Budget> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.tokens.retain_recent();
            self.strangers.retain_recent();
            self.fetchers.retain_recent();
        }
        match asking {
            Asking::Token(token) => take(&self.tokens, token),
            Asking::Stranger(address) => take_one(&self.strangers, *address),
            Asking::Fetcher(address) => take_one(&self.fetchers, *address),
        }
    }
}

fn take_one(limiter: &Limiter<Option<IpAddr>>, address: IpAddr) -> Result<Budget, Budget> {
    let crowded = limiter.len() > MOST_STRANGERS;
    let key = (!crowded).then(|| client::household(address));
    take(limiter, &key)
}

fn limiter<K: std::hash::Hash + Eq + Clone>(per_minute: NonZeroU32, burst: NonZeroU32) -> Limiter<K> {
    RateLimiter::keyed(Quota::per_minute(per_minute).allow_burst(burst))
        .with_middleware::<StateInformationMiddleware>()
}

fn take<K: std::hash::Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K) -> Result<Budget, Budget> {
    match limiter.check_key(key) {
        Ok(state) => {
            let limit = state.quota().burst_size().get();
            let remaining = state.remaining_burst_capacity().min(limit);
            let until_full = state
                .quota()
                .replenish_interval()
                .saturating_mul(limit - remaining);
            Ok(Budget {
                limit,
                remaining,
                reset: whole_seconds(until_full),
            })
        }
        Err(not_yet) => Err(Budget {
            limit: not_yet.quota().burst_size().get(),
            remaining: 0,
            reset: whole_seconds(not_yet.wait_time_from(DefaultClock::default().now())).max(1),
        }),
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_budget_is_used_up_by_its_owner_alone() {
        let limits = Limits::new(&WebConfig {
            rate_per_minute: NonZeroU32::MIN,
            rate_burst: NonZeroU32::new(2).unwrap(),
            ..WebConfig::default()
        });
        let (one, other) = (
            Asking::Token(TokenId::new(Uuid::from_u128(1))),
            Asking::Token(TokenId::new(Uuid::from_u128(2))),
        );
        assert_eq!(limits.take(&one).unwrap().remaining, 1);
        assert_eq!(limits.take(&one).unwrap().remaining, 0);
        let refused = limits.take(&one).unwrap_err();
        assert_eq!((refused.limit, refused.remaining), (2, 0));
        assert!((1..=60).contains(&refused.reset));
        assert!(limits.take(&other).is_ok());
    }
}
