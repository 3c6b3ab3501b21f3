//! The text inside a status's HTML, for servers that do not tell what was sent.

/// Drops tags, decodes the entities that servers write, folds white space.
pub(super) fn to_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = if rest.starts_with('<') {
            skip_tag(rest, &mut text)
        } else {
            decode(rest, &mut text)
        };
    }
    text.push_str(rest);
    fold(&text)
}

/// Folds white space: a browser does it, so two texts that differ only there look the same.
pub(super) fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Ends of lines and paragraphs become white space; all other tags vanish, inside words too.
fn skip_tag<'a>(rest: &'a str, text: &mut String) -> &'a str {
    let Some(end) = rest.find('>') else {
        return "";
    };
    let tag = rest[1..end].trim_start_matches('/').to_ascii_lowercase();
    let name = tag
        .split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    if matches!(name, "br" | "p" | "div" | "li") {
        text.push('\n');
    }
    &rest[end + 1..]
}

fn decode<'a>(rest: &'a str, text: &mut String) -> &'a str {
    let known = rest[1..]
        .split_once(';')
        .filter(|(name, _)| name.len() <= 8)
        .and_then(|(name, after)| {
            let decoded = match name {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                "apos" => '\'',
                "nbsp" => '\u{a0}',
                _ => numeric(name)?,
            };
            Some((decoded, after))
        });
    let (decoded, after) = known.unwrap_or(('&', &rest[1..]));
    text.push(decoded);
    after
}

fn numeric(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_out_as_it_went_in() {
        let html = r#"<p>詳しくは<br />a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#x27;</p><p>次 &nbsp;へ</p>"#;
        assert_eq!(to_text(html), "詳しくは a <b> & \"c\" 'd' 次 へ");
        let link = r#"<a href="https://example.jp/long"><span class="invisible">https://</span><span>example.jp/lo</span><span class="invisible">ng</span></a>"#;
        assert_eq!(to_text(link), "https://example.jp/long");
        assert_eq!(to_text("a & b &unknown; &"), "a & b &unknown; &");
        assert_eq!(to_text("a <b"), "a");
    }
}
