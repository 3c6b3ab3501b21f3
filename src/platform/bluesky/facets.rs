//! What is a link, a hashtag or a mention in a text: Bluesky shows none unless it is told where, in bytes.
//!
//! Whoever reads the text must see where a link leads: its target is what stands there, to the letter.

use std::ops::Range;

use super::uri;

/// How many characters a hashtag may have.
const LONGEST_TAG: usize = 64;

/// What a place in a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Feature {
    /// A link to this address.
    Link(String),
    /// A hashtag, without its mark.
    Tag(String),
    /// A mention of this handle, which is still to be looked up.
    Mention(String),
}

/// A place in a text that is more than text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facet {
    /// Where it stands, in bytes of UTF-8.
    pub(super) bytes: Range<usize>,
    /// What it is.
    pub(super) feature: Feature,
}

/// All facets of a text, in their order; none overlaps another.
pub(super) fn facets(text: &str) -> Vec<Facet> {
    let mut facets: Vec<Facet> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..]
        .find(['h', 'H', '#', '＃', '@'])
        .map(|found| at + found)
    {
        let found = link_at(text, start)
            .or_else(|| tag_at(text, start))
            .or_else(|| mention_at(text, start));
        at = match found {
            Some(facet) => {
                let end = facet.bytes.end;
                facets.push(facet);
                end
            }
            None => start + text[start..].chars().next().map_or(1, char::len_utf8),
        };
    }
    facets
}

fn link_at(text: &str, start: usize) -> Option<Facet> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        text[start..]
            .get(..scheme.len())
            .is_some_and(|s| s.eq_ignore_ascii_case(scheme))
    })?;
    let is_whole = !ends_in_word(&text[..start]);
    let rest = &text[start..];
    let end = rest
        .find(|c: char| !c.is_ascii_graphic() || matches!(c, '"' | '<' | '>' | '`'))
        .unwrap_or(rest.len());
    let link = without_tail(&rest[..end]);
    let names_a_host =
        url::Url::parse(link).is_ok_and(|url| url.domain().is_some_and(|host| host.contains('.')));
    (is_whole && link.len() > scheme.len() && names_a_host).then(|| Facet {
        bytes: start..start + link.len(),
        feature: Feature::Link(link.to_owned()),
    })
}

/// Without what ends a sentence, and without a bracket that was opened before the link.
fn without_tail(mut link: &str) -> &str {
    loop {
        let shorter = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*']);
        let unopened = |open: char, close: char| {
            shorter.ends_with(close) && shorter.matches(close).count() > shorter.matches(open).count()
        };
        let shorter = if unopened('(', ')') || unopened('[', ']') || unopened('{', '}') {
            &shorter[..shorter.len() - 1]
        } else {
            shorter
        };
        if shorter.len() == link.len() {
            return link;
        }
        link = shorter;
    }
}

fn tag_at(text: &str, start: usize) -> Option<Facet> {
    let rest = text[start..].strip_prefix(['#', '＃'])?;
    let begins_word = text[..start].chars().next_back().is_none_or(char::is_whitespace);
    let end = rest.find(ends_tag).unwrap_or(rest.len());
    let tag = rest[..end].trim_end_matches(is_punctuation);
    let says_something = tag.contains(|c: char| !c.is_ascii_digit() && !is_punctuation(c));
    let is_tag =
        begins_word && says_something && !tag.starts_with('\u{FE0F}') && tag.chars().count() <= LONGEST_TAG;
    is_tag.then(|| Facet {
        bytes: start..text.len() - rest.len() + tag.len(),
        feature: Feature::Tag(tag.to_owned()),
    })
}

fn mention_at(text: &str, start: usize) -> Option<Facet> {
    let rest = text[start..].strip_prefix('@')?;
    let before = text[..start].chars().next_back();
    let begins_word = before.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '（'));
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
        .unwrap_or(rest.len());
    let handle = rest[..end].trim_end_matches(['.', '-']);
    let goes_on = rest[handle.len()..].starts_with(['_', '@']);
    (begins_word && !goes_on && uri::is_handle(handle)).then(|| Facet {
        bytes: start..start + 1 + handle.len(),
        feature: Feature::Mention(handle.to_owned()),
    })
}

