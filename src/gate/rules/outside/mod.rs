//! What an outside checker said of the post, as far as the profile lets it count.

use super::{Found, Report, RuleInfo};
use crate::{
    domain::{
        evidence::{OutsideFinding, OutsideLook},
        finding::{Clauses, Message, Severity},
    },
    gate::{Policy, names, profile::OutsideChecker},
};

const UNAVAILABLE: RuleInfo = RuleInfo::fixed("outside.unavailable", &["YAM-2.3"]);

/// The rule of an answer whose own rule has no usable name.
const OTHER: &str = "outside.other";

/// The longest message that is passed on, in characters.
const LONGEST: usize = 500;

/// The rules of this folder; `outside.<rule>` are as many as the checker has.
pub(super) const RULES: &[RuleInfo] = &[UNAVAILABLE];

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    let counts = case.policy.document().profile.outside_checker;
    let is_there = case.evidence.outside != OutsideLook::NotConfigured;
    if counts.is_off() || (counts == OutsideChecker::WhereThereIsOne && !is_there) {
        return;
    }
    match &case.evidence.outside {
        // An answer for another revision is none for this one.
        OutsideLook::Answered { revision, findings } if *revision == case.digest => {
            for finding in findings {
                report.add(answer(case.policy, finding, counts));
            }
        }
        OutsideLook::Answered { .. } | OutsideLook::Unavailable | OutsideLook::NotConfigured => {
            unavailable(report, counts);
        }
    }
}

/// The profile may weigh a rule of the checker in another way; an advisory one stops nothing all the same.
fn answer(policy: &Policy, finding: &OutsideFinding, counts: OutsideChecker) -> Found {
    let rule = names::rule("outside", &finding.rule)
        .filter(|rule| *rule != UNAVAILABLE.id)
        .unwrap_or(OTHER);
    let weight = policy.severity(rule, finding.severity);
    let severity = match counts {
        OutsideChecker::Required | OutsideChecker::WhereThereIsOne => weight,
        OutsideChecker::Advisory | OutsideChecker::Off => weight.min(Severity::Confirm),
    };
    let message = Message::new("finding-outside")
        .with("message_ja", fit(&finding.message_ja))
        .with("message_en", fit(&finding.message_en));
    // The words are part of it: a reason that was given for one remark does not fit another.
    let evidence = format!("{}\n{}", finding.message_ja, finding.message_en);
    let clauses = Clauses::OfRule(UNAVAILABLE.clauses);
    Found::listed(rule, severity, clauses, message)
        .weighing(severity)
        .evidence(evidence)
}

/// A stranger's words on one line, and not too many of them.
fn fit(words: &str) -> String {
    let on_one_line = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    on_one_line.take(LONGEST).collect()
}

