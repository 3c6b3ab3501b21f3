//! How good the checks are on labelled posts: precision and recall, rule by rule and together.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::domain::finding::Severity;

/// What the shipped checks must reach.
#[derive(Debug, Clone, Copy)]
pub struct Goals {
    /// Of the posts with a shortener, how many are found.
    pub shortener_recall: f64,
    /// Of the personal data, how much is found.
    pub personal_recall: f64,
    /// Of what is called personal data, how much is.
    pub personal_precision: f64,
    /// How many clean posts may be blocked.
    pub clean_blocked: f64,
    /// How many clean posts may need an acknowledgement.
    pub clean_confirmed: f64,
}

impl Goals {
    /// The goals of the shipped lists and rules.
    pub const SHIPPED: Self = Self {
        shortener_recall: 1.0,
        personal_recall: 0.98,
        personal_precision: 0.95,
        clean_blocked: 0.005,
        clean_confirmed: 0.05,
    };
}

/// One labelled post and what was found in it.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Its id.
    pub id: String,
    /// The rules that must find something.
    pub expected: BTreeSet<String>,
    /// The rules that may.
    pub allowed: BTreeSet<String>,
    /// Whether nothing in it should stop it.
    pub is_clean: bool,
    /// The rules that found something, with their worst severity.
    pub found: BTreeMap<String, Severity>,
}

/// Hits and misses of one rule or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Found where it should be.
    pub right: usize,
    /// Not found where it should be.
    pub missed: usize,
    /// Found where it should not be.
    pub wrong: usize,
}

impl Tally {
    /// Right of all that should be found; 1 if there is nothing to find.
    #[must_use]
    pub fn recall(self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// Right of all that was found; 1 if nothing was.
    #[must_use]
    pub fn precision(self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            missed: self.missed + other.missed,
            wrong: self.wrong + other.wrong,
        }
    }
}

/// A share of a whole; 1 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of posts")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

/// The result over a corpus.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// By rule.
    pub rules: BTreeMap<String, Tally>,
    /// Posts in which nothing should be stopped.
    pub clean: usize,
    /// Clean posts that were blocked, with the rules.
    pub blocked: Vec<(String, Vec<String>)>,
    /// Clean posts that need an acknowledgement, with the rules.
    pub confirmed: Vec<(String, Vec<String>)>,
    /// What was missed: post and rule.
    pub missed: Vec<(String, String)>,
    /// What was found wrongly: post and rule.
    pub wrong: Vec<(String, String)>,
    /// All posts.
    pub posts: usize,
}

impl Report {
    /// Counts.
    #[must_use]
    pub fn of(posts: impl IntoIterator<Item = Judged>) -> Self {
        let mut report = Self::default();
        for post in posts {
            report.add(&post);
        }
        report
    }

    fn add(&mut self, post: &Judged) {
        self.posts += 1;
        for rule in &post.expected {
            let tally = self.rules.entry(rule.clone()).or_default();
            if post.found.contains_key(rule) {
                tally.right += 1;
            } else {
                tally.missed += 1;
                self.missed.push((post.id.clone(), rule.clone()));
            }
        }
        let unasked = |rule: &&String| !post.expected.contains(*rule) && !post.allowed.contains(*rule);
        for rule in post.found.keys().filter(unasked) {
            self.rules.entry(rule.clone()).or_default().wrong += 1;
            self.wrong.push((post.id.clone(), rule.clone()));
        }
        if !post.is_clean {
            return;
        }
        self.clean += 1;
        let stopped_by = |severity| {
            let rules = post.found.iter().filter(|(_, found)| **found == severity);
            let rules = rules.map(|(rule, _)| rule).filter(unasked);
            rules.cloned().collect::<Vec<String>>()
        };
        let (blocks, confirms) = (stopped_by(Severity::Block), stopped_by(Severity::Confirm));
        if !blocks.is_empty() {
            self.blocked.push((post.id.clone(), blocks));
        }
        if !confirms.is_empty() {
            self.confirmed.push((post.id.clone(), confirms));
        }
    }

    /// The rules of a topic, together; every rule for an empty one.
    #[must_use]
    pub fn topic(&self, prefix: &str) -> Tally {
        self.rules
            .iter()
            .filter(|(rule, _)| rule.starts_with(prefix))
            .fold(Tally::default(), |sum, (_, tally)| sum.plus(*tally))
    }

