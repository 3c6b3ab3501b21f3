//! Whom a post goes to, where a platform lets one choose (LINE): part of what is signed.

use std::{fmt, num::NonZeroU32, str::FromStr};

use serde::{Deserialize, Serialize};

use super::canonical::Canonical;
use crate::vocabulary;

/// The field that begins an audience in what is hashed. No account's id begins like it, and so nothing that was
/// signed before there were audiences changes its meaning.
const FIELD: &str = "audience";

/// The most groups that LINE takes for one post.
const MOST_GROUPS: usize = 10;

vocabulary! {
    /// A gender, as LINE supposes it of its users.
    Gender {
        /// Female.
        Female = "female",
        /// Male.
        Male = "male",
    }
}

vocabulary! {
    /// The system of somebody's telephone.
    App {
        /// Google's.
        Android = "android",
        /// Apple's.
        Ios = "ios",
    }
}

vocabulary! {
    /// A border between ages, as LINE supposes them of its users; in LINE's own words.
    Age {
        /// 15 years.
        Of15 = "age_15",
        /// 20 years.
        Of20 = "age_20",
        /// 25 years.
        Of25 = "age_25",
        /// 30 years.
        Of30 = "age_30",
        /// 35 years.
        Of35 = "age_35",
        /// 40 years.
        Of40 = "age_40",
        /// 45 years.
        Of45 = "age_45",
        /// 50 years.
        Of50 = "age_50",
        /// 55 years.
        Of55 = "age_55",
        /// 60 years.
        Of60 = "age_60",
        /// 65 years.
        Of65 = "age_65",
        /// 70 years.
        Of70 = "age_70",
    }
}

vocabulary! {
    /// For how long somebody has been a friend of the account; in LINE's own words.
    Friendship {
        /// 7 days.
        Of7 = "day_7",
        /// 30 days.
        Of30 = "day_30",
        /// 90 days.
        Of90 = "day_90",
        /// 180 days.
        Of180 = "day_180",
        /// 365 days.
        Of365 = "day_365",
    }
}

vocabulary! {
    /// What happens where the month's messages do not suffice for everybody who is meant.
    Shortage {
        /// As many get it as messages are left, drawn at random.
        Fewer = "fewer",
        /// Nobody gets it.
        Nobody = "nobody",
    }
}

/// A prefecture by its number in JIS X 0401, in LINE's words `jp_01` to `jp_47`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Area(u8);

impl FromStr for Area {
    type Err = NoArea;

    fn from_str(text: &str) -> Result<Self, NoArea> {
        let number = text.strip_prefix("jp_").filter(|number| number.len() == 2);
        let number = number.and_then(|number| number.parse().ok());
        number
            .filter(|number| (1..=47).contains(number))
            .map(Self)
            .ok_or(NoArea)
    }
}

impl TryFrom<String> for Area {
    type Error = NoArea;

    fn try_from(text: String) -> Result<Self, NoArea> {
        text.parse()
    }
}

impl From<Area> for String {
    fn from(area: Area) -> Self {
        area.to_string()
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "jp_{:02}", self.0)
    }
}

/// A text that names no prefecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this area is not one of: jp_01 to jp_47")]
pub struct NoArea;

/// From one border, itself included, up to another one, itself not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span<T> {
    /// Not below it.
    pub from: Option<T>,
    /// Below it.
    pub below: Option<T>,
}

impl<T> Default for Span<T> {
    fn default() -> Self {
        Self {
            from: None,
            below: None,
        }
    }
}

impl<T: PartialOrd> Span<T> {
    /// Whether nothing is chosen by it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.from.is_none() && self.below.is_none()
    }

    fn is_reversed(&self) -> bool {
        matches!((&self.from, &self.below), (Some(from), Some(below)) if from >= below)
    }
}

/// Who is chosen, word by word. What is empty leaves nobody out; all that is not must be true of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chosen {
    /// In one of these groups (オーディエンス) of the platform's.
    pub groups: Vec<u64>,
    /// In none of these.
    pub without_groups: Vec<u64>,
    /// Living in one of these prefectures, as the platform supposes.
    pub areas: Vec<Area>,
    /// Of one of these genders, as the platform supposes.
    pub genders: Vec<Gender>,
    /// With one of these systems.
    pub apps: Vec<App>,
    /// Of this age, as the platform supposes.
    pub ages: Span<Age>,
    /// Friends of the account for so long.
    pub friends_for: Span<Friendship>,
    /// So many at most, drawn at random.
    pub most: Option<NonZeroU32>,
    /// What happens where the month's messages do not suffice; what the platform does of itself unless it is given.
    pub shortage: Option<Shortage>,
}

/// Why nobody can be chosen like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AudienceError {
    /// Everybody is meant, which is said by no audience at all.
    #[error("an audience leaves somebody out")]
    Everybody,
    /// More groups than the platform takes.
    #[error("an audience has ten groups at most")]
    TooManyGroups,
    /// A number that no group has, or the same group in and out.
    #[error("a group is named by its number, once")]
    Group,
    /// A span that ends before it begins.
    #[error("a span ends after it begins")]
    Reversed,
    /// More people than the platform counts.
    #[error("a number of people is below 2^31")]
    TooMany,
}

/// Not everybody, but who was chosen. There is none that chooses nobody in particular: that is a post to everybody,
/// and says so by having no audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Chosen", into = "Chosen")]
pub struct Audience(Chosen);

impl TryFrom<Chosen> for Audience {
    type Error = AudienceError;

