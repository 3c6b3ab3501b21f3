//! How a look at a credential ends: what is written down, in one transaction each.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Case, IDLE, Led, SECOND_LOOK};
use crate::{
    dispatch::Dispatcher,
    domain::{
        account::AccountStatus,
        actor::Actor,
        credential::{Care, Trouble},
    },
    fault,
    service::{ServiceError, credentials::Proof, told},
    store::{
        StoreError, Tx, accounts,
        care::{self, Kept},
        credentials,
    },
    vault::Credential,
};

/// What is written when a look ends: a change of its own, and an entry in the ledger.
pub(super) struct Ending {
    care: Care,
    look_at: DateTime<Utc>,
    verb: Option<&'static str>,
    details: serde_json::Value,
}

impl Dispatcher {
    pub(super) async fn tell_refresh_began(&self, case: &Case, version: i64) -> Result<(), ServiceError> {
        let (service, kept) = (self.service.clone(), case.kept);
        let details = serde_json::json!({ "version": version, "fence": kept.fence });
        let telling = self.service.store.write(move |tx| {
            Box::pin(async move {
                let told = told(
                    kept.organization,
                    Actor::Dispatcher,
                    "account.refresh_began",
                    kept.account,
                );
                service.tell(tx, told.with(details)).await?;
                Ok::<_, ServiceError>(())
            })
        });
        telling.await.map(drop)
    }

    /// A new token is a fact, even when the lease is gone by now: it is stored unless somebody stored one since.
    pub(super) async fn renewed(&self, case: &Case, from: i64, new: Credential) -> Result<Led, ServiceError> {
        let (service, kept, now) = (self.service.clone(), case.kept, self.service.now());
        let ring = self.service.key_ring.clone().ok_or(ServiceError::NoKeyRing)?;
        let stored = self.service.store.write(move |tx| {
            Box::pin(async move {
                let current = care::find_for_update(tx, kept.organization, kept.account).await?;
                let versions = credentials::versions(tx, kept.organization, kept.account).await?;
                if versions.first().is_none_or(|newest| newest.facts.version != from) {
                    return Ok(Led::Done);
                }
                let of = (kept.organization, kept.account);
                let stored = service.keep_credential(tx, &ring, of, &new, Proof::NotYet);
                let (version, key) = stored.await?;
                let details = serde_json::json!({ "version": version, "from": from, "key": key });
                let told = told(
                    kept.organization,
                    Actor::Dispatcher,
                    "account.credential_refreshed",
                    kept.account,
                );
                service.tell(tx, told.with(details)).await?;
                if current.is_none_or(|current| current.fence != kept.fence) {
                    return Ok(Led::Done);
                }
                let care = Care {
                    trouble: None,
                    failures: 0,
                    ..kept.care
                };
                care::keep(tx, &Kept { care, ..kept }, now).await?;
                Ok::<_, ServiceError>(Led::On)
            })
        });
        let led = stored.await?.into_inner();
        fault::point("renewed");
        Ok(led)
    }

    pub(super) async fn proven(&self, case: &Case, version: i64) -> Result<Led, ServiceError> {
        let now = self.service.now();
        let care = good(case.kept.care, version, now);
        let kept = case.kept;
        let details = serde_json::json!({ "version": version });
        let ending = Ending {
            care,
            look_at: now,
            verb: Some("account.credential_proven"),
            details,
        };
        self.finish(case, ending, move |tx| {
            Box::pin(async move {
                credentials::prove(tx, kept.organization, kept.account, version, now).await?;
                credentials::erase_before(tx, kept.organization, kept.account, version).await?;
                tx.wake_dispatchers();
                Ok(())
            })
        })
        .await?;
        Ok(Led::On)
    }

    /// The new version does not work and the one before does: the new one goes.
    pub(super) async fn dropped(
        &self,
        case: &Case,
        version: i64,
        now: DateTime<Utc>,
    ) -> Result<Led, ServiceError> {
        let kept = case.kept;
        let ending = Ending {
            care: Care {
                trouble: Some(Trouble::Refused),
                ..good(kept.care, version, now)
            },
            look_at: now + SECOND_LOOK,
            verb: Some("account.credential_dropped"),
            details: serde_json::json!({ "version": version }),
        };
        self.finish(case, ending, move |tx| {
            Box::pin(async move {
                credentials::erase(tx, kept.organization, kept.account, version).await?;
                Ok(())
            })
        })
        .await
    }