    /// The share of clean posts in a list.
    fn of_clean(&self, posts: &[(String, Vec<String>)]) -> f64 {
        if self.clean == 0 {
            0.0
        } else {
            share(posts.len(), self.clean)
        }
    }

    /// The goals that are not reached, in words.
    #[must_use]
    pub fn missed(&self, goals: &Goals) -> Vec<String> {
        let (shortener, personal) = (self.topic("link.shortener"), self.topic("personal."));
        let at_least = [
            (
                "recall of link.shortener",
                shortener.recall(),
                goals.shortener_recall,
            ),
            ("recall of personal.*", personal.recall(), goals.personal_recall),
            (
                "precision of personal.*",
                personal.precision(),
                goals.personal_precision,
            ),
        ];
        let at_most = [
            (
                "clean posts blocked",
                self.of_clean(&self.blocked),
                goals.clean_blocked,
            ),
            (
                "clean posts to confirm",
                self.of_clean(&self.confirmed),
                goals.clean_confirmed,
            ),
        ];
        let too_few = at_least
            .iter()
            .filter(|(_, is, wanted)| is < wanted)
            .map(|(what, is, wanted)| format!("{what} is {is:.4}, at least {wanted} wanted"));
        let too_many = at_most
            .iter()
            .filter(|(_, is, wanted)| is > wanted)
            .map(|(what, is, wanted)| format!("{what}: {is:.4}, at most {wanted} wanted"));
        too_few.chain(too_many).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, name: &str, tally: Tally| {
            let Tally { right, missed, wrong } = tally;
            let (recall, precision) = (tally.recall(), tally.precision());
            writeln!(
                f,
                "{name:<36}{right:>6}{missed:>8}{wrong:>7}{recall:>9.3}{precision:>11.3}"
            )
        };
        writeln!(
            f,
            "{:<36}{:>6}{:>8}{:>7}{:>9}{:>11}",
            "rule", "right", "missed", "wrong", "recall", "precision"
        )?;
        for (rule, tally) in &self.rules {
            line(f, rule, *tally)?;
        }
        line(f, "all", self.topic(""))?;
        writeln!(
            f,
            "\n{} posts, {} of them clean; of the clean ones {} blocked ({:.2} %), {} to confirm ({:.2} %)",
            self.posts,
            self.clean,
            self.blocked.len(),
            100.0 * self.of_clean(&self.blocked),
            self.confirmed.len(),
            100.0 * self.of_clean(&self.confirmed),
        )?;
        for (id, rule) in &self.missed {
            writeln!(f, "missed: {id} {rule}")?;
        }
        for (id, rule) in &self.wrong {
            writeln!(f, "wrong: {id} {rule}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(expected: &[&str], found: &[(&str, Severity)]) -> Judged {
        Judged {
            id: "post".into(),
            expected: expected.iter().map(|rule| (*rule).to_owned()).collect(),
            allowed: BTreeSet::from(["readable.long_sentence".to_owned()]),
            is_clean: expected.is_empty(),
            found: found
                .iter()
                .map(|(rule, severity)| ((*rule).to_owned(), *severity))
                .collect(),
        }
    }

    #[test]
    fn hits_misses_and_false_alarms_are_counted() {
        let report = Report::of([
            judged(&["personal.phone"], &[("personal.phone", Severity::Confirm)]),
            judged(&["personal.card"], &[]),
            judged(&[], &[("personal.card", Severity::Block)]),
            judged(&[], &[("readable.long_sentence", Severity::Notice)]),
            judged(&[], &[("link.foreign", Severity::Confirm)]),
        ]);
        let card = Tally {
            right: 0,
            missed: 1,
            wrong: 1,
        };
        assert_eq!(report.rules["personal.card"], card);
        assert_eq!(report.topic("personal.").recall(), 0.5);
        assert_eq!(
            (report.clean, report.blocked.len(), report.confirmed.len()),
            (3, 1, 1)
        );
        assert_eq!(report.wrong.len(), 2);
        assert_eq!(report.missed(&Goals::SHIPPED).len(), 4);
    }
}
