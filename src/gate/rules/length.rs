//! Whether the platform takes a text of this length.

use super::{Found, Report, RuleInfo, TargetCount, TextCount};
use crate::{
    domain::finding::{Field, Message, Place},
    gate::case::Target,
};

const EXCEEDED: RuleInfo = RuleInfo::fixed("length.exceeded", &["KUR-4.5"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[EXCEEDED];

/// Reports texts that are too long, and returns the length of each part for each target.
pub(super) fn check(report: &mut Report<'_>) -> Vec<TargetCount> {
    let case = report.case;
    let mut counts = Vec::with_capacity(case.targets.len());
    for target in &case.targets {
        let account = target.account;
        for (part, read) in target.payload.parts.iter().enumerate() {
            let count = TextCount::of(&read.text, account.platform, account.limits.as_ref());
            if count.exceeds() {
                report.add(too_long(target, part, count));
            }
            counts.push(TargetCount {
                account: account.id,
                part,
                count,
            });
        }
    }
    counts
}

fn too_long(target: &Target<'_>, part: usize, count: TextCount) -> Found {
    let key = match target.payload.parts.len() {
        1 => "finding-length-exceeded",
        _ => "finding-length-exceeded-part",
    };
    let message = Message::new(key)
        .with("account", &target.account.name)
        .with("part", part + 1)
        .with("unit", count.unit)
        .with("used", count.used)
        .with("limit", count.limit)
        .with("over", count.used - count.limit);
    Found::new(&EXCEEDED, message)
        .on(target.account.id)
        .at(Place::whole(part, Field::Text))
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::{
            account::{Limits, Platform},
            text::Unit,
        },
        gate::testing::{World, part},
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
        assert_eq!((count.used, count.limit, count.left()), (501, 500, -1));
    }

    #[test]
    fn each_platform_counts_for_itself() {
        let mut world = World::new();
        let other = world.add_account();
        world.accounts[other].platform = Platform::X;
        world.accounts[0].limits = Some(Limits {
            max_characters: 5_000,
            characters_per_url: 23,
            film_bytes: None,
        });
        world.text(&"漢".repeat(141));
        assert_eq!(world.found("length.exceeded"), 1);
        assert_eq!(world.verdict().counts.len(), 2);
    }

    #[test]
    fn each_part_counts_for_itself() {
        let mut world = World::new();
        world.accounts[0].platform = Platform::Bluesky;
        let family = "👨\u{200D}👩\u{200D}👧\u{200D}👦";
        world.parts = vec![
            part("短い文です。"),
            part(&"漢".repeat(301)),
            part(&family.repeat(121)),
        ];
        assert_eq!(world.found("length.exceeded"), 2);
        let verdict = world.verdict();
        let counts = verdict
            .counts
            .iter()
            .map(|of| (of.part, of.count.used, of.count.unit));
        let expected = [
            (0, 6, Unit::Graphemes),
            (1, 301, Unit::Graphemes),
            (2, 3_025, Unit::Bytes),
        ];
        assert!(counts.eq(expected));
    }
}
