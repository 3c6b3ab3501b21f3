//! Hosts as X sees them: labels of nearly any characters, up to a top-level domain.

use std::{cell::OnceCell, ops::Range};

/// A run of letters, hyphens, underscores and dots, cut at its dots.
pub(super) struct Run<'a> {
    text: &'a str,
    at: Range<usize>,
    labels: Vec<Label>,
}

/// What stands before a dot.
struct Label {
    at: Range<usize>,
    /// Where the top-level domain behind its dot ends, if one stands there: of most labels nobody asks.
    top: OnceCell<Option<usize>>,
    /// The same for the last of the labels that follow it without a flaw; none if there is none.
    far: Option<usize>,
    /// Where what stands behind its last underscore begins: only that can be right before the last dot.
    behind_underscore: usize,
}

impl Label {
    fn top(&self, text: &str) -> Option<usize> {
        *self.top.get_or_init(|| {
            let start = self.at.end + 1;
            top_level(&text[start..]).map(|length| start + length)
        })
    }
}

/// A host, in bytes of the text.
pub(super) struct Name {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Run<'a> {
    /// The run in which a dot stands, as far as it begins behind a byte.
    pub(super) fn around(text: &'a str, dot: usize, from: usize) -> Self {
        let before = text[from..dot].chars().rev();
        let before: usize = before.take_while(|c| is_in_run(*c)).map(char::len_utf8).sum();
        let behind = text[dot..].chars();
        let behind: usize = behind.take_while(|c| is_in_run(*c)).map(char::len_utf8).sum();
        let at = dot - before..dot + behind;
        let labels = labels(text, &at);
        Self { text, at, labels }
    }

    pub(super) const fn start(&self) -> usize {
        self.at.start
    }

    pub(super) const fn end(&self) -> usize {
        self.at.end
    }

    /// The longest host that begins at a byte.
    pub(super) fn name_at(&self, start: usize) -> Option<Name> {
        let index = self.labels.partition_point(|label| label.at.end <= start);
        self.name_in(index, start)
    }

    /// The first host behind a byte that begins where one may, as long as it can be.
    pub(super) fn first_name(&self, from: usize, may_begin: impl Fn(usize) -> bool) -> Option<Name> {
        let first = self.labels.partition_point(|label| label.at.end <= from);
        (first..self.labels.len()).find_map(|index| {
            self.far_of(index)?;
            let label = &self.labels[index].at;
            let start = label.start.max(from);
            let letters = self.text[start..label.end].char_indices();
            letters
                .map(|(at, _)| start + at)
                .filter(|start| may_begin(*start))
                .find_map(|start| self.name_in(index, start))
        })
    }

    /// Where a host ends that begins in a label, wherever in it.
    fn far_of(&self, index: usize) -> Option<usize> {
        let label = self.labels.get(index)?;
        self.labels
            .get(index + 1)
            .and_then(|next| next.far)
            .or_else(|| label.top(self.text))
    }

    fn name_in(&self, index: usize, start: usize) -> Option<Name> {
        let label = self.labels.get(index)?;
        let part = self.text.get(start..label.at.end)?;
        if !part.starts_with(is_in_name) || !part.ends_with(is_in_name) {
            return None;
        }
        let next = self.labels.get(index + 1).and_then(|next| next.far);
        let end = next.or_else(|| label.top(self.text).filter(|_| label.behind_underscore <= start))?;
        Some(Name { start, end })
    }

    /// The hosts in ASCII and letters with accents inside a host; only these are linked without a scheme.
    pub(super) fn ascii_names(&self, name: &Name) -> Vec<Range<usize>> {
        let mut names: Vec<Range<usize>> = Vec::new();
        let mut from = name.start;
        // Where the labels begin that belong together, and the longest host that they make so far.
        let mut chain: Option<usize> = None;
        let mut best: Option<Range<usize>> = None;
        let first = self.labels.partition_point(|label| label.at.end <= name.start);
        let inside = |label: &&Label| label.at.end < name.end;
        for label in self.labels[first..].iter().take_while(inside) {
            if chain.is_none() || !self.text[label.at.clone()].chars().all(is_linked) {
                if let Some(best) = best.take() {
                    from = best.end;
                    names.push(best);
                }
                let rest = &self.text[label.at.start.max(from).min(label.at.end)..label.at.end];
                let linked = rest.trim_end_matches(is_linked).len();
                chain = (linked < rest.len()).then_some(label.at.end - rest.len() + linked);
            }
            if let (Some(start), Some(top)) = (chain, label.top(self.text)) {
                best = Some(start..top);
            }
        }
        names.extend(best);
        names
    }

