//! What is wrong with the text of a profile, and where: for people who write one.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{
    coverage::Catalogue,
    demands,
    policy::{Policy, PolicyDocument, PolicyError, Profile},
    profile::{self, SiteRule},
    rules::{self, site},
};
use crate::domain::finding::Message;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The character in that line, from 1.
    pub column: usize,
    /// What is wrong, and what to do.
    pub message: Message,
    /// What may have been meant.
    pub hint: Option<Message>,
}

/// Everything that is wrong with a profile's text, from top to bottom; nothing if a policy of it and the
/// lists of `lists` can be imported.
#[must_use]
pub fn lint(text: &str, lists: &PolicyDocument, catalogue: &Catalogue) -> Vec<Problem> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let table = table.into_inner();
    let mut lint = Lint {
        text,
        table: &table,
        problems: Vec::new(),
    };
    for error in errors {
        lint.add(error.span().unwrap_or_default(), syntax(error.message()));
    }
    if lint.problems.is_empty() {
        match toml::from_str::<Profile>(text) {
            Err(error) => lint.add(error.span().unwrap_or_default(), form(error.message())),
            Ok(profile) => lint.meaning(profile, lists, catalogue),
        }
    }
    lint.problems
        .sort_by_key(|problem| (problem.line, problem.column));
    lint.problems
}

struct Lint<'a> {
    text: &'a str,
    table: &'a DeTable<'a>,
    problems: Vec<Problem>,
}

impl Lint<'_> {
    fn add(&mut self, at: Range<usize>, message: Message) {
        self.add_with(at, message, None);
    }

    fn add_with(&mut self, at: Range<usize>, message: Message, hint: Option<Message>) {
        let before = &self.text[..self.text.floor_char_boundary(at.start.min(self.text.len()))];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.problems.push(Problem {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
            hint,
        });
    }

    /// What a text of the right form says that cannot be.
    fn meaning(&mut self, profile: Profile, lists: &PolicyDocument, catalogue: &Catalogue) {
        self.severities(&profile, lists);
        self.site_rules(&profile.site_rules, catalogue);
        self.demands(&profile, catalogue);
        self.guideline(&profile, catalogue);
        self.citations(catalogue);
        if !self.problems.is_empty() {
            return;
        }
        let document = PolicyDocument {
            profile,
            ..lists.clone()
        };
        if let Err(error) = Policy::compile(document) {
            let key = match &error {
                PolicyError::Words(_) => "exceptions",
                _ => "name",
            };
            self.add(place(self.table, key), error.message());
        }
    }

    fn severities(&mut self, profile: &Profile, lists: &PolicyDocument) {
        let wrong: Vec<_> = profile::wrong_severities(profile, &lists.words).collect();
        for ((table, rule), error) in wrong {
            let at = entries(self.table, table.key()).map_or(0..0, |entries| place(entries, rule));
            let hint = match &error {
                PolicyError::UnknownRule(rule) => nearest(rule, lists),
                _ => None,
            };
            let hint = hint.map(|nearest| Message::new("lint-did-you-mean").with("nearest", nearest));
            self.add_with(at, error.message(), hint);
        }
    }

    fn site_rules(&mut self, rules: &[SiteRule], catalogue: &Catalogue) {
        for (index, rule) in rules.iter().enumerate() {
            let at = |lint: &Self, key| member_place(lint.table, ("site_rules", index, key));
            if let Err(error) = site::Rule::is_first(rules, index) {
                self.add(at(self, "name"), error.message());
            }
            if let Err(error) = site::Rule::compile(rule) {
                self.add(at(self, "when"), error.message());
            }
            self.clauses(&rule.clauses, &at(self, "clauses"), catalogue);
        }
    }

    /// Least routes, attestations and fields of an account's policy.
    fn demands(&mut self, profile: &Profile, catalogue: &Catalogue) {
        for (place, error) in demands::wrong_demands(profile) {
            self.add(member_place(self.table, place), error.message());
        }
        let routes = profile.routes.iter().map(|least| &least.clauses).enumerate();
        for (index, clauses) in routes {
            let at = member_place(self.table, ("routes", index, "clauses"));
            self.clauses(clauses, &at, catalogue);
        }
        let attestations = profile.attestations.iter().map(|it| &it.clauses).enumerate();
        for (index, clauses) in attestations {
            let at = member_place(self.table, ("attestations", index, "clauses"));
            self.clauses(clauses, &at, catalogue);
        }
        for (field, clauses) in &profile.account_policy {
            let fields = entries(self.table, "account_policy");
            let at = fields.map_or(0..0, |fields| place(fields, field.as_str()));
            self.clauses(clauses, &at, catalogue);
        }
    }

    fn clauses(&mut self, cited: &[String], at: &Range<usize>, catalogue: &Catalogue) {
        for clause in cited.iter().filter(|id| catalogue.clause(id).is_none()) {
            self.add(at.clone(), no_clause(clause));
        }
    }

    fn guideline(&mut self, profile: &Profile, catalogue: &Catalogue) {
        if let Some(id) = &profile.guideline
            && catalogue.guideline(id).is_none()
        {
            let known: Vec<&str> = catalogue.guidelines.iter().map(|it| it.id.as_str()).collect();
            let message = Message::new("lint-no-guideline")
                .with("guideline", id)
                .with("known", known.join(", "));
            self.add(place(self.table, "guideline"), message);
        }
    }

    /// Clauses that comments cite.
    fn citations(&mut self, catalogue: &Catalogue) {
        let mut offset = 0;
        for line in self.text.split_inclusive('\n') {
            if let Some(comment) = line.find('#') {
                for (at, id) in cited(&line[comment..], catalogue) {
                    if catalogue.clause(id).is_none() {
                        let start = offset + comment + at;
                        self.add(start..start + id.len(), no_clause(id));
                    }
                }
            }
            offset += line.len();
        }
    }
}

