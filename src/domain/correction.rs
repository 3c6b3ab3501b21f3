//! Corrections (訂正) of what is out: a post of its own puts other words in place of those of an earlier one.

use chrono::{DateTime, Utc};

use super::{
    account::KeySupport,
    ids::{DeliveryId, PostId},
    revision::{Act, Media, Visibility},
};

/// How stands what a correction refers to. What is not among our own posts stands nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorrectedStanding {
    /// It is out, and its words are ours.
    Out(Original),
    /// The same, but of another correction of it nobody knows yet whether it is out: of two edits the later one stays.
    InDoubt(Original),
    /// It passes on somebody else's post: there are no words of ours to edit.
    Wordless,
    /// It was taken back, or is about to be.
    Withdrawn,
}

/// What went out first, as far as an edit may have to leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Who can see it: an edit does not change that.
    pub visibility: Visibility,
    /// What it showed: where only words can be edited, it still does.
    pub media: Vec<Media>,
}

/// The part of a delivery that a platform's id belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartOut {
    /// The post.
    pub post: PostId,
    /// The delivery.
    pub delivery: DeliveryId,
    /// Which part, from 0.
    pub part: u16,
}

/// A correction that is out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The delivery that it corrects.
    pub corrected: DeliveryId,
    /// The post that does.
    pub post: PostId,
    /// Its delivery.
    pub delivery: DeliveryId,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// Whether a repeated call is recognised by its key.
///
/// Keys are a promise about what is created. An edit that is made twice says the same twice, but another edit may
/// have come between the two, ours or one by hand, and the second would undo it unseen. So an edit in doubt is never
/// repeated: what stands there is read and compared, which for an edit is exact.
#[must_use]
pub const fn keys_for(act: Act, keys: KeySupport) -> KeySupport {
    match act {
        Act::Correct => KeySupport::NotHonoured,
        Act::New | Act::Reply | Act::Repost | Act::Quote => keys,
    }
}
