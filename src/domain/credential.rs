//! What is known of an account's credential without opening it, and what is to be done for it next.

use chrono::{DateTime, TimeDelta, Utc};

use super::{account::Platform, quota::QuotaSeen};
use crate::vocabulary;

vocabulary! {
    /// What a person is given at a platform, to be handed in here.
    GivenKind {
        /// What is sent with each call.
        Token = "token",
        /// A password for programs, with the name for signing in.
        AppPassword = "app_password",
        /// A channel's id and its secret.
        ChannelSecret = "channel_secret",
        /// A channel's id and a private key of its own.
        ChannelKey = "channel_key",
    }
}

/// What a platform takes of what can be handed in; nothing where only a person's consent connects an account.
#[must_use]
pub const fn taken(platform: Platform) -> &'static [GivenKind] {
    match platform {
        // A token of X lives for two hours and cannot be renewed by itself.
        Platform::X => &[],
        Platform::Bluesky => &[GivenKind::AppPassword],
        Platform::Line => &[GivenKind::ChannelKey, GivenKind::ChannelSecret, GivenKind::Token],
        Platform::Facebook
        | Platform::Instagram
        | Platform::Threads
        | Platform::Mastodon
        | Platform::Misskey => &[GivenKind::Token],
    }
}

vocabulary! {
    /// How a credential is renewed.
    Renewal {
        /// By the gateway, with a refresh token.
        Refresh = "refresh",
        /// By a person, who connects the account again.
        Reconnect = "reconnect",
    }
}

vocabulary! {
    /// What went wrong when a credential was last renewed or asked about.
    Trouble {
        /// The server refuses the refresh token: nothing but a person renews it.
        Refused = "refused",
        /// A refresh was asked for, and the answer is lost: the server may have made a new token.
        Unanswered = "unanswered",
        /// The server cannot be reached.
        Unreachable = "unreachable",
    }
}

/// How often a credential is asked about at its server.
const CHECK_EVERY: TimeDelta = TimeDelta::days(1);

/// A new credential that is refused sooner is refused for another reason than its age.
const YOUNG: TimeDelta = TimeDelta::seconds(60);

/// How long before its end a credential is renewed: a third of its life.
const PART_LEFT: i32 = 3;

vocabulary! {
    /// How a credential stands, the worst that is to be said of it.
    CredentialStanding {
        /// Nothing is to be done.
        Good = "good",
        /// It has not been used yet.
        Unproven = "unproven",
        /// It left the vault in an envelope: connect the account again.
        Exported = "exported",
        /// It is older than the policy says, and ordinary posts stop: connect the account again.
        Overdue = "overdue",
        /// It ends or becomes too old soon, and only a person renews it.
        EndsSoon = "ends_soon",
        /// The platform refuses to renew it: connect the account again before it ends.
        RefreshRefused = "refresh_refused",
        /// The platform refuses it.
        Refused = "refused",
    }
}

impl CredentialStanding {
    /// Whether a person has to do something.
    #[must_use]
    pub const fn needs_attention(self) -> bool {
        !matches!(self, Self::Good | Self::Unproven)
    }
}

/// How old credentials may become, and how early people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialAges {
    longest: Option<TimeDelta>,
    warning: TimeDelta,
}

/// Three weeks: a person who can consent may be away.
const USUAL_WARNING_DAYS: u16 = 21;

impl CredentialAges {
    /// From the days of a policy.
    #[must_use]
    pub fn of_days(longest: Option<u16>, warning: Option<u16>) -> Self {
        let days = |days: u16| TimeDelta::days(days.into());
        Self {
            longest: longest.map(days),
            warning: days(warning.unwrap_or(USUAL_WARNING_DAYS)),
        }
    }

    /// Whether credentials become too old at all.
    #[must_use]
    pub const fn are_limited(&self) -> bool {
        self.longest.is_some()
    }

    /// The last moment at which a credential is not too old; none if age does not count.
    #[must_use]
    pub fn good_until(&self, obtained_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(obtained_at + self.longest?)
    }
}

/// One version of a credential, as far as it is known without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialFacts {
    /// Which write of it.
    pub version: i64,
    /// How it is renewed.
    pub renewal: Renewal,
    /// When it was given to us.
    pub obtained_at: DateTime<Utc>,
    /// When the access token ends.
    pub access_expires_at: Option<DateTime<Utc>>,
    /// When the refresh token ends.
    pub refresh_expires_at: Option<DateTime<Utc>>,
    /// When it first worked.
    pub proven_at: Option<DateTime<Utc>>,
    /// When it left the vault in an envelope for emergencies.
    pub exported_at: Option<DateTime<Utc>>,
}

