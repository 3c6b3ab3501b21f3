//! Whom a post goes to, as it is handed in and shown.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    domain::audience::{Age, App, Area, Audience, Chosen, Friendship, Gender, Shortage, Span},
    web::words,
};

/// Ages, as the platform supposes them.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(title = "Ages", as = Ages)]
#[serde(default, deny_unknown_fields)]
pub struct AgesJson {
    /// Not younger.
    #[schema(schema_with = words::age, nullable)]
    from: Option<Age>,
    /// Younger.
    #[schema(schema_with = words::age, nullable)]
    below: Option<Age>,
}

/// For how long somebody has been a friend of the account.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(title = "FriendsFor", as = FriendsFor)]
#[serde(default, deny_unknown_fields)]
pub struct FriendsForJson {
    /// Not shorter.
    #[schema(schema_with = words::friendship, nullable)]
    from: Option<Friendship>,
    /// Shorter.
    #[schema(schema_with = words::friendship, nullable)]
    below: Option<Friendship>,
}

/// 配信対象の絞り込み: who is chosen, where the platform lets one choose (LINE). What is empty leaves nobody out; all
/// that is not must be true of a person.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(title = "Audience", as = Audience, example = json!({ "areas": ["jp_13"], "ages": { "from": "age_65" } }))]
#[serde(default, deny_unknown_fields)]
pub struct AudienceJson {
    /// In one of these groups (オーディエンス) of the platform's, by its numbers.
    groups: Vec<u64>,
    /// In none of these.
    without_groups: Vec<u64>,
    /// In one of these prefectures, as the platform supposes: `jp_01` to `jp_47`.
    #[schema(value_type = Vec<String>)]
    areas: Vec<Area>,
    /// `male` or `female`, as the platform supposes.
    #[schema(value_type = Vec<String>)]
    genders: Vec<Gender>,
    /// `ios` or `android`.
    #[schema(value_type = Vec<String>)]
    apps: Vec<App>,
    /// Of this age.
    ages: AgesJson,
    /// Friends of the account for so long.
    friends_for: FriendsForJson,
    /// So many people at most, drawn at random by the platform.
    #[schema(value_type = Option<u32>, minimum = 1)]
    most: Option<NonZeroU32>,
    /// What happens where the month's messages do not suffice: `fewer` people get it, drawn at random, or `nobody`
    /// does. Unless it is given, what the platform does of itself.
    #[schema(schema_with = words::shortage, nullable)]
    shortage: Option<Shortage>,
}

impl From<AudienceJson> for Chosen {
    fn from(given: AudienceJson) -> Self {
        Self {
            groups: given.groups,
            without_groups: given.without_groups,
            areas: given.areas,
            genders: given.genders,
            apps: given.apps,
            ages: Span {
                from: given.ages.from,
                below: given.ages.below,
            },
            friends_for: Span {
                from: given.friends_for.from,
                below: given.friends_for.below,
            },
            most: given.most,
            shortage: given.shortage,
        }
    }
}

impl From<&Audience> for AudienceJson {
    fn from(audience: &Audience) -> Self {
        let chosen = audience.chosen().clone();
        Self {
            groups: chosen.groups,
            without_groups: chosen.without_groups,
            areas: chosen.areas,
            genders: chosen.genders,
            apps: chosen.apps,
            ages: AgesJson {
                from: chosen.ages.from,
                below: chosen.ages.below,
            },
            friends_for: FriendsForJson {
                from: chosen.friends_for.from,
                below: chosen.friends_for.below,
            },
            most: chosen.most,
            shortage: chosen.shortage,
        }
    }
}
