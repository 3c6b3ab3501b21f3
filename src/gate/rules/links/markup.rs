//! Markup of Misskey (MFM), in which a text is not what it looks like: a link under another name, moving or
//! shrunken words, what stands in tags. Gate and signers see the marks, a citizen sees none of them.

use std::ops::Range;

use super::{
    super::{Place, Reading},
    Found, Report, RuleInfo,
};
use crate::domain::{account::Platform, finding::Message};

pub(super) const MARKUP: RuleInfo = RuleInfo::fixed("link.markup", &["AKI-7.1b"]);

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    for reading in readings.iter().filter(|reading| reading.place == Place::Text) {
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
                        .at(reading.span(at.clone()))
                        .evidence(reading.evidence(shown));
                    report.add(found);
                }
            }
        }
    }
}

/// Tags that change how words look. Between `<plain>` and `</plain>` nothing is markup.
const TAGS: &[&str] = &["b", "i", "s", "small", "center"];

/// Where markup stands: the label of a link with what follows it, the name of a function, a tag.
fn markup(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut bracket = None;
    let mut at = 0;
    while let Some(next) = text[at..].find(['[', ']', '<', '\n']).map(|next| at + next) {
        let rest = &text[next..];
        at = next + 1;
        match rest.as_bytes()[0] {
            b'[' => {
                let name = function(rest).filter(|_| text[..next].ends_with('$'));
                found.extend(name.map(|length| next - 1..next + length));
                bracket = Some(next);
            }
            b']' => {
                let link = bracket.and_then(|open| Some(open..next + target(rest)?));
                if let Some(link) = link {
                    (at, bracket) = (link.end, None);
                    found.push(link);
                }
            }
            b'<' if rest.starts_with("<plain>") => {
                at = rest.find("</plain>").map_or(text.len(), |end| next + end);
            }
            b'<' => found.extend(tag(rest).map(|length| next..next + length)),
            _ => bracket = None,
        }
    }
    found
}

/// How long a bracket and the name of a function are, behind which its arguments or its text stand.
fn function(rest: &str) -> Option<usize> {
    let name = rest[1..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let length = rest.len() - name.len();
    (length > 1 && name.starts_with([' ', '.'])).then_some(length)
}

/// How long a bracket and the address behind it are, if it closes the label of a link.
fn target(rest: &str) -> Option<usize> {
    let address = rest.strip_prefix("](")?.trim_start_matches('<');
    let has_scheme = ["https://", "http://"].iter().any(|scheme| {
        address
            .get(..scheme.len())
            .is_some_and(|read| read.eq_ignore_ascii_case(scheme))
    });
    let end = address
        .find(|c: char| c.is_whitespace() || c == ')')
        .unwrap_or(address.len());
    has_scheme.then_some(rest.len() - address.len() + end)
}

/// How long a tag is.
fn tag(rest: &str) -> Option<usize> {
    TAGS.iter().find_map(|name| {
        let behind = rest[1..].strip_prefix(name)?.strip_prefix('>')?;
        Some(rest.len() - behind.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::testing::World;
    use rstest::rstest;

    #[rstest]
    #[case("[市役所](https://example.com/a)です", &["[市役所](https://example.com/a"])]
    #[case("?[市役所](<HTTP://example.com/a>)", &["[市役所](<HTTP://example.com/a>"])]
    #[case("[[重要]市](https://example.com)", &["[重要]市](https://example.com"])]
    #[case("$[x2 大きく] $[spin.speed=1s 回る]", &["$[x2", "$[spin"])]
    #[case("<small>小さく</small>と<center>中央</center>", &["<small>", "<center>"])]
    #[case("<plain>[a](https://example.com)</plain><b>太く</b>", &["<b>"])]
    #[case("[重要]避難所を開設（https://www.city.example.lg.jp/）", &[])]
    #[case("【重要】「断水」[訂正](12月3日)", &[])]
    #[case("費用は$[500]、a<b、<お知らせ>", &[])]
    #[case("[改行\n](https://example.com)", &[])]
    #[case("](https://example.com)", &[])]
    #[case("https://example.com/a[1](b)", &[])]
    fn what_changes_a_text_is_found(#[case] text: &str, #[case] expected: &[&str]) {
        let found: Vec<&str> = markup(text).into_iter().map(|at| &text[at]).collect();
        assert_eq!(found, expected);
    }

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
        assert_eq!(finding.span.as_ref().map(|span| span.chars.start), Some(0));
        assert!(!verdict.passes());
    }
}