    /// Nothing but a person can help: what falls due is held, and people are told.
    pub(super) async fn needs_reconnect(&self, case: &Case, why: &str) -> Result<Led, ServiceError> {
        let kept = case.kept;
        tracing::error!(account = %kept.account, why, "an account must be connected again: its posts are held");
        metrics::counter!("sekisho_accounts_parked_total").increment(1);
        let ending = Ending {
            care: kept.care,
            look_at: self.service.now() + IDLE,
            verb: Some("account.needs_reconnect"),
            details: serde_json::json!({ "found_by": "care" }),
        };
        self.finish(case, ending, move |tx| {
            Box::pin(async move {
                let (from, to) = (AccountStatus::Active, AccountStatus::NeedsReconnect);
                match accounts::set_status(tx, kept.organization, kept.account, from, to).await {
                    // Somebody suspended or closed it meanwhile, or a delivery parked it.
                    Err(StoreError::Stale(_)) => Ok(()),
                    other => other,
                }
            })
        })
        .await
    }

    pub(super) async fn try_later(&self, case: &Case, trouble: Trouble) -> Result<Led, ServiceError> {
        let care = Care {
            trouble: Some(trouble),
            failures: case.kept.care.failures.saturating_add(1),
            ..case.kept.care
        };
        let spread = case.account.id.uuid().as_u64_pair().1;
        let pause = self.pace.pause(i64::from(case.kept.care.failures), spread);
        self.keep(case, care, self.service.now() + pause).await
    }

    pub(super) async fn idle_until(&self, case: &Case, until: DateTime<Utc>) -> Result<Led, ServiceError> {
        self.keep(case, case.kept.care, until).await
    }

    /// Ends a look; when there is something to do next, that follows from what is known.
    pub(super) async fn end(
        &self,
        case: &Case,
        care: Care,
        verb: Option<&'static str>,
        details: serde_json::Value,
    ) -> Result<Led, ServiceError> {
        let ending = Ending {
            care,
            look_at: self.service.now(),
            verb,
            details,
        };
        self.finish(case, ending, |_| Box::pin(async { Ok(()) })).await?;
        Ok(Led::On)
    }

    pub(super) async fn keep(
        &self,
        case: &Case,
        care: Care,
        look_at: DateTime<Utc>,
    ) -> Result<Led, ServiceError> {
        let ending = Ending {
            care,
            look_at,
            verb: None,
            details: serde_json::Value::Null,
        };
        self.finish(case, ending, |_| Box::pin(async { Ok(()) })).await
    }

    /// One transaction: what changes, what is known, what the ledger is told. Whoever lost the lease changes
    /// nothing.
    pub(super) async fn finish<F>(&self, case: &Case, ending: Ending, change: F) -> Result<Led, ServiceError>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<(), StoreError>> + Send + 'static,
    {
        let (service, kept) = (self.service.clone(), case.kept);
        let written = self.service.store.write(move |tx| {
            Box::pin(async move {
                let current = care::find_for_update(tx, kept.organization, kept.account).await?;
                let Some(current) = current.filter(|current| current.fence == kept.fence) else {
                    return Ok(());
                };
                let refused_since = current.care.refused_version != kept.care.refused_version;
                let mut after = Kept {
                    care: ending.care,
                    ..kept
                };
                let mut look_at = ending.look_at;
                if refused_since {
                    after.care.refused_version = current.care.refused_version;
                    look_at = look_at.min(service.now());
                }
                change(tx).await?;
                care::keep(tx, &after, look_at).await?;
                if let Some(verb) = ending.verb {
                    let told = told(kept.organization, Actor::Dispatcher, verb, kept.account);
                    service.tell(tx, told.with(ending.details)).await?;
                }
                Ok::<_, ServiceError>(())
            })
        });
        written.await?;
        Ok(Led::Done)
    }
}

/// What is known once the server said that a version is good.
pub(super) fn good(care: Care, version: i64, now: DateTime<Utc>) -> Care {
    Care {
        refused_version: care.refused_version.filter(|refused| *refused != version),
        trouble: care.trouble.filter(|trouble| *trouble == Trouble::Refused),
        failures: 0,
        checked_at: Some(now),
        quota: care.quota,
    }
}