impl CredentialFacts {
    /// When it is renewed ahead of its end.
    #[must_use]
    pub fn renew_at(&self) -> Option<DateTime<Utc>> {
        let ends = self.access_expires_at?;
        let life = (ends - self.obtained_at).max(TimeDelta::zero());
        Some(ends - life / PART_LEFT)
    }

    /// Whether a refusal may be cured by renewing it.
    #[must_use]
    pub fn may_be_stale(&self, now: DateTime<Utc>) -> bool {
        let ended = self.access_expires_at.is_some_and(|ends| ends <= now);
        self.renewal == Renewal::Refresh && (ended || now - self.obtained_at >= YOUNG)
    }
}

/// What the nodes know together of the care for one account's credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Care {
    /// The version that a platform refused.
    pub refused_version: Option<i64>,
    /// What went wrong last.
    pub trouble: Option<Trouble>,
    /// How often in a row.
    pub failures: u32,
    /// When its server last said that it is good.
    pub checked_at: Option<DateTime<Utc>>,
    /// How many more posts its platform takes, if it says so.
    pub quota: Option<QuotaSeen>,
}

/// What is to be done for a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// A new version has not worked yet: its server is asked.
    Prove,
    /// A new one is asked for.
    Refresh,
    /// Its server is asked whether it is good.
    Check,
    /// Nothing before this time.
    Rest(DateTime<Utc>),
}

impl Care {
    /// When a credential ends for good unless a person does something.
    #[must_use]
    pub fn ends_at(&self, newest: &CredentialFacts) -> Option<DateTime<Utc>> {
        match newest.renewal {
            Renewal::Refresh if self.trouble != Some(Trouble::Refused) => newest.refresh_expires_at,
            Renewal::Refresh | Renewal::Reconnect => newest.access_expires_at,
        }
    }

    /// How the newest version stands.
    #[must_use]
    pub fn standing(
        &self,
        newest: &CredentialFacts,
        ages: CredentialAges,
        now: DateTime<Utc>,
    ) -> CredentialStanding {
        let ends_soon = self
            .ends_at(newest)
            .is_some_and(|ends| ends - now <= ages.warning);
        let good_until = ages.good_until(newest.obtained_at);
        if self.is_refused(newest.version) {
            CredentialStanding::Refused
        } else if self.trouble == Some(Trouble::Refused) {
            CredentialStanding::RefreshRefused
        } else if ends_soon {
            CredentialStanding::EndsSoon
        } else if good_until.is_some_and(|until| until < now) {
            CredentialStanding::Overdue
        } else if good_until.is_some_and(|until| until - now <= ages.warning) {
            CredentialStanding::EndsSoon
        } else if newest.exported_at.is_some() {
            CredentialStanding::Exported
        } else if newest.proven_at.is_none() {
            CredentialStanding::Unproven
        } else {
            CredentialStanding::Good
        }
    }

    /// Whether this version was refused, and is not to be used before somebody looked.
    #[must_use]
    pub fn is_refused(&self, version: i64) -> bool {
        self.refused_version == Some(version)
    }

    /// What is to be done next for the newest version.
    #[must_use]
    pub fn next(&self, newest: &CredentialFacts, now: DateTime<Utc>) -> NextStep {
        if newest.proven_at.is_none() {
            return NextStep::Prove;
        }
        let renewable = newest.renewal == Renewal::Refresh && self.trouble != Some(Trouble::Refused);
        if self.is_refused(newest.version) {
            return if renewable {
                NextStep::Refresh
            } else {
                NextStep::Check
            };
        }
        let renew_at = newest.renew_at().filter(|_| renewable);
        if renew_at.is_some_and(|at| at <= now) {
            return NextStep::Refresh;
        }
        let check_at = self.check_at(newest, now);
        if check_at <= now {
            return NextStep::Check;
        }
        NextStep::Rest(renew_at.map_or(check_at, |renew_at| renew_at.min(check_at)))
    }

