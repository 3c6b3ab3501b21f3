//! What a correction (訂正) refers to: a post of ours that is out on the same account, and is still there.

use super::{Found, Report, RuleInfo};
use crate::{
    domain::{
        correction::CorrectedStanding,
        finding::Message,
        revision::{Act, Visibility},
    },
    gate::case::Phase,
};

const TARGET: RuleInfo = RuleInfo::fixed("correction.target", &["YAM-2.4"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[TARGET];

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    if case.content.act != Act::Correct {
        return;
    }
    for target in &case.targets {
        let (account, payload) = (target.account, target.payload);
        let standing = case.evidence.corrected.get(&account.id).copied();
        if let Some(key) = wrong(standing, payload.visibility, case.phase) {
            let message = Message::new(key)
                .with("account", &account.name)
                .with("platform", account.platform.as_str());
            let found = Found::new(&TARGET, message).on(account.id);
            report.add(found.evidence(payload.refers_to.as_deref().unwrap_or_default()));
        }
    }
}

/// What is not known to be ours is not edited. A doubt about another correction counts only when this one is about
/// to leave: it is settled long before, as a rule.
fn wrong(standing: Option<CorrectedStanding>, visibility: Visibility, phase: Phase) -> Option<&'static str> {
    match standing {
        None => Some("finding-correction-not-ours"),
        Some(CorrectedStanding::Wordless) => Some("finding-correction-wordless"),
        Some(CorrectedStanding::Withdrawn) => Some("finding-correction-withdrawn"),
        Some(CorrectedStanding::InDoubt) if phase == Phase::Dispatch => Some("finding-correction-in-doubt"),
        Some(CorrectedStanding::InDoubt) => None,
        Some(CorrectedStanding::Out { visibility: of_it }) if of_it != visibility => {
            Some("finding-correction-visibility")
        }
        Some(CorrectedStanding::Out { .. }) => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{domain::finding::Severity, gate::testing::World};

    const OUT: CorrectedStanding = CorrectedStanding::Out {
        visibility: Visibility::Public,
    };

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
    #[case::another_in_doubt(Some(CorrectedStanding::InDoubt), Some(Severity::Block))]
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

    #[test]
    fn a_doubt_may_be_settled_before_it_leaves() {
        let mut world = world(Some(CorrectedStanding::InDoubt));
        world.phase = Phase::Submit;
        assert_eq!(world.found("correction.target"), 0);
    }

    #[test]
    fn other_acts_have_nothing_to_correct() {
        let mut world = world(None);
        world.act = Act::Reply;
        assert_eq!(world.found("correction.target"), 0);
    }
}
