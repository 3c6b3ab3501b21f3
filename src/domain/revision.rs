//! What people sign: an immutable snapshot of a post's content, and its digest.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    audience::Audience,
    canonical::Canonical,
    digest::{MediaDigest, RevisionDigest},
    ids::{AccountId, DrillId, OrganizationId, PostId, RevisionId, UserId},
    source::Source,
};
use crate::vocabulary;

/// The tag under which revisions are hashed; a change of the encoding needs a new one.
const TAG: &str = "sekisho/revision/v1";

/// What every text of a drill begins with.
pub const DRILL_MARK: &str = "【訓練】";

vocabulary! {
    /// What a post does on the platform.
    Act {
        /// A post of its own.
        New = "new",
        /// An answer to somebody's post.
        Reply = "reply",
        /// Passing on somebody's post (情報の転載, KUR-6.0).
        Repost = "repost",
        /// Passing it on with words of one's own.
        Quote = "quote",
        /// Putting other words, pictures and films in place of what is out: a post of ours on the same account.
        Correct = "correct",
    }
}

vocabulary! {
    /// What a post is for.
    Kind {
        /// The daily business.
        Ordinary = "ordinary",
        /// Disaster information, under a declared emergency.
        Emergency = "emergency",
        /// Corrects an earlier post.
        Correction = "correction",
        /// Belongs to an incident (トラブル).
        Incident = "incident",
        /// A drill (訓練).
        Drill = "drill",
    }
}

vocabulary! {
    /// Who can see a post, where the platform lets one choose.
    Visibility {
        /// Everybody, and in public timelines.
        Public = "public",
        /// Everybody, but not in public timelines.
        Unlisted = "unlisted",
        /// Followers only.
        Followers = "followers",
    }
}

/// When a post may leave: both ends are part of what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedRange {
    /// Not before.
    pub earliest: DateTime<Utc>,
    /// Not after.
    pub latest: DateTime<Utc>,
}

impl AllowedRange {
    /// A range, or nothing if it ends before it begins.
    #[must_use]
    pub fn new(earliest: DateTime<Utc>, latest: DateTime<Utc>) -> Option<Self> {
        (earliest <= latest).then_some(Self { earliest, latest })
    }

    /// Whether a time lies inside, both ends included.
    #[must_use]
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.earliest <= at && at <= self.latest
    }
}

/// A preview that the platform shows under a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCard {
    /// Where it leads.
    pub uri: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
}

/// A picture or film, by the digest of its bytes, with its description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Digest of the bytes.
    pub digest: MediaDigest,
    /// Alternative text (JIS X 8341-3).
    pub alt: String,
}

/// One part of what leaves for one target; several parts make a series (連投).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The text, exactly as a citizen will see it.
    pub text: String,
    /// The preview, if one is made.
    pub link_card: Option<LinkCard>,
    /// Pictures and films, in order.
    pub media: Vec<Media>,
}

/// The final payload for one account, as it will leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The account that it goes to.
    pub account: AccountId,
    /// One or more parts.
    pub parts: Vec<Part>,
    /// The language, as ISO 639-1.
    pub language: Option<String>,
    /// Who can see it.
    pub visibility: Visibility,
    /// The platform's id of what is answered, passed on, quoted or corrected.
    pub refers_to: Option<String>,
    /// Whom it goes to, where that is not everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
}

impl Payload {
    /// Each picture and film in order, with its part and its number in that part, both from 0.
    pub fn media(&self) -> impl Iterator<Item = (usize, usize, &Media)> {
        let parts = self.parts.iter().enumerate();
        parts.flat_map(|(part, of)| {
            (0..)
                .zip(&of.media)
                .map(move |(number, medium)| (part, number, medium))
        })
    }
}

/// Everything that is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What it does.
    pub act: Act,
    /// What it is for.
    pub kind: Kind,
    /// The drill that it belongs to, for a drill.
    pub drill: Option<DrillId>,
    /// When it may leave.
    pub range: AllowedRange,
    /// One payload per account, sorted by account, never empty, no account twice.
    payloads: Vec<Payload>,
    /// Where what it says comes from (出典), if that is somewhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// Why a content cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// A post goes somewhere.
    #[error("a post needs at least one target")]
    NoTarget,
    /// An account is named more than once.
    #[error("{0} is named twice")]
    TargetTwice(AccountId),
    /// A payload without a part.
    #[error("the payload for {0} has no part")]
    NoPart(AccountId),
    /// A drill's text that does not say so.
    #[error("a drill's text for {0} must begin with the drill mark")]
    NoDrillMark(AccountId),
    /// The drill mark on something that is none: people would take it for one.
    #[error("the text for {0} carries the drill mark but is not a drill")]
    StrayDrillMark(AccountId),
}

