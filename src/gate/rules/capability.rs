//! What the gateway can do on a platform: whatever else is asked is refused, not quietly left out.

use super::{Found, Report, RuleInfo};
use crate::domain::{finding::Message, revision::Act};

const ACT: RuleInfo = RuleInfo::fixed("capability.act", &["KUR-6.0", "YAM-2.4"]);
const PARTS: RuleInfo = RuleInfo::fixed("capability.parts", &["YAM-2.4"]);
const MEDIA: RuleInfo = RuleInfo::fixed("capability.media", &["YAM-2.4"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[ACT, PARTS, MEDIA];

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        let (account, payload) = (target.account, target.payload);
        let act = match (case.content.act, &payload.refers_to) {
            (Act::Reply, Some(_)) | (Act::New, _) => None,
            // Without it the answer would go out as a post of its own, to everybody.
            (Act::Reply, None) => Some("finding-capability-reply-to-nothing"),
            (Act::Repost | Act::Quote, _) => Some("finding-capability-act"),
        };
        let many_parts = (payload.parts.len() > 1).then_some("finding-capability-parts");
        let has_media = payload.parts.iter().any(|part| !part.media.is_empty());
        let media = has_media.then_some("finding-capability-media");
        for (rule, key) in [(&ACT, act), (&PARTS, many_parts), (&MEDIA, media)] {
            if let Some(key) = key {
                let message = Message::new(key).with("account", &account.name);
                report.add(Found::new(rule, message).on(account.id));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            digest::MediaDigest,
            revision::{Media, Part},
        },
        gate::testing::{World, part},
    };
    use rstest::rstest;

    #[rstest]
    #[case(Act::New, None, true)]
    #[case(Act::Reply, Some("109"), true)]
    #[case(Act::Reply, None, false)]
    #[case(Act::Repost, Some("109"), false)]
    #[case(Act::Quote, Some("109"), false)]
    fn only_posts_and_answers_can_be_made(
        #[case] act: Act,
        #[case] refers_to: Option<&str>,
        #[case] passes: bool,
    ) {
        let mut world = World::new();
        world.act = act;
        world.refers_to = refers_to.map(str::to_owned);
        assert_eq!(world.found("capability.act"), usize::from(!passes));
    }

    #[test]
    fn series_and_pictures_are_refused() {
        let mut world = World::new();
        world.parts = vec![part("ひとつ目"), part("ふたつ目")];
        assert_eq!(world.found("capability.parts"), 1);
        assert_eq!(world.found("capability.media"), 0);
        world.parts = vec![Part {
            media: vec![Media {
                digest: MediaDigest::new([1; 32]),
                alt: "雨の写真".into(),
            }],
            ..part("雨です")
        }];
        assert_eq!(world.found("capability.parts"), 0);
        assert_eq!(world.found("capability.media"), 1);
    }
}
