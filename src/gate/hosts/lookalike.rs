//! Letters that look like ASCII letters, and how they are grouped.

use unicode_normalization::char::canonical_combining_class;

/// What a letter looks like where Unicode's table of confusables has no answer or an unhelpful one:
/// small Cyrillic and Greek letters, and small capitals.
const TABLE: &[(char, &str)] = &[
    ('в', "b"),
    ('ь', "b"),
    ('ъ', "b"),
    ('б', "6"),
    ('г', "r"),
    ('з', "3"),
    ('и', "u"),
    ('й', "u"),
    ('к', "k"),
    ('м', "m"),
    ('н', "h"),
    ('п', "n"),
    ('т', "t"),
    ('я', "r"),
    ('β', "b"),
    ('ε', "e"),
    ('η', "n"),
    ('κ', "k"),
    ('μ', "u"),
    ('π', "n"),
    ('τ', "t"),
    ('χ', "x"),
    ('ω', "w"),
    ('ß', "b"),
    ('ı', "i"),
    ('ł', "l"),
    ('ø', "o"),
    ('đ', "d"),
    ('ħ', "h"),
    ('ŧ', "t"),
    ('ᴀ', "a"),
    ('ʙ', "b"),
    ('ᴄ', "c"),
    ('ᴅ', "d"),
    ('ᴇ', "e"),
    ('ꜰ', "f"),
    ('ɢ', "g"),
    ('ʜ', "h"),
    ('ɪ', "i"),
    ('ᴊ', "j"),
    ('ᴋ', "k"),
    ('ʟ', "l"),
    ('ᴍ', "m"),
    ('ɴ', "n"),
    ('ᴏ', "o"),
    ('ᴘ', "p"),
    ('ǫ', "q"),
    ('ʀ', "r"),
    ('ꜱ', "s"),
    ('ᴛ', "t"),
    ('ᴜ', "u"),
    ('ᴠ', "v"),
    ('ᴡ', "w"),
    ('ʏ', "y"),
    ('ᴢ', "z"),
];

/// The ASCII letters that a character looks like, in lower case; none if it looks like no such letter.
pub(super) fn ascii_of(c: char) -> Option<String> {
    let lower: String = c.to_lowercase().collect();
    let listed = TABLE
        .iter()
        .find(|(letter, _)| *letter == c)
        .map(|(_, ascii)| (*ascii).to_owned());
    listed
        .or_else(|| skeleton(&c.to_string()))
        .or_else(|| skeleton(&lower))
        .or_else(|| {
            TABLE
                .iter()
                .find(|(letter, _)| lower.chars().eq([*letter]))
                .map(|(_, ascii)| (*ascii).to_owned())
        })
}

fn skeleton(text: &str) -> Option<String> {
    let found: String = unicode_security::skeleton(text)
        .filter(|c| !is_mark(*c))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_host_text = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    (!found.is_empty() && found.chars().all(is_host_text)).then_some(found)
}

/// Marks that sit on, under, through or around a letter and do not make it another one to the eye.
pub(super) fn is_mark(c: char) -> bool {
    canonical_combining_class(c) != 0
        || matches!(c, '\u{488}'..='\u{489}' | '\u{1ABE}' | '\u{20DD}'..='\u{20E4}' | '\u{A670}'..='\u{A672}')
}

/// Letters and digits in a box, a circle or a flag, which have no compatibility form or one in brackets.
pub(super) fn boxed(c: char) -> Option<char> {
    let letter = |first: u32| {
        u8::try_from(u32::from(c) - first)
            .ok()
            .map(|offset| char::from(b'a' + offset))
    };
    let digit = |first: u32| {
        u8::try_from(u32::from(c) - first)
            .ok()
            .map(|offset| char::from(b'1' + offset))
    };
    match c {
        '\u{249C}'..='\u{24B5}' => letter(0x249C),
        '\u{1F110}'..='\u{1F129}' => letter(0x1F110),
        '\u{1F150}'..='\u{1F169}' => letter(0x1F150),
        '\u{1F170}'..='\u{1F189}' => letter(0x1F170),
        '\u{1F1E6}'..='\u{1F1FF}' => letter(0x1F1E6),
        '\u{2776}'..='\u{277E}' => digit(0x2776),
        '\u{2780}'..='\u{2788}' => digit(0x2780),
        '\u{278A}'..='\u{2792}' => digit(0x278A),
        '\u{24FF}' | '\u{1F10C}' => Some('0'),
        _ => None,
    }
}

/// Forms of ß that browsers take for `ss`, while ß itself stays a letter of its own.
pub(super) const fn is_two_letters(c: char) -> bool {
    matches!(c, '\u{1D6A6}' | '\u{1DF95}')
}

/// How a character is drawn. A host rarely changes from one style to another, so that such a change may
/// also be where a list mark or a word ends and a host begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gate) enum Style {
    /// ASCII, and Latin letters with marks.
    Plain,
    /// Full-width Latin.
    Wide,
    /// In a circle, a box, a flag, or not to be trusted: each may stand alone.
    Alone,
    /// Japanese, Chinese, Korean.
    Cjk,
    /// Greek.
    Greek,
    /// Cyrillic.
    Cyrillic,
    /// Any other script or sign.
    Foreign,
}

/// The style of a character.
pub(super) const fn style_of(c: char) -> Style {
    match c as u32 {
        0..=0x7F | 0xC0..=0x24F | 0x1E00..=0x1EFF => Style::Plain,
        0xFF01..=0xFF5E => Style::Wide,
        0x2010..=0x2015
        | 0x2212
        | 0x2460..=0x24FF
        | 0x2776..=0x2793
        | 0x3200..=0x33FF
        | 0x1F100..=0x1F1FF => Style::Alone,
        0x370..=0x3FF | 0x1F00..=0x1FFF => Style::Greek,
        0x400..=0x52F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => Style::Cyrillic,
        0x1100..=0x11FF
        | 0x2E80..=0x31FF
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xA960..=0xA97F
        | 0xAC00..=0xD7FF
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F
        | 0xFF61..=0xFFDC
        | 0x1B000..=0x1B16F
        | 0x20000..=0x3FFFF => Style::Cjk,
        _ => Style::Foreign,
    }
}
