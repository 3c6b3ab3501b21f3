//! The words in which the outside checker is asked and answers. docs/OUTSIDE-CHECKER.md describes them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{
    digest::{MediaDigest, RevisionDigest},
    evidence::OutsideFinding,
    finding::Severity,
    ids::{AccountId, OrganizationId},
    revision::{Content, Payload},
    source::Source,
};

/// The form of question and answer; another one has another name.
pub(super) const FORM: &str = "sekisho/outside/v1";

/// The most findings that an answer may hold.
const MOST_FINDINGS: usize = 100;

/// The longest name of a rule, in characters.
const LONGEST_RULE: usize = 64;

/// The longest message, in characters.
const LONGEST_MESSAGE: usize = 500;

/// What is asked.
#[derive(Debug, Serialize)]
pub(super) struct Question<'c> {
    form: &'static str,
    organization: OrganizationId,
    revision: RevisionDigest,
    act: &'static str,
    kind: &'static str,
    earliest: DateTime<Utc>,
    latest: DateTime<Utc>,
    source: Option<&'c str>,
    targets: Vec<Target<'c>>,
}

#[derive(Debug, Serialize)]
struct Target<'c> {
    account: AccountId,
    language: Option<&'c str>,
    visibility: &'static str,
    refers_to: Option<&'c str>,
    parts: Vec<Part<'c>>,
}

#[derive(Debug, Serialize)]
struct Part<'c> {
    text: &'c str,
    link_card: Option<Card<'c>>,
    media: Vec<Picture<'c>>,
}

#[derive(Debug, Serialize)]
struct Card<'c> {
    uri: &'c str,
    title: &'c str,
    description: &'c str,
}

#[derive(Debug, Serialize)]
struct Picture<'c> {
    digest: MediaDigest,
    alt: &'c str,
}

impl<'c> Question<'c> {
    /// The question about a content.
    pub(super) fn about(
        organization: OrganizationId,
        revision: RevisionDigest,
        content: &'c Content,
    ) -> Self {
        Self {
            form: FORM,
            organization,
            revision,
            act: content.act.as_str(),
            kind: content.kind.as_str(),
            earliest: content.range.earliest,
            latest: content.range.latest,
            source: content.source.as_ref().map(Source::as_str),
            targets: content.payloads().iter().map(Target::of).collect(),
        }
    }
}

impl<'c> Target<'c> {
    fn of(payload: &'c Payload) -> Self {
        let parts = payload.parts.iter().map(|part| Part {
            text: &part.text,
            link_card: part.link_card.as_ref().map(|card| Card {
                uri: &card.uri,
                title: &card.title,
                description: &card.description,
            }),
            media: part.media.iter().map(Picture::of).collect(),
        });
        Self {
            account: payload.account,
            language: payload.language.as_deref(),
            visibility: payload.visibility.as_str(),
            refers_to: payload.refers_to.as_deref(),
            parts: parts.collect(),
        }
    }
}

impl<'c> Picture<'c> {
    fn of(media: &'c crate::domain::revision::Media) -> Self {
        Self {
            digest: media.digest,
            alt: &media.alt,
        }
    }
}

/// What is answered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    form: String,
    revision: RevisionDigest,
    findings: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finding {
    rule: String,
    severity: Severity,
    message_ja: String,
    message_en: String,
}

/// Why an answer cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("it is not the documented JSON")]
    Form,
    #[error("it is about another revision")]
    OtherRevision,
    #[error("it has too many findings")]
    TooMany,
    #[error("a rule's name is not of lower-case letters, digits and `_`")]
    Rule,
    #[error("a message is empty, too long or has control characters")]
    Message,
}

/// Reads an answer, strictly: whoever adds something that we do not know expects that it is heeded.
pub(super) fn read(body: &[u8], revision: RevisionDigest) -> Result<Vec<OutsideFinding>, Unusable> {
    let answer: Answer = serde_json::from_slice(body).map_err(|_| Unusable::Form)?;
    if answer.form != FORM {
        return Err(Unusable::Form);
    }
    if answer.revision != revision {
        return Err(Unusable::OtherRevision);
    }
    if answer.findings.len() > MOST_FINDINGS {
        return Err(Unusable::TooMany);
    }
    let findings = answer.findings.into_iter().map(Finding::checked);
    findings.collect::<Result<Vec<_>, _>>().map(without_repetitions)
}

