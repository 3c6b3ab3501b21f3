//! Whether a text shows what it says, and anything at all.

use super::{Field, Found, Reading, Report, RuleInfo};
use crate::{
    domain::{finding::Message, revision::Act},
    gate::normalise::shows_something,
};

const EMPTY: RuleInfo = RuleInfo::fixed("text.empty", &["KUR-4.5"]);
const CONTROL: RuleInfo = RuleInfo::fixed("text.control", &["YAM-2.3"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[EMPTY, CONTROL];

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    for reading in readings {
        check_empty(report, reading);
        if !reading.text.bytes().any(may_begin_what_misleads) {
            continue;
        }
        let controls = reading.text.char_indices().filter(|(_, c)| misleads(*c));
        for (start, c) in controls {
            let code = format!("U+{:04X}", u32::from(c));
            let message = Message::new("finding-text-control").with("code", &code);
            let found = Found::new(&CONTROL, message)
                .at(reading.at(start..start + c.len_utf8()))
                .evidence(reading.evidence(&code));
            report.add_on_each(reading, found);
        }
    }
}

/// A part without pictures shows a text.
fn check_empty(report: &mut Report<'_>, reading: &Reading<'_>) {
    if reading.field != Field::Text || shows_something(&reading.normalised) {
        return;
    }
    let case = report.case;
    for target in &case.targets {
        let account = target.account;
        let part = target.payload.parts.get(reading.part);
        // What is passed on has no words of one's own.
        let says_something = case.content.act != Act::Repost;
        let is_bare = says_something && part.is_some_and(|part| part.media.is_empty());
        if is_bare && reading.accounts.iter().any(|shown| shown.id == account.id) {
            let message = Message::new("finding-text-empty").with("account", &account.name);
            report.add(Found::new(&EMPTY, message).on(account.id).at(reading.whole()));
        }
    }
}

/// Whether this may be the first byte of such a character: most texts have none.
const fn may_begin_what_misleads(byte: u8) -> bool {
    matches!(byte, 0..0x20 | 0x7F | 0xC2 | 0xE2) && !matches!(byte, b'\n' | b'\t')
}

/// Characters that make people see something else than what was checked and signed.
fn misleads(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use crate::gate::testing::World;
    use rstest::rstest;

    #[rstest]
    #[case("", 1)]
    #[case(" \n\u{3000}\u{200B}\u{2060}", 1)]
    #[case("。", 0)]
    fn blanks_are_no_text(#[case] text: &str, #[case] expected: usize) {
        let mut world = World::new();
        world.text(text);
        assert_eq!(world.found("text.empty"), expected);
    }

    #[rstest]
    #[case("一行目\n二行目\t三列目", 0)]
    #[case("👨\u{200D}👩\u{200D}👧と\u{200B}", 0)]
    #[case("表示\u{202E}が逆", 1)]
    #[case("\u{2066}囲む\u{2069}", 2)]
    #[case("改行\r\n", 1)]
    #[case("\u{7}\u{0}\u{9F}", 3)]
    fn what_turns_a_text_around_is_found(#[case] text: &str, #[case] expected: usize) {
        let mut world = World::new();
        world.text(text);
        assert_eq!(world.found("text.control"), expected);
    }

    #[test]
    fn nothing_that_misleads_is_overlooked() {
        for c in ('\0'..=char::MAX).filter(|c| super::misleads(*c)) {
            let first = c.to_string().bytes().next();
            assert!(first.is_some_and(super::may_begin_what_misleads), "{c:?}");
        }
    }

    #[test]
    fn the_place_is_told() {
        let mut world = World::new();
        world.text("逆\u{202E}転");
        let verdict = world.verdict();
        let finding = verdict
            .findings
            .iter()
            .find(|finding| finding.rule == "text.control");
        let span = finding
            .and_then(|finding| finding.span().cloned())
            .expect("a place");
        assert_eq!((span.bytes, span.chars), (3..6, 1..2));
    }
}
