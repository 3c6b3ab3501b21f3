//! What is a link, a hashtag or a mention in a text on Bluesky, which shows none unless it is told where.
//!
//! Whoever reads the text must see where a link leads: its target is what stands there, to the letter.

use std::{borrow::Cow, ops::Range};

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};

use super::{
    clusters,
    domains::is_known,
    links::{Begins, Dialect, links},
};

/// How long a hashtag may be, in grapheme clusters.
const LONGEST_TAG: usize = 64;

/// What a place in a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feature {
    /// A link to this address.
    Link(String),
    /// A hashtag, without its mark.
    Tag(String),
    /// A mention of this handle, which is still to be looked up.
    Mention(String),
}

/// A place in a text that is more than text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// Where it stands, in bytes of UTF-8, both ends on character boundaries.
    pub bytes: Range<usize>,
    /// What it is.
    pub feature: Feature,
}

/// All facets of a text, in their order; none overlaps another. A link without a scheme is one only if nobody
/// but a government can have its host.
#[must_use]
pub fn facets(text: &str) -> Vec<Facet> {
    let links = link_facets(text);
    let is_free = |facet: &Facet| {
        let next = links.partition_point(|link| link.bytes.end <= facet.bytes.start);
        links
            .get(next)
            .is_none_or(|link| facet.bytes.end <= link.bytes.start)
    };
    let mut facets: Vec<Facet> = Vec::new();
    for at in marks(text) {
        // Behind a bracket a mention may begin in the middle of a hashtag.
        if facets.last().is_some_and(|last| at < last.bytes.end) {
            continue;
        }
        let found = mention_at(text, at).or_else(|| tag_at(text, at));
        facets.extend(found.filter(is_free));
    }
    facets.extend(links.iter().cloned());
    facets.sort_by_key(|facet| facet.bytes.start);
    facets
}

/// What only Japan's local governments and ministries are given names below, whatever a policy says.
const RESERVED: [&str; 2] = [".lg.jp", ".go.jp"];

fn is_reserved(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    RESERVED.iter().any(|suffix| host.ends_with(suffix))
}

/// The links that Bluesky shows in a text: where each stands, in bytes, and its target. None overlaps another.
///
/// X, Mastodon and others make a link of all of them, too, and of more that have no scheme.
#[must_use]
pub fn underlined(text: &str) -> Vec<(Range<usize>, Cow<'_, str>)> {
    let links = links(text, Dialect::X).into_iter();
    links
        .filter_map(|link| Some((link.at.clone(), target(&text[link.at], link.begins)?)))
        .collect()
}

fn target(shown: &str, begins: Begins) -> Option<Cow<'_, str>> {
    match begins {
        Begins::WithScheme => Some(Cow::Borrowed(shown)),
        Begins::WithHost => {
            let host = shown.split(['/', ':', '?']).next()?;
            is_reserved(host).then(|| Cow::Owned(format!("https://{shown}")))
        }
    }
}

fn link_facets(text: &str) -> Vec<Facet> {
    let links = underlined(text).into_iter();
    links
        .map(|(bytes, target)| Facet {
            bytes,
            feature: Feature::Link(target.into_owned()),
        })
        .collect()
}

/// Where a mark of a hashtag or a mention stands at the beginning of a word.
fn marks(text: &str) -> impl Iterator<Item = usize> {
    let marks = text.match_indices(['#', '＃', '@']);
    marks.map(|(at, _)| at).filter(|at| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|c| is_space(c) || (c == '(' && text[*at..].starts_with('@')))
    })
}

fn tag_at(text: &str, at: usize) -> Option<Facet> {
    let rest = text[at..].strip_prefix(['#', '＃'])?;
    let start = text.len() - rest.len();
    let end = rest.find(ends_tag).unwrap_or(rest.len());
    let tag = rest[..end].trim_end_matches(is_punctuation);
    let says_something = |c: char| !c.is_ascii_digit() && !is_punctuation(c);
    let is_tag = !tag.starts_with('\u{FE0F}')
        && tag.contains(says_something)
        && (tag.len() <= LONGEST_TAG || clusters::count(tag) <= LONGEST_TAG);
    is_tag.then(|| Facet {
        bytes: at..start + tag.len(),
        feature: Feature::Tag(tag.to_owned()),
    })
}

fn mention_at(text: &str, at: usize) -> Option<Facet> {
    let rest = text[at..].strip_prefix('@')?;
    let is_in_handle = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let end = rest.find(|c| !is_in_handle(c)).unwrap_or(rest.len());
    let handle = rest[..end].trim_end_matches(['.', '-']);
    let goes_on = rest[handle.len()..].starts_with(['_', '@']);
    (!goes_on && is_handle(handle)).then(|| Facet {
        bytes: at..at + 1 + handle.len(),
        feature: Feature::Mention(handle.to_owned()),
    })
}

/// Whether something is a handle: a domain name.
fn is_handle(handle: &str) -> bool {
    let is_label =
        |label: &str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    let top = handle.rsplit_once('.').map(|(_, top)| top);
    handle.len() <= 253
        && handle.split('.').all(is_label)
        && top.is_some_and(|top| !top.starts_with(|c: char| c.is_ascii_digit()) && is_top(top))
}

/// Bluesky also takes `.test`, below which nobody can have a name but on a server of one's own.
fn is_top(top: &str) -> bool {
    top.eq_ignore_ascii_case("test") || is_known(top)
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{FEFF}'
}

