//! What a platform gives before anything is in public: ids of uploads, of containers, a chosen record key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What was given so far, by the adapter's own names. None of it is secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Handles(BTreeMap<String, String>);

/// The name under which the id is kept of a call that the platform took and carries out later.
const TAKEN: &str = "taken";

impl Handles {
    /// Nothing was given yet.
    pub const NONE: Self = Self(BTreeMap::new());

    /// The same with the id of a call that the platform took and carries out later: it is asked about from then on,
    /// and not made again.
    #[must_use]
    pub fn with_taken(self, id: impl Into<String>) -> Self {
        self.with(TAKEN, id)
    }

    /// The id of a call that the platform took and carries out later.
    #[must_use]
    pub fn taken(&self) -> Option<&str> {
        self.get(TAKEN)
    }

    /// What was given under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Whether nothing was given yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The parts of a series (連投) that are out already, for the part that goes on from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follows {
    /// The platform's id of the first part.
    pub first: String,
    /// The platform's id of the part directly before.
    pub before: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_come_back_as_they_were() {
        let handles = Handles::default()
            .with("media/0", "187")
            .with("rkey", "3mbd3542k2222");
        let text = serde_json::to_string(&handles).unwrap();
        assert_eq!(text, r#"{"media/0":"187","rkey":"3mbd3542k2222"}"#);
        assert_eq!(serde_json::from_str::<Handles>(&text).unwrap(), handles);
        assert_eq!(
            (handles.get("rkey"), handles.get("other")),
            (Some("3mbd3542k2222"), None)
        );
        assert!(Handles::default().is_empty());
    }
}
