//! What expressions may ask about. The names of the fields are part of the profile format.

use chrono::{Datelike as _, Timelike as _};
use serde::Serialize;

use crate::{
    domain::{
        calendar::Day,
        revision::{Act, Kind, Visibility},
    },
    gate::{
        case::{Case, Target},
        links::links_of,
        normalise::Normalised,
    },
};

/// How many hashtags of a post are told: more than any platform shows, and few enough to look at each.
const MOST_HASHTAGS: usize = 100;

/// How many links of a post are told, as many as of hashtags.
const MOST_LINKS: usize = 100;

/// Everything, for one account that the post goes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::gate) struct Facts {
    pub(super) post: PostFacts,
    pub(super) account: AccountFacts,
    pub(super) author: AuthorFacts,
    pub(super) time: TimeFacts,
}

/// `post`: what leaves for the account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct PostFacts {
    /// The texts of all parts, a line break between them.
    text: String,
    /// The same as the checks compare it: lower case, half-width letters, nothing invisible.
    plain: String,
    /// The text of each part.
    parts: Vec<String>,
    /// The description of each picture.
    alts: Vec<String>,
    /// The address of each link preview.
    cards: Vec<String>,
    /// The addresses of all links in the texts, descriptions and previews, each once and in their order as
    /// texts: `https://www.example.jp/a`, host in lower-case ASCII; the first hundred.
    links: Vec<String>,
    /// Hashtags with their `#`, in the plain form, the first hundred.
    hashtags: Vec<String>,
    /// `ordinary`, `emergency`, `correction`, `incident`, `drill`.
    kind: &'static str,
    /// `new`, `reply`, `repost`, `quote`.
    act: &'static str,
    /// `public`, `unlisted`, `followers`.
    visibility: &'static str,
    /// As ISO 639-1; empty if none is named.
    language: String,
    /// What is answered or passed on; empty for a post of its own.
    refers_to: String,
    /// Where what it says comes from (出典); empty if none is named.
    source: String,
}

/// `account`: where it goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct AccountFacts {
    /// `acc_…`
    id: String,
    /// What staff call it.
    name: String,
    /// `x`, `mastodon` and so on.
    platform: &'static str,
    /// The server.
    instance: String,
    /// The name on the platform, without `@`.
    handle: String,
    /// The divisions that share it, `div_…`, the leading one first.
    divisions: Vec<String>,
    /// Whether a live emergency covers it and the post is one of it.
    in_emergency: bool,
}

/// `author`: who wrote it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct AuthorFacts {
    /// Everybody who wrote a revision of it, `usr_…`.
    ids: Vec<String>,
}

/// `time`: when citizens will read it, on the account's clock.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct TimeFacts {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    /// `mon` to `sun`.
    weekday: &'static str,
    /// The Japanese name of the public holiday; empty on another day.
    holiday: String,
}

impl Facts {
    /// What is known of a post on its way to one account.
    pub(super) fn of(case: &Case<'_>, target: &Target<'_>) -> Self {
        Self {
            post: PostFacts::of(case, target),
            account: AccountFacts::of(case, target),
            author: AuthorFacts {
                ids: case.hands.iter().map(ToString::to_string).collect(),
            },
            time: TimeFacts::of(case, target),
        }
    }

