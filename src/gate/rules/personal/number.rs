//! Numbers of many digits, however people group them.

use std::ops::{Range, RangeInclusive};

use super::view::{Group, Tie, View};

/// The longest number that any kind here has.
const MOST: usize = 19;

/// The most groups in which a number is printed.
const MOST_GROUPS: usize = 6;

/// Neighbouring groups of digits, read as one number.
#[derive(Debug, Clone)]
pub(super) struct Number<'v> {
    /// The groups; never none.
    pub(super) groups: &'v [Group],
    /// Its place in the text.
    pub(super) at: Range<usize>,
    /// Its digits.
    pub(super) digits: Digits,
    /// What ties the first group to the one before.
    before: Tie,
    /// What ties the last group to the one behind.
    after: Tie,
    /// How many digits the neighbours have, where they are tied.
    neighbours: [usize; 2],
}

/// Up to nineteen digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Digits {
    values: [u8; MOST],
    length: usize,
}

impl Digits {
    pub(super) const fn new() -> Self {
        Self {
            values: [0; MOST],
            length: 0,
        }
    }

    /// Appends what are digits of a text, as long as there is room.
    pub(super) fn extend(&mut self, text: &str) {
        for digit in text.bytes().filter(u8::is_ascii_digit) {
            if let Some(place) = self.values.get_mut(self.length) {
                *place = digit - b'0';
                self.length += 1;
            }
        }
    }

    pub(super) fn get(&self) -> &[u8] {
        &self.values[..self.length]
    }

    /// The first digits as a number.
    pub(super) fn leading(&self, count: usize) -> u32 {
        let first = self.get().iter().take(count);
        first.fold(0, |number, digit| number * 10 + u32::from(*digit))
    }
}

impl Number<'_> {
    /// Whether nothing that is tied as closely stands beside it: the whole of what somebody wrote.
    pub(super) fn is_whole(&self) -> bool {
        let inside = self.weakest().unwrap_or(Tie::Hyphen);
        match self.groups {
            // One group is a number by itself, unless it is a part of a decimal.
            [_] => self.before != Tie::Dot && self.after != Tie::Dot,
            _ => self.before < inside && self.after < inside,
        }
    }

    /// Whether its groups have these lengths.
    pub(super) fn is_grouped(&self, lengths: &[usize]) -> bool {
        self.lengths().eq(lengths.iter().copied())
    }

    /// Whether all groups are equally long, and tied neighbours are not.
    pub(super) fn is_even(&self) -> bool {
        let first = self.groups[0].at.len();
        self.lengths().all(|length| length == first) && !self.neighbours.contains(&first)
    }

    /// Whether all groups are tied in the same way.
    pub(super) fn is_uniform(&self) -> bool {
        let mut ties = self.groups[1..].iter().map(|group| group.tie);
        let first = ties.next();
        ties.all(|tie| Some(tie) == first)
    }

    fn weakest(&self) -> Option<Tie> {
        self.groups[1..].iter().map(|group| group.tie).min()
    }

    pub(super) fn is_tied_by(&self, tie: Tie) -> bool {
        self.groups[1..].iter().any(|group| group.tie == tie)
    }

    fn lengths(&self) -> impl Iterator<Item = usize> {
        self.groups.iter().map(|group| group.at.len())
    }
}

/// Every number of so many digits that somebody may have meant: whole, or printed in a few groups.
pub(super) fn numbers<'v>(view: &'v View<'_>, count: RangeInclusive<usize>) -> Vec<Number<'v>> {
    let mut numbers = Vec::new();
    for first in 0..view.groups.len() {
        let (mut total, mut weakest) = (0, Tie::Hyphen);
        for (last, group) in view.groups.iter().enumerate().skip(first) {
            if last > first && matches!(group.tie, Tie::Apart | Tie::Bracket) {
                break;
            }
            if last > first {
                weakest = weakest.min(group.tie);
            }
            total += group.at.len();
            if total > *count.end() {
                break;
            }
            let is_whole = view.groups[first].tie < weakest && view.tie_after(last) < weakest;
            if count.contains(&total) && (is_whole || last - first < MOST_GROUPS) {
                numbers.push(number(view, first, last));
            }
        }
    }
    numbers
}

fn number<'v>(view: &'v View<'_>, first: usize, last: usize) -> Number<'v> {
    let groups = &view.groups[first..=last];
    let mut digits = Digits::new();
    for group in groups {
        digits.extend(view.digits(group));
    }
    let (before, after) = (groups[0].tie, view.tie_after(last));
    let length_if = |tie: Tie, group: Option<&Group>| match (tie, group) {
        (Tie::Apart | Tie::Bracket, _) | (_, None) => 0,
        (_, Some(group)) => group.at.len(),
    };
    let neighbours = [
        length_if(
            before,
            first.checked_sub(1).and_then(|index| view.groups.get(index)),
        ),
        length_if(after, view.groups.get(last + 1)),
    ];
    Number {
        at: groups[0].at.start..view.groups[last].at.end,
        groups,
        digits,
        before,
        after,
        neighbours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, count: usize) -> Vec<(String, bool)> {
        let view = View::of(text);
        let numbers = numbers(&view, count..=count);
        let shown = |number: &Number<'_>| (text[number.at.clone()].to_owned(), number.is_whole());
        numbers.iter().map(shown).collect()
    }

    #[test]
    fn a_number_is_whole_when_nothing_is_tied_as_closely() {
        assert_eq!(
            written("12-34 56", 4),
            [("12-34".into(), true), ("34 56".into(), false)]
        );
        assert_eq!(written("1 2 3 4", 4), [("1 2 3 4".into(), true)]);
        assert_eq!(
            written("1 2 3 4 5", 4).iter().filter(|(_, whole)| *whole).count(),
            0
        );
        assert_eq!(written("0.1234", 4), [("1234".into(), false)]);
        assert_eq!(written("1234 99", 4), [("1234".into(), true)]);
        assert_eq!(written("1(234)", 4), []);
    }

    #[test]
    fn digits_stop_where_no_room_is_left() {
        let mut digits = Digits::new();
        digits.extend("12345-67890");
        digits.extend("12345678901234567890");
        assert_eq!(digits.get().len(), MOST);
        assert_eq!(digits.leading(4), 1234);
    }
}
