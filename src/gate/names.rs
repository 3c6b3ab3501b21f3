//! Ids of rules that a policy or an outside checker brings along.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// How many names are kept: far more than all organizations of a deployment have.
const MOST: usize = 65_536;

/// The id of a rule: `<topic>.<name>`. Nothing if the name is not made of lower-case letters, digits and
/// `_`, at most 64 of them.
///
/// Findings name their rule by a static text, so each id is kept for ever, once. What comes from outside
/// cannot fill the memory: after a great many names there are no new ones.
pub(super) fn rule(topic: &str, name: &str) -> Option<&'static str> {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    if !is_name(name) {
        return None;
    }
    let id = format!("{topic}.{name}");
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(id) = known.get(id.as_str()) {
        return Some(id);
    }
    if known.len() >= MOST {
        return None;
    }
    let id: &'static str = Box::leak(id.into_boxed_str());
    known.insert(id);
    Some(id)
}

/// Whether a rule may have such a name.
pub(super) fn is_name(name: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::rule;

    #[test]
    fn the_same_name_is_kept_once() {
        let first = rule("site", "lottery").expect("a name");
        assert_eq!(first, "site.lottery");
        assert!(std::ptr::eq(first, rule("site", "lottery").expect("a name")));
    }

    #[test]
    fn what_is_no_name_gets_no_rule() {
        for name in ["", "Lottery", "lot tery", "くじ", "a.b", &"x".repeat(65)] {
            assert_eq!(rule("site", name), None, "{name}");
        }
    }
}
