//! The word lists of the policy.

mod boundary;
mod matches;

use std::ops::Range;

use super::{Case, Field, Found, Reading, Report, Severity};
use crate::{
    domain::{account::Account, finding::Message, ids::AccountId},
    gate::word_lists::{Only, WordList},
};
use matches::Matches;

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    let Some(words) = report.case.policy.words() else {
        return;
    };
    let matches: Vec<Matches> = readings
        .iter()
        .map(|reading| match key_of(reading.field) {
            Some(_) => Matches::of(words, reading.normalised.text()),
            None => Matches::default(),
        })
        .collect();
    let lifted = Lifted::of(readings, &matches);
    for (reading, matches) in readings.iter().zip(&matches) {
        for (list, range) in &matches.entries {
            tell(
                report,
                reading,
                *list,
                range.clone(),
                matches.context(*list, range),
                &lifted,
            );
        }
    }
}

/// Tells each account for which the list speaks of one match.
fn tell(
    report: &mut Report<'_>,
    reading: &Reading<'_>,
    index: usize,
    range: Range<usize>,
    context: Option<usize>,
    lifted: &Lifted,
) {
    let case = report.case;
    let (Some(words), Some(key)) = (case.policy.words(), key_of(reading.field)) else {
        return;
    };
    let list = &case.policy.document().words[index];
    let (rule, clauses) = &words.rules[index];
    let context = context.map(|context| &list.context[context]);
    let weighed: Vec<(&Account, Severity)> = reading
        .accounts
        .iter()
        .filter(|account| !lifted.contains(account.id, index))
        .filter_map(|account| Some((*account, weight(case, account, rule, list)?)))
        .map(|(account, weight)| {
            (
                account,
                context.map_or(weight, |context| weight.min(context.severity)),
            )
        })
        .collect();
    if weighed.is_empty() {
        return;
    }
    let help = context.map_or(&list.help, |context| &context.reason);
    let original = reading.original(range.clone());
    let message = Message::new(key)
        .with("found", &reading.text[original.clone()])
        .with("title_ja", &list.title.ja)
        .with("title_en", &list.title.en)
        .with("help_ja", &help.ja)
        .with("help_en", &help.en);
    let found = Found::listed(rule, list.severity, clauses.clone(), message)
        .at(reading.at(original))
        .evidence(reading.evidence(&reading.normalised.text()[range]));
    report.add_on_weighed(&weighed, found);
}

/// How much a match of a list weighs on an account now; none while the list is silent there.
fn weight(case: &Case<'_>, account: &Account, rule: &str, list: &WordList) -> Option<Severity> {
    let day = || case.speaks_at().with_timezone(&account.zone).date_naive();
    let in_election_period = || case.records.election_on(day()).is_some();
    let usual = case.policy.severity(rule, list.severity);
    match (list.only, list.in_election_period) {
        (Some(Only::ElectionPeriod), _) if !in_election_period() => None,
        (_, Some(then)) if in_election_period() => Some(usual.max(then)),
        _ => Some(usual),
    }
}

/// The reference to another post is an address, not words.
const fn key_of(field: Field) -> Option<&'static str> {
    match field {
        Field::Text => Some("finding-words"),
        Field::CardUri | Field::CardTitle | Field::CardDescription => Some("finding-words-card"),
        Field::Alt(_) => Some("finding-words-alt"),
        Field::Medium(_) | Field::RefersTo => None,
    }
}

/// Lists that an exception silences, for each account whose post contains one of its phrases.
struct Lifted(Vec<(AccountId, usize)>);

impl Lifted {
    fn of(readings: &[Reading<'_>], matches: &[Matches]) -> Self {
        let lifted = readings.iter().zip(matches).flat_map(|(reading, matches)| {
            let accounts = reading.accounts.iter().map(|account| account.id);
            accounts.flat_map(|account| matches.lifts.iter().map(move |list| (account, *list)))
        });
        Self(lifted.collect())
    }

    fn contains(&self, account: AccountId, list: usize) -> bool {
        self.0.contains(&(account, list))
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod weight_tests;
