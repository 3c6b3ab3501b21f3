//! Pictures and films that cannot go where they are to go, or of which nothing is known.

use super::{Found, Report, RuleInfo};
use crate::{
    domain::{
        account::{Account, Platform},
        evidence::PictureLook,
        finding::{Field, Message, Place},
        media::{self, Family, MediaRoom, Motion, Unfit},
        revision::Part,
    },
    gate::case::Target,
};

const UNKNOWN: RuleInfo = RuleInfo::fixed("media.unknown", &["YAM-2.3"]);
const UNFIT: RuleInfo = RuleInfo::fixed("media.unfit", &["YAM-2.4"]);
const COVER: RuleInfo = RuleInfo::fixed("media.cover", &["YAM-2.4"]);
const MIXED: RuleInfo = RuleInfo::fixed("media.mixed", &["YAM-2.4"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[UNKNOWN, UNFIT, COVER, MIXED];

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    for Target { account, payload, .. } in &case.targets {
        let mut number = 0;
        for (index, part) in payload.parts.iter().enumerate() {
            let mut looks = Vec::with_capacity(part.media.len());
            for (place, medium) in part.media.iter().enumerate() {
                number += 1;
                let look = case.evidence.pictures.get(&medium.digest);
                let found = match look {
                    // What nobody looked into may hold anything.
                    None => Some((UNKNOWN, message("finding-media-unknown", account))),
                    Some(look) => unfit(account, look).map(|why| (UNFIT, told(why, account, look))),
                };
                if let Some((rule, message)) = found {
                    let found = Found::new(&rule, message.with("number", number)).on(account.id);
                    let found = found.at(Place::whole(index, Field::Medium(place)));
                    report.add(found.evidence(medium.digest.to_string()));
                }
                looks.extend(look);
            }
            if lacks_cover(account.platform, part, &looks) {
                let found = Found::new(&COVER, message("finding-media-cover", account)).on(account.id);
                report.add(found.evidence(format!("part/{index}")));
            }
            if mixes(account.platform, part, &looks) {
                let found = Found::new(&MIXED, message("finding-media-mixed", account)).on(account.id);
                report.add(found.evidence(format!("part/{index}")));
            }
        }
    }
}

fn message(key: &'static str, account: &Account) -> Message {
    Message::new(key)
        .with("account", &account.name)
        .with("platform", account.platform.as_str())
}

/// What the account's own server takes.
fn room(account: &Account) -> MediaRoom {
    media::room(account.platform).as_told(account.limits.as_ref())
}

/// Why a platform does not take a medium in one of the forms that it asks for.
fn unfit(account: &Account, look: &PictureLook) -> Option<Unfit> {
    let room = room(account);
    media::forms(account.platform)
        .iter()
        .find_map(|form| room.plan(*form, &look.facts).err())
}

const fn key(why: Unfit) -> &'static str {
    match why {
        Unfit::Kind => "finding-media-kind",
        Unfit::Bytes => "finding-media-bytes",
        Unfit::Size => "finding-media-size",
        Unfit::Small => "finding-media-small",
        Unfit::Aspect => "finding-media-aspect",
        Unfit::Frames => "finding-media-frames",
        Unfit::Short => "finding-media-short",
        Unfit::Long => "finding-media-long",
        Unfit::Codec => "finding-media-codec",
    }
}

/// Why, with the numbers where there are any: what it has, and what there is room for.
fn told(why: Unfit, account: &Account, look: &PictureLook) -> Message {
    let message = message(key(why), account);
    match room(account).figures(why, &look.facts) {
        Some((found, room)) => message.with("found", found).with("room", room),
        None => message,
    }
}

/// LINE shows a film behind a picture, which is no message of its own: each film needs one in the same part.
fn lacks_cover(platform: Platform, part: &Part, looks: &[&PictureLook]) -> bool {
    let films = looks
        .iter()
        .filter(|look| look.facts.kind.family() == Family::Film);
    platform == Platform::Line && films.count() * 2 > part.media.len()
}