    /// Once a day, and when it should have ended.
    fn check_at(&self, newest: &CredentialFacts, now: DateTime<Utc>) -> DateTime<Utc> {
        let Some(checked) = self.checked_at else {
            return now;
        };
        let daily = checked + CHECK_EVERY;
        let ends = newest.access_expires_at.filter(|ends| checked < *ends);
        ends.map_or(daily, |ends| ends.min(daily))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + 60 * minutes, 0).unwrap()
    }

    /// Obtained at 0, good for two hours, with a refresh token.
    fn newest() -> CredentialFacts {
        CredentialFacts {
            version: 2,
            renewal: Renewal::Refresh,
            obtained_at: at(0),
            access_expires_at: Some(at(120)),
            refresh_expires_at: None,
            proven_at: Some(at(0)),
            exported_at: None,
        }
    }

    fn checked() -> Care {
        Care {
            checked_at: Some(at(0)),
            ..Care::default()
        }
    }

    #[test]
    fn it_is_renewed_after_two_thirds_of_its_life() {
        assert_eq!(checked().next(&newest(), at(0)), NextStep::Rest(at(80)));
        assert_eq!(checked().next(&newest(), at(79)), NextStep::Rest(at(80)));
        assert_eq!(checked().next(&newest(), at(80)), NextStep::Refresh);
    }

    #[test]
    fn what_did_not_work_yet_is_proven_before_anything_else() {
        let fresh = CredentialFacts {
            proven_at: None,
            ..newest()
        };
        assert_eq!(checked().next(&fresh, at(500)), NextStep::Prove);
    }

    #[test]
    fn a_refused_version_is_renewed_and_an_older_refusal_says_nothing() {
        let refused = |version| Care {
            refused_version: Some(version),
            ..checked()
        };
        assert_eq!(refused(2).next(&newest(), at(2)), NextStep::Refresh);
        assert_eq!(refused(1).next(&newest(), at(2)), NextStep::Rest(at(80)));
    }

    #[test]
    fn a_refused_refresh_is_not_asked_for_again() {
        let care = Care {
            trouble: Some(Trouble::Refused),
            refused_version: Some(2),
            ..checked()
        };
        assert_eq!(care.next(&newest(), at(100)), NextStep::Check);
        let care = Care {
            refused_version: None,
            ..care
        };
        assert_eq!(care.next(&newest(), at(100)), NextStep::Rest(at(120)));
        assert_eq!(
            care.next(&newest(), at(120)),
            NextStep::Check,
            "it should have ended"
        );
    }

    #[test]
    fn an_unanswered_refresh_is_asked_for_again() {
        let care = Care {
            trouble: Some(Trouble::Unanswered),
            ..checked()
        };
        assert_eq!(care.next(&newest(), at(90)), NextStep::Refresh);
    }

    #[test]
    fn what_never_ends_is_asked_about_once_a_day() {
        let endless = CredentialFacts {
            renewal: Renewal::Reconnect,
            access_expires_at: None,
            ..newest()
        };
        assert_eq!(checked().next(&endless, at(60)), NextStep::Rest(at(24 * 60)));
        assert_eq!(checked().next(&endless, at(24 * 60)), NextStep::Check);
        assert_eq!(Care::default().next(&endless, at(1)), NextStep::Check);
    }

    #[test]
    fn people_are_told_weeks_ahead_and_only_of_what_they_alone_can_renew() {
        let days = |days: i64| at(days * 24 * 60);
        let ages = CredentialAges::of_days(Some(90), Some(14));
        let plain = CredentialFacts {
            renewal: Renewal::Reconnect,
            access_expires_at: Some(days(60)),
            ..newest()
        };
        let standing = |facts: &CredentialFacts, now| checked().standing(facts, ages, now);
        assert_eq!(standing(&plain, days(45)), CredentialStanding::Good);
        assert_eq!(standing(&plain, days(46)), CredentialStanding::EndsSoon);
        assert_eq!(
            standing(&newest(), at(1)),
            CredentialStanding::Good,
            "the gateway renews it"
        );
        let endless = CredentialFacts {
            access_expires_at: None,
            ..plain
        };
        assert_eq!(standing(&endless, days(75)), CredentialStanding::Good);
        assert_eq!(standing(&endless, days(76)), CredentialStanding::EndsSoon);
        assert_eq!(standing(&endless, days(90)), CredentialStanding::EndsSoon);
        assert_eq!(standing(&endless, days(91)), CredentialStanding::Overdue);
        let exported = CredentialFacts {
            exported_at: Some(at(1)),
            ..endless
        };
        assert_eq!(standing(&exported, days(2)), CredentialStanding::Exported);
        let refused = Care {
            trouble: Some(Trouble::Refused),
            ..checked()
        };
        let long = CredentialFacts {
            access_expires_at: Some(days(60)),
            ..newest()
        };
        assert_eq!(
            refused.standing(&long, ages, days(1)),
            CredentialStanding::RefreshRefused
        );
        assert!(
            CredentialStanding::Exported.needs_attention() && !CredentialStanding::Unproven.needs_attention()
        );
    }

    #[test]
    fn a_young_credential_is_not_refused_because_of_its_age() {
        assert!(!newest().may_be_stale(at(0)));
        assert!(newest().may_be_stale(at(1)));
        let short = CredentialFacts {
            access_expires_at: Some(at(0)),
            ..newest()
        };
        assert!(short.may_be_stale(at(0)), "it has ended");
        let plain = CredentialFacts {
            renewal: Renewal::Reconnect,
            ..newest()
        };
        assert!(!plain.may_be_stale(at(100)));
    }
}