/// White space, and what has no width.
fn ends_tag(c: char) -> bool {
    is_space(c) || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{20E2}')
}

fn is_punctuation(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Punctuation
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

    fn link(target: &str) -> Feature {
        Feature::Link(target.into())
    }

    #[rstest]
    #[case(
        "詳しくはhttps://www.city.example.lg.jp/bousai/をご覧ください",
        "https://www.city.example.lg.jp/bousai/"
    )]
    #[case(
        "（https://www.city.example.lg.jp/a_(b)）。",
        "https://www.city.example.lg.jp/a_(b)"
    )]
    #[case(
        "「https://www.city.example.lg.jp/?q=1&r=2」",
        "https://www.city.example.lg.jp/?q=1&r=2"
    )]
    #[case(
        "https://www.city.example.lg.jp/a.html。続き",
        "https://www.city.example.lg.jp/a.html"
    )]
    #[case(
        "See https://www.city.example.lg.jp/a. Thanks",
        "https://www.city.example.lg.jp/a"
    )]
    #[case(
        "市のサイトはHTTPS://www.city.example.lg.jpです",
        "HTTPS://www.city.example.lg.jp"
    )]
    fn a_link_leads_where_it_says(#[case] text: &str, #[case] target: &str) {
        assert_eq!(found(text), [(target, link(target))]);
    }

    #[test]
    fn without_a_scheme_only_hosts_of_governments_are_links() {
        let shown = "www.city.example.lg.jp/a";
        assert_eq!(
            found("市の www.city.example.lg.jp/a と www.example.com/b"),
            [(shown, link("https://www.city.example.lg.jp/a"))]
        );
        assert_eq!(
            found("bosai@www.city.example.lg.jp と www.example.lg.jp.evil.com"),
            []
        );
    }

    #[rstest]
    #[case("#防災", Some("防災"))]
    #[case("訓練 ＃防災訓練、", Some("防災訓練"))]
    #[case("改行\n#a1。", Some("a1"))]
    #[case("#2026", None)]
    #[case("#!?", None)]
    #[case("#", None)]
    #[case("#️⃣ です", None)]
    #[case("地区#防災", None)]
    fn hashtags_are_those_of_bluesky(#[case] text: &str, #[case] tag: Option<&str>) {
        let found: Vec<Feature> = found(text).into_iter().map(|(_, feature)| feature).collect();
        let expected: Vec<Feature> = tag.map(|tag| Feature::Tag(tag.into())).into_iter().collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn no_mention_begins_inside_a_hashtag() {
        let found = found("#(@town.bsky.social");
        assert_eq!(
            found,
            [("#(@town.bsky.social", Feature::Tag("(@town.bsky.social".into()))]
        );
    }

    #[test]
    fn a_hashtag_has_an_end() {
        let tag = "災".repeat(LONGEST_TAG);
        assert_eq!(found(&format!("#{tag}")).len(), 1);
        assert_eq!(found(&format!("#{tag}災")), []);
    }

    #[rstest]
    #[case("@town.bsky.social です", Some("town.bsky.social"))]
    #[case("(@city.example.lg.jp)", Some("city.example.lg.jp"))]
    #[case("@town.bsky.social.", Some("town.bsky.social"))]
    #[case("@town.test", Some("town.test"))]
    #[case("@town", None)]
    #[case("@10.30", None)]
    #[case("a@town.bsky.social", None)]
    #[case("@town.bsky.social@social.example.jp", None)]
    fn a_mention_is_a_handle(#[case] text: &str, #[case] handle: Option<&str>) {
        let found: Vec<Feature> = found(text).into_iter().map(|(_, feature)| feature).collect();
        let expected: Vec<Feature> = handle
            .map(|handle| Feature::Mention(handle.into()))
            .into_iter()
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_link_is_no_hashtag() {
        assert_eq!(
            found("#防災（https://a.jp/）"),
            [("https://a.jp/", link("https://a.jp/"))]
        );
    }

    /// Pieces of which texts are made in which something could go wrong.
    const PIECES: &[&str] = &[
        "https://",
        "www.city.example.lg.jp",
        "/a",
        "?b=c",
        "(",
        ")",
        "。",
        "、",
        " ",
        "\n",
        "防災",
        "#",
        "＃",
        "@",
        "town.bsky.social",
        "👨\u{200D}👩",
        "é",
        "1",
        ".",
        "-",
        "_",
        "\u{200B}",
        "\u{FE0F}",
        "t.co/a",
        "総務省.jp",
    ];

    proptest! {
        #[test]
        fn every_facet_is_what_stands_there(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..16)) {
            let text = pieces.concat();
            let facets = facets(&text);
            prop_assert!(facets.windows(2).all(|two| two[0].bytes.end <= two[1].bytes.start), "{:?}", facets);
            for Facet { bytes, feature } in &facets {
                let shown = text.get(bytes.clone()).expect("character boundaries");
                let is_same = match feature {
                    Feature::Link(target) => target == shown || target.strip_prefix("https://") == Some(shown),
                    Feature::Tag(tag) => shown.strip_prefix(['#', '＃']) == Some(tag),
                    Feature::Mention(handle) => shown.strip_prefix('@') == Some(handle),
                };
                prop_assert!(is_same, "{:?} shows {}", feature, shown);
            }
        }

        #[test]
        fn no_text_breaks_it(text in any::<String>()) {
            for facet in facets(&text) {
                prop_assert!(text.get(facet.bytes).is_some_and(|shown| !shown.is_empty()));
            }
        }
    }
}
