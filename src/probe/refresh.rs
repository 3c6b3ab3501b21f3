//! Pages that lead on by themselves: `Refresh: 0; url=…`, and the same in a page's head. Read as the HTML
//! standard says ("shared declarative refresh steps"), so that nothing leads a browser on and us not.

/// The address in the value of a refresh; none for a page that only shows itself again.
pub(super) fn target(value: &str) -> Option<&str> {
    let is_space = |c: char| c.is_ascii_whitespace();
    let rest = value.trim_start_matches(is_space);
    let after_time = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if after_time.len() == rest.len() {
        return None;
    }
    let rest = after_time.trim_start_matches(is_space);
    let rest = rest.strip_prefix([';', ',']).unwrap_or(rest);
    if rest.len() == after_time.len() {
        return None;
    }
    let rest = rest.trim_start_matches(is_space);
    let address = unnamed(rest).unwrap_or(rest);
    let address = match address.chars().next() {
        Some(quote @ ('"' | '\'')) => address[1..].split(quote).next().unwrap_or_default(),
        _ => address,
    };
    let address = address.trim_matches(is_space);
    (!address.is_empty()).then_some(address)
}

/// What stands behind `url =`.
fn unnamed(text: &str) -> Option<&str> {
    let (name, rest) = text.split_at_checked(3)?;
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
    let rest = name
        .eq_ignore_ascii_case("url")
        .then(|| rest.strip_prefix('='))??;
    Some(rest.trim_start_matches(|c: char| c.is_ascii_whitespace()))
}

/// The page's base address, if it names one, and where it leads by itself.
pub(super) fn in_page(page: &str) -> Option<(Option<String>, String)> {
    let mut base = None;
    let mut tags = Tags { rest: page };
    while let Some(tag) = tags.next_tag() {
        match tag.name.as_str() {
            "base" => base = base.or_else(|| tag.attribute("href")),
            "meta" if is_refresh(&tag) => {
                let content = tag.attribute("content").unwrap_or_default();
                if let Some(target) = target(&content) {
                    return Some((base, target.to_owned()));
                }
            }
            _ => {}
        }
    }
    None
}

fn is_refresh(tag: &Tag) -> bool {
    let says = tag.attribute("http-equiv");
    says.is_some_and(|says| says.trim().eq_ignore_ascii_case("refresh"))
}

/// Elements in which `<` begins no tag.
const RAW: [&str; 7] = [
    "script", "style", "noscript", "template", "textarea", "title", "iframe",
];

/// One opening tag, its name in lower case.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<String> {
        // Of an attribute that stands twice, browsers take the first.
        let found = self.attributes.iter().find(|(known, _)| known == name)?;
        Some(decoded(&found.1))
    }
}

/// The opening tags of a page, one after the other.
struct Tags<'p> {
    rest: &'p str,
}

impl<'p> Tags<'p> {
    fn next_tag(&mut self) -> Option<Tag> {
        loop {
            self.skip_behind("<")?;
            if self.rest.starts_with("!--") {
                self.skip_behind("-->")?;
            } else if self.rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let tag = self.tag();
                if RAW.contains(&tag.name.as_str()) {
                    self.skip_element(&tag.name);
                }
                return Some(tag);
            }
        }
    }

    fn skip_behind(&mut self, mark: &str) -> Option<()> {
        let at = self.rest.find(mark)?;
        self.rest = &self.rest[at + mark.len()..];
        Some(())
    }

    /// Goes to the end of an element whose content is no markup, or of the page.
    fn skip_element(&mut self, name: &str) {
        let closes = |at: usize| {
            let behind = self.rest.get(at + 2..at + 2 + name.len());
            behind.is_some_and(|behind| behind.eq_ignore_ascii_case(name))
        };
        let end = self
            .rest
            .match_indices("</")
            .map(|(at, _)| at)
            .find(|at| closes(*at));
        self.rest = end.map_or("", |at| &self.rest[at + 2..]);
    }

    fn tag(&mut self) -> Tag {
        let name = self.take(|c| !c.is_ascii_whitespace() && c != '/' && c != '>');
        let mut attributes = Vec::new();
        loop {
            self.take(|c| c.is_ascii_whitespace() || c == '/');
            if self.rest.is_empty() || self.rest.starts_with('>') {
                break;
            }
            let name = self.attribute_name();
            let value = self.value();
            attributes.push((name, value));
        }
        Tag {
            name: name.to_ascii_lowercase(),
            attributes,
        }
    }

    /// At least one character, even `=`, so that a broken tag ends.
    fn attribute_name(&mut self) -> String {
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let (first, rest) = self.rest.split_at(first);
        self.rest = rest;
        let more = self.take(|c| !c.is_ascii_whitespace() && !matches!(c, '/' | '>' | '='));
        format!("{first}{more}").to_ascii_lowercase()
    }

    fn value(&mut self) -> String {
        self.take(|c| c.is_ascii_whitespace());
        let Some(rest) = self.rest.strip_prefix('=') else {
            return String::new();
        };
        self.rest = rest;
        self.take(|c| c.is_ascii_whitespace());
        match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                self.rest = &self.rest[1..];
                let value = self.take(|c| c != quote).to_owned();
                self.rest = self.rest.strip_prefix(quote).unwrap_or_default();
                value
            }
            _ => self.take(|c| !c.is_ascii_whitespace() && c != '>').to_owned(),
        }
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'p str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

