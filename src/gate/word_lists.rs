//! Word lists: what stands in their files (config/lists), and the one automaton that finds all of it.

use std::collections::BTreeMap;

use daachorse::CharwiseDoubleArrayAhoCorasick;
use serde::{Deserialize, Serialize};

use super::{
    names,
    normalise::Normalised,
    policy::{Bilingual, PolicyDocument, PolicyError},
    word_patterns::Expression,
};
use crate::{
    domain::finding::{Clauses, Severity},
    vocabulary,
};

/// Japanese entries of at most so many characters are looked at together with the words around them:
/// longer ones hardly ever arise by chance where two other words meet.
const SHORT: usize = 3;

vocabulary! {
    /// When a list speaks, if not always.
    Only {
        /// From the public notice of an election to its polling day.
        ElectionPeriod = "election_period",
    }
}

/// Surroundings in which the words of a list weigh less: a warning against what they name, for instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// How much a match weighs at most while one of the phrases stands in its sentence.
    pub severity: Severity,
    /// The phrases, Japanese and English.
    pub phrases: Vec<String>,
    /// What to tell people in place of the list's help.
    pub reason: Bilingual,
}

/// One category of words (config/lists/words).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordList {
    /// Its stable id; the rule is `words.<category>`.
    pub category: String,
    /// The clauses that it keeps.
    pub clauses: Vec<String>,
    /// How much a match weighs.
    pub severity: Severity,
    /// When it speaks; none for always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Only>,
    /// How much a match weighs at least in an election period; none for no more than else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_election_period: Option<Severity>,
    /// What people call it.
    pub title: Bilingual,
    /// What to do about a match.
    pub help: Bilingual,
    /// Japanese entries, matched anywhere; short ones not where two other words meet.
    #[serde(default)]
    pub ja: Vec<String>,
    /// English entries, matched as whole words.
    #[serde(default)]
    pub en: Vec<String>,
    /// Regular expressions for what no list can hold, matched as whole words or numbers. Each begins with something
    /// fixed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<String>,
    /// Longer phrases in which an entry is harmless.
    #[serde(default)]
    pub except: Vec<String>,
    /// Surroundings in which a match weighs less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Context>,
}

impl WordList {
    /// Adds the words of a site to a shipped category.
    ///
    /// # Errors
    /// When they come with exceptions or contexts, which would make the shipped words weigh less.
    pub(super) fn add(&mut self, own: Self) -> Result<(), PolicyError> {
        if !own.except.is_empty() || !own.context.is_empty() {
            let why = "a shipped category takes words only; exceptions and contexts belong into a category of one's own";
            return Err(PolicyError::Words(format!("{}: {why}", own.category)));
        }
        self.ja.extend(own.ja);
        self.en.extend(own.en);
        self.patterns.extend(own.patterns);
        Ok(())
    }
}

/// An exception that some guidelines make (config/lists/exceptions), and that a profile names to adopt it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Its stable name.
    pub exception: String,
    /// The category that says nothing of a post in which one of the phrases stands.
    pub lifts: String,
    /// The clauses that make it.
    pub clauses: Vec<String>,
    /// Japanese phrases.
    #[serde(default)]
    pub ja: Vec<String>,
    /// English phrases, matched as whole words.
    #[serde(default)]
    pub en: Vec<String>,
}

/// What a pattern of the automaton stands for. Lists and contexts are told by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    /// An entry of a list, matched anywhere.
    Anywhere(usize),
    /// A short entry of a list, matched unless the words around it read better without it.
    Short(usize),
    /// An entry of a list, matched as a whole word.
    Word(usize),
    /// What an expression of a list can begin with.
    Begins {
        /// The list.
        list: usize,
        /// The expression, among those of all lists.
        expression: usize,
    },
    /// A phrase that hides entries of the same list inside it.
    Harmless(usize),
    /// A phrase that makes entries of the list weigh less in its sentence.
    Context {
        /// The list.
        list: usize,
        /// The context of that list.
        context: usize,
    },
    /// A phrase that silences the list for the whole post.
    Lift(usize),
}