fn unavailable(report: &mut Report<'_>, counts: OutsideChecker) {
    let case = report.case;
    for target in &case.targets {
        let account = target.account;
        let message = Message::new("finding-outside-unavailable").with("account", &account.name);
        let found = Found::new(&UNAVAILABLE, message).on(account.id);
        let stops = counts.stops() && case.emergency_for(account).is_none();
        report.add(if stops { found } else { found.only_shown() });
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::Severity::{self, Block, Confirm, Notice};
    use crate::{
        domain::{
            digest::RevisionDigest,
            evidence::{OutsideFinding, OutsideLook},
        },
        gate::{OutsideChecker, testing::World},
    };

    fn finding(rule: &str, severity: Severity) -> OutsideFinding {
        OutsideFinding {
            rule: rule.into(),
            severity,
            message_ja: "言い過ぎです。\u{7}".into(),
            message_en: "Too strong.".into(),
        }
    }

    fn world(counts: OutsideChecker) -> World {
        let mut world = World::new();
        world.policy(|document| document.profile.outside_checker = counts);
        world
    }

    fn answered(world: &mut World, findings: Vec<OutsideFinding>) {
        world.evidence.outside = OutsideLook::Answered {
            revision: world.digest(),
            findings,
        };
    }

    #[rstest]
    #[case(OutsideChecker::Required, Block, Some(Block))]
    #[case(OutsideChecker::Required, Notice, Some(Notice))]
    #[case(OutsideChecker::default(), Block, Some(Block))]
    #[case(OutsideChecker::Advisory, Block, Some(Confirm))]
    #[case(OutsideChecker::Advisory, Notice, Some(Notice))]
    #[case(OutsideChecker::Off, Block, None)]
    fn answers_weigh_what_the_profile_lets_them(
        #[case] counts: OutsideChecker,
        #[case] says: Severity,
        #[case] weighs: Option<Severity>,
    ) {
        let mut world = world(counts);
        answered(&mut world, vec![finding("tone", says)]);
        assert_eq!(world.severity_of("outside.tone"), weighs);
        assert_eq!(world.found("outside.unavailable"), 0);
    }

    #[rstest]
    #[case(OutsideChecker::Required, Some(Block), Some(Notice))]
    #[case(OutsideChecker::Advisory, Some(Notice), Some(Notice))]
    #[case(OutsideChecker::Off, None, None)]
    fn silence_stops_where_the_checker_is_required_and_no_emergency_is(
        #[case] counts: OutsideChecker,
        #[case] daily: Option<Severity>,
        #[case] emergency: Option<Severity>,
    ) {
        for look in [OutsideLook::Unavailable, OutsideLook::NotConfigured] {
            let mut world = world(counts);
            world.evidence.outside = look;
            assert_eq!(world.severity_of("outside.unavailable"), daily);
            world.emergency();
            assert_eq!(world.severity_of("outside.unavailable"), emergency);
        }
    }

    #[rstest]
    #[case(OutsideChecker::Required, Block, Notice, Notice)]
    #[case(OutsideChecker::Required, Notice, Block, Block)]
    #[case(OutsideChecker::Advisory, Notice, Block, Confirm)]
    fn a_profile_may_weigh_a_rule_of_the_checker_in_another_way(
        #[case] counts: OutsideChecker,
        #[case] says: Severity,
        #[case] profile: Severity,
        #[case] weighs: Severity,
    ) {
        let mut world = World::new();
        world.policy(|document| {
            document.profile.outside_checker = counts;
            document.profile.severities.insert("outside.tone".into(), profile);
        });
        answered(
            &mut world,
            vec![finding("tone", says), finding("other_tone", says)],
        );
        assert_eq!(world.severity_of("outside.tone"), Some(weighs));
        assert_ne!(world.severity_of("outside.other_tone"), Some(weighs));
    }

    #[test]
    fn whoever_sets_a_checker_up_need_not_require_it_too() {
        let mut world = World::new();
        assert_eq!(world.found("outside.unavailable"), 0, "there is none");
        world.evidence.outside = OutsideLook::Unavailable;
        assert_eq!(world.severity_of("outside.unavailable"), Some(Block));
        world.emergency();
        assert_eq!(world.severity_of("outside.unavailable"), Some(Notice));
    }

    #[test]
    fn an_answer_for_another_revision_is_none() {
        let mut world = world(OutsideChecker::Required);
        world.evidence.outside = OutsideLook::Answered {
            revision: RevisionDigest::new([7; 32]),
            findings: Vec::new(),
        };
        assert_eq!(world.severity_of("outside.unavailable"), Some(Block));
        answered(&mut world, Vec::new());
        assert_eq!(world.found("outside.unavailable"), 0);
    }

    #[test]
    fn a_name_that_is_none_still_counts() {
        let mut world = world(OutsideChecker::Required);
        let findings = ["unavailable", "no such.name", ""].map(|rule| finding(rule, Block));
        answered(&mut world, findings.into());
        assert_eq!(world.found("outside.other"), 3);
        assert_eq!(world.found("outside.unavailable"), 0);
    }

    #[test]
    fn other_words_are_another_finding() {
        let ids = |ja: &str| {
            let mut world = world(OutsideChecker::Required);
            let mut said = finding("tone", Confirm);
            said.message_ja = ja.into();
            answered(&mut world, vec![said]);
            world.verdict().findings.remove(0).id
        };
        assert_eq!(ids("言い過ぎです。"), ids("言い過ぎです。"));
        assert_ne!(ids("言い過ぎです。"), ids("誤解を招きます。"));
    }
}
