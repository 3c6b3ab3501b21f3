//! Which of the three is spoken to: their tables of errors and their names differ.

use super::super::ServerFacts;
use crate::domain::account::{KeySupport, Limits, Platform};

/// One of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::platform) enum Dialect {
    /// Facebook Pages.
    Facebook,
    /// Instagram, by Instagram Login.
    Instagram,
    /// Threads.
    Threads,
}

impl Dialect {
    /// The platform that speaks it.
    pub(in crate::platform) const fn platform(self) -> Platform {
        match self {
            Self::Facebook => Platform::Facebook,
            Self::Instagram => Platform::Instagram,
            Self::Threads => Platform::Threads,
        }
    }

    /// What its documents say, and what its clients count: it has no address that tells it.
    pub(super) fn facts(self) -> ServerFacts {
        let (software, max_characters) = match self {
            Self::Facebook => ("Facebook Graph API", 63_206),
            Self::Instagram => ("Instagram API", 2_200),
            Self::Threads => ("Threads API", 500),
        };
        ServerFacts {
            limits: Limits {
                max_characters,
                characters_per_url: 0,
                film_bytes: None,
            },
            keys: KeySupport::NotHonoured,
            software: software.to_owned(),
        }
    }

    /// Where containers are made.
    pub(super) const fn containers(self) -> &'static str {
        match self {
            Self::Threads => "threads",
            Self::Instagram | Self::Facebook => "media",
        }
    }

    /// Where they are published.
    pub(super) const fn publication(self) -> &'static str {
        match self {
            Self::Threads => "threads_publish",
            Self::Instagram | Self::Facebook => "media_publish",
        }
    }

    /// By which fields a container's state is told.
    pub(super) const fn state(self) -> &'static str {
        match self {
            Self::Threads => "status,error_message",
            Self::Instagram | Self::Facebook => "status_code,status",
        }
    }

    /// Where an account's posts of the day are counted.
    pub(super) const fn quota(self) -> &'static str {
        match self {
            Self::Threads => "threads_publishing_limit",
            Self::Instagram | Self::Facebook => "content_publishing_limit",
        }
    }

    /// By which fields an account is told. `id` of Instagram is another one, of the application's own.
    pub(super) const fn own(self) -> &'static str {
        match self {
            Self::Instagram => "user_id,username",
            Self::Facebook | Self::Threads => "id,username",
        }
    }
}
