//! Opening credentials for a call, and what a refusal of one means.

use chrono::{DateTime, Utc};

use super::{Dispatcher, machine::Settlement, settle::NEEDS_RECONNECT};
use crate::{
    domain::{
        account::{Account, AccountStatus},
        attempt::Outcome,
        credential::{Care, Trouble},
        hold::HoldCause,
        ids::{AccountId, OrganizationId},
    },
    gate::Refusal,
    service::{ServiceError, Thing, credentials},
    store::{
        Reader, Tx, care,
        credentials::{self as stored, Version},
    },
    vault::Credential,
};

/// What is shown to the platform, and which version of the credential it is.
pub(super) struct Opened {
    pub(super) credential: Credential,
    pub(super) version: i64,
}

/// Why nothing was opened.
pub(super) enum Unopened {
    /// The newest version was refused, and somebody looks after it.
    Renewing,
    /// There is none that could be opened.
    Unusable,
    /// The database.
    Unread(ServiceError),
}

impl From<ServiceError> for Unopened {
    fn from(why: ServiceError) -> Self {
        match why {
            ServiceError::Store(_) => Self::Unread(why),
            _ => Self::Unusable,
        }
    }
}

impl Dispatcher {
    /// Opens what a call to an account's platform needs.
    pub(super) async fn open_for(&self, reader: &mut Reader, account: &Account) -> Result<Opened, Unopened> {
        let (organization, id) = (account.organization, account.id);
        let versions = stored::versions(reader, organization, id).await;
        let kept = care::of(reader, organization, id).await;
        let kept = kept.map_err(ServiceError::from)?;
        let versions = versions.map_err(ServiceError::from)?;
        self.open(account, &versions, kept.map(|kept| kept.care))
    }

    /// The same with what was read before.
    pub(super) fn open(
        &self,
        account: &Account,
        versions: &[Version],
        care: Option<Care>,
    ) -> Result<Opened, Unopened> {
        let newest = versions.first().ok_or(Unopened::Unusable)?;
        let version = newest.facts.version;
        if care.is_some_and(|care| care.is_refused(version)) {
            return Err(Unopened::Renewing);
        }
        let ring = self.service.key_ring.clone().ok_or(Unopened::Unusable)?;
        let credential = credentials::open(&ring, account.organization, account.id, newest)?;
        Ok(Opened { credential, version })
    }

    /// Opens an account's credential for a question, which changes nothing.
    pub(super) async fn credential_of(&self, account: &Account) -> Result<Credential, ServiceError> {
        Ok(self.opened_for(account).await?.credential)
    }

    /// The same for a call that can be made again later, with the version that it is.
    pub(super) async fn opened_for(&self, account: &Account) -> Result<Opened, ServiceError> {
        let mut reader = self.service.store.read().await?;
        match self.open_for(&mut reader, account).await {
            Ok(opened) => Ok(opened),
            Err(Unopened::Unread(why)) => Err(why),
            Err(Unopened::Renewing | Unopened::Unusable) => Err(ServiceError::NotFound(Thing::Credential)),
        }
    }
}

/// The rule that refuses, or the word for an account that waits for a person.
pub(super) fn why_refused(refusal: &Refusal, account: &Account) -> &'static str {
    match (refusal.cause, account.status) {
        (HoldCause::Account, AccountStatus::NeedsReconnect) => NEEDS_RECONNECT,
        _ => refusal.rule,
    }
}

/// What a refused credential means for a delivery: where a newer one is there, or may be had without a person,
/// it is tried again with that, and else the account is parked.
pub(super) async fn refused(
    tx: &mut Tx,
    (organization, account): (OrganizationId, AccountId),
    used: Option<i64>,
    outcome: Outcome,
    now: DateTime<Utc>,
) -> Result<Settlement, ServiceError> {
    let later = |outcome| Ok(Settlement::Later { outcome, due: now });
    let Some(used) = used else {
        return Ok(Settlement::Park { outcome });
    };
    let versions = stored::versions(tx, organization, account).await?;
    let Some(newest) = versions.first().map(|version| version.facts) else {
        return Ok(Settlement::Park { outcome });
    };
    if newest.version > used {
        return later(outcome);
    }
    let Some(kept) = care::find_for_update(tx, organization, account).await? else {
        return Ok(Settlement::Park { outcome });
    };
    let renewable = newest.may_be_stale(now) && kept.care.trouble != Some(Trouble::Refused);
    if renewable || newest.proven_at.is_none() {
        care::refuse(tx, organization, account, used, now).await?;
        tx.wake_dispatchers();
        return later(outcome);
    }
    Ok(Settlement::Park { outcome })
}
