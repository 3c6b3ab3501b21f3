//! Whether a post, as X lists it, is the one that was sent: X puts its own short links in the place of links,
//! escapes a few characters and may write ends of lines its own way.

use unicode_normalization::UnicodeNormalization as _;

use super::wire::{Listed, ShortLink};

/// What comparing two texts shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// A reader sees the same.
    Same,
    /// All is the same but what stands behind the links: X may have written it in another form.
    ButForLinks,
    /// It is another post.
    Different,
}

/// A listed text, cut at its links.
struct Pieces {
    /// What stands before, between and after the links: one more than there are links.
    texts: Vec<String>,
    links: Vec<String>,
}

/// Compares what was sent with a listed post. `quoted` is what the post quotes: X adds a link to it.
pub(super) fn compare(ours: &str, listed: &Listed, quoted: Option<&str>) -> Likeness {
    let pieces = Pieces::of(&listed.text, &listed.entities.urls, quoted);
    if pieces.with_links() == plain(ours) {
        return Likeness::Same;
    }
    if !pieces.links.is_empty() && pieces.surround(ours) {
        return Likeness::ButForLinks;
    }
    Likeness::Different
}

/// The same without the first of the mentions at its beginning, which X adds to answers; none if it has none.
pub(super) fn without_mention(listed: &Listed) -> Option<Listed> {
    let (_, text) = listed.text.strip_prefix('@')?.split_once(' ')?;
    Some(Listed {
        text: text.to_owned(),
        ..listed.clone()
    })
}

impl Pieces {
    fn of(text: &str, urls: &[ShortLink], quoted: Option<&str>) -> Self {
        let (mut texts, mut links) = (vec![String::new()], Vec::new());
        let mut rest = text;
        while let Some((at, link)) = first(rest, urls) {
            push(&mut texts, &rest[..at]);
            rest = &rest[at + link.url.len()..];
            if !is_added(link, quoted) {
                links.push(link.expanded_url.clone().unwrap_or_default());
                texts.push(String::new());
            }
        }
        push(&mut texts, rest);
        Self { texts, links }
    }

    /// The text with what stands behind its links.
    fn with_links(&self) -> String {
        let mut text = String::new();
        for (place, piece) in self.texts.iter().enumerate() {
            text.push_str(piece);
            text.push_str(self.links.get(place).map_or("", String::as_str));
        }
        plain(&text)
    }

    /// Whether our text has the same pieces in the same order, whatever stands in the places of the links.
    fn surround(&self, ours: &str) -> bool {
        let ours = solid(ours);
        let texts: Vec<String> = self.texts.iter().map(|text| solid(text)).collect();
        let [head, middle @ .., tail] = texts.as_slice() else {
            return false;
        };
        let Some(mut rest) = ours
            .strip_prefix(head.as_str())
            .and_then(|rest| rest.strip_suffix(tail.as_str()))
        else {
            return false;
        };
        middle.iter().all(|piece| match rest.split_once(piece.as_str()) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    }
}

fn push(texts: &mut [String], piece: &str) {
    if let Some(last) = texts.last_mut() {
        last.push_str(&unescape(piece));
    }
}

/// The short link that comes first in a text.
fn first<'a>(text: &str, urls: &'a [ShortLink]) -> Option<(usize, &'a ShortLink)> {
    urls.iter()
        .filter(|link| !link.url.is_empty())
        .filter_map(|link| text.find(&link.url).map(|at| (at, link)))
        .min_by_key(|(at, _)| *at)
}

/// Whether X added the link itself: to a picture of the post, or to what it quotes.
fn is_added(link: &ShortLink, quoted: Option<&str>) -> bool {
    let leads_to = |id: &str| {
        let target = link.expanded_url.as_deref().unwrap_or_default();
        target.ends_with(&format!("/status/{id}"))
    };
    link.media_key.is_some() || quoted.is_some_and(leads_to)
}

