//! What can be done on a platform: whatever else is asked is refused, not quietly left out.

use super::{Found, Report, RuleInfo};
use crate::domain::{
    abilities::{self, Abilities, Audiences, LinkCards, Parts, TextAlone},
    account::Account,
    finding::Message,
    revision::{Act, Payload},
};

const ACT: RuleInfo = RuleInfo::fixed("capability.act", &["KUR-6.0", "YAM-2.4"]);
const PARTS: RuleInfo = RuleInfo::fixed("capability.parts", &["YAM-2.4"]);
const MEDIA: RuleInfo = RuleInfo::fixed("capability.media", &["YAM-2.4"]);
const LINK_CARD: RuleInfo = RuleInfo::fixed("capability.link_card", &["YAM-2.4"]);
const VISIBILITY: RuleInfo = RuleInfo::fixed("capability.visibility", &["YAM-2.4"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[ACT, PARTS, MEDIA, LINK_CARD, VISIBILITY];

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        let (account, payload) = (target.account, target.payload);
        let abilities = abilities::of(account.platform);
        let found = [
            (&ACT, act(case.content.act, payload, &abilities)),
            (&PARTS, parts(case.content.act, payload, &abilities)),
            (&MEDIA, media(case.content.act, payload, &abilities)),
            (&LINK_CARD, link_card(payload, &abilities)),
            (&VISIBILITY, visibility(payload, &abilities)),
            (&VISIBILITY, audience(payload, &abilities)),
        ];
        for (rule, key) in found {
            if let Some(key) = key {
                report.add(Found::new(rule, message(key, account)).on(account.id));
            }
        }
    }
}

fn message(key: &'static str, account: &Account) -> Message {
    Message::new(key)
        .with("account", &account.name)
        .with("platform", account.platform.as_str())
}

fn act(act: Act, payload: &Payload, abilities: &Abilities) -> Option<&'static str> {
    match (act, &payload.refers_to) {
        (Act::Correct, _) if !abilities.can(act) => Some("finding-capability-correct"),
        _ if !abilities.can(act) => Some("finding-capability-act"),
        // Without it the answer would go out as a post of its own, to everybody.
        (Act::Reply | Act::Repost | Act::Quote | Act::Correct, None) => {
            Some("finding-capability-refers-to-nothing")
        }
        (Act::New, Some(_)) => Some("finding-capability-refers-to-something"),
        _ => None,
    }
}

fn parts(act: Act, payload: &Payload, abilities: &Abilities) -> Option<&'static str> {
    let most = match (act, abilities.parts) {
        (Act::Repost | Act::Correct, _) | (_, Parts::One) => 1,
        (_, Parts::Together(most)) => usize::from(most),
        (_, Parts::Chain) => usize::MAX,
    };
    (payload.parts.len() > most).then_some("finding-capability-parts")
}

fn media(act: Act, payload: &Payload, abilities: &Abilities) -> Option<&'static str> {
    let has_media = payload.parts.iter().any(|part| !part.media.is_empty());
    match (abilities.text_alone, has_media) {
        (TextAlone::NeedsMedia, false) if act == Act::New => Some("finding-capability-needs-media"),
        _ => None,
    }
}

fn link_card(payload: &Payload, abilities: &Abilities) -> Option<&'static str> {
    let has_card = payload.parts.iter().any(|part| part.link_card.is_some());
    (has_card && abilities.link_card == LinkCards::Theirs).then_some("finding-capability-link-card")
}

fn visibility(payload: &Payload, abilities: &Abilities) -> Option<&'static str> {
    (!abilities.visibilities.contains(&payload.visibility)).then_some("finding-capability-visibility")
}