    /// A post that has everything an expression may ask about.
    pub(super) fn full() -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            post: PostFacts {
                text: "防災訓練のお知らせ #防災\n会場は市民広場です。".to_owned(),
                plain: "防災訓練のお知らせ #防災\n会場は市民広場です。".to_owned(),
                parts: owned(&["防災訓練のお知らせ #防災", "会場は市民広場です。"]),
                alts: owned(&["市民広場の地図"]),
                cards: owned(&["https://www.city.example.lg.jp/"]),
                links: owned(&["https://www.city.example.lg.jp/"]),
                hashtags: owned(&["#防災"]),
                kind: Kind::Ordinary.as_str(),
                act: Act::New.as_str(),
                visibility: Visibility::Public.as_str(),
                language: "ja".to_owned(),
                refers_to: "1".to_owned(),
                source: "市地域防災計画".to_owned(),
            },
            account: AccountFacts {
                id: "acc_1".to_owned(),
                name: "市公式".to_owned(),
                platform: "mastodon",
                instance: "https://social.example.lg.jp".to_owned(),
                handle: "city".to_owned(),
                divisions: owned(&["div_1"]),
                in_emergency: false,
            },
            author: AuthorFacts {
                ids: owned(&["usr_1"]),
            },
            time: TimeFacts {
                year: 2026,
                month: 11,
                day: 23,
                hour: 9,
                minute: 0,
                weekday: "mon",
                holiday: "勤労感謝の日".to_owned(),
            },
        }
    }

    /// The same post without anything that a post may lack.
    pub(super) fn bare() -> Self {
        let mut facts = Self::full();
        facts.post = PostFacts {
            text: "休館".to_owned(),
            plain: "休館".to_owned(),
            parts: vec!["休館".to_owned()],
            alts: Vec::new(),
            cards: Vec::new(),
            links: Vec::new(),
            hashtags: Vec::new(),
            language: String::new(),
            refers_to: String::new(),
            source: String::new(),
            ..facts.post
        };
        facts.account.divisions.clear();
        facts.author.ids.clear();
        facts.time.holiday.clear();
        facts
    }
}

impl PostFacts {
    fn of(case: &Case<'_>, target: &Target<'_>) -> Self {
        let payload = target.payload;
        let parts: Vec<String> = payload.parts.iter().map(|part| part.text.clone()).collect();
        let text = parts.join("\n");
        let plain = Normalised::of(&text).text().to_owned();
        let media = payload.parts.iter().flat_map(|part| &part.media);
        let cards = payload.parts.iter().filter_map(|part| part.link_card.as_ref());
        Self {
            links: links_of(payload).into_iter().take(MOST_LINKS).collect(),
            hashtags: hashtags(&plain),
            text,
            plain,
            parts,
            alts: media.map(|media| media.alt.clone()).collect(),
            cards: cards.map(|card| card.uri.clone()).collect(),
            kind: case.content.kind.as_str(),
            act: case.content.act.as_str(),
            visibility: payload.visibility.as_str(),
            language: payload.language.clone().unwrap_or_default(),
            refers_to: payload.refers_to.clone().unwrap_or_default(),
            source: case
                .content
                .source
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
        }
    }
}

impl AccountFacts {
    fn of(case: &Case<'_>, target: &Target<'_>) -> Self {
        let account = target.account;
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            platform: account.platform.as_str(),
            instance: account.instance.clone(),
            handle: account.handle.clone(),
            divisions: account.divisions.iter().map(ToString::to_string).collect(),
            in_emergency: case.emergency_for(account).is_some(),
        }
    }
}

impl TimeFacts {
    fn of(case: &Case<'_>, target: &Target<'_>) -> Self {
        let local = case.speaks_at().with_timezone(&target.account.zone);
        let holiday = match case.calendar.day(local.date_naive()) {
            Day::Holiday(holiday) => holiday.name_ja.clone(),
            Day::Plain | Day::Unknown => String::new(),
        };
        Self {
            year: i64::from(local.year()),
            month: i64::from(local.month()),
            day: i64::from(local.day()),
            hour: i64::from(local.hour()),
            minute: i64::from(local.minute()),
            weekday: word(local.weekday()),
            holiday,
        }
    }
}

/// As the profile's hours name the days.
const fn word(weekday: chrono::Weekday) -> &'static str {
    match weekday {
        chrono::Weekday::Mon => "mon",
        chrono::Weekday::Tue => "tue",
        chrono::Weekday::Wed => "wed",
        chrono::Weekday::Thu => "thu",
        chrono::Weekday::Fri => "fri",
        chrono::Weekday::Sat => "sat",
        chrono::Weekday::Sun => "sun",
    }
}

/// The hashtags of a normalised text.
fn hashtags(plain: &str) -> Vec<String> {
    plain
        .split('#')
        .skip(1)
        .map(|rest| {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            &rest[..end]
        })
        .filter(|name| !name.is_empty())
        .take(MOST_HASHTAGS)
        .map(|name| format!("#{name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::hashtags;

    #[test]
    fn a_hashtag_ends_where_the_word_ends() {
        assert_eq!(
            hashtags("#防災 訓練。#a_1,#b#c # d"),
            ["#防災", "#a_1", "#b", "#c"]
        );
    }
}