/// The word lists, ready to search.
pub(super) struct Words {
    /// Finds all phrases at once; a value is an index into `patterns`.
    pub(super) automaton: CharwiseDoubleArrayAhoCorasick<u32>,
    /// What each phrase stands for; the same phrase may stand in several lists.
    pub(super) patterns: Vec<Vec<Pattern>>,
    /// The expressions of all lists.
    pub(super) expressions: Vec<Expression>,
    /// The rule of each list, and the clauses that it keeps.
    pub(super) rules: Vec<(&'static str, Clauses)>,
}

/// Builds the automaton of a document; none without any word.
///
/// # Errors
/// Names the list or the exception that is wrong.
pub(super) fn compile(document: &PolicyDocument) -> Result<Option<Words>, PolicyError> {
    let mut phrases = Phrases::default();
    let mut rules = Vec::with_capacity(document.words.len());
    for (index, list) in document.words.iter().enumerate() {
        rules.push((rule_of(&list.category)?, list.clauses.as_slice().into()));
        phrases.add_list(index, list)?;
    }
    for name in &document.profile.exceptions {
        phrases.add_exception(document, name)?;
    }
    let Phrases { phrases, expressions } = phrases;
    if phrases.is_empty() {
        return Ok(None);
    }
    let automaton = daachorse::CharwiseDoubleArrayAhoCorasickBuilder::new()
        .match_kind(daachorse::MatchKind::Standard)
        .build(phrases.keys())
        .map_err(|why| PolicyError::Words(why.to_string()))?;
    Ok(Some(Words {
        automaton,
        patterns: phrases.into_values().collect(),
        expressions,
        rules,
    }))
}

/// What is searched for.
#[derive(Default)]
struct Phrases {
    /// Every phrase, in the form in which texts are searched, with all that it stands for.
    phrases: BTreeMap<String, Vec<Pattern>>,
    /// The expressions, which are tried where one of their beginnings stands.
    expressions: Vec<Expression>,
}

impl Phrases {
    fn add_list(&mut self, index: usize, list: &WordList) -> Result<(), PolicyError> {
        let owner = &list.category;
        self.add(owner, &list.except, |_| Pattern::Harmless(index))?;
        self.add(owner, &list.en, |_| Pattern::Word(index))?;
        self.add(owner, &list.ja, |entry| {
            if entry.chars().count() <= SHORT {
                Pattern::Short(index)
            } else {
                Pattern::Anywhere(index)
            }
        })?;
        for pattern in &list.patterns {
            self.add_expression(index, list, pattern)?;
        }
        for (context, its) in list.context.iter().enumerate() {
            self.add(owner, &its.phrases, |_| Pattern::Context { list: index, context })?;
        }
        Ok(())
    }

    fn add_expression(&mut self, index: usize, list: &WordList, pattern: &str) -> Result<(), PolicyError> {
        let wrong = |why| PolicyError::Words(format!("{}: pattern {pattern:?}: {why}", list.category));
        let (expression, beginnings) = Expression::parse(pattern).map_err(wrong)?;
        let begins = Pattern::Begins {
            list: index,
            expression: self.expressions.len(),
        };
        self.expressions.push(expression);
        self.add(&list.category, &beginnings, |_| begins)
    }

    /// A category that blocks is not lifted: the words of a post must not decide that nobody looks at it.
    fn add_exception(&mut self, document: &PolicyDocument, name: &str) -> Result<(), PolicyError> {
        let wrong = |why: &str| PolicyError::Words(format!("exception {name:?}: {why}"));
        let exception = document
            .exceptions
            .iter()
            .find(|exception| exception.exception == name)
            .ok_or_else(|| wrong("it does not exist"))?;
        let lifted: Vec<usize> = (0..document.words.len())
            .filter(|index| document.words[*index].category == exception.lifts)
            .collect();
        if lifted.is_empty() {
            return Err(wrong("there is no such category as it lifts"));
        }
        for list in lifted {
            if blocks(document, list) {
                return Err(wrong("it lifts a category that blocks"));
            }
            self.add(name, &exception.ja, |_| Pattern::Lift(list))?;
            self.add(name, &exception.en, |_| Pattern::Lift(list))?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        owner: &str,
        entries: &[String],
        pattern: impl Fn(&str) -> Pattern,
    ) -> Result<(), PolicyError> {
        for entry in entries {
            // Texts are searched in their normalised form, where another form would never be found.
            let normalised = Normalised::of(entry);
            let text = normalised.text();
            if text.trim().is_empty() {
                return Err(PolicyError::Words(format!("{owner}: an empty entry")));
            }
            let pattern = pattern(text);
            self.phrases.entry(text.to_owned()).or_default().push(pattern);
        }
        Ok(())
    }
}

/// Whether a list blocks, by itself or by the word of the profile.
fn blocks(document: &PolicyDocument, list: usize) -> bool {
    let list = &document.words[list];
    let by_profile = document
        .profile
        .severities
        .get(&format!("words.{}", list.category));
    list.severity == Severity::Block || by_profile == Some(&Severity::Block)
}

fn rule_of(category: &str) -> Result<&'static str, PolicyError> {
    names::rule("words", category)
        .ok_or_else(|| PolicyError::Words(format!("{category:?} is not a category id")))
}