fn no_clause(id: &str) -> Message {
    Message::new("lint-no-clause").with("clause", id)
}

fn syntax(said: &str) -> Message {
    Message::new("lint-syntax").with("said", said)
}

/// What the reader of the file says of a text of the wrong form, in words that every language has.
fn form(said: &str) -> Message {
    let quoted = said.split('`').nth(1).unwrap_or_default();
    let expected = said.split_once("expected ").map_or("", |(_, expected)| expected);
    let keys = [
        ("unknown field", "lint-unknown-field"),
        ("missing field", "lint-missing-field"),
        ("duplicate field", "lint-duplicate-field"),
        ("invalid type", "lint-type"),
    ];
    let key = keys.iter().find(|(begin, _)| said.starts_with(begin));
    match key {
        Some((_, key)) => Message::new(key).with("field", quoted).with("expected", expected),
        None => Message::new("lint-value").with("said", said),
    }
}

/// What reads like the id of a clause, with its place.
fn cited<'a>(comment: &'a str, catalogue: &Catalogue) -> Vec<(usize, &'a str)> {
    let is_of_id = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let mut found = Vec::new();
    for guideline in &catalogue.guidelines {
        for (at, _) in comment.match_indices(&format!("{}-", guideline.prefix)) {
            let rest = &comment[at..];
            let end = rest.find(|c| !is_of_id(c)).unwrap_or(rest.len());
            if !comment[..at].ends_with(is_of_id) {
                found.push((at, rest[..end].trim_end_matches(['.', '-'])));
            }
        }
    }
    found
}

/// Where a key stands; the beginning if it does not.
fn place(table: &DeTable<'_>, key: &str) -> Range<usize> {
    let found = table.iter().find(|(name, _)| name.get_ref() == key);
    found.map_or(0..0, |(name, _)| name.span())
}

fn entries<'a>(table: &'a DeTable<'a>, key: &str) -> Option<&'a DeTable<'a>> {
    let (_, value) = table.iter().find(|(name, _)| name.get_ref() == key)?;
    match value.get_ref() {
        DeValue::Table(entries) => Some(entries),
        _ => None,
    }
}

/// Where a key of one member of an array of tables stands; where the member stands if it has no such key.
fn member_place(table: &DeTable<'_>, (array, index, key): demands::Place) -> Range<usize> {
    let Some((_, value)) = table.iter().find(|(name, _)| name.get_ref() == array) else {
        return 0..0;
    };
    let member = match value.get_ref() {
        DeValue::Array(members) => members.get(index),
        _ => None,
    };
    let Some(member) = member else { return value.span() };
    match member.get_ref() {
        DeValue::Table(its) if its.iter().any(|(name, _)| name.get_ref() == key) => place(its, key),
        _ => member.span(),
    }
}

/// The rule whose id is most like a wrong one, if any is much like it.
fn nearest(wrong: &str, lists: &PolicyDocument) -> Option<String> {
    let words = lists.words.iter().map(|list| format!("words.{}", list.category));
    rules::all()
        .map(|info| info.id.to_owned())
        .chain(words)
        .map(|id| (distance(wrong, &id), id))
        .filter(|(distance, id)| *distance * 3 <= id.len())
        .min()
        .map(|(_, id)| id)
}

/// How many letters must be put in, taken out or changed to make one text of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let change = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
