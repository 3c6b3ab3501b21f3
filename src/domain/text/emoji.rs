//! Which emoji X takes for one character of weight 2.
//!
//! They are the ones of Unicode's version 11: X's own counter knows no newer ones. A newer sequence counts
//! as its parts, which is never too little.

use std::str::Chars;

/// Asks for the picture of a character that is also a sign of the text.
const STYLE: char = '\u{FE0F}';
const JOINER: char = '\u{200D}';

/// How many bytes of a text, from its beginning, are one emoji; none if it begins with no sequence. What
/// is an emoji all by itself weighs the same as a character, so it is left out here.
pub(super) fn sequence(text: &str) -> Option<usize> {
    let mut rest = text.chars();
    let first = rest.next()?;
    if !may_begin(first) {
        return None;
    }
    let end = joined(first, &rest)
        .or_else(|| keycap(first, &rest))
        .or_else(|| flag(first, &rest))
        .or_else(|| styled(first, &rest))?;
    Some(text.len() - end.as_str().len())
}

/// Nearly no character of an ordinary text does.
const fn may_begin(c: char) -> bool {
    matches!(c, '#' | '*' | '0'..='9' | '©' | '®' | '\u{203C}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
}

/// A character, drawn as a picture or in a colour of skin.
fn styled<'a>(first: char, rest: &Chars<'a>) -> Option<Chars<'a>> {
    let plain = after(rest, STYLE).filter(|_| is_in(TAKE_STYLE, first));
    let coloured = is_in(TAKE_SKIN, first).then(|| skin(plain.as_ref().unwrap_or(rest)));
    coloured.flatten().or(plain)
}

/// A digit or a sign on a key.
fn keycap<'a>(first: char, rest: &Chars<'a>) -> Option<Chars<'a>> {
    let is_key = matches!(first, '#' | '*' | '0'..='9');
    let bare = after(rest, STYLE).unwrap_or_else(|| rest.clone());
    after(&bare, '\u{20E3}').filter(|_| is_key)
}

/// The flag of a country, by its two letters, or of a part of Britain.
fn flag<'a>(first: char, rest: &Chars<'a>) -> Option<Chars<'a>> {
    if first == BLACK_FLAG {
        return TAGGED_FLAGS.iter().find_map(|tags| after_all(rest, tags));
    }
    let seconds = FLAGS.get(letter(first)?)?;
    let mut behind = rest.clone();
    let second = u8::try_from(letter(behind.next()?)?).ok()?;
    seconds.as_bytes().contains(&(b'A' + second)).then_some(behind)
}

/// Which letter of the alphabet a letter of a flag is, from 0.
fn letter(c: char) -> Option<usize> {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}').then(|| c as usize - 0x1_F1E6)
}

/// Several emoji that are joined to one.
fn joined<'a>(first: char, rest: &Chars<'a>) -> Option<Chars<'a>> {
    let coloured = skin(rest);
    let as_is = || after(rest, JOINER);
    let maybe_coloured = || after(coloured.as_ref().unwrap_or(rest), JOINER);
    let person = matches!(first, MAN | WOMAN).then(|| maybe_coloured().and_then(|next| job(&next)));
    if let Some(end) = person.flatten() {
        return Some(end);
    }
    match first {
        MAN | WOMAN => as_is().and_then(|next| couple(first, &next).or_else(|| family(first, &next))),
        '\u{26F9}' | '\u{1F3CB}' | '\u{1F3CC}' | '\u{1F574}' | '\u{1F575}' => {
            let drawn = coloured.clone().or_else(|| after(rest, STYLE))?;
            after(&drawn, JOINER).and_then(|next| sex(&next))
        }
        '\u{1F46F}' | '\u{1F93C}' | '\u{1F9DE}' | '\u{1F9DF}' => as_is().and_then(|next| sex(&next)),
        _ if is_in(HAVE_SEX, first) => maybe_coloured().and_then(|next| sex(&next)),
        '\u{1F3F3}' => after_all(rest, "\u{FE0F}\u{200D}\u{1F308}"),
        BLACK_FLAG => after_all(rest, "\u{200D}\u{2620}\u{FE0F}"),
        '\u{1F441}' => after_all(rest, "\u{200D}\u{1F5E8}"),
        _ => None,
    }
}

fn skin<'a>(rest: &Chars<'a>) -> Option<Chars<'a>> {
    after_one(rest, |c| matches!(c, '\u{1F3FB}'..='\u{1F3FF}'))
}

fn sex<'a>(rest: &Chars<'a>) -> Option<Chars<'a>> {
    after_one(rest, |c| matches!(c, '\u{2640}' | '\u{2642}')).and_then(|next| after(&next, STYLE))
}