/// Most platforms show several pictures or one thing that moves.
fn mixes(platform: Platform, part: &Part, looks: &[&PictureLook]) -> bool {
    let moves =
        |look: &&&PictureLook| look.facts.motion != Motion::Still || look.facts.kind.family() == Family::Film;
    match platform {
        Platform::X | Platform::Mastodon | Platform::Bluesky | Platform::Facebook => {
            part.media.len() > 1 && looks.iter().any(|look| moves(&look))
        }
        Platform::Instagram | Platform::Threads | Platform::Line | Platform::Misskey => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        domain::{
            account::Limits,
            digest::MediaDigest,
            evidence::Position,
            finding::Severity,
            media::{MediaFacts, MediaKind, SoundCodec, VideoCodec},
            revision::Media,
        },
        gate::testing::World,
    };

    fn facts(width: u32, height: u32) -> MediaFacts {
        MediaFacts::of_jpeg(width, height, 300_000)
    }

    fn moving() -> MediaFacts {
        MediaFacts {
            kind: MediaKind::Gif,
            motion: Motion::Animation { frames: 12 },
            ..facts(400, 400)
        }
    }

    fn world(platform: Platform, shown: &[MediaFacts]) -> World {
        let mut world = World::new();
        world.accounts[0].platform = platform;
        for (number, facts) in (1..).zip(shown) {
            let digest = MediaDigest::new([number; 32]);
            let alt = "給水車の前に並ぶ人".into();
            world.parts[0].media.push(Media { digest, alt });
            let look = PictureLook {
                codes: Vec::new(),
                position: Position::Absent,
                facts: *facts,
            };
            world.evidence.pictures.insert(digest, look);
        }
        world
    }

    #[test]
    fn what_nobody_looked_into_does_not_leave() {
        let mut world = world(Platform::Mastodon, &[facts(1_200, 900)]);
        assert_eq!(world.found("media.unknown"), 0);
        world.evidence.pictures.clear();
        assert_eq!(world.severity_of("media.unknown"), Some(Severity::Block));
    }

    #[rstest]
    #[case(Platform::Instagram, facts(1_200, 900), 0)]
    #[case(Platform::Instagram, facts(2_000, 900), 1)]
    #[case(Platform::Mastodon, facts(2_000, 900), 0)]
    #[case(Platform::Threads, facts(200, 200), 1)]
    #[case(Platform::Line, moving(), 1)]
    #[case(Platform::X, moving(), 0)]
    fn a_platform_takes_what_its_documents_say(
        #[case] platform: Platform,
        #[case] facts: MediaFacts,
        #[case] expected: usize,
    ) {
        assert_eq!(world(platform, &[facts]).found("media.unfit"), expected);
    }

    fn film(milliseconds: u64, bytes: u64) -> MediaFacts {
        MediaFacts {
            kind: MediaKind::Mp4,
            motion: Motion::Film {
                milliseconds,
                video: VideoCodec::H264,
                sound: SoundCodec::Aac,
            },
            bytes,
            ..facts(1_280, 720)
        }
    }

    #[rstest]
    #[case::it_told_nothing(None, 100_000_000, 0)]
    #[case::it_takes_less(Some(40_000_000), 40_000_001, 1)]
    #[case::just_so_much(Some(40_000_000), 40_000_000, 0)]
    #[case::it_takes_more(Some(400_000_000), 200_000_000, 1)]
    fn a_server_may_take_smaller_films_than_others(
        #[case] told: Option<u64>,
        #[case] bytes: u64,
        #[case] expected: usize,
    ) {
        let mut world = world(Platform::Mastodon, &[film(9_000, bytes)]);
        world.accounts[0].limits = Some(Limits {
            max_characters: 500,
            characters_per_url: 23,
            film_bytes: told,
        });
        assert_eq!(world.found("media.unfit"), expected);
    }

    #[rstest]
    #[case::too_long(Platform::X, film(141_500, 9_000_000), "finding-media-long", "142", "140")]
    #[case::too_short(Platform::X, film(400, 9_000_000), "finding-media-short", "0.4", "0.5")]
    #[case::too_large(Platform::Bluesky, film(9_000, 50_000_001), "finding-media-bytes", "51", "50")]
    fn what_a_film_has_and_what_there_is_room_for_is_told(
        #[case] platform: Platform,
        #[case] facts: MediaFacts,
        #[case] key: &str,
        #[case] has: &str,
        #[case] room: &str,
    ) {
        let verdict = world(platform, &[facts]).verdict();
        let finding = verdict
            .findings
            .iter()
            .find(|finding| finding.rule == "media.unfit");
        let message = &finding.expect("a finding").message;
        let of = |name: &str| {
            let found = message.arguments.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        assert_eq!((message.key, of("found"), of("room")), (key, has, room));
    }

    #[rstest]
    #[case(Platform::Line, &[film(9_000, 9_000_000)], 1)]
    #[case(Platform::Line, &[film(9_000, 9_000_000), facts(800, 600)], 0)]
    #[case(Platform::Line, &[film(9_000, 9_000_000), facts(800, 600), film(9_000, 9_000_000)], 1)]
    #[case(Platform::Mastodon, &[film(9_000, 9_000_000)], 0)]
    fn on_line_a_film_stands_behind_a_picture(
        #[case] platform: Platform,
        #[case] shown: &[MediaFacts],
        #[case] expected: usize,
    ) {
        assert_eq!(world(platform, shown).found("media.cover"), expected);
    }

    #[rstest]
    #[case(Platform::X, &[facts(800, 600), facts(800, 600)], 0)]
    #[case(Platform::X, &[moving()], 0)]
    #[case(Platform::X, &[facts(800, 600), moving()], 1)]
    #[case(Platform::Misskey, &[facts(800, 600), moving()], 0)]
    fn what_moves_goes_alone(
        #[case] platform: Platform,
        #[case] shown: &[MediaFacts],
        #[case] expected: usize,
    ) {
        assert_eq!(world(platform, shown).found("media.mixed"), expected);
    }
}
