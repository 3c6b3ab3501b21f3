//! Official accounts (公式アカウント) and the platforms that they live on.

use chrono::Duration;
use chrono_tz::Tz;

use super::{
    ids::{AccountId, DivisionId, OrganizationId},
    route::Route,
    window::AccountHours,
};
use crate::vocabulary;

vocabulary! {
    /// A social medium.
    Platform {
        /// X.
        X = "x",
        /// Facebook Pages.
        Facebook = "facebook",
        /// Instagram.
        Instagram = "instagram",
        /// Threads.
        Threads = "threads",
        /// LINE official account.
        Line = "line",
        /// Bluesky (AT Protocol).
        Bluesky = "bluesky",
        /// Mastodon and servers that speak its API.
        Mastodon = "mastodon",
        /// Misskey.
        Misskey = "misskey",
    }
}

vocabulary! {
    /// Where an account stands in the register.
    AccountStatus {
        /// In the register, without a credential: nothing can leave.
        Registered = "registered",
        /// Connected and in use.
        Active = "active",
        /// The credential was refused: the queue is parked until somebody connects it again.
        NeedsReconnect = "needs_reconnect",
        /// Taken out of use by the administrator.
        Suspended = "suspended",
        /// Closed for good (AKI-6).
        Closed = "closed",
    }
}

vocabulary! {
    /// Whether an account exists for drills: a drill never leaves by any other, and nothing else by it.
    AccountPurpose {
        /// Speaks to citizens.
        Public = "public",
        /// For drills (訓練) only.
        Drill = "drill",
    }
}

/// What a server said of itself; numbers in here are read, never assumed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// The longest text, in the platform's own unit.
    pub max_characters: u32,
    /// How many characters any link counts.
    pub characters_per_url: u32,
    /// The largest film, in bytes, if it told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub film_bytes: Option<u64>,
}

/// How long a server remembers an idempotency key, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySupport {
    /// Proven or declared: a repeat with the same key within this many seconds is safe.
    Honoured {
        /// Seconds, the margin already taken off.
        seconds: u32,
    },
    /// Unknown or known to be absent: a repeat may post twice.
    NotHonoured,
}

/// One account, as the gate, the services and the dispatcher see it.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The organization that owns it.
    pub organization: OrganizationId,
    /// Where it lives.
    pub platform: Platform,
    /// The server, such as `https://social.example.lg.jp`; scheme and host, no path.
    pub instance: String,
    /// The name on the platform, without `@`.
    pub handle: String,
    /// The platform's own id, known once connected.
    pub remote_id: Option<String>,
    /// The name that staff see.
    pub name: String,
    /// The register's status.
    pub status: AccountStatus,
    /// Whether it is for drills.
    pub purpose: AccountPurpose,
    /// The zone in which its hours are meant.
    pub zone: Tz,
    /// Operating hours, closed days and the minute grid.
    pub hours: AccountHours,
    /// How late a post may leave before it counts as missed.
    pub grace: Duration,
    /// The sign-offs that it asks for.
    pub route: Route,
    /// The divisions that share it; the first one leads (KUR-5.1).
    pub divisions: Vec<DivisionId>,
    /// Limits as read from the server; none before it was asked.
    pub limits: Option<Limits>,
    /// Whether its server honours idempotency keys.
    pub keys: KeySupport,
    /// Whether the account's operating policy has an emergency clause (KUR-6.1c).
    pub emergency_cover: EmergencyCover,
}

vocabulary! {
    /// Whether an emergency may cover an account: only if its published operating policy says so (KUR-6.1c).
    EmergencyCover {
        /// The policy has an emergency clause.
        Covered = "covered",
        /// It has none: the window holds in an emergency too.
        NotCovered = "not_covered",
    }
}