fn unescape(text: &str) -> String {
    // The ampersand comes last: what it escapes is no escape itself.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Without what a reader does not see: composed characters, folded white space, no schemes, no slash at the end
/// of a link.
fn plain(text: &str) -> String {
    let composed: String = text.nfc().collect();
    let bare = composed.replace("https://", "").replace("http://", "");
    let words = bare.split_whitespace().map(|word| word.trim_end_matches('/'));
    words.collect::<Vec<_>>().join(" ")
}

/// Without any white space.
fn solid(text: &str) -> String {
    plain(text).split(' ').collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn listed(text: &str, links: &[(&str, &str)]) -> Listed {
        let urls: Vec<_> = links
            .iter()
            .map(|(url, target)| json!({ "url": url, "expanded_url": target }))
            .collect();
        let value = json!({
            "id": "1", "created_at": "2026-11-22T00:00:00Z", "text": text, "entities": { "urls": urls },
        });
        serde_json::from_value(value).unwrap()
    }

    #[rstest]
    #[case::plain("避難所を開設", "避難所を開設", &[], Likeness::Same)]
    #[case::other("避難所を開設", "避難所を閉鎖", &[], Likeness::Different)]
    #[case::part("避難所を開設", "避難所を開設しました", &[], Likeness::Different)]
    #[case::escaped("a<b> & c &amp;", "a&lt;b&gt; &amp; c &amp;amp;", &[], Likeness::Same)]
    #[case::lines("一\r\n二 ", "一\n二", &[], Likeness::Same)]
    #[case::composed("か\u{3099}", "が", &[], Likeness::Same)]
    #[case::link(
        "詳しくはhttps://city.example.lg.jp/a/をご覧",
        "詳しくはhttps://t.co/1をご覧",
        &[("https://t.co/1", "https://city.example.lg.jp/a/")],
        Likeness::Same
    )]
    #[case::bare_host(
        "見て city.example.lg.jp",
        "見て https://t.co/1",
        &[("https://t.co/1", "http://city.example.lg.jp/")],
        Likeness::Same
    )]
    #[case::two_links(
        "https://a.example/1 と https://b.example/2",
        "https://t.co/1 と https://t.co/2",
        &[("https://t.co/2", "https://b.example/2"), ("https://t.co/1", "https://a.example/1")],
        Likeness::Same
    )]
    #[case::link_in_another_form(
        "詳しくは https://例え.jp/a です",
        "詳しくは https://t.co/1 です",
        &[("https://t.co/1", "https://xn--r8jz45g.jp/a")],
        Likeness::ButForLinks
    )]
    #[case::another_text_with_a_link(
        "別の投稿 https://a.example/1",
        "詳しくは https://t.co/1",
        &[("https://t.co/1", "https://a.example/1")],
        Likeness::Different
    )]
    fn texts_are_compared_as_readers_see_them(
        #[case] ours: &str,
        #[case] shown: &str,
        #[case] links: &[(&str, &str)],
        #[case] expected: Likeness,
    ) {
        assert_eq!(compare(ours, &listed(shown, links), None), expected);
    }

    #[test]
    fn links_that_x_adds_are_left_out() {
        let mut picture = listed(
            "写真 https://t.co/9",
            &[("https://t.co/9", "https://x.com/a/status/1/photo/1")],
        );
        picture.entities.urls[0].media_key = Some("3_1".to_owned());
        assert_eq!(compare("写真", &picture, None), Likeness::Same);
        let quote = listed(
            "引用 https://t.co/9",
            &[("https://t.co/9", "https://x.com/b/status/77")],
        );
        assert_eq!(compare("引用", &quote, Some("77")), Likeness::Same);
        assert_ne!(compare("引用", &quote, Some("78")), Likeness::Same);
    }

    #[test]
    fn mentions_at_the_beginning_come_off_one_by_one() {
        let answer = listed("@a @b お答えします", &[]);
        let once = without_mention(&answer).unwrap();
        assert_eq!(compare("@b お答えします", &once, None), Likeness::Same);
        let twice = without_mention(&once).unwrap();
        assert_eq!(compare("お答えします", &twice, None), Likeness::Same);
        assert!(without_mention(&twice).is_none());
    }
}
