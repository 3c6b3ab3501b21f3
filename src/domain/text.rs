//! How long a text is, as each platform counts it. Facts and doubts: docs/PLATFORMS.md.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{
    account::{Limits, Platform},
    x_links,
};

/// The largest text that the gateway itself accepts, in bytes: above every platform's own limit.
pub const MAX_TEXT_BYTES: usize = 100_000;

/// Used and allowed length of one text on one platform, in that platform's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextCount {
    /// What the text takes.
    pub used: u32,
    /// What the platform allows.
    pub limit: u32,
}

impl TextCount {
    /// Counts a text as the platform does; `limits`, where the server told them, win over the defaults.
    #[must_use]
    pub fn of(text: &str, platform: Platform, limits: Option<&Limits>) -> Self {
        let limit = limits.map_or_else(|| default_limit(platform), |limits| limits.max_characters);
        let url = limits.map_or(23, |limits| limits.characters_per_url);
        let used = match platform {
            Platform::X => weighted(text),
            Platform::Mastodon => mastodon(text, url),
            Platform::Bluesky => saturate(clusters(text)),
            Platform::Facebook
            | Platform::Instagram
            | Platform::Threads
            | Platform::Line
            | Platform::Misskey => saturate(text.encode_utf16().count()),
        };
        Self { used, limit }
    }

    /// Whether the text is longer than the platform allows.
    #[must_use]
    pub const fn exceeds(self) -> bool {
        self.used > self.limit
    }
}

/// Documented defaults, used until the server itself was asked.
const fn default_limit(platform: Platform) -> u32 {
    match platform {
        Platform::X => 280,
        Platform::Facebook => 63_206,
        Platform::Instagram => 2_200,
        Platform::Threads | Platform::Mastodon => 500,
        Platform::Line => 5_000,
        Platform::Bluesky => 300,
        Platform::Misskey => 3_000,
    }
}

fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// How many grapheme clusters a text has.
fn clusters(text: &str) -> usize {
    let of_line = |line: &str| {
        if line.chars().all(stands_alone) {
            line.chars().count()
        } else {
            line.graphemes(true).count()
        }
    };
    lines(text).map(of_line).sum()
}

/// The lines of a text with their ends. No cluster goes on behind one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n')
}

/// Whether a character is one cluster beside any other of its kind: nearly all of an ordinary text.
const fn stands_alone(c: char) -> bool {
    matches!(c, ' '..='~' | '\n' | '\u{3000}'..='\u{3029}' | 'ぁ'..='ゖ' | 'ァ'..='ヿ' | '一'..='\u{9FFF}' | '！'..='～')
}

/// Grapheme clusters; a link with a scheme counts a fixed number, a remote mention only its local part.
fn mastodon(text: &str, per_url: u32) -> u32 {
    let mut used: u32 = 0;
    let mut rest = text;
    while let Some(start) = link_start(rest) {
        let (before, link) = rest.split_at(start);
        let end = link_end(link);
        used = used.saturating_add(mentions(before)).saturating_add(per_url);
        rest = &link[end..];
    }
    used.saturating_add(mentions(rest))
}

fn link_start(text: &str) -> Option<usize> {
    let begins_link = |at: &usize| {
        let rest = &text[at + "http".len()..];
        rest.starts_with("://") || rest.starts_with("s://")
    };
    text.match_indices("http").map(|(at, _)| at).find(begins_link)
}

/// A link ends before white space or the first character that cannot stand in one.
fn link_end(link: &str) -> usize {
    link.char_indices()
        .find(|(_, c)| c.is_whitespace() || !c.is_ascii_graphic() || matches!(c, '"' | '<' | '>'))
        .map_or(link.len(), |(at, _)| at)
}

/// Counts graphemes, leaving out the host of `@user@host`.
fn mentions(text: &str) -> u32 {
    if !text.contains('@') && text.chars().all(stands_alone) {
        return saturate(text.chars().count());
    }
    let mut used = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let trimmed = word.trim_end();
        let remote_host = trimmed
            .strip_prefix('@')
            .and_then(|name| name.split_once('@'))
            .filter(|(user, host)| !user.is_empty() && host.contains('.') && host.is_ascii())
            .map_or(0, |(_, host)| host.len() + 1);
        used += clusters(word) - remote_host;
    }
    saturate(used)
}

/// X's weights (configuration v3): Latin and general punctuation 1, everything else 2, a link 23,
/// an emoji sequence 2. The ranges are those that the configuration names. X composes characters first.
fn weighted(text: &str) -> u32 {
    let text = composed(text);
    let plain = |part: &str| lines(part).map(weight_of_line).fold(0, u32::saturating_add);
    let (mut used, mut from) = (0_u32, 0);
    for link in x_links::links(&text) {
        used = used
            .saturating_add(plain(&text[from..link.start]))
            .saturating_add(23);
        from = link.end;
    }
    used.saturating_add(plain(&text[from..]))
}

