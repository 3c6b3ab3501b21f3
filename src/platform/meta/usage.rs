//! What headers say of how much an application and an account have used up: in percent, and when it is too much,
//! the minutes until it is over.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, HeaderName};
use serde::{Deserialize, Deserializer};

use super::super::headers;
use crate::domain::flow::Budget;

const OF_APPLICATION: HeaderName = HeaderName::from_static("x-app-usage");
const OF_ACCOUNTS: HeaderName = HeaderName::from_static("x-business-use-case-usage");

/// What is used is counted over an hour and longer.
const PERIOD: TimeDelta = TimeDelta::hours(1);

/// How long a refusal lasts that does not say so: asking earlier makes it last longer.
const PAUSE: TimeDelta = TimeDelta::minutes(15);

/// Percent are given out as if there were 200 of them: a tenth of a budget is kept for emergencies, and here that
/// begins at 80 percent.
const WHOLE: u32 = 200;

/// While less is used nobody needs to know.
const HALF: u32 = 50;

/// What is used, each in percent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Usage {
    #[serde(deserialize_with = "whole")]
    call_count: u32,
    #[serde(deserialize_with = "whole")]
    total_time: u32,
    #[serde(deserialize_with = "whole")]
    total_cputime: u32,
    /// In minutes.
    #[serde(deserialize_with = "whole")]
    estimated_time_to_regain_access: u32,
}

/// A number, rounded up; one that is too large is the largest.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    f64::deserialize(from).map(|number| number.ceil() as u32)
}

impl Usage {
    fn percent(&self) -> u32 {
        self.call_count.max(self.total_time).max(self.total_cputime)
    }
}

fn usages(headers: &HeaderMap) -> Vec<Usage> {
    let of_application =
        headers::text(headers, &OF_APPLICATION).and_then(|text| serde_json::from_str::<Usage>(text).ok());
    let of_accounts = headers::text(headers, &OF_ACCOUNTS)
        .and_then(|text| serde_json::from_str::<BTreeMap<String, Vec<Usage>>>(text).ok())
        .unwrap_or_default();
    let of_accounts = of_accounts.into_values().flatten();
    of_application.into_iter().chain(of_accounts).collect()
}

/// The longest of the waits that are told.
fn wait(usages: &[Usage]) -> Option<TimeDelta> {
    let minutes = usages.iter().map(|usage| usage.estimated_time_to_regain_access);
    minutes
        .max()
        .filter(|minutes| *minutes > 0)
        .map(|minutes| TimeDelta::minutes(minutes.into()))
}

/// When to ask again after a refusal.
pub(super) fn again(headers: &HeaderMap, now: DateTime<Utc>) -> DateTime<Utc> {
    let told = wait(&usages(headers)).map(|wait| now + wait);
    let told = told.or_else(|| headers::retry_after(headers, now));
    headers::bounded(told.unwrap_or(now + PAUSE), now)
}

/// How much is left, once half of it is used.
pub(super) fn budget(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Budget> {
    let usages = usages(headers);
    let used = usages.iter().map(Usage::percent).max()?;
    if used < HALF {
        return None;
    }
    let lasts = wait(&usages).unwrap_or(PERIOD).min(headers::LONGEST_WAIT);
    Some(Budget {
        limit: WHOLE,
        remaining: 100_u32.saturating_sub(used),
        resets_at: now + lasts,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::{
        flow::{Flow, Priority},
        ids::{AccountId, OrganizationId},
    };

    fn now() -> DateTime<Utc> {
        "2026-11-24T01:00:00Z".parse().unwrap()
    }

    fn told(name: HeaderName, text: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, text.parse().unwrap())])
    }

    fn of_page(calls: u32, wait: u32) -> HeaderMap {
        let text = format!(
            r#"{{"1":[{{"type":"pages","call_count":{calls},"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":{wait}}}]}}"#
        );
        told(OF_ACCOUNTS, &text)
    }

    #[rstest]
    #[case::plenty(of_page(49, 0), None)]
    #[case::half(of_page(50, 0), Some(50))]
    #[case::most(of_page(79, 0), Some(21))]
    #[case::all(of_page(100, 0), Some(0))]
    #[case::more(of_page(130, 0), Some(0))]
    #[case::application(
        told(OF_APPLICATION, r#"{"call_count":28,"total_time":25.5,"total_cputime":90}"#),
        Some(10)
    )]
    #[case::odd(told(OF_APPLICATION, "[]"), None)]
    #[case::silent(HeaderMap::new(), None)]
    fn what_is_left(#[case] headers: HeaderMap, #[case] left: Option<u32>) {
        assert_eq!(budget(&headers, now()).map(|budget| budget.remaining), left);
    }

    #[rstest]
    #[case(79, 1)]
    #[case(80, 0)]
    #[case(95, 0)]
    fn ordinary_posts_stop_at_four_fifths(#[case] used: u32, #[case] pass: usize) {
        let flow = Flow {
            budget: budget(&of_page(used, 0), now()),
            ..Flow::free(
                OrganizationId::new(uuid::Uuid::nil()),
                AccountId::new(uuid::Uuid::nil()),
            )
        };
        let later = now() + TimeDelta::minutes(1);
        let admitted = |priority| flow.clone().admit(priority, 1, now(), later).1;
        assert_eq!(admitted(Priority::Ordinary), pass);
        assert_eq!(admitted(Priority::Emergency), 1);
    }

    #[rstest]
    #[case::told(of_page(100, 19), 19)]
    #[case::absurd(of_page(100, 4_000_000), 24 * 60)]
    #[case::by_http(told(reqwest::header::RETRY_AFTER, "120"), 2)]
    #[case::silent(HeaderMap::new(), 15)]
    #[case::no_wait(of_page(100, 0), 15)]
    fn when_to_come_back(#[case] headers: HeaderMap, #[case] minutes: i64) {
        assert_eq!(again(&headers, now()), now() + TimeDelta::minutes(minutes));
    }
}
