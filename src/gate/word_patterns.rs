//! Patterns of the word lists: what no list of words can hold, such as every address of an inner network.

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind, literal::Extractor};

use super::normalise::Normalised;

/// A pattern sees no more than so many bytes, so that the time that a text takes has an end.
const LONGEST: usize = 256;

/// How much a pattern may take when it is compiled, in bytes.
const SIZE: usize = 256 * 1024;

/// Less that is fixed at its start than this, in bytes, would have a pattern tried at every other word: two Latin
/// letters or digits, or one Japanese character.
const LEAST_FIXED: usize = 2;

/// A regular expression that is tried where one of its beginnings was found, and nowhere else.
#[derive(Debug)]
pub(super) struct Expression(Regex);

impl Expression {
    /// Reads an expression, and tells what a match can begin with.
    ///
    /// # Errors
    /// What is wrong with it, for whoever wrote the list.
    pub(super) fn parse(pattern: &str) -> Result<(Self, Vec<String>), String> {
        let hir = regex_syntax::parse(pattern).map_err(|why| why.to_string())?;
        if let Some(literal) = never_found(&hir) {
            let searched = Normalised::of(&literal).text().to_owned();
            return Err(format!(
                "{literal:?} is never found: it is searched as {searched:?}"
            ));
        }
        let beginnings = beginnings(&hir).ok_or(
            "it must begin with something fixed: two Latin letters or digits, or one Japanese character",
        )?;
        let regex = RegexBuilder::new(&format!(r"\A(?:{pattern})"))
            .size_limit(SIZE)
            .build()
            .map_err(|why| why.to_string())?;
        Ok((Self(regex), beginnings))
    }

    /// Where a match that begins at a place ends.
    pub(super) fn end_at(&self, text: &str, start: usize) -> Option<usize> {
        let end = text.floor_char_boundary(start + LONGEST);
        let found = self.0.find(text.get(start..end)?)?;
        Some(start + found.end())
    }
}

/// All that a match can begin with; none where that is too much or too short.
fn beginnings(hir: &Hir) -> Option<Vec<String>> {
    let found = Extractor::new().extract(hir);
    let literals = found.literals()?.iter();
    let texts: Option<Vec<String>> = literals
        .map(|literal| String::from_utf8(literal.as_bytes().to_vec()).ok())
        .collect();
    texts.filter(|texts| texts.iter().all(|text| text.len() >= LEAST_FIXED))
}

/// Something fixed that no searched text holds, since texts are searched in their normalised form.
fn never_found(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0);
            (Normalised::of(&text).text() != text).then(|| text.into_owned())
        }
        HirKind::Repetition(repetition) => never_found(&repetition.sub),
        HirKind::Capture(capture) => never_found(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(never_found),
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case(r"192\.168\.\d{1,3}\.\d{1,3}", "192.168.0.12です", Some(12))]
    #[case(r"192\.168\.\d{1,3}\.\d{1,3}", "192.168.0", None)]
    #[case("第(?:1|2)稿", "第2稿を送ります", Some(7))]
    #[case("パスワードは[a-z]{0,300}\\d", &"パスワードはa".repeat(30), None)]
    fn it_ends_where_its_match_ends(#[case] pattern: &str, #[case] text: &str, #[case] end: Option<usize>) {
        let (expression, _) = Expression::parse(pattern).expect("a pattern");
        assert_eq!(expression.end_at(text, 0), end);
    }

    #[rstest]
    #[case(r"\d{3}-\d{4}", "something fixed")]
    #[case("a.*", "something fixed")]
    #[case("(?:課長|)a", "something fixed")]
    #[case("VPN接続", "searched as \"vpn接続\"")]
    #[case("取扱(注意", "unclosed group")]
    #[case("内線(?:[0-9]{1,900}){900}", "size limit")]
    fn what_is_wrong_with_it_is_told(#[case] pattern: &str, #[case] told: &str) {
        let why = Expression::parse(pattern).expect_err("refused");
        assert!(why.contains(told), "{why}");
    }

    proptest! {
        #[test]
        fn each_match_begins_with_a_beginning(text in "(?:10|172\\.(?:1[6-9]|2[0-9])|192\\.168)\\.[0-9.]{0,9}") {
            let pattern = r"(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d";
            let (expression, beginnings) = Expression::parse(pattern).expect("a pattern");
            if expression.end_at(&text, 0).is_some() {
                prop_assert!(beginnings.iter().any(|beginning| text.starts_with(beginning)), "{beginnings:?}");
            }
        }
    }
}
