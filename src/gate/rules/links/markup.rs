//! Markup of Misskey: a citizen would see something else than what was signed.

use super::{
    super::{Field, Reading},
    Found, Report, RuleInfo,
};
use crate::domain::{account::Platform, finding::Message, text::mfm::markup};

pub(super) const MARKUP: RuleInfo = RuleInfo::fixed("link.markup", &["AKI-7.1b"]);

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    for reading in readings.iter().filter(|reading| reading.field == Field::Text) {
        let mut accounts = reading.accounts.iter();
        if !accounts.any(|account| account.platform == Platform::Misskey) {
            continue;
        }
        for at in markup(reading.text) {
            let shown = &reading.text[at.clone()];
            for account in &reading.accounts {
                if account.platform == Platform::Misskey {
                    let message = Message::new("finding-link-markup").with("found", shown);
                    let found = Found::new(&MARKUP, message)
                        .on_named(account)
                        .at(reading.at(at.clone()))
                        .evidence(reading.evidence(shown));
                    report.add(found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::testing::World;

    #[test]
    fn only_misskey_reads_it() {
        let mut world = World::new();
        world.text("[市役所](https://www.city.example.lg.jp/)へ");
        assert_eq!(world.found("link.markup"), 0);
        let other = world.add_account();
        world.accounts[other].platform = Platform::Misskey;
        assert_eq!(world.found("link.markup"), 1);
        let verdict = world.verdict();
        let finding = verdict
            .findings
            .iter()
            .find(|finding| finding.rule == "link.markup")
            .expect("a finding");
        assert_eq!(finding.account, Some(world.accounts[other].id));
        assert_eq!(finding.span().map(|span| span.chars.start), Some(0));
        assert!(!verdict.passes());
    }
}
