//! What is wrong with the text of a profile, and where: for people who write one.

use std::{fmt, ops::Range};

use serde::Serialize;
use toml::de::{DeTable, DeValue};

use super::{
    coverage::Catalogue,
    policy::{Policy, PolicyDocument, PolicyError, Profile},
    profile::{self, SiteRule},
    rules::{self, site},
};

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The character in that line, from 1.
    pub column: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
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
        lint.add(error.span().unwrap_or_default(), error.message().to_owned());
    }
    if lint.problems.is_empty() {
        match toml::from_str::<Profile>(text) {
            Err(error) => lint.add(error.span().unwrap_or_default(), error.message().to_owned()),
            Ok(profile) => lint.meaning(profile, lists, catalogue),
        }
    }
    lint.problems.sort();
    lint.problems
}

struct Lint<'a> {
    text: &'a str,
    table: &'a DeTable<'a>,
    problems: Vec<Problem>,
}

impl Lint<'_> {
    fn add(&mut self, at: Range<usize>, message: String) {
        let before = &self.text[..self.text.floor_char_boundary(at.start.min(self.text.len()))];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.problems.push(Problem {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
        });
    }

    /// What a text of the right form says that cannot be.
    fn meaning(&mut self, profile: Profile, lists: &PolicyDocument, catalogue: &Catalogue) {
        self.severities(&profile, lists);
        self.site_rules(&profile.site_rules, catalogue);
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
            self.add(place(self.table, key), error.to_string());
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
            let hint = hint.map(|nearest| format!("; did you mean {nearest:?}?"));
            self.add(at, format!("{error}{}", hint.unwrap_or_default()));
        }
    }

    fn site_rules(&mut self, rules: &[SiteRule], catalogue: &Catalogue) {
        for (index, rule) in rules.iter().enumerate() {
            let its = site_rule(self.table, index);
            let at = |key| its.map_or(0..0, |its| place(its, key));
            if let Err(why) = site::Rule::is_first(rules, index) {
                self.add(at("name"), format!("the site rule {:?}: {why}", rule.name));
            }
            if let Err(error) = site::Rule::compile(rule) {
                self.add(at("when"), error.to_string());
            }
            for clause in rule.clauses.iter().filter(|id| catalogue.clause(id).is_none()) {
                self.add(at("clauses"), format!("there is no clause {clause:?}"));
            }
        }
    }

    fn guideline(&mut self, profile: &Profile, catalogue: &Catalogue) {
        if let Some(id) = &profile.guideline
            && catalogue.guideline(id).is_none()
        {
            let known: Vec<&str> = catalogue.guidelines.iter().map(|it| it.id.as_str()).collect();
            let message = format!("there is no guideline {id:?}; there are {}", known.join(", "));
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
                        self.add(start..start + id.len(), format!("there is no clause {id:?}"));
                    }
                }
            }
            offset += line.len();
        }
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

fn site_rule<'a>(table: &'a DeTable<'a>, index: usize) -> Option<&'a DeTable<'a>> {
    let (_, value) = table.iter().find(|(name, _)| name.get_ref() == "site_rules")?;
    match value.get_ref() {
        DeValue::Array(rules) => match rules.get(index)?.get_ref() {
            DeValue::Table(rule) => Some(rule),
            _ => None,
        },
        _ => None,
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