impl Finding {
    fn checked(self) -> Result<OutsideFinding, Unusable> {
        let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if self.rule.is_empty() || self.rule.len() > LONGEST_RULE || !self.rule.bytes().all(is_name) {
            return Err(Unusable::Rule);
        }
        if ![&self.message_ja, &self.message_en]
            .into_iter()
            .all(|text| is_message(text))
        {
            return Err(Unusable::Message);
        }
        Ok(OutsideFinding {
            rule: self.rule,
            severity: self.severity,
            message_ja: self.message_ja,
            message_en: self.message_en,
        })
    }
}

fn is_message(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= LONGEST_MESSAGE
        && !text.chars().any(|c| c.is_control() && c != '\n')
}

/// The same thing said twice is said once.
fn without_repetitions(mut findings: Vec<OutsideFinding>) -> Vec<OutsideFinding> {
    let mut said = BTreeSet::new();
    findings.retain(|finding| said.insert((finding.rule.clone(), finding.message_ja.clone())));
    findings
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    const REVISION: RevisionDigest = RevisionDigest::new([7; 32]);

    fn answer() -> Value {
        json!({
            "form": FORM,
            "revision": REVISION.to_string(),
            "findings": [{
                "rule": "tone_1", "severity": "confirm", "message_ja": "言い方がきつい", "message_en": "Harsh",
            }],
        })
    }

    fn read_json(answer: &Value) -> Result<Vec<OutsideFinding>, Unusable> {
        read(answer.to_string().as_bytes(), REVISION)
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut answer = answer();
        *answer.pointer_mut(pointer).unwrap() = value;
        answer
    }

    #[test]
    fn a_good_answer_is_understood() {
        let found = read_json(&answer()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].rule.as_str(), found[0].severity),
            ("tone_1", Severity::Confirm)
        );
        assert_eq!(read_json(&with("/findings", json!([]))), Ok(Vec::new()));
        let twice = answer()["findings"][0].clone();
        let found = read_json(&with("/findings", json!([twice, twice]))).unwrap();
        assert_eq!(found.len(), 1);
    }

    #[rstest]
    #[case::form("/form", json!("sekisho/outside/v2"), Unusable::Form)]
    #[case::revision("/revision", json!("00".repeat(32)), Unusable::OtherRevision)]
    #[case::short_revision("/revision", json!("07"), Unusable::Form)]
    #[case::findings("/findings", json!({}), Unusable::Form)]
    #[case::severity("/findings/0/severity", json!("fatal"), Unusable::Form)]
    #[case::no_rule("/findings/0/rule", json!(""), Unusable::Rule)]
    #[case::odd_rule("/findings/0/rule", json!("Tone"), Unusable::Rule)]
    #[case::dotted_rule("/findings/0/rule", json!("link.shortener"), Unusable::Rule)]
    #[case::long_rule("/findings/0/rule", json!("a".repeat(65)), Unusable::Rule)]
    #[case::no_message("/findings/0/message_ja", json!(" "), Unusable::Message)]
    #[case::long_message("/findings/0/message_en", json!("あ".repeat(501)), Unusable::Message)]
    #[case::control("/findings/0/message_en", json!("a\u{1b}[2J"), Unusable::Message)]
    fn a_wrong_answer_is_none(#[case] pointer: &str, #[case] value: Value, #[case] why: Unusable) {
        assert_eq!(read_json(&with(pointer, value)), Err(why));
    }

    #[test]
    fn an_answer_with_more_than_we_know_is_none() {
        let mut more = answer();
        more["verdict"] = json!("fine");
        assert_eq!(read_json(&more), Err(Unusable::Form));
        let mut more = answer();
        more["findings"][0]["clause"] = json!("KUR-1");
        assert_eq!(read_json(&more), Err(Unusable::Form));
        let many: Vec<Value> = (0..=MOST_FINDINGS)
            .map(|number| {
                let mut finding = answer()["findings"][0].clone();
                finding["rule"] = json!(format!("rule_{number}"));
                finding
            })
            .collect();
        assert_eq!(read_json(&with("/findings", json!(many))), Err(Unusable::TooMany));
        for body in ["", "null", "[]", "{}"] {
            assert_eq!(read(body.as_bytes(), REVISION), Err(Unusable::Form), "{body}");
        }
    }
}