/// Nearly every text is composed already.
fn composed(text: &str) -> Cow<'_, str> {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

fn weight_of_line(line: &str) -> u32 {
    if line.chars().all(stands_alone) {
        line.chars().map(weight).sum()
    } else {
        line.graphemes(true).map(weight_of_cluster).sum()
    }
}

fn weight_of_cluster(cluster: &str) -> u32 {
    let weights = || cluster.chars().map(weight);
    let one_emoji = weights().count() > 1 && weights().max() == Some(2) && !cluster.chars().all(is_cjk_mark);
    if one_emoji { 2 } else { weights().sum() }
}

const fn weight(c: char) -> u32 {
    match c as u32 {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
        _ => 2,
    }
}

/// Kana with a separate voicing mark are two characters to X, not one emoji.
const fn is_cjk_mark(c: char) -> bool {
    matches!(c as u32, 0x3040..=0x30FF | 0xFF66..=0xFF9F)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[test]
    fn what_stands_alone_is_one_cluster_beside_the_same() {
        for c in ('\0'..=char::MAX).filter(|c| stands_alone(*c)) {
            let pair = format!("{c}あ{c}{c}a");
            assert_eq!(pair.graphemes(true).count(), 5, "{c}");
        }
    }

    proptest! {
        #[test]
        fn the_short_cut_counts_the_same(text in "(\\PC|[\r\nあ一a\u{301}\u{3099}🌀👨\u{200D}\u{FE0F}🇯🇵각]){0,40}") {
            prop_assert_eq!(clusters(&text), text.graphemes(true).count());
            let weights = text.graphemes(true).map(weight_of_cluster);
            prop_assert_eq!(lines(&text).map(weight_of_line).sum::<u32>(), weights.sum::<u32>());
        }
    }

    #[rstest]
    #[case(
        Platform::Mastodon,
        "詳しくは https://www.city.example.lg.jp/bousai/ をご覧ください",
        36
    )]
    #[case(
        Platform::X,
        "詳しくは https://www.city.example.lg.jp/bousai/ をご覧ください",
        47
    )]
    #[case(
        Platform::Line,
        "詳しくは https://www.city.example.lg.jp/bousai/ をご覧ください",
        51
    )]
    #[case(
        Platform::Bluesky,
        "詳しくは https://www.city.example.lg.jp/bousai/ をご覧ください",
        51
    )]
    #[case(Platform::Mastodon, "👨‍👩‍👧 です", 4)]
    #[case(Platform::X, "👨‍👩‍👧", 2)]
    #[case(Platform::X, "city.example.lg.jp", 23)]
    #[case(Platform::X, "bosai@city.example.lg.jp", 24)]
    #[case(Platform::X, "か\u{3099}", 2)]
    #[case(Platform::X, "ｶﾞ", 4)]
    #[case(Platform::Line, "𠮷野", 3)]
    #[case(Platform::Mastodon, "@bousai@social.example.jp どうぞ", 11)]
    #[case(Platform::Mastodon, "見てhttps://example.jpを", 26)]
    fn counts_as_the_platform_does(#[case] platform: Platform, #[case] text: &str, #[case] expected: u32) {
        assert_eq!(TextCount::of(text, platform, None).used, expected);
    }

    #[test]
    fn a_hundred_and_forty_kanji_fill_x_exactly() {
        let count = TextCount::of(&"漢".repeat(140), Platform::X, None);
        assert_eq!((count.used, count.limit, count.exceeds()), (280, 280, false));
    }

    /// What X's own tests of its library say, where `SEKISHO_SPECS` names a folder that has them.
    #[test]
    fn x_counts_as_twitter_text_says() {
        let Some(folder) = std::env::var_os("SEKISHO_SPECS") else {
            eprintln!("skipped: SEKISHO_SPECS is not set");
            return;
        };
        let file = std::path::Path::new(&folder).join("twitter-text/conformance/validate.yml");
        let cases: serde_json::Value =
            serde_norway::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let cases = &cases["tests"]["WeightedTweetsWithDiscountedEmojiCounterTest"];
        for case in cases.as_array().unwrap() {
            let count = TextCount::of(case["text"].as_str().unwrap(), Platform::X, None);
            let expected = case["expected"]["weightedLength"].as_u64().unwrap();
            assert_eq!(u64::from(count.used), expected, "{}", case["description"]);
        }
    }

    #[test]
    fn the_limit_of_the_server_wins() {
        let limits = Limits {
            max_characters: 5,
            characters_per_url: 23,
        };
        assert!(TextCount::of("六文字あるよ", Platform::Mastodon, Some(&limits)).exceeds());
    }
}