    /// Whether each label of a host can be written in ASCII and is not too long then.
    pub(super) fn can_be_encoded(&self, name: &Name) -> bool {
        let read = &self.text[name.start..name.end];
        // What is encoded already is encoded as a whole.
        let is_half = read.starts_with("xn--") && self.ascii_names(name).is_empty();
        !is_half && read.split('.').all(|label| encoded_length(label) <= 63)
    }
}

/// How long a label is once it is written in ASCII; a long one only says that it is too long.
fn encoded_length(label: &str) -> usize {
    if label.is_ascii() || label.chars().count() > 63 {
        return label.chars().count();
    }
    let pieces = label.split(['。', '．', '｡']);
    let encoded = |piece: &str| match idna::punycode::encode_str(piece) {
        Some(encoded) if !piece.is_ascii() => encoded.len() + "xn--".len(),
        _ => piece.len(),
    };
    pieces.map(|piece| encoded(piece) + 1).sum::<usize>() - 1
}

fn labels(text: &str, run: &Range<usize>) -> Vec<Label> {
    let mut labels = Vec::new();
    let mut start = run.start;
    for (dot, _) in text[run.clone()].match_indices('.') {
        let at = start..run.start + dot;
        start = at.end + 1;
        labels.push(Label {
            behind_underscore: text[at.clone()]
                .rfind('_')
                .map_or(at.start, |found| at.start + found + 1),
            top: OnceCell::new(),
            far: None,
            at,
        });
    }
    let mut far = None;
    for label in labels.iter_mut().rev() {
        let read = &text[label.at.clone()];
        let is_whole = read.starts_with(is_in_name) && read.ends_with(is_in_name);
        let own = || {
            label
                .top(text)
                .filter(|_| label.behind_underscore == label.at.start)
        };
        far = far.or_else(own).filter(|_| is_whole);
        label.far = far;
    }
    labels
}

/// The most letters of a top-level domain that is not in ASCII.
const LONGEST_TOP: usize = 16;

/// How long the top-level domain is with which something begins.
fn top_level(text: &str) -> Option<usize> {
    let letters = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    // What follows it may not go on with it.
    let is_bounded = |length: usize| {
        let next = text[length..].chars().next();
        !next.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '+' | '-'))
    };
    if letters > 0 {
        let known = is_bounded(letters) && is_known(&text[..letters]);
        return known.then_some(letters).or_else(|| encoded_top(text));
    }
    let foreign = text.char_indices().take_while(|(_, c)| !c.is_ascii());
    let ends: Vec<usize> = foreign
        .take(LONGEST_TOP)
        .map(|(at, c)| at + c.len_utf8())
        .collect();
    let mut ends = ends.into_iter().rev().filter(|end| is_bounded(*end));
    ends.find(|end| is_known(&text[..*end]))
}

/// A top-level domain that is written in ASCII though its letters are others.
fn encoded_top(text: &str) -> Option<usize> {
    let (mark, rest) = text.split_at_checked("xn--".len())?;
    let letters = rest
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'-')
        .count();
    (mark.eq_ignore_ascii_case("xn--") && letters > 0).then_some(mark.len() + letters)
}

/// Top-level domains that X links though the list of public suffixes lacks them: most were given up, under
/// some nobody registers a name directly.
#[rustfmt::skip]
const ALSO_LINKED: &[&str] = &[
    "abarth", "active", "adac", "afamilycompany", "aigo", "alfaromeo", "an", "avianca", "bananarepublic",
    "bentley", "bl", "blanco", "bnl", "boots", "bq", "budapest", "bugatti", "cancerresearch", "cartier",
    "caseih", "cbs", "ceb", "chloe", "chrysler", "cityeats", "comcast", "cookingchannel", "csc", "dabur",
    "dodge", "doha", "doosan", "duck", "dunlop", "duns", "eh", "epost", "esurance", "etisalat",
    "everbank", "fiat", "flsmidth", "foodnetwork", "frontdoor", "fujixerox", "glade", "goo", "goodhands",
    "guardian", "helsinki", "hgtv", "honeywell", "hoteles", "htc", "iinet", "intel", "iselect", "iveco",
    "iwc", "jcp", "jlc", "juniper", "kerrylogistics", "kinder", "ladbrokes", "lancaster", "lancia",
    "lancome", "liaison", "linde", "lipsy", "lixil", "loft", "lupin", "macys", "maserati", "mcd",
    "mcdonalds", "meo", "metlife", "mf", "mobily", "montblanc", "mopar", "movistar", "mtpc", "mutual",
    "mutuelle", "nadex", "nationwide", "natura", "newholland", "northwesternmutual", "off", "oldnavy",
    "onyourside", "orientexpress", "pamperedchef", "panerai", "passagens", "piaget", "pramerica", "qvc",
    "raid", "redstone", "rightathome", "rmit", "rocher", "sapo", "sca", "scjohnson", "scor", "ses",
    "shaw", "showtime", "shriram", "spiegel", "spreadbetting", "srt", "starhub", "statoil", "swiftcover",
    "symantec", "telecity", "telefonica", "tiffany", "tp", "travelchannel", "uconnect", "um", "vista",
    "vistaprint", "volkswagen", "vuelos", "warman", "wolterskluwer", "xfinity", "xperia", "za", "zippo",
    "اتصالات", "موبايلي", "大众汽车", "工行", "手表", "珠宝", "诺基亚",
];