/// Named characters that can stand in an address.
const NAMED: [(&str, char); 14] = [
    ("amp", '&'),
    ("quot", '"'),
    ("apos", '\''),
    ("lt", '<'),
    ("gt", '>'),
    ("colon", ':'),
    ("semi", ';'),
    ("sol", '/'),
    ("period", '.'),
    ("quest", '?'),
    ("equals", '='),
    ("num", '#'),
    ("lowbar", '_'),
    ("percnt", '%'),
];

/// A value with its character references resolved.
fn decoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let (shown, length) = reference(rest).unwrap_or(('&', 1));
        text.push(shown);
        rest = &rest[length..];
    }
    text.push_str(rest);
    text
}

/// The character that a reference stands for, and the reference's length in bytes.
fn reference(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('&')?;
    let (shown, length) = match body.strip_prefix('#') {
        None => {
            let name = body.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
            let (_, shown) = NAMED.iter().find(|(known, _)| *known == name)?;
            (*shown, name.len())
        }
        Some(number) => {
            let (digits, radix, lead) = match number.strip_prefix(['x', 'X']) {
                Some(digits) => (digits, 16, 2),
                None => (number, 10, 1),
            };
            let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
            let code = u32::from_str_radix(digits.get(..end)?, radix).ok()?;
            (char::from_u32(code)?, lead + end)
        }
    };
    let semicolon = usize::from(body.get(length..)?.starts_with(';'));
    Some((shown, 1 + length + semicolon))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0; url=https://a.example.jp/x", Some("https://a.example.jp/x"))]
    #[case("0;URL='/next'; ignored", Some("/next"))]
    #[case(" 5 , url = \"next page\"", Some("next page"))]
    #[case("0.5;https://a.example.jp/", Some("https://a.example.jp/"))]
    #[case("0 https://a.example.jp/", Some("https://a.example.jp/"))]
    #[case("0;urlx", Some("urlx"))]
    #[case("0;url='/open", Some("/open"))]
    #[case("300", None)]
    #[case("300;", None)]
    #[case("0;url=", None)]
    #[case("0;url=''", None)]
    #[case("url=/next", None)]
    #[case("0https://a.example.jp/", None)]
    #[case("", None)]
    fn a_refresh_leads(#[case] value: &str, #[case] expected: Option<&str>) {
        assert_eq!(target(value), expected, "{value}");
    }

    #[rstest]
    #[case::plain(r#"<meta http-equiv="refresh" content="0;url=/next">"#)]
    #[case::case_and_order(r#"<META CONTENT='0;url=/next' HTTP-EQUIV=Refresh>"#)]
    #[case::no_quotes("<html><head><meta http-equiv=refresh content=0;url=/next></head>")]
    #[case::self_closing(r#"<meta http-equiv = "refresh"  content = "0;url=/next" />"#)]
    #[case::references(r#"<meta http-equiv="&#114;efresh" content="0;url=&#x2f;ne&#120;t">"#)]
    #[case::slash_between("<meta/http-equiv='refresh'/content='0;url=/next'>")]
    #[case::japanese(
        "<title>お知らせ <meta></title><p>移動しました</p><meta http-equiv='refresh' content='0;url=/next'>"
    )]
    #[case::behind_another(
        r#"<meta http-equiv=refresh content=30><meta http-equiv=refresh content="0;url=/next">"#
    )]
    #[case::unclosed(r#"<meta http-equiv="refresh" content="0;url=/next"#)]
    fn a_page_leads_on(#[case] page: &str) {
        assert_eq!(in_page(page), Some((None, "/next".to_owned())), "{page}");
    }

    #[rstest]
    #[case("")]
    #[case("<")]
    #[case("< meta http-equiv=refresh content='0;url=/next'>")]
    #[case("<!-- <meta http-equiv=refresh content='0;url=/next'> -->")]
    #[case("<script>'<meta http-equiv=refresh content=\"0;url=/next\">'</script>")]
    #[case("<title><meta http-equiv=refresh content='0;url=/next'></title>")]
    #[case("<noscript><meta http-equiv=refresh content='0;url=/next'></noscript>")]
    #[case("<meta name=refresh content='0;url=/next'>")]
    #[case("<meta http-equiv=refresh>")]
    #[case("<meta http-equiv=refresh content=60>")]
    #[case("<metal http-equiv=refresh content='0;url=/next'>")]
    #[case("<meta ====")]
    #[case("<script>")]
    fn a_page_stays(#[case] page: &str) {
        assert_eq!(in_page(page), None, "{page}");
    }

    #[test]
    fn a_page_has_a_base() {
        let page = "<base href='https://a.example.jp/b/?x&amp;y'><base href=/c>\
                    <meta http-equiv=refresh content='0;url=next'>";
        let base = "https://a.example.jp/b/?x&y".to_owned();
        assert_eq!(in_page(page), Some((Some(base), "next".to_owned())));
    }

    #[test]
    fn what_is_no_reference_stays() {
        for text in [
            "a&b",
            "&",
            "&;",
            "&#;",
            "&#x;",
            "&#xD800;",
            "&unknown;",
            "&ampx",
            "&#99999999999;",
        ] {
            assert_eq!(decoded(text), text, "{text}");
        }
        assert_eq!(decoded("&#65g&#x41;&amp;amp;&amp"), "AgA&amp;&");
    }
}
