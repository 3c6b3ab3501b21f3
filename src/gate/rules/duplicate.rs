//! Whether the account said the same a short while ago (AKI-4.5.11).

use super::{Found, Report, RuleInfo};
use crate::{
    domain::finding::{Message, Severity},
    gate::normalise::fingerprint,
};

const RECENT: RuleInfo = RuleInfo::adjustable("duplicate.recent", Severity::Confirm, &["AKI-4.5.11"]);
const EVIDENCE_MISSING: RuleInfo = RuleInfo::fixed("evidence.missing", &["YAM-2.3"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[RECENT, EVIDENCE_MISSING];

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
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
        let Some(first) = target.payload.parts.first() else {
            continue;
        };
        let mark = fingerprint(&first.text);
        if recent.contains(&mark) {
            let message = Message::new("finding-duplicate-recent")
                .with("account", &account.name)
                .with("days", case.policy.duplicate_days());
            report.add(
                Found::new(&RECENT, message)
                    .on(account.id)
                    .evidence(mark.to_string()),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::finding::Severity,
        gate::{fingerprint, testing::World},
    };

    #[test]
    fn a_repetition_asks_for_a_look() {
        let mut world = World::new();
        world.recent = Some([fingerprint("断水は　解消しました。")].into());
        world.text("断水は解消しました｡");
        assert_eq!(world.severity_of("duplicate.recent"), Some(Severity::Confirm));
        world.text("断水は解消していません。");
        assert_eq!(world.severity_of("duplicate.recent"), None);
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