fn audience(payload: &Payload, abilities: &Abilities) -> Option<&'static str> {
    let is_chosen = payload.audience.is_some();
    (is_chosen && abilities.audiences == Audiences::Everybody).then_some("finding-capability-audience")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            account::Platform,
            audience::Chosen,
            digest::MediaDigest,
            revision::{LinkCard, Media, Part, Visibility},
        },
        gate::testing::{World, part},
    };
    use rstest::rstest;

    #[rstest]
    #[case(Platform::Mastodon, Act::New, None, true)]
    #[case(Platform::Mastodon, Act::New, Some("109"), false)]
    #[case(Platform::Mastodon, Act::Reply, Some("109"), true)]
    #[case(Platform::Mastodon, Act::Reply, None, false)]
    #[case(Platform::Mastodon, Act::Repost, Some("109"), true)]
    #[case(Platform::Mastodon, Act::Quote, Some("109"), false)]
    #[case(Platform::X, Act::Quote, Some("109"), true)]
    #[case(Platform::Mastodon, Act::Correct, Some("109"), true)]
    #[case(Platform::Mastodon, Act::Correct, None, false)]
    #[case(Platform::Facebook, Act::Correct, Some("7_12"), true)]
    #[case(Platform::Facebook, Act::Correct, None, false)]
    #[case(Platform::X, Act::Correct, Some("109"), false)]
    #[case(Platform::Line, Act::Correct, Some("109"), false)]
    #[case(Platform::Line, Act::Reply, Some("109"), false)]
    #[case(Platform::Facebook, Act::Repost, Some("109"), false)]
    fn what_the_platform_cannot_do_is_refused(
        #[case] platform: Platform,
        #[case] act: Act,
        #[case] refers_to: Option<&str>,
        #[case] passes: bool,
    ) {
        let mut world = World::new();
        world.accounts[0].platform = platform;
        world.act = act;
        world.refers_to = refers_to.map(str::to_owned);
        assert_eq!(world.found("capability.act"), usize::from(!passes));
    }

    #[rstest]
    #[case(Platform::Mastodon, Act::New, 25, true)]
    #[case(Platform::Mastodon, Act::Repost, 2, false)]
    #[case(Platform::Mastodon, Act::Correct, 2, false)]
    #[case(Platform::Line, Act::New, 5, true)]
    #[case(Platform::Line, Act::New, 6, false)]
    #[case(Platform::Facebook, Act::New, 2, false)]
    fn a_series_is_as_long_as_the_platform_takes(
        #[case] platform: Platform,
        #[case] act: Act,
        #[case] parts: usize,
        #[case] passes: bool,
    ) {
        let mut world = World::new();
        world.accounts[0].platform = platform;
        world.act = act;
        world.parts = (0..parts).map(|number| part(&format!("その{number}"))).collect();
        assert_eq!(world.found("capability.parts"), usize::from(!passes));
    }

    #[test]
    fn instagram_is_nothing_without_a_picture() {
        let mut world = World::new();
        world.parts = vec![Part {
            media: vec![Media {
                digest: MediaDigest::new([1; 32]),
                alt: "雨の写真".into(),
            }],
            ..part("雨です")
        }];
        world.accounts[0].platform = Platform::Instagram;
        assert_eq!(world.found("capability.media"), 0);
        world.parts = vec![part("雨です")];
        assert_eq!(world.found("capability.media"), 1);
        world.accounts[0].platform = Platform::Mastodon;
        assert_eq!(world.found("capability.media"), 0);
    }

    #[rstest]
    #[case(Platform::Line, 0)]
    #[case(Platform::X, 1)]
    #[case(Platform::Mastodon, 1)]
    fn only_some_can_choose_whom_a_post_goes_to(#[case] platform: Platform, #[case] expected: usize) {
        let mut world = World::new();
        world.accounts[0].platform = platform;
        assert_eq!(world.found("capability.visibility"), 0);
        let chosen = Chosen {
            groups: vec![7],
            ..Chosen::default()
        };
        world.audience = Some(chosen.try_into().unwrap());
        assert_eq!(world.found("capability.visibility"), expected);
    }

    #[rstest]
    #[case(Platform::Bluesky, Visibility::Public, [0, 0])]
    #[case(Platform::Bluesky, Visibility::Unlisted, [0, 1])]
    #[case(Platform::Mastodon, Visibility::Followers, [1, 0])]
    fn previews_and_audiences_are_what_the_platform_has(
        #[case] platform: Platform,
        #[case] visibility: Visibility,
        #[case] expected: [usize; 2],
    ) {
        let mut world = World::new();
        world.accounts[0].platform = platform;
        world.visibility = visibility;
        let link_card = LinkCard {
            uri: "https://www.city.example.lg.jp/".into(),
            title: "市".into(),
            description: String::new(),
        };
        world.parts = vec![Part {
            link_card: Some(link_card),
            ..part("お知らせ")
        }];
        let found = ["capability.link_card", "capability.visibility"].map(|rule| world.found(rule));
        assert_eq!(found, expected);
    }
}
