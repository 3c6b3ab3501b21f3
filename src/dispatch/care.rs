//! Looks after credentials: renews them ahead of their end, once across all nodes, asks about them once a day,
//! and parks the account, loudly, when nothing but a person can help.
//!
//! A new token is committed before it is used, and the one before stays until the new one has worked. A refresh
//! whose answer is lost is asked for again with the old token; only when that is refused too is a person called.

mod endings;

use chrono::TimeDelta;

use self::endings::good;
use super::Dispatcher;
use crate::{
    domain::{
        account::{Account, AccountStatus},
        credential::{Care, CredentialAges, CredentialFacts, NextStep, Renewal, Trouble},
        quota::QuotaSeen,
    },
    fault,
    platform::{AskError, RefreshError},
    service::{Conflict, ServiceError, Thing, credentials as sealed},
    store::{
        accounts,
        care::{self, Kept},
        credentials::{self, Version},
    },
    vault::Credential,
};

/// How many accounts one round looks after.
const BATCH: i64 = 32;

/// The pause between two rounds.
pub(super) const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// How often an account is looked at for which there is nothing to do.
const IDLE: TimeDelta = TimeDelta::days(1);

/// After a first refusal the server is asked again: one 401 proves no revocation.
const SECOND_LOOK: TimeDelta = TimeDelta::minutes(3);

/// How many steps one look makes at most: refresh, prove, rest.
const STEPS: usize = 4;

/// An account whose lease is ours, with its credential's versions, the newest first.
struct Case {
    kept: Kept,
    account: Account,
    versions: Vec<Version>,
}

impl Case {
    fn newest(&self) -> Option<&CredentialFacts> {
        self.versions.first().map(|version| &version.facts)
    }
}

/// What a server says of a credential.
enum Answer {
    /// It is this account's, and good.
    Good,
    /// It is not.
    Refused(String),
    /// There is no answer that says anything.
    Unreachable,
}

/// What a step led to.
enum Led {
    /// There is more to do at once.
    On,
    /// The lease is given back.
    Done,
}

impl Dispatcher {
    /// Looks after every credential whose time has come. Tells how many there were.
    ///
    /// # Errors
    /// The database.
    pub async fn look_after_credentials(&self) -> Result<usize, ServiceError> {
        if self.service.key_ring.is_none() {
            return Ok(0);
        }
        let mut reader = self.service.store.read().await?;
        let due = care::due(&mut reader, self.service.now(), BATCH).await?;
        drop(reader);
        let count = due.len();
        for kept in due {
            if let Err(why) = self.look_after(kept).await {
                tracing::warn!(account = %kept.account, %why, "a credential could not be looked after now");
            }
        }
        Ok(count)
    }

    async fn look_after(&self, due: Kept) -> Result<(), ServiceError> {
        for _ in 0..STEPS {
            let Some(case) = self.take_care(due).await? else {
                return Ok(());
            };
            match self.step(&case).await? {
                Led::On => {}
                Led::Done => return Ok(()),
            }
        }
        Ok(())
    }

    /// Takes the lease, for longer than two requests can take, and reads what there is.
    async fn take_care(&self, due: Kept) -> Result<Option<Case>, ServiceError> {
        let (owner, now) = (self.config.worker.clone(), self.service.now());
        let until = now + self.pace.quiet + self.config.longest_request;
        let taken = self.service.store.write(move |tx| {
            Box::pin(async move {
                let Some(kept) = care::take(tx, due.organization, due.account, &owner, now, until).await?
                else {
                    return Ok(None);
                };
                let account = accounts::find(tx, kept.organization, kept.account).await?;
                let versions = credentials::versions(tx, kept.organization, kept.account).await?;
                Ok::<_, ServiceError>(account.map(|account| Case {
                    kept,
                    account,
                    versions,
                }))
            })
        });
        Ok(taken.await?.into_inner())
    }

