//! Puts what is found in one text on the accounts that show it.

use std::ops::Range;

use crate::{
    domain::{account::Account, finding::Message},
    gate::{
        reading::Reading,
        rules::{Found, Report, RuleInfo},
    },
};

/// How often one rule speaks about one text: who sees so many sees that the text needs another look, and
/// a text of nothing else stays cheap.
const MOST: usize = 16;

/// What stands before a mistake that a correction repeats: (誤)11月21日(金) (正)11月21日(土).
const CORRECTED: &[&str] = &[
    "誤)",
    "誤】",
    "誤]",
    "誤:",
    "誤 ",
    "誤→",
    "誤」",
    "訂正前:",
    "変更前:",
    "変更前は",
    "当初:",
    "旧:",
    "旧)",
];

/// Tells of one text on some of its accounts.
#[derive(Debug)]
pub(super) struct Teller<'r, 'c> {
    report: &'r mut Report<'c>,
    reading: &'r Reading<'r>,
    accounts: &'r [&'r Account],
    rule: &'static str,
    told: usize,
}

impl<'r, 'c> Teller<'r, 'c> {
    /// For these accounts.
    pub(super) const fn new(
        report: &'r mut Report<'c>,
        reading: &'r Reading<'r>,
        accounts: &'r [&'r Account],
    ) -> Self {
        Self {
            report,
            reading,
            accounts,
            rule: "",
            told: 0,
        }
    }

    /// Whether a rule has spoken often enough.
    pub(super) fn is_tired_of(&self, rule: &RuleInfo) -> bool {
        self.rule == rule.id && self.told >= MOST
    }

    /// Whether what begins at a place of the normalised text repeats what is no longer so.
    pub(super) fn is_corrected(&self, at: usize) -> bool {
        let before = self.reading.normalised.text().get(..at).unwrap_or_default();
        CORRECTED.iter().any(|word| before.ends_with(word))
    }

    /// Adds what a rule found in a range of the normalised text. What tells it from the next is `what`.
    pub(super) fn tell(&mut self, rule: &RuleInfo, message: &Message, range: &Range<usize>, what: &str) {
        if self.rule != rule.id {
            (self.rule, self.told) = (rule.id, 0);
        }
        if self.told >= MOST || self.is_corrected(range.start) {
            return;
        }
        self.told += 1;
        let place = self.reading.at(self.reading.original(range.clone()));
        for account in self.accounts {
            let message = message.clone().with("account", &account.name);
            let found = Found::new(rule, message)
                .on(account.id)
                .at(place.clone())
                .evidence(self.reading.evidence(what));
            self.report.add(found);
        }
    }
}
