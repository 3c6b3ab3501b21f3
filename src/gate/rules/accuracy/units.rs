//! Whether amounts of money are written in one way (1万2,000円〜15千円, 1,500円と7百円).

use std::ops::Range;

use super::{
    EXACT,
    scan::{Scan, Sign},
    teller::Teller,
};
use crate::{
    domain::finding::{Message, Severity},
    gate::rules::RuleInfo,
};

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("accuracy.units", Severity::Notice, EXACT);

/// The longest amount, in bytes.
const LONGEST: usize = 60;

/// 999円, in bytes: up to here no comma is missed.
const LONGEST_PLAIN: usize = 3 + '円'.len_utf8();

/// In which unit an amount counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// 円, 万円, 3千円.
    Everyday,
    /// 1500円, 300円: digits and nothing else.
    Plain,
    /// 7百円.
    Hundreds,
    /// 2千円.
    FewThousands,
    /// 15千円, 1,500百万円: as budgets count.
    Thousands,
    /// Two currencies, a wrong comma, a unit twice.
    Broken,
}

pub(super) fn check(teller: &mut Teller<'_, '_>, scan: &Scan<'_>) {
    let amounts: Vec<_> = scan
        .signs(Sign::Yen)
        .filter_map(|yen| amount(scan.text, yen))
        .collect();
    let has = |wanted: &dyn Fn(Style) -> bool| amounts.iter().any(|(_, style)| wanted(*style));
    let has_everyday = has(&|style| !matches!(style, Style::Broken | Style::Thousands));
    let has_figures = has(&|style| matches!(style, Style::Everyday | Style::Plain));
    // 2千円 beside 1,000円 is how people write; beside 1500円 nobody took care.
    let has_plain_thousands = amounts
        .iter()
        .any(|(range, style)| *style == Style::Plain && range.len() > LONGEST_PLAIN);
    for (range, style) in amounts {
        let is_mixed = match style {
            Style::Thousands => has_everyday,
            Style::Hundreds => has_figures,
            Style::FewThousands => has_plain_thousands,
            Style::Everyday | Style::Plain | Style::Broken => false,
        };
        let key = match style {
            Style::Broken => "finding-accuracy-units-broken",
            _ if is_mixed => "finding-accuracy-units-mixed",
            _ => continue,
        };
        let message = Message::new(key).with("found", scan.typed(&range));
        teller.tell(&RULE, &message, &range, scan.words(&range));
    }
}

/// The amount that ends with this 円, and how it counts.
fn amount(text: &str, yen: usize) -> Option<(Range<usize>, Style)> {
    let from = text.floor_char_boundary(yen.saturating_sub(LONGEST));
    let before = text.get(from..yen)?;
    let has_second = before.ends_with("ドル") || before.ends_with("ユーロ");
    let number = before.trim_end_matches("ドル").trim_end_matches("ユーロ");
    let start = number
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_part_of_amount(*c))
        .last()?
        .0;
    let has_sign = number[..start].ends_with(['¥', '$']);
    let words = number[start..].trim_start_matches([',', '.']);
    if !words.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let style = if has_second || has_sign || has_wrong_comma(words) || has_growing_units(words) {
        Style::Broken
    } else if counts_in_thousands(words) {
        Style::Thousands
    } else {
        everyday(words)
    };
    let start = yen - (before.len() - number.len()) - words.len();
    Some((start..yen + '円'.len_utf8(), style))
}

/// How an amount counts that is written as people do.
fn everyday(words: &str) -> Style {
    let one_digit = |words: &str| matches!(words.as_bytes(), [b'1'..=b'9']);
    if words.strip_suffix('百').is_some_and(one_digit) {
        Style::Hundreds
    } else if words.strip_suffix('千').is_some_and(one_digit) {
        Style::FewThousands
    } else if words.bytes().all(|b| b.is_ascii_digit()) {
        Style::Plain
    } else {
        Style::Everyday
    }
}

const fn is_part_of_amount(c: char) -> bool {
    matches!(c, '0'..='9' | ',' | '.' | '十' | '百' | '千' | '万' | '億' | '兆')
}

/// 15千円 counts as budgets do; 3千円 and 3万5千円 are how people say it.
fn counts_in_thousands(words: &str) -> bool {
    let Some(number) = words.strip_suffix('千').or_else(|| words.strip_suffix("百万")) else {
        return false;
    };
    let plain = number
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.'));
    plain && number.len() > 1 && !number.contains('.')
}

/// Commas stand before each three digits: not 1,00円.
fn has_wrong_comma(words: &str) -> bool {
    words
        .split(|c: char| !c.is_ascii_digit() && c != ',')
        .filter(|number| number.contains(','))
        .any(|number| {
            let mut groups = number.split(',');
            let first = groups.next().unwrap_or_default();
            first.is_empty() || first.len() > 3 || groups.any(|group| group.len() != 3)
        })
}

/// Each unit is smaller than the one before: not 5千3万円 nor 2万1万円.
fn has_growing_units(words: &str) -> bool {
    // 千, 百 and 十 count anew below each of 兆, 億 and 万.
    let sizes = words.chars().filter_map(|c| match c {
        '兆' => Some(12),
        '億' => Some(8),
        '万' => Some(4),
        _ => None,
    });
    let sizes: Vec<u32> = sizes.collect();
    let small_then_digits_then_great = words.split(['兆', '億', '万']).next().is_some_and(|first| {
        let behind = first.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',' || c == '.');
        sizes.first() == Some(&4)
            && behind.starts_with('千')
            && behind.ends_with(|c: char| c.is_ascii_digit())
    });
    small_then_digits_then_great || sizes.windows(2).any(|pair| pair[0] <= pair[1])
}