/// What somebody does, or what hair they have.
fn job<'a>(rest: &Chars<'a>) -> Option<Chars<'a>> {
    let sign = after_one(rest, |c| matches!(c, '\u{2695}' | '\u{2696}' | '\u{2708}'));
    let is_picture = |c| {
        matches!(
            c,
            '\u{1F33E}' | '\u{1F373}' | '\u{1F393}' | '\u{1F3A4}' | '\u{1F3A8}' | '\u{1F3EB}' | '\u{1F3ED}'
        ) || matches!(
            c,
            '\u{1F4BB}' | '\u{1F4BC}' | '\u{1F527}' | '\u{1F52C}' | '\u{1F680}' | '\u{1F692}'
        ) || matches!(c, '\u{1F9B0}'..='\u{1F9B3}')
    };
    sign.and_then(|next| after(&next, STYLE))
        .or_else(|| after_one(rest, is_picture))
}

/// Two adults and a heart.
fn couple<'a>(first: char, rest: &Chars<'a>) -> Option<Chars<'a>> {
    let heart = after_all(rest, "\u{2764}\u{FE0F}\u{200D}")?;
    let kiss = after_all(&heart, "\u{1F48B}\u{200D}").unwrap_or(heart);
    after_one(&kiss, |second| {
        second == MAN || (first == WOMAN && second == WOMAN)
    })
}

/// One or two adults and one or two children.
fn family<'a>(first: char, rest: &Chars<'a>) -> Option<Chars<'a>> {
    let second = after_one(rest, |second| second == WOMAN || (first == MAN && second == MAN));
    let children = second.and_then(|next| after(&next, JOINER));
    let children = children.as_ref().unwrap_or(rest);
    let elder = after_one(children, |child| child == BOY || child == GIRL)?;
    let has_girl = after(children, GIRL).is_some();
    let younger = after(&elder, JOINER)
        .and_then(|next| after_one(&next, |child| child == BOY || (has_girl && child == GIRL)));
    Some(younger.unwrap_or(elder))
}

/// What stands behind one character.
fn after<'a>(rest: &Chars<'a>, wanted: char) -> Option<Chars<'a>> {
    after_one(rest, |c| c == wanted)
}

/// What stands behind a character of a kind.
fn after_one<'a>(rest: &Chars<'a>, is_wanted: impl Fn(char) -> bool) -> Option<Chars<'a>> {
    let mut behind = rest.clone();
    behind.next().filter(|c| is_wanted(*c)).map(|_| behind)
}

/// What stands behind some characters.
fn after_all<'a>(rest: &Chars<'a>, wanted: &str) -> Option<Chars<'a>> {
    rest.as_str().strip_prefix(wanted).map(str::chars)
}

fn is_in(ranges: &[(char, char)], c: char) -> bool {
    let behind = ranges.partition_point(|(first, _)| *first <= c);
    behind.checked_sub(1).is_some_and(|at| c <= ranges[at].1)
}

const MAN: char = '\u{1F468}';
const WOMAN: char = '\u{1F469}';
const BOY: char = '\u{1F466}';
const GIRL: char = '\u{1F467}';
const BLACK_FLAG: char = '\u{1F3F4}';

/// The second letters of flags, for each first one.
const FLAGS: &[&str] = &[
    "CDEFGILMOQRSTUWXZ",
    "ABDEFGHIJLMNOQRSTVWYZ",
    "ACDFGHIKLMNOPRUVWXYZ",
    "EGJKMOZ",
    "ACEGHRSTU",
    "IJKMOR",
    "ABDEFGHILMNPQRSTUWY",
    "KMNRTU",
    "CDELMNOQRST",
    "EMOP",
    "EGHIMNPRWYZ",
    "ABCIKRSTUVY",
    "ACDEFGHKLMNOPQRSTUVWXYZ",
    "ACEFGILOPRUZ",
    "M",
    "AEFGHKLMNRSTWY",
    "A",
    "EOSUW",
    "ABCDEGHIJKLMNORSTVXYZ",
    "ACDFGHJKLMNORTVWZ",
    "AGMNSYZ",
    "ACEGINU",
    "FS",
    "K",
    "ET",
    "AMW",
];

