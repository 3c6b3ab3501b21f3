//! Whether the platform takes a text of this length.

use super::{Found, Report, RuleInfo, TargetCount, TextCount};
use crate::domain::finding::Message;

const EXCEEDED: RuleInfo = RuleInfo::fixed("length.exceeded", &["KUR-4.5"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[EXCEEDED];

/// Reports texts that are too long, and returns the length of each target's longest part.
pub(super) fn check(report: &mut Report<'_>) -> Vec<TargetCount> {
    let case = report.case;
    let mut counts = Vec::with_capacity(case.targets.len());
    for target in &case.targets {
        let account = target.account;
        let longest = target
            .payload
            .parts
            .iter()
            .map(|part| TextCount::of(&part.text, account.platform, account.limits.as_ref()))
            .max_by_key(|count| count.used);
        let Some(count) = longest else { continue };
        counts.push(TargetCount {
            account: account.id,
            count,
        });
        if count.exceeds() {
            let message = Message::new("finding-length-exceeded")
                .with("account", &account.name)
                .with("used", count.used)
                .with("limit", count.limit)
                .with("over", count.used - count.limit);
            report.add(Found::new(&EXCEEDED, message).on(account.id));
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::account::{Limits, Platform},
        gate::testing::World,
    };

    #[test]
    fn the_last_character_that_fits_fits() {
        let mut world = World::new();
        world.text(&"漢".repeat(500));
        assert_eq!(world.found("length.exceeded"), 0);
        world.text(&"漢".repeat(501));
        assert_eq!(world.found("length.exceeded"), 1);
        let verdict = world.verdict();
        let count = verdict.counts.first().expect("a count").count;
        assert_eq!((count.used, count.limit), (501, 500));
    }

    #[test]
    fn each_platform_counts_for_itself() {
        let mut world = World::new();
        let other = world.add_account();
        world.accounts[other].platform = Platform::X;
        world.accounts[0].limits = Some(Limits {
            max_characters: 5_000,
            characters_per_url: 23,
        });
        world.text(&"漢".repeat(141));
        assert_eq!(world.found("length.exceeded"), 1);
        assert_eq!(world.verdict().counts.len(), 2);
    }
}
