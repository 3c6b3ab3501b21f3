//! What can be done on each platform at all. Whatever else is asked is refused, not quietly left out.
//!
//! The facts and their sources: docs/PLATFORMS.md.

use super::{
    account::Platform,
    revision::{Act, Payload, Visibility},
};

/// How a platform takes a post of several parts (連投).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// It does not.
    One,
    /// Each part is a call of its own and goes on from the one before.
    Chain,
    /// All parts leave in one call, so many at most.
    Together(u16),
}

/// What a platform can do.
#[derive(Debug, Clone, Copy)]
pub struct Abilities {
    /// Which acts, corrections apart.
    pub acts: &'static [Act],
    /// What can be put in place of what is out.
    pub corrections: Corrections,
    /// How it takes several parts.
    pub parts: Parts,
    /// Who can be chosen to see a post.
    pub visibilities: &'static [Visibility],
    /// Whether one can choose whom a post goes to.
    pub audiences: Audiences,
    /// Whether it is told the language of a text.
    pub language: Languages,
    /// Whether a preview of our own making can be sent along.
    pub link_card: LinkCards,
    /// Whether a text alone is a post.
    pub text_alone: TextAlone,
    /// Whether what is out can be taken back by us.
    pub withdrawal: Withdrawals,
}

impl Abilities {
    /// Whether it does this at all.
    #[must_use]
    pub fn can(&self, act: Act) -> bool {
        match act {
            Act::Correct => self.corrections != Corrections::Impossible,
            Act::New | Act::Reply | Act::Repost | Act::Quote => self.acts.contains(&act),
        }
    }
}

/// What can be put in place of what is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corrections {
    /// Nothing.
    Impossible,
    /// Other words; pictures and films stay as they are.
    OfWords,
    /// Other words, pictures and films.
    OfAll,
}

/// Whose previews a platform shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkCards {
    /// Ours.
    Ours,
    /// Those that it makes itself, or none.
    Theirs,
}

/// Whom a post goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audiences {
    /// Everybody who follows the account, always.
    Everybody,
    /// Everybody, or who was chosen.
    Chosen,
}

/// Whether a platform is told the language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Languages {
    /// It is.
    Told,
    /// It has no place for it.
    Untold,
}

/// Whether a text alone is a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextAlone {
    /// It is.
    Post,
    /// A picture or film is needed.
    NeedsMedia,
}

/// Whether what is out can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawals {
    /// By a call of ours.
    Possible,
    /// Nobody can.
    Impossible,
}

const PUBLIC: &[Visibility] = &[Visibility::Public];
const CHOSEN: &[Visibility] = &[Visibility::Public, Visibility::Unlisted, Visibility::Followers];

/// What a platform can do.
#[must_use]
pub const fn of(platform: Platform) -> Abilities {
    let plain = Abilities {
        acts: &[Act::New],
        corrections: Corrections::Impossible,
        parts: Parts::One,
        visibilities: PUBLIC,
        audiences: Audiences::Everybody,
        language: Languages::Untold,
        link_card: LinkCards::Theirs,
        text_alone: TextAlone::Post,
        withdrawal: Withdrawals::Possible,
    };
    match platform {
        Platform::X => Abilities {
            acts: &[Act::New, Act::Reply, Act::Repost, Act::Quote],
            parts: Parts::Chain,
            ..plain
        },
        Platform::Facebook => Abilities {
            corrections: Corrections::OfWords,
            ..plain
        },
        // Accounts that were connected by Instagram Login have no call that removes a post.
        Platform::Instagram => Abilities {
            text_alone: TextAlone::NeedsMedia,
            withdrawal: Withdrawals::Impossible,
            ..plain
        },
        Platform::Threads => Abilities {
            acts: &[Act::New, Act::Reply, Act::Quote],
            parts: Parts::Chain,
            ..plain
        },
        Platform::Line => Abilities {
            parts: Parts::Together(5),
            audiences: Audiences::Chosen,
            withdrawal: Withdrawals::Impossible,
            ..plain
        },
        Platform::Bluesky => Abilities {
            acts: &[Act::New, Act::Reply, Act::Repost, Act::Quote],
            parts: Parts::Chain,
            language: Languages::Told,
            link_card: LinkCards::Ours,
            ..plain
        },
        // Quotes came with Mastodon 4.5 and are not known to its relatives. Only here and on Facebook is edited what
        // is out: on X an edit is a new post with a new id, Bluesky's own app does not show one, the others have none.
        Platform::Mastodon => Abilities {
            acts: &[Act::New, Act::Reply, Act::Repost],
            corrections: Corrections::OfAll,
            parts: Parts::Chain,
            visibilities: CHOSEN,
            language: Languages::Told,
            ..plain
        },
        Platform::Misskey => Abilities {
            acts: &[Act::New, Act::Reply, Act::Repost, Act::Quote],
            parts: Parts::Chain,
            visibilities: CHOSEN,
            ..plain
        },
    }
}

/// Whether something has to be done before the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preparation {
    /// The call is all.
    Needless,
    /// Uploads, containers, a chosen record key, a dry run.
    Needed,
}

/// Whether a payload has to be made ready before its call.
#[must_use]
pub fn preparation(platform: Platform, payload: &Payload) -> Preparation {
    let has_media = payload.parts.iter().any(|part| !part.media.is_empty());
    match platform {
        Platform::Instagram | Platform::Threads | Platform::Bluesky => Preparation::Needed,
        // A dry run: nobody can take back what went out.
        Platform::Line => Preparation::Needed,
        _ if has_media => Preparation::Needed,
        _ => Preparation::Needless,
    }
}

/// How many calls a payload takes.
#[must_use]
pub fn calls(platform: Platform, payload: &Payload) -> u16 {
    match of(platform).parts {
        Parts::Chain => u16::try_from(payload.parts.len()).unwrap_or(u16::MAX),
        Parts::One | Parts::Together(_) => 1,
    }
}