/// England, Scotland, Wales, in the letters of tags.
const TAGGED_FLAGS: &[&str] = &[
    "\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

/// Characters that [`STYLE`] belongs to.
#[rustfmt::skip]
const TAKE_STYLE: &[(char, char)] = &[
    ('\u{A9}', '\u{A9}'), ('\u{AE}', '\u{AE}'), ('\u{203C}', '\u{203C}'), ('\u{2049}', '\u{2049}'),
    ('\u{2122}', '\u{2122}'), ('\u{2139}', '\u{2139}'), ('\u{2194}', '\u{2199}'), ('\u{21A9}', '\u{21AA}'),
    ('\u{231A}', '\u{231B}'), ('\u{2328}', '\u{2328}'), ('\u{23CF}', '\u{23CF}'), ('\u{23ED}', '\u{23EF}'),
    ('\u{23F1}', '\u{23F2}'), ('\u{23F8}', '\u{23FA}'), ('\u{24C2}', '\u{24C2}'), ('\u{25AA}', '\u{25AB}'),
    ('\u{25B6}', '\u{25B6}'), ('\u{25C0}', '\u{25C0}'), ('\u{25FB}', '\u{25FE}'), ('\u{2600}', '\u{2604}'),
    ('\u{260E}', '\u{260E}'), ('\u{2611}', '\u{2611}'), ('\u{2614}', '\u{2615}'), ('\u{2618}', '\u{2618}'),
    ('\u{261D}', '\u{261D}'), ('\u{2620}', '\u{2620}'), ('\u{2622}', '\u{2623}'), ('\u{2626}', '\u{2626}'),
    ('\u{262A}', '\u{262A}'), ('\u{262E}', '\u{262F}'), ('\u{2638}', '\u{263A}'), ('\u{2640}', '\u{2640}'),
    ('\u{2642}', '\u{2642}'), ('\u{2648}', '\u{2653}'), ('\u{265F}', '\u{2660}'), ('\u{2663}', '\u{2663}'),
    ('\u{2665}', '\u{2666}'), ('\u{2668}', '\u{2668}'), ('\u{267B}', '\u{267B}'), ('\u{267F}', '\u{267F}'),
    ('\u{2692}', '\u{2697}'), ('\u{2699}', '\u{2699}'), ('\u{269B}', '\u{269C}'), ('\u{26A0}', '\u{26A1}'),
    ('\u{26AA}', '\u{26AB}'), ('\u{26B0}', '\u{26B1}'), ('\u{26BD}', '\u{26BE}'), ('\u{26C4}', '\u{26C5}'),
    ('\u{26C8}', '\u{26C8}'), ('\u{26CF}', '\u{26CF}'), ('\u{26D1}', '\u{26D1}'), ('\u{26D3}', '\u{26D4}'),
    ('\u{26E9}', '\u{26EA}'), ('\u{26F0}', '\u{26F5}'), ('\u{26F7}', '\u{26FA}'), ('\u{26FD}', '\u{26FD}'),
    ('\u{2702}', '\u{2702}'), ('\u{2708}', '\u{2709}'), ('\u{270C}', '\u{270D}'), ('\u{270F}', '\u{270F}'),
    ('\u{2712}', '\u{2712}'), ('\u{2714}', '\u{2714}'), ('\u{2716}', '\u{2716}'), ('\u{271D}', '\u{271D}'),
    ('\u{2721}', '\u{2721}'), ('\u{2733}', '\u{2734}'), ('\u{2744}', '\u{2744}'), ('\u{2747}', '\u{2747}'),
    ('\u{2757}', '\u{2757}'), ('\u{2763}', '\u{2764}'), ('\u{27A1}', '\u{27A1}'), ('\u{2934}', '\u{2935}'),
    ('\u{2B05}', '\u{2B07}'), ('\u{2B1B}', '\u{2B1C}'), ('\u{2B50}', '\u{2B50}'), ('\u{2B55}', '\u{2B55}'),
    ('\u{3030}', '\u{3030}'), ('\u{303D}', '\u{303D}'), ('\u{3297}', '\u{3297}'), ('\u{3299}', '\u{3299}'),
    ('\u{1F004}', '\u{1F004}'), ('\u{1F170}', '\u{1F171}'), ('\u{1F17E}', '\u{1F17F}'),
    ('\u{1F202}', '\u{1F202}'), ('\u{1F21A}', '\u{1F21A}'), ('\u{1F22F}', '\u{1F22F}'),
    ('\u{1F237}', '\u{1F237}'), ('\u{1F321}', '\u{1F321}'), ('\u{1F324}', '\u{1F32C}'),
    ('\u{1F336}', '\u{1F336}'), ('\u{1F37D}', '\u{1F37D}'), ('\u{1F396}', '\u{1F397}'),
    ('\u{1F399}', '\u{1F39B}'), ('\u{1F39E}', '\u{1F39F}'), ('\u{1F3CB}', '\u{1F3CE}'),
    ('\u{1F3D4}', '\u{1F3DF}'), ('\u{1F3F3}', '\u{1F3F3}'), ('\u{1F3F5}', '\u{1F3F5}'),
    ('\u{1F3F7}', '\u{1F3F7}'), ('\u{1F43F}', '\u{1F43F}'), ('\u{1F441}', '\u{1F441}'),
    ('\u{1F4FD}', '\u{1F4FD}'), ('\u{1F549}', '\u{1F54A}'), ('\u{1F56F}', '\u{1F570}'),
    ('\u{1F573}', '\u{1F579}'), ('\u{1F587}', '\u{1F587}'), ('\u{1F58A}', '\u{1F58D}'),
    ('\u{1F590}', '\u{1F590}'), ('\u{1F5A5}', '\u{1F5A5}'), ('\u{1F5A8}', '\u{1F5A8}'),
    ('\u{1F5B1}', '\u{1F5B2}'), ('\u{1F5BC}', '\u{1F5BC}'), ('\u{1F5C2}', '\u{1F5C4}'),
    ('\u{1F5D1}', '\u{1F5D3}'), ('\u{1F5DC}', '\u{1F5DE}'), ('\u{1F5E1}', '\u{1F5E1}'),
    ('\u{1F5E3}', '\u{1F5E3}'), ('\u{1F5E8}', '\u{1F5E8}'), ('\u{1F5EF}', '\u{1F5EF}'),
    ('\u{1F5F3}', '\u{1F5F3}'), ('\u{1F5FA}', '\u{1F5FA}'), ('\u{1F6CB}', '\u{1F6CB}'),
    ('\u{1F6CD}', '\u{1F6CF}'), ('\u{1F6E0}', '\u{1F6E5}'), ('\u{1F6E9}', '\u{1F6E9}'),
    ('\u{1F6F0}', '\u{1F6F0}'), ('\u{1F6F3}', '\u{1F6F3}'),
];

/// Characters that a colour of skin belongs to.
#[rustfmt::skip]
const TAKE_SKIN: &[(char, char)] = &[
    ('\u{261D}', '\u{261D}'), ('\u{26F7}', '\u{26F7}'), ('\u{26F9}', '\u{26F9}'), ('\u{270A}', '\u{270D}'),
    ('\u{1F385}', '\u{1F385}'), ('\u{1F3C2}', '\u{1F3C4}'), ('\u{1F3C7}', '\u{1F3C7}'),
    ('\u{1F3CA}', '\u{1F3CC}'), ('\u{1F442}', '\u{1F443}'), ('\u{1F446}', '\u{1F450}'),
    ('\u{1F466}', '\u{1F469}'), ('\u{1F46E}', '\u{1F46E}'), ('\u{1F470}', '\u{1F478}'),
    ('\u{1F47C}', '\u{1F47C}'), ('\u{1F481}', '\u{1F483}'), ('\u{1F485}', '\u{1F487}'),
    ('\u{1F4AA}', '\u{1F4AA}'), ('\u{1F574}', '\u{1F575}'), ('\u{1F57A}', '\u{1F57A}'),
    ('\u{1F590}', '\u{1F590}'), ('\u{1F595}', '\u{1F596}'), ('\u{1F645}', '\u{1F647}'),
    ('\u{1F64B}', '\u{1F64F}'), ('\u{1F6A3}', '\u{1F6A3}'), ('\u{1F6B4}', '\u{1F6B6}'),
    ('\u{1F6C0}', '\u{1F6C0}'), ('\u{1F6CC}', '\u{1F6CC}'), ('\u{1F918}', '\u{1F91C}'),
    ('\u{1F91E}', '\u{1F91F}'), ('\u{1F926}', '\u{1F926}'), ('\u{1F930}', '\u{1F939}'),
    ('\u{1F93D}', '\u{1F93E}'), ('\u{1F9B5}', '\u{1F9B6}'), ('\u{1F9B8}', '\u{1F9B9}'),
    ('\u{1F9D1}', '\u{1F9DD}'),
];

/// People who are drawn as a woman or a man, whatever their skin.
#[rustfmt::skip]
const HAVE_SEX: &[(char, char)] = &[
    ('\u{1F3C3}', '\u{1F3C4}'), ('\u{1F3CA}', '\u{1F3CA}'), ('\u{1F46E}', '\u{1F46F}'),
    ('\u{1F471}', '\u{1F471}'), ('\u{1F473}', '\u{1F473}'), ('\u{1F477}', '\u{1F477}'),
    ('\u{1F481}', '\u{1F482}'), ('\u{1F486}', '\u{1F487}'), ('\u{1F645}', '\u{1F647}'),
    ('\u{1F64B}', '\u{1F64B}'), ('\u{1F64D}', '\u{1F64E}'), ('\u{1F6A3}', '\u{1F6A3}'),
    ('\u{1F6B4}', '\u{1F6B6}'), ('\u{1F926}', '\u{1F926}'), ('\u{1F935}', '\u{1F935}'),
    ('\u{1F937}', '\u{1F939}'), ('\u{1F93C}', '\u{1F93E}'), ('\u{1F9B8}', '\u{1F9B9}'),
    ('\u{1F9D6}', '\u{1F9DF}'),
];
