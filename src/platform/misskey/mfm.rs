//! Misskey's markup is live in every text. What can hide where a link leads, or what a text says, is refused:
//! the reader of a post sees what was signed.

/// Whether a text has markup behind which something else can stand: `[label](address)`, `$[effect …]`, tags.
pub(super) fn hides_something(text: &str) -> bool {
    text.contains("](")
        || text.contains("$[")
        || text.match_indices('<').any(|(at, _)| is_tag(&text[at + 1..]))
}

/// Whether a tag of the markup follows, such as `<small>` or `</center>`. A plain address in brackets is none.
fn is_tag(rest: &str) -> bool {
    const TAGS: [&str; 6] = ["b>", "i>", "s>", "small>", "center>", "plain>"];
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let begins = |tag: &&str| {
        rest.get(..tag.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(tag))
    };
    TAGS.iter().any(begins)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("詳しくは[市の公式サイト](https://evil.example/)", true)]
    #[case("?[市](https://evil.example/)", true)]
    #[case("$[tada 大切なお知らせ]", true)]
    #[case("<small>注記</small>", true)]
    #[case("</CENTER>", true)]
    #[case("<plain>[a]</plain>", true)]
    #[case("避難所 [第1] (市民会館)", false)]
    #[case("<https://www.city.example.lg.jp/>", false)]
    #[case("a < b、c > d", false)]
    #[case("費用は$100です", false)]
    #[case("<", false)]
    #[case("<あ", false)]
    fn what_can_hide_something(#[case] text: &str, #[case] hides: bool) {
        assert_eq!(hides_something(text), hides);
    }
}
