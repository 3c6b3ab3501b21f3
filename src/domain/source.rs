//! Where what a post says comes from (出典): part of what is signed.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::canonical::Canonical;

/// The field that begins a source in what is hashed. It stands behind the last target, where nothing stood before there
/// were sources, and no audience begins like it.
const FIELD: &str = "source";

/// The longest source, in characters: a title, who published it, its address and the day.
const LONGEST: usize = 500;

/// One line that names where what a post says comes from, without blanks around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Source(String);

impl Source {
    /// The line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn encode(&self, bytes: &mut Canonical) {
        bytes.text(FIELD).text(&self.0);
    }
}

/// A text that is no source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a source is one line of 1 to {LONGEST} characters")]
pub struct NoSource;

impl FromStr for Source {
    type Err = NoSource;

    fn from_str(text: &str) -> Result<Self, NoSource> {
        let line = text.trim();
        let is_one = !line.is_empty() && line.chars().count() <= LONGEST && !line.contains(char::is_control);
        is_one.then(|| Self(line.to_owned())).ok_or(NoSource)
    }
}

impl TryFrom<String> for Source {
    type Error = NoSource;

    fn try_from(text: String) -> Result<Self, NoSource> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.0
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ids::{AccountId, OrganizationId},
        revision::{Act, AllowedRange, Content, Kind, Part, Payload, Visibility},
    };
    use proptest::prelude::*;
    use rstest::rstest;
    use uuid::Uuid;

    fn content() -> Content {
        let at = "2026-11-24T00:00:00Z".parse().expect("a time");
        let range = AllowedRange::new(at, at).expect("a range");
        let payload = Payload {
            account: AccountId::new(Uuid::from_u128(1)),
            parts: vec![Part::default()],
            language: None,
            visibility: Visibility::Public,
            refers_to: None,
            audience: None,
        };
        Content::new(Act::New, Kind::Ordinary, None, range, vec![payload]).expect("a content")
    }

    #[rstest]
    #[case("気象庁", "気象庁")]
    #[case(
        " 気象庁「警報」 https://www.jma.go.jp/ \n",
        "気象庁「警報」 https://www.jma.go.jp/"
    )]
    fn one_line_is_a_source(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(text.parse::<Source>().map(String::from), Ok(expected.to_owned()));
    }

    #[test]
    fn its_length_is_counted_in_characters_without_the_blanks_around_it() {
        let longest = "源".repeat(LONGEST);
        assert!(format!(" {longest} ").parse::<Source>().is_ok());
        assert_eq!(format!("{longest}源").parse::<Source>(), Err(NoSource));
    }

    #[rstest]
    #[case("")]
    #[case(" \u{3000}\n")]
    #[case("気象庁\n消防庁")]
    #[case("気象庁\u{7}")]
    fn what_is_no_line_is_none(#[case] text: &str) {
        assert_eq!(text.parse::<Source>(), Err(NoSource));
        assert!(serde_json::from_value::<Source>(text.into()).is_err());
    }

    #[test]
    fn a_content_without_one_is_stored_and_read_as_before_there_were_sources() {
        let stored = serde_json::to_value(content()).expect("JSON");
        assert_eq!(stored.get("source"), None);
        assert_eq!(serde_json::from_value::<Content>(stored).ok(), Some(content()));
    }

    proptest! {
        #[test]
        fn another_source_is_another_digest(one in "[ -~ぁ-ん]{1,20}", other in "[ -~ぁ-ん]{1,20}") {
            let town = OrganizationId::new(Uuid::from_u128(1));
            let digest = |source: Option<Source>| content().with_source(source).digest(town);
            let (one, other) = (one.parse::<Source>().ok(), other.parse::<Source>().ok());
            prop_assert_eq!(digest(one.clone()) == digest(other.clone()), one == other);
            prop_assert_eq!(digest(one.clone()) == content().digest(town), one.is_none());
        }

        #[test]
        fn what_is_stored_is_read_again(text in "\\PC{1,600}") {
            let content = content().with_source(text.parse().ok());
            let stored = serde_json::to_value(&content).expect("JSON");
            prop_assert_eq!(serde_json::from_value::<Content>(stored).expect("a content"), content);
        }
    }
}