    async fn step(&self, case: &Case) -> Result<Led, ServiceError> {
        let now = self.service.now();
        let newest = case
            .newest()
            .filter(|_| case.account.status == AccountStatus::Active);
        let Some(newest) = newest else {
            return self.idle_until(case, now + IDLE).await;
        };
        match case.kept.care.next(newest, now) {
            NextStep::Rest(until) => self.idle_until(case, until).await,
            NextStep::Prove => self.prove(case, newest).await,
            NextStep::Refresh => self.refresh(case, newest).await,
            NextStep::Check => self.check(case, newest).await,
        }
    }

    /// A new version is asked about. Where it is refused, the one before may still be good.
    async fn prove(&self, case: &Case, newest: &CredentialFacts) -> Result<Led, ServiceError> {
        let now = self.service.now();
        match self.ask(case, 0).await? {
            Answer::Good => self.proven(case, newest.version).await,
            Answer::Unreachable => self.try_later(case, Trouble::Unreachable).await,
            Answer::Refused(why) => match case.versions.get(1) {
                None => self.needs_reconnect(case, &why).await,
                Some(_) => match self.ask(case, 1).await? {
                    Answer::Good => self.dropped(case, newest.version, now).await,
                    Answer::Refused(why) => self.needs_reconnect(case, &why).await,
                    Answer::Unreachable => self.try_later(case, Trouble::Unreachable).await,
                },
            },
        }
    }

    /// Asks for the next version, writes it down, and only then lets anybody use it.
    async fn refresh(&self, case: &Case, newest: &CredentialFacts) -> Result<Led, ServiceError> {
        let old = self.opened(case, 0)?;
        self.tell_refresh_began(case, newest.version).await?;
        fault::point("refreshing");
        let longest = self.config.longest_request.to_std().unwrap_or_default();
        let adapter = self.platforms.get(case.account.platform);
        let adapter = adapter.ok_or(ServiceError::NotFound(Thing::Account))?;
        let asked = tokio::time::timeout(longest, adapter.refresh(&case.account.instance, &old));
        let answer = asked
            .await
            .unwrap_or_else(|_| Err(RefreshError::Unknown("it took too long".to_owned())));
        fault::point("refreshed");
        match answer {
            Ok(new) => self.renewed(case, newest.version, new).await,
            Err(why @ RefreshError::NotSent(_)) => {
                tracing::warn!(account = %case.account.id, %why, "a credential was not renewed");
                self.try_later(case, Trouble::Unreachable).await
            }
            Err(why @ RefreshError::Unknown(_)) => {
                tracing::warn!(account = %case.account.id, %why, "a refresh has no answer");
                self.try_later(case, Trouble::Unanswered).await
            }
            Err(why @ (RefreshError::Refused(_) | RefreshError::NotOffered)) => {
                self.refresh_refused(case, newest, &why.to_string()).await
            }
        }
    }

    /// The refresh token is worth nothing any more; the access token may be, until it ends.
    async fn refresh_refused(
        &self,
        case: &Case,
        newest: &CredentialFacts,
        why: &str,
    ) -> Result<Led, ServiceError> {
        match self.ask(case, 0).await? {
            Answer::Refused(_) => self.needs_reconnect(case, why).await,
            Answer::Unreachable => self.try_later(case, Trouble::Unanswered).await,
            Answer::Good => {
                let care = Care {
                    trouble: Some(Trouble::Refused),
                    ..good(case.kept.care, newest.version, self.service.now())
                };
                let details = serde_json::json!({
                    "version": newest.version, "ends": newest.access_expires_at.map(|ends| ends.to_rfc3339()),
                });
                self.end(case, care, Some("account.refresh_refused"), details)
                    .await
            }
        }
    }