impl Content {
    /// Sorts the payloads and checks what no policy may ever change.
    ///
    /// # Errors
    /// See [`ContentError`].
    pub fn new(
        act: Act,
        kind: Kind,
        drill: Option<DrillId>,
        range: AllowedRange,
        mut payloads: Vec<Payload>,
    ) -> Result<Self, ContentError> {
        payloads.sort_by_key(|payload| payload.account);
        if payloads.is_empty() {
            return Err(ContentError::NoTarget);
        }
        if let Some(twice) = payloads
            .windows(2)
            .find(|pair| pair[0].account == pair[1].account)
        {
            return Err(ContentError::TargetTwice(twice[0].account));
        }
        for payload in &payloads {
            let first = payload
                .parts
                .first()
                .ok_or(ContentError::NoPart(payload.account))?;
            let marked = first.text.starts_with(DRILL_MARK);
            match (kind, marked) {
                (Kind::Drill, false) => return Err(ContentError::NoDrillMark(payload.account)),
                (Kind::Drill, true) | (_, false) => {}
                (_, true) => return Err(ContentError::StrayDrillMark(payload.account)),
            }
        }
        Ok(Self {
            act,
            kind,
            drill,
            range,
            payloads,
            source: None,
        })
    }

    /// The same with another source, or without one.
    #[must_use]
    pub fn with_source(self, source: Option<Source>) -> Self {
        Self { source, ..self }
    }

    /// The payloads, sorted by account.
    #[must_use]
    pub fn payloads(&self) -> &[Payload] {
        &self.payloads
    }

    /// The payload for one account.
    #[must_use]
    pub fn payload(&self, account: AccountId) -> Option<&Payload> {
        self.payloads.iter().find(|payload| payload.account == account)
    }

    /// The language, as the payloads tell that their platforms are told; all of them tell the same.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        self.payloads
            .iter()
            .find_map(|payload| payload.language.as_deref())
    }

    /// Every picture and film that it shows, once each.
    #[must_use]
    pub fn media(&self) -> BTreeSet<MediaDigest> {
        let parts = self.payloads.iter().flat_map(|payload| &payload.parts);
        parts
            .flat_map(|part| &part.media)
            .map(|media| media.digest)
            .collect()
    }

    /// The digest that sign-offs are bound to: SHA-256 over the canonical bytes.
    ///
    /// The organization is part of it, so a digest of one town means nothing in another.
    #[must_use]
    pub fn digest(&self, organization: OrganizationId) -> RevisionDigest {
        let mut bytes = Canonical::tagged(TAG);
        bytes
            .text(&organization.to_string())
            .text(self.act.as_str())
            .text(self.kind.as_str())
            .optional(self.drill.map(|drill| drill.to_string()).as_deref())
            .number(self.range.earliest.timestamp_micros())
            .number(self.range.latest.timestamp_micros())
            .count(self.payloads.len());
        for payload in &self.payloads {
            payload.encode(&mut bytes);
        }
        // None leaves no trace: what was signed before there were sources stays what it was.
        if let Some(source) = &self.source {
            source.encode(&mut bytes);
        }
        RevisionDigest::new(bytes.sha256())
    }
}

impl Payload {
    fn encode(&self, bytes: &mut Canonical) {
        bytes
            .text(&self.account.to_string())
            .optional(self.language.as_deref())
            .text(self.visibility.as_str())
            .optional(self.refers_to.as_deref())
            .count(self.parts.len());
        for part in &self.parts {
            bytes.text(&part.text);
            bytes.count(usize::from(part.link_card.is_some()));
            if let Some(card) = &part.link_card {
                bytes.text(&card.uri).text(&card.title).text(&card.description);
            }
            bytes.count(part.media.len());
            for media in &part.media {
                bytes.bytes(media.digest.as_bytes()).text(&media.alt);
            }
        }
        // Everybody leaves no trace here: what was signed before one could choose stays what it was.
        if let Some(audience) = &self.audience {
            audience.encode(bytes);
        }
    }
}

/// An immutable snapshot of a post's content.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Its id.
    pub id: RevisionId,
    /// The post that it belongs to.
    pub post: PostId,
    /// 1 for the first, one more for each edit.
    pub number: i64,
    /// Who wrote it: the author for the first, an editor for every other.
    pub editor: UserId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// What it says.
    pub content: Content,
    /// The digest of the content in its organization.
    pub digest: RevisionDigest,
}
