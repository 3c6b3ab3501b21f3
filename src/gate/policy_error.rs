//! What can be wrong with a policy, for the log and, in both languages, for people.

use crate::domain::{finding::Message, revision::Kind};

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file of it cannot be read.
    #[error("{file}: {why}")]
    Unreadable {
        /// Which file.
        file: String,
        /// What is wrong, with the line where it is known.
        why: String,
    },
    /// The program ships no such profile any more.
    #[error("this program ships no profile {0:?}: import one that it ships, or a file")]
    NotShipped(String),
    /// A severity for a rule that does not exist.
    #[error("the profile names the rule {0:?}, which does not exist")]
    UnknownRule(String),
    /// A floor rule that is loosened: these hold for everybody, always.
    #[error("{0} is a floor rule: no profile can make it weaker than `block`")]
    FloorLoosened(String),
    /// A severity for emergencies on a rule that holds in every situation.
    #[error(
        "{0} weighs the same in an emergency: only rules on accessibility, sentences and form \
         (alt.*, readable.*, form.*) and account.policy_incomplete may weigh less then"
    )]
    NotForEmergencies(String),
    /// A rule of the site's own that cannot be used.
    #[error("the site rule {name:?}: {why}")]
    SiteRule {
        /// Its name.
        name: String,
        /// What is wrong, with the place in the expression where it is known.
        why: String,
    },
    /// A least route without a seat.
    #[error("a least route asks nobody: name `approver` or `role:…`")]
    RouteOfNobody,
    /// A least route that no emergency post could walk.
    #[error("an emergency post is signed by the duty officer alone: its least route is `role:duty_officer`")]
    RouteOfEmergency,
    /// A name that no site rule and no attestation may have.
    #[error("{0:?}: a name has lower-case letters, digits and `_`, 64 at most")]
    Name(String),
    /// Two site rules, or two attestations, of one name.
    #[error("{0:?}: another one has this name")]
    NameTwice(String),
    /// A site rule or an attestation without words.
    #[error("{0:?}: it tells people nothing")]
    Silent(String),
    /// An attestation that nobody could give.
    #[error("the attestation {name:?}: no least route asks who gives it for posts of kind `{kind}`")]
    AttestationByNobody {
        /// Its name.
        name: String,
        /// For which posts.
        kind: Kind,
    },
    /// Without a list the rule against shorteners would hold in name only.
    #[error("the list of URL shorteners is empty: the rule against them is a floor rule")]
    NoShorteners,
    /// The word lists cannot be compiled.
    #[error("the word lists cannot be compiled: {0}")]
    Words(String),
    /// A line of a host list that could never match.
    #[error("{0:?} in a host list is not a host such as `example.com`")]
    Host(String),
    /// A line of the list of forbidden mentions that could never match.
    #[error("{0:?} in the list of forbidden mentions is not a name such as `name` or `name@example.com`")]
    NoName(String),
}

impl PolicyError {
    /// What people read of it.
    #[must_use]
    pub fn message(&self) -> Message {
        let of = Message::new;
        match self {
            Self::Unreadable { file, why } => {
                of("policy-error-unreadable").with("file", file).with("why", why)
            }
            Self::NotShipped(name) => of("policy-error-not-shipped").with("name", name),
            Self::UnknownRule(rule) => of("policy-error-unknown-rule").with("rule", rule),
            Self::FloorLoosened(rule) => of("policy-error-floor-loosened").with("rule", rule),
            Self::NotForEmergencies(rule) => of("policy-error-not-for-emergencies").with("rule", rule),
            Self::SiteRule { name, why } => of("policy-error-site-rule").with("name", name).with("why", why),
            Self::RouteOfNobody => of("policy-error-route-of-nobody"),
            Self::RouteOfEmergency => of("policy-error-route-of-emergency"),
            Self::Name(name) => of("policy-error-name").with("name", name),
            Self::NameTwice(name) => of("policy-error-name-twice").with("name", name),
            Self::Silent(name) => of("policy-error-silent").with("name", name),
            Self::AttestationByNobody { name, kind } => of("policy-error-attestation-by-nobody")
                .with("name", name)
                .with("kind", kind),
            Self::NoShorteners => of("policy-error-no-shorteners"),
            Self::Words(why) => of("policy-error-words").with("why", why),
            Self::Host(line) => of("policy-error-host").with("line", line),
            Self::NoName(line) => of("policy-error-no-name").with("line", line),
        }
    }
}
