//! Word lists to judge by.

use crate::{
    domain::finding::Severity,
    gate::{policy::Bilingual, word_lists::WordList},
};

pub(in crate::gate) fn owned(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|entry| (*entry).to_owned()).collect()
}

/// The same text in both languages.
pub(in crate::gate) fn both(text: &str) -> Bilingual {
    Bilingual {
        ja: text.into(),
        en: text.into(),
    }
}

/// A list that asks for a look.
pub(in crate::gate) fn words(category: &str, ja: &[&str], en: &[&str], except: &[&str]) -> WordList {
    WordList {
        category: category.into(),
        clauses: vec!["KUR-7.1".into()],
        severity: Severity::Confirm,
        only: None,
        in_election_period: None,
        title: both("言葉"),
        help: both("言い換えてください。"),
        ja: owned(ja),
        en: owned(en),
        patterns: Vec::new(),
        except: owned(except),
        context: Vec::new(),
    }
}