/// Whether a top-level domain exists.
pub(super) fn is_known(top: &str) -> bool {
    // Of some only what is below them is on the list. Most are short and in ASCII: nothing has to be allocated.
    const BELOW: &[u8] = b"a.";
    let mut short = [0_u8; 32];
    let length = BELOW.len() + top.len();
    if top.is_ascii() && length <= short.len() {
        short[..BELOW.len()].copy_from_slice(BELOW);
        short[BELOW.len()..length].copy_from_slice(top.as_bytes());
        short.make_ascii_lowercase();
        is_listed(&short[..length])
    } else {
        is_listed(format!("a.{}", top.to_lowercase()).as_bytes())
    }
}

/// Whether what stands behind the first label of a name is a top-level domain.
fn is_listed(name: &[u8]) -> bool {
    let top = &name["a.".len()..];
    psl::suffix(name).is_some_and(|suffix| suffix.is_known())
        || ALSO_LINKED
            .binary_search_by(|other| other.as_bytes().cmp(top))
            .is_ok()
}

/// Whether a character can be in a label, a hyphen or an underscore inside it, or the dot behind it.
const fn is_in_run(c: char) -> bool {
    is_in_name(c) || matches!(c, '.' | '-' | '_')
}

/// Whether a character can begin and end a label: neither ASCII punctuation, a space nor a sign of direction.
pub(super) const fn is_in_name(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '"' | '`' => true,
        '!'..='~' | '\t'..='\r' | ' ' | '\u{85}' | '\u{A0}' | '\u{1680}' | '\u{180E}' => false,
        '\u{2000}'..='\u{200A}' | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => false,
        '\u{202A}'..='\u{202E}' | '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2066}'..='\u{2069}' => false,
        _ => !matches!(c, '\u{FFFE}' | '\u{FFFF}' | '\u{FEFF}'),
    }
}

/// Whether a character stands in a host that is linked without a scheme.
const fn is_linked(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || c == '-'
        || matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{24F}' | '\u{300}'..='\u{36F}' | '\u{1E00}'..='\u{1EFF}')
        || matches!(
            c,
            'ɓ' | 'ɔ' | 'ɖ' | 'ɗ' | 'ə' | 'ɛ' | 'ɣ' | 'ɨ' | 'ɯ' | 'ɲ' | 'ʉ' | 'ʋ' | 'ʻ'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_domains_can_be_searched() {
        assert!(ALSO_LINKED.is_sorted());
        assert!(ALSO_LINKED.iter().all(|top| is_known(top)));
        assert!(
            ["jp", "com", "za", "みんな", "РФ", "JP"]
                .iter()
                .all(|top| is_known(top))
        );
        assert!(!is_known("pdf"));
        // Below these everything is a suffix; they are top-level domains all the same.
        assert!(
            ["ck", "er", "kawasaki"]
                .iter()
                .map(|top| is_known(top))
                .eq([true, true, false])
        );
    }

    #[test]
    fn a_label_is_as_long_as_in_ascii() {
        assert_eq!(encoded_length("city"), 4);
        assert_eq!(encoded_length("日本語"), "xn--wgv71a119e".len());
        assert_eq!(encoded_length("日本語。city"), "xn--wgv71a119e.city".len());
        assert!(encoded_length(&"市".repeat(1_000)) > 63);
    }
}
