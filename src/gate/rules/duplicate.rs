//! Whether the account said the same, or nearly the same, a short while ago (AKI-4.5.11).

use std::collections::BTreeSet;

use super::{Field, Found, Reading, Report, RuleInfo};
use crate::{
    domain::{
        digest::TextMark,
        finding::{Message, Severity},
        ids::AccountId,
        revision::Act,
    },
    gate::near::{is_near, mark_of, sketch_of},
};

const RECENT: RuleInfo = RuleInfo::adjustable("duplicate.recent", Severity::Confirm, &["AKI-4.5.11"]);
const NEAR: RuleInfo = RuleInfo::adjustable("duplicate.near", Severity::Confirm, &["AKI-4.5.11"]);
const EVIDENCE_MISSING: RuleInfo = RuleInfo::fixed("evidence.missing", &["YAM-2.3"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[RECENT, NEAR, EVIDENCE_MISSING];

/// Shorter texts resemble each other without meaning the same: 本日休館 and 本日開館.
const SHORTEST: usize = 40;

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    let case = report.case;
    // It takes the place of what resembles it, and so says nothing twice.
    if case.content.act == Act::Correct {
        return;
    }
    for target in &case.targets {
        let account = target.account;
        let Some(recent) = target.recent else {
            let message = Message::new("finding-evidence-missing-recent").with("account", &account.name);
            let found = Found::new(&EVIDENCE_MISSING, message)
                .on(account.id)
                .evidence("recent");
            let in_emergency = case.emergency_for(account).is_some();
            report.add(if in_emergency { found.only_shown() } else { found });
            continue;
        };
        let Some(reading) = said_on(account.id, readings) else {
            continue;
        };
        let sketch = sketch_of(&reading.normalised);
        // What is equal is near, too: most texts are neither, and need no fingerprint.
        if !recent.iter().any(|said| is_near(said, sketch)) {
            continue;
        }
        let mark = mark_of(&reading.normalised);
        let rule = if is_among(recent, &mark) {
            Some((&RECENT, "finding-duplicate-recent"))
        } else if is_long(reading) {
            Some((&NEAR, "finding-duplicate-near"))
        } else {
            None
        };
        if let Some((rule, key)) = rule {
            let message = Message::new(key)
                .with("account", &account.name)
                .with("days", case.policy.duplicate_days());
            report.add(
                Found::new(rule, message)
                    .on(account.id)
                    .evidence(mark.fingerprint.to_string()),
            );
        }
    }
}

/// Whether the same was said before: marks are sorted by their fingerprints.
fn is_among(recent: &BTreeSet<TextMark>, mark: &TextMark) -> bool {
    let with = |sketch| TextMark { sketch, ..*mark };
    recent.range(with(u64::MIN)..=with(u64::MAX)).next().is_some()
}

/// The text of the first part, as an account will show it.
fn said_on<'a, 'b>(account: AccountId, readings: &'b [Reading<'a>]) -> Option<&'b Reading<'a>> {
    readings.iter().find(|reading| {
        let shows = reading.accounts.iter().any(|shown| shown.id == account);
        reading.field == Field::Text && reading.part == 0 && shows
    })
}

fn is_long(reading: &Reading<'_>) -> bool {
    reading.normalised.text().chars().nth(SHORTEST).is_some()
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::{finding::Severity, revision::Act},
        gate::{testing::World, text_mark},
    };

    const DANSUI: &str =
        "水道管の修理のため、東町1丁目と2丁目で断水します。12月3日(木)午後10時から翌朝5時まで水が出ません。";

    #[test]
    fn a_repetition_asks_for_a_look() {
        let mut world = World::new();
        world.recent = Some([text_mark("断水は　解消しました。")].into());
        world.text("断水は解消しました｡");
        assert_eq!(world.severity_of("duplicate.recent"), Some(Severity::Confirm));
        world.text("断水は解消していません。");
        assert_eq!(world.severity_of("duplicate.recent"), None);
    }

    #[test]
    fn a_correction_takes_the_place_of_what_it_resembles() {
        let mut world = World::new();
        world.recent = Some([text_mark("断水は解消しました。")].into());
        world.act = Act::Correct;
        world.refers_to = Some("109".into());
        world.text("断水は解消しました。");
        assert_eq!(world.severity_of("duplicate.recent"), None);
    }

    #[test]
    fn nearly_the_same_asks_too_once() {
        let mut world = World::new();
        world.recent = Some([text_mark(DANSUI)].into());
        world.text(&DANSUI.replace("10時", "11時"));
        assert_eq!(world.severity_of("duplicate.near"), Some(Severity::Confirm));
        assert_eq!(world.severity_of("duplicate.recent"), None);
        world.text(DANSUI);
        assert_eq!(world.severity_of("duplicate.near"), None);
        assert_eq!(world.severity_of("duplicate.recent"), Some(Severity::Confirm));
        world.text("東町1丁目と2丁目の断水は、12月4日(金)の朝に終わりました。ご協力をいただき、ありがとうございました。");
        assert_eq!(world.severity_of("duplicate.near"), None);
    }

    #[test]
    fn short_texts_resemble_each_other_without_a_question() {
        let mut world = World::new();
        world.recent = Some([text_mark("図書館は12月5日に開館します。")].into());
        world.text("図書館は12月5日に閉館します。");
        assert_eq!(world.severity_of("duplicate.near"), None);
    }

    #[test]
    fn what_could_not_be_read_blocks_unless_lives_depend_on_it() {
        let mut world = World::new();
        world.recent = None;
        assert_eq!(world.severity_of("evidence.missing"), Some(Severity::Block));
        world.emergency();
        assert_eq!(world.severity_of("evidence.missing"), Some(Severity::Notice));
    }
}
