//! Findings for people: the line as it was written, a mark under what is meant, and what to do.

use std::fmt::Write as _;

use crate::{
    domain::finding::{Finding, Severity},
    i18n::{I18n, Language},
};

/// Renders findings as a compiler would; the text's name stands before each place.
pub(super) fn render(name: &str, text: &str, findings: &[Finding], language: Language) -> String {
    let mut told = String::new();
    for finding in findings {
        one(&mut told, name, text, finding, language);
    }
    let count = |severity| findings.iter().filter(|found| found.severity == severity).count();
    let (blocks, confirms, notices) = (
        count(Severity::Block),
        count(Severity::Confirm),
        count(Severity::Notice),
    );
    let _ = match language {
        Language::Ja => writeln!(
            told,
            "{name}: 不可 {blocks} 件、要確認 {confirms} 件、お知らせ {notices} 件"
        ),
        Language::En => writeln!(
            told,
            "{name}: {blocks} block, {confirms} confirm, {notices} notice"
        ),
    };
    told
}

fn one(told: &mut String, name: &str, text: &str, finding: &Finding, language: Language) {
    let message = I18n::get().message(language, &finding.message);
    let _ = writeln!(
        told,
        "{}[{}]: {message}",
        word(finding.severity, language),
        finding.rule
    );
    if let Some(span) = finding.span() {
        let line = Line::around(text, span.bytes.start);
        let end = span.bytes.end.min(line.start + line.text.len());
        let before = &text[line.start..span.bytes.start];
        let meant = text.get(span.bytes.start..end).unwrap_or_default();
        let number = line.number.to_string();
        let margin = " ".repeat(number.len());
        let column = before.chars().count() + 1;
        let _ = writeln!(told, "{margin}--> {name}:{number}:{column}");
        let _ = writeln!(told, "{number} | {}", visible(line.text));
        let mark = "^".repeat(width(meant).max(1));
        let _ = writeln!(told, "{margin} | {}{mark}", " ".repeat(width(before)));
    }
    let clauses = finding.clauses.iter().collect::<Vec<_>>().join(", ");
    let _ = match language {
        Language::Ja => writeln!(told, "  = 根拠: {clauses}\n"),
        Language::En => writeln!(told, "  = keeps: {clauses}\n"),
    };
}

const fn word(severity: Severity, language: Language) -> &'static str {
    match (severity, language) {
        (Severity::Block, Language::Ja) => "不可",
        (Severity::Confirm, Language::Ja) => "要確認",
        (Severity::Notice, Language::Ja) => "お知らせ",
        (Severity::Block, Language::En) => "block",
        (Severity::Confirm, Language::En) => "confirm",
        (Severity::Notice, Language::En) => "notice",
    }
}

/// One line of a text.
struct Line<'a> {
    number: usize,
    start: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn around(text: &'a str, at: usize) -> Self {
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
        Self {
            number: text[..start].matches('\n').count() + 1,
            start,
            text: &text[start..end],
        }
    }
}

/// What moves the cursor or turns it around is shown as a box.
fn visible(line: &str) -> String {
    line.chars().map(|c| if is_shown(c) { c } else { '□' }).collect()
}

fn is_shown(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Columns of a terminal: Japanese letters and everything after them take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            '\u{200B}'..='\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' => 0,
            '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}' => 2,
            c if !is_shown(c) => 2,
            c if c >= '\u{1F300}' => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::{Clauses, Field, Message, Place, Span};

    #[test]
    fn the_place_is_marked_in_its_line() {
        let text = "一行目です。\nくわしくは bit.ly/x まで\n三行目";
        let start = text.find("bit.ly").expect("there");
        let finding = Finding {
            id: crate::domain::digest::FindingId::new([0; 32]),
            rule: "link.shortener",
            severity: Severity::Block,
            account: None,
            place: Some(Place {
                part: 0,
                field: Field::Text,
                span: Some(Span::of(text, start..start + 6)),
            }),
            message: Message::new("finding-link-shortener")
                .with("account", "公式")
                .with("host", "bit.ly"),
            clauses: Clauses::OfRule(&["AKI-7.1b"]),
        };
        let told = render("post.txt", text, &[finding], Language::En);
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines[0].starts_with("block[link.shortener]: "), "{told}");
        assert_eq!(lines[1], " --> post.txt:2:7");
        assert_eq!(lines[2], "2 | くわしくは bit.ly/x まで");
        assert_eq!(lines[3], "  |            ^^^^^^");
        assert_eq!(lines[4], "  = keeps: AKI-7.1b");
        assert_eq!(
            told.lines().last(),
            Some("post.txt: 1 block, 0 confirm, 0 notice")
        );
    }

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(visible("a\u{202E}b\tc"), "a□b□c");
    }
}