    /// The daily question. What is refused once is renewed, or asked about once more.
    async fn check(&self, case: &Case, newest: &CredentialFacts) -> Result<Led, ServiceError> {
        let (now, care) = (self.service.now(), case.kept.care);
        match self.ask(case, 0).await? {
            Answer::Good => {
                let care = Care {
                    quota: self.quota(case).await?.or(care.quota),
                    ..good(care, newest.version, now)
                };
                let standing = care.standing(newest, self.ages_of(case).await?, now);
                // Once a day, as long as it is so.
                let verb = standing
                    .needs_attention()
                    .then_some("account.credential_attention");
                let ends = care.ends_at(newest).map(|ends| ends.to_rfc3339());
                let details = serde_json::json!({ "state": standing.as_str(), "ends": ends });
                self.end(case, care, verb, details).await
            }
            Answer::Unreachable => self.try_later(case, Trouble::Unreachable).await,
            Answer::Refused(_) if renewable(newest, care) => {
                let care = Care {
                    refused_version: Some(newest.version),
                    ..care
                };
                self.keep(case, care, now).await
            }
            Answer::Refused(why) if care.is_refused(newest.version) => self.needs_reconnect(case, &why).await,
            Answer::Refused(_) => {
                let care = Care {
                    refused_version: Some(newest.version),
                    failures: care.failures + 1,
                    ..care
                };
                self.keep(case, care, now + SECOND_LOOK).await
            }
        }
    }

    async fn ages_of(&self, case: &Case) -> Result<CredentialAges, ServiceError> {
        let mut reader = self.service.store.read().await?;
        match self
            .service
            .policies
            .current(&mut reader, case.kept.organization)
            .await
        {
            Ok(policy) => Ok(policy.credential_ages()),
            Err(ServiceError::Conflict(Conflict::NoPolicy)) => Ok(CredentialAges::of_days(None, None)),
            Err(why) => Err(why),
        }
    }

    fn opened(&self, case: &Case, at: usize) -> Result<Credential, ServiceError> {
        let ring = self.service.key_ring.as_ref().ok_or(ServiceError::NoKeyRing)?;
        let version = case.versions.get(at).ok_or(ServiceError::NoKeyRing)?;
        sealed::open(ring, case.account.organization, case.account.id, version)
    }

    /// How many more posts the platform takes; nothing where it does not say.
    async fn quota(&self, case: &Case) -> Result<Option<QuotaSeen>, ServiceError> {
        let account = &case.account;
        let (Some(adapter), Some(id)) = (self.platforms.get(account.platform), &account.remote_id) else {
            return Ok(None);
        };
        let credential = self.opened(case, 0)?;
        let asked = adapter.quota(&account.instance, id, &credential).await;
        let told = asked.unwrap_or_else(|why| {
            tracing::warn!(account = %account.id, %why, "a platform does not tell its quota");
            None
        });
        let at = self.service.now();
        Ok(told.map(|quota| QuotaSeen { quota, at }))
    }

    async fn ask(&self, case: &Case, at: usize) -> Result<Answer, ServiceError> {
        let credential = match self.opened(case, at) {
            // An older version under a key that is gone is of no use; that the newest does not open may be this
            // node's mistake alone.
            Err(ServiceError::Vault(_)) if at > 0 => {
                return Ok(Answer::Refused("it does not open".to_owned()));
            }
            opened => opened?,
        };
        let account = &case.account;
        let Some(adapter) = self.platforms.get(account.platform) else {
            return Ok(Answer::Unreachable);
        };
        Ok(match adapter.whoami(&account.instance, &credential).await {
            Ok(remote) if account.remote_id.as_ref() == Some(&remote.id) => Answer::Good,
            Ok(_) => Answer::Refused("it belongs to another account".to_owned()),
            Err(why @ AskError::Unauthorised(_)) => Answer::Refused(why.to_string()),
            Err(AskError::Unreachable(_) | AskError::Unreadable(_)) => Answer::Unreachable,
        })
    }
}

fn renewable(newest: &CredentialFacts, care: Care) -> bool {
    newest.renewal == Renewal::Refresh
        && care.trouble != Some(Trouble::Refused)
        && !care.is_refused(newest.version)
}
