//! Identifiers: UUID version 7 inside, one type per thing, a readable prefix outside (`pst_…`, `dlv_…`).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an identifier of the form {prefix}_<32 hexadecimal digits>")]
pub struct ParseIdError {
    /// The prefix that this kind of identifier carries.
    pub prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What the identifier starts with in the API, in logs and in the ledger.
            pub const PREFIX: &'static str = $prefix;

            /// Wraps a UUID that came from an id source or from the database.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare UUID, for the database.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or(ParseIdError { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

id!(
    /// A municipality (自治体). Every row of the database belongs to one.
    OrganizationId, "org");
id!(
    /// A division (所属).
    DivisionId, "div");
id!(
    /// A member of staff or a contractor (職員).
    UserId, "usr");
id!(
    /// An API token.
    TokenId, "tok");
id!(
    /// An official account on one platform (公式アカウント).
    AccountId, "acc");
id!(
    /// A post (投稿).
    PostId, "pst");
id!(
    /// An immutable snapshot of a post's content (版).
    RevisionId, "rev");
id!(
    /// One post to one account (配信).
    DeliveryId, "dlv");
id!(
    /// One call to a platform (試行).
    AttemptId, "att");
id!(
    /// One person's decision on a revision (承認).
    SignOffId, "sgn");
id!(
    /// An order to take back what is out (取消し).
    WithdrawalId, "wdr");
id!(
    /// An assurance that somebody gave (確認事項).
    AttestationId, "asr");
id!(
    /// A version of an account's texts (運用方針).
    AccountPolicyId, "apl");
id!(
    /// A stop on a scope (保留).
    HoldId, "hld");
id!(
    /// A declared emergency (緊急モード).
    EmergencyId, "emg");
id!(
    /// A drill (訓練).
    DrillId, "drl");
id!(
    /// A ledger entry (台帳).
    EntryId, "ent");
id!(
    /// An immutable version of an organization's policy.
    PolicyId, "pol");
id!(
    /// A version of a policy that waits for signatures.
    ProposalId, "prp");
id!(
    /// A connection of an account that has begun and is not finished.
    ConnectionId, "con");
id!(
    /// Something that a node without a key ring handed to the dispatchers.
    HandoverId, "hov");
id!(
    /// A post that was made past the gateway and told of afterwards.
    AdoptedPostId, "adp");
id!(
    /// A time to which the database was set back.
    RestorationId, "rst");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let post = PostId::new(Uuid::from_u128(7));
        assert_eq!(post.to_string().parse::<PostId>(), Ok(post));
        assert!(post.to_string().parse::<DeliveryId>().is_err());
        assert!("pst_".parse::<PostId>().is_err());
    }
}