    /// Puts every list in order, so that the same choice is always the same audience.
    fn try_from(mut chosen: Chosen) -> Result<Self, AudienceError> {
        for groups in [&mut chosen.groups, &mut chosen.without_groups] {
            in_order(groups);
        }
        in_order(&mut chosen.areas);
        in_order(&mut chosen.genders);
        in_order(&mut chosen.apps);
        if chosen.says_nothing() {
            return Err(AudienceError::Everybody);
        }
        if chosen.groups.len() + chosen.without_groups.len() > MOST_GROUPS {
            return Err(AudienceError::TooManyGroups);
        }
        let mut named = chosen.groups.iter().chain(&chosen.without_groups);
        let is_both = chosen
            .groups
            .iter()
            .any(|group| chosen.without_groups.contains(group));
        if is_both || named.any(|group| *group == 0 || i64::try_from(*group).is_err()) {
            return Err(AudienceError::Group);
        }
        if chosen.ages.is_reversed() || chosen.friends_for.is_reversed() {
            return Err(AudienceError::Reversed);
        }
        if chosen.most.is_some_and(|most| i32::try_from(most.get()).is_err()) {
            return Err(AudienceError::TooMany);
        }
        Ok(Self(chosen))
    }
}

impl From<Audience> for Chosen {
    fn from(audience: Audience) -> Self {
        audience.0
    }
}

fn in_order<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}

impl Chosen {
    fn says_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Audience {
    /// Who is chosen.
    #[must_use]
    pub const fn chosen(&self) -> &Chosen {
        &self.0
    }

    /// Adds it to what is hashed: every field in its place, so that no two audiences share an encoding.
    pub(super) fn encode(&self, bytes: &mut Canonical) {
        let chosen = &self.0;
        bytes.text(FIELD);
        for groups in [&chosen.groups, &chosen.without_groups] {
            bytes.count(groups.len());
            for group in groups {
                bytes.text(&group.to_string());
            }
        }
        words(bytes, &chosen.areas);
        words(bytes, &chosen.genders);
        words(bytes, &chosen.apps);
        borders(bytes, &chosen.ages);
        borders(bytes, &chosen.friends_for);
        bytes.optional(chosen.most.map(|most| most.to_string()).as_deref());
        bytes.optional(chosen.shortage.map(Shortage::as_str));
    }
}

fn words<T: fmt::Display>(bytes: &mut Canonical, list: &[T]) {
    bytes.count(list.len());
    for word in list {
        bytes.text(&word.to_string());
    }
}

fn borders<T: fmt::Display>(bytes: &mut Canonical, span: &Span<T>) {
    for border in [&span.from, &span.below] {
        bytes.optional(border.as_ref().map(ToString::to_string).as_deref());
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Result<Audience, serde_json::Error> {
        serde_json::from_value(value)
    }

    #[rstest]
    #[case::nothing(json!({}))]
    #[case::empty_lists(json!({ "groups": [], "areas": [], "ages": {} }))]
    #[case::no_group(json!({ "groups": [0] }))]
    #[case::too_large_a_group(json!({ "groups": [u64::MAX] }))]
    #[case::in_and_out(json!({ "groups": [1, 2], "without_groups": [2] }))]
    #[case::too_many_groups(json!({ "groups": [1, 2, 3, 4, 5, 6], "without_groups": [7, 8, 9, 10, 11] }))]
    #[case::no_area(json!({ "areas": ["jp_48"] }))]
    #[case::foreign_area(json!({ "areas": ["tw_01"] }))]
    #[case::short_area(json!({ "areas": ["jp_1"] }))]
    #[case::reversed(json!({ "ages": { "from": "age_40", "below": "age_40" } }))]
    #[case::no_age(json!({ "ages": { "from": "age_41" } }))]
    #[case::nobody(json!({ "most": 0 }))]
    #[case::too_many(json!({ "most": 2_147_483_648_u32 }))]
    #[case::unknown(json!({ "towns": ["例市"] }))]
    fn whom_one_cannot_choose(#[case] value: Value) {
        assert!(read(value.clone()).is_err(), "{value}");
    }

    #[test]
    fn the_same_choice_is_the_same_audience() {
        let one = read(json!({ "groups": [2, 1, 2], "areas": ["jp_13", "jp_01"] })).unwrap();
        let other = read(json!({ "groups": [1, 2], "areas": ["jp_01", "jp_13", "jp_13"] })).unwrap();
        assert_eq!(one, other);
        let stored = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Audience>(&stored).unwrap(), one);
    }

    #[test]
    fn no_two_choices_share_an_encoding() {
        let choices = [
            json!({ "groups": [1] }),
            json!({ "groups": [12] }),
            json!({ "groups": [1, 2] }),
            json!({ "without_groups": [1] }),
            json!({ "areas": ["jp_13"] }),
            json!({ "genders": ["male"] }),
            json!({ "apps": ["ios"] }),
            json!({ "ages": { "from": "age_20" } }),
            json!({ "ages": { "below": "age_20" } }),
            json!({ "friends_for": { "from": "day_7" } }),
            json!({ "friends_for": { "below": "day_7" } }),
            json!({ "most": 5 }),
            json!({ "shortage": "fewer" }),
            json!({ "shortage": "nobody" }),
        ];
        let digest = |value: &Value| {
            let mut bytes = Canonical::tagged("test");
            read(value.clone()).unwrap().encode(&mut bytes);
            bytes.sha256()
        };
        let digests: std::collections::BTreeSet<_> = choices.iter().map(digest).collect();
        assert_eq!(digests.len(), choices.len());
    }
}
