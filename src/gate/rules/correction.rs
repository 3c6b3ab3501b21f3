//! What a correction (訂正) refers to: a post of ours that is out on the same account, and is still there; and whether
//! an edit can do there what is asked.

use super::{Found, Report, RuleInfo};
use crate::{
    domain::{
        abilities::{self, Corrections},
        correction::CorrectedStanding,
        finding::Message,
        revision::{Act, Payload, Visibility},
    },
    gate::case::Phase,
};

const TARGET: RuleInfo = RuleInfo::fixed("correction.target", &["YAM-2.4"]);
const SCOPE: RuleInfo = RuleInfo::fixed("correction.scope", &["YAM-2.4"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[TARGET, SCOPE];

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    if case.content.act != Act::Correct {
        return;
    }
    for target in &case.targets {
        let (account, payload) = (target.account, target.payload);
        let standing = case.evidence.corrected.get(&account.id);
        let corrections = abilities::of(account.platform).corrections;
        let found = [
            (&TARGET, wrong(standing, payload.visibility, case.phase)),
            (&SCOPE, beyond(standing, payload, corrections)),
        ];
        for (rule, key) in found {
            let Some(key) = key else { continue };
            let message = Message::new(key)
                .with("account", &account.name)
                .with("platform", account.platform.as_str());
            let found = Found::new(rule, message).on(account.id);
            report.add(found.evidence(payload.refers_to.as_deref().unwrap_or_default()));
        }
    }
}

/// What is not known to be ours is not edited. A doubt about another correction counts only when this one is about
/// to leave: it is settled long before, as a rule.
fn wrong(standing: Option<&CorrectedStanding>, visibility: Visibility, phase: Phase) -> Option<&'static str> {
    match standing {
        None => Some("finding-correction-not-ours"),
        Some(CorrectedStanding::Wordless) => Some("finding-correction-wordless"),
        Some(CorrectedStanding::Withdrawn) => Some("finding-correction-withdrawn"),
        Some(CorrectedStanding::InDoubt(_)) if phase == Phase::Dispatch => {
            Some("finding-correction-in-doubt")
        }
        Some(CorrectedStanding::Out(original) | CorrectedStanding::InDoubt(original)) => {
            (original.visibility != visibility).then_some("finding-correction-visibility")
        }
    }
}

/// Where only words are edited, everything else stays as it is: what was signed has to show the same.
fn beyond(
    standing: Option<&CorrectedStanding>,
    payload: &Payload,
    corrections: Corrections,
) -> Option<&'static str> {
    let Some(CorrectedStanding::Out(original) | CorrectedStanding::InDoubt(original)) = standing else {
        return None;
    };
    if corrections != Corrections::OfWords {
        return None;
    }
    let shown = payload.parts.iter().flat_map(|part| &part.media);
    if !shown.eq(&original.media) {
        return Some("finding-correction-media");
    }
    let says_nothing = payload.parts.iter().all(|part| part.text.trim().is_empty());
    says_nothing.then_some("finding-correction-says-nothing")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        domain::{
            account::Platform, correction::Original, digest::MediaDigest, finding::Severity, revision::Media,
        },
        gate::testing::World,
    };

    const OUT: CorrectedStanding = CorrectedStanding::Out(showing(Vec::new()));
    const IN_DOUBT: CorrectedStanding = CorrectedStanding::InDoubt(showing(Vec::new()));

    const fn showing(media: Vec<Media>) -> Original {
        Original {
            visibility: Visibility::Public,
            media,
        }
    }

    fn picture(number: u8, alt: &str) -> Media {
        Media {
            digest: MediaDigest::new([number; 32]),
            alt: alt.into(),
        }
    }

    fn world(standing: Option<CorrectedStanding>) -> World {
        let mut world = World::new();
        (world.act, world.refers_to) = (Act::Correct, Some("109".into()));
        let account = world.accounts[0].id;
        world
            .evidence
            .corrected
            .extend(standing.map(|standing| (account, standing)));
        world.sign_all();
        world
    }

    #[rstest]
    #[case::out(Some(OUT), None)]
    #[case::unknown(None, Some(Severity::Block))]
    #[case::withdrawn(Some(CorrectedStanding::Withdrawn), Some(Severity::Block))]
    #[case::passed_on(Some(CorrectedStanding::Wordless), Some(Severity::Block))]
    #[case::another_in_doubt(Some(IN_DOUBT), Some(Severity::Block))]
    fn only_what_is_ours_and_out_is_corrected(
        #[case] standing: Option<CorrectedStanding>,
        #[case] expected: Option<Severity>,
    ) {
        assert_eq!(world(standing).severity_of("correction.target"), expected);
    }

    #[test]
    fn an_edit_does_not_change_who_can_see_it() {
        let mut world = world(Some(OUT));
        world.visibility = Visibility::Followers;
        assert_eq!(world.found("correction.target"), 1);
    }

    #[rstest]
    #[case::the_same(vec![picture(1, "給水車"), picture(2, "列")], 0)]
    #[case::none(vec![], 1)]
    #[case::one_of_two(vec![picture(1, "給水車")], 1)]
    #[case::another(vec![picture(1, "給水車"), picture(3, "列")], 1)]
    #[case::in_another_order(vec![picture(2, "列"), picture(1, "給水車")], 1)]
    #[case::described_otherwise(vec![picture(1, "給水車"), picture(2, "人の列")], 1)]
    fn where_words_alone_are_edited_pictures_stay(#[case] shown: Vec<Media>, #[case] expected: usize) {
        let original = showing(vec![picture(1, "給水車"), picture(2, "列")]);
        let mut world = world(Some(CorrectedStanding::Out(original)));
        world.parts[0].media = shown;
        assert_eq!(
            world.found("correction.scope"),
            0,
            "Mastodon takes other pictures, too"
        );
        world.accounts[0].platform = Platform::Facebook;
        assert_eq!(world.found("correction.scope"), expected);
    }

    #[test]
    fn where_words_alone_are_edited_there_are_some() {
        let original = showing(vec![picture(1, "給水車")]);
        let mut world = world(Some(CorrectedStanding::Out(original)));
        world.accounts[0].platform = Platform::Facebook;
        world.parts[0].media = vec![picture(1, "給水車")];
        assert_eq!(world.found("correction.scope"), 0);
        world.parts[0].text = " \n\u{3000}".into();
        assert_eq!(world.severity_of("correction.scope"), Some(Severity::Block));
    }

    #[test]
    fn a_doubt_may_be_settled_before_it_leaves() {
        let mut world = world(Some(IN_DOUBT));
        world.phase = Phase::Submit;
        assert_eq!(world.found("correction.target"), 0);
        world.visibility = Visibility::Followers;
        assert_eq!(world.found("correction.target"), 1, "the rest is told at once");
    }

    #[test]
    fn other_acts_have_nothing_to_correct() {
        let mut world = world(None);
        world.act = Act::Reply;
        assert_eq!(world.found("correction.target"), 0);
    }
}