fn ends_in_word(text: &str) -> bool {
    text.chars()
        .next_back()
        .is_some_and(|c| c.is_ascii_alphanumeric())
}

fn ends_tag(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{20E2}' | '\u{FEFF}'
        )
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(
            c,
            '、' | '。' | '，' | '．' | '！' | '？' | '：' | '；' | '…' | '・' | '〜'
        )
        || matches!(
            c,
            '「' | '」' | '『' | '』' | '（' | '）' | '【' | '】' | '〔' | '〕' | '〈' | '〉' | '《' | '》'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn found(text: &str) -> Vec<(&str, Feature)> {
        let facets = facets(text).into_iter();
        facets.map(|facet| (&text[facet.bytes], facet.feature)).collect()
    }

    #[rstest]
    #[case(
        "詳しくはhttps://city.example.lg.jp/a/をご覧ください",
        "https://city.example.lg.jp/a/"
    )]
    #[case("（https://city.example.lg.jp/a_(b)）。", "https://city.example.lg.jp/a_(b)")]
    #[case("(https://city.example.lg.jp/a)", "https://city.example.lg.jp/a")]
    #[case(
        "https://city.example.lg.jp/a.html。続き",
        "https://city.example.lg.jp/a.html"
    )]
    #[case("See https://city.example.lg.jp/a. Thanks", "https://city.example.lg.jp/a")]
    fn a_link_leads_where_it_says(#[case] text: &str, #[case] target: &str) {
        assert_eq!(found(text), [(target, Feature::Link(target.to_owned()))]);
    }

    #[rstest]
    #[case("ahttps://city.example.lg.jp/")]
    #[case("https://")]
    #[case("https://localhost/a")]
    #[case("http:/city.example.lg.jp")]
    #[case("city.example.lg.jp")]
    fn what_is_no_link(#[case] text: &str) {
        assert_eq!(found(text), []);
    }

    #[rstest]
    #[case("#防災", Some("防災"))]
    #[case("訓練 ＃防災訓練、", Some("防災訓練"))]
    #[case("#2026", None)]
    #[case("#️⃣ です", None)]
    #[case("地区#防災", None)]
    fn a_hashtag_begins_a_word(#[case] text: &str, #[case] tag: Option<&str>) {
        let features: Vec<_> = found(text).into_iter().map(|(_, feature)| feature).collect();
        let expected: Vec<_> = tag.map(|tag| Feature::Tag(tag.to_owned())).into_iter().collect();
        assert_eq!(features, expected);
    }

    #[rstest]
    #[case("@town.example.jp です", Some("town.example.jp"))]
    #[case("@town.example.jp.", Some("town.example.jp"))]
    #[case("@town", None)]
    #[case("a@town.example.jp", None)]
    #[case("@town@social.example.jp", None)]
    fn a_mention_is_a_handle(#[case] text: &str, #[case] handle: Option<&str>) {
        let features: Vec<_> = found(text).into_iter().map(|(_, feature)| feature).collect();
        let expected: Vec<_> = handle
            .map(|handle| Feature::Mention(handle.to_owned()))
            .into_iter()
            .collect();
        assert_eq!(features, expected);
    }

    proptest! {
        #[test]
        fn every_facet_is_what_stands_there(text in "(https://|a\\.jp|[#＃@（()）。 あh/.]|🌀|\\PC){0,24}") {
            let facets = facets(&text);
            prop_assert!(facets.windows(2).all(|two| two[0].bytes.end <= two[1].bytes.start), "{:?}", facets);
            for Facet { bytes, feature } in &facets {
                let shown = text.get(bytes.clone()).expect("character boundaries");
                let is_same = match feature {
                    Feature::Link(target) => target == shown,
                    Feature::Tag(tag) => shown.strip_prefix(['#', '＃']) == Some(tag),
                    Feature::Mention(handle) => shown.strip_prefix('@') == Some(handle),
                };
                prop_assert!(is_same, "{:?} shows {}", feature, shown);
            }
        }
    }
}
