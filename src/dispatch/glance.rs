//! What decides about deliveries that were claimed together, read together: most of it is the same for all of them,
//! and a thousand emergency posts must not ask for it a thousand times.
//!
//! Between this and an intent anything may change. The intent sees it: whatever forbids a post moves the gate's epoch,
//! and whatever concerns one delivery alone takes the claim away.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::Dispatcher;
use crate::{
    domain::{
        account::Account,
        credential::Care,
        delivery::Delivery,
        digest::RevisionDigest,
        ids::{AccountId, DeliveryId, OrganizationId, PostId, UserId},
        revision::Revision,
        signoff::SignOff,
    },
    service::{Around, ServiceError, Situation, Snapshot, Subject, Targets, Thing},
    store::{
        Reader,
        attempts::{self, PastAttempt},
        care,
        credentials::{self, Version},
        posts, sign_offs,
    },
};

/// What was read for a delivery.
pub(super) struct Judged {
    pub(super) revision: Arc<Revision>,
    pub(super) snapshot: Snapshot,
}

impl Judged {
    pub(super) fn account(&self, id: AccountId) -> Result<&Account, ServiceError> {
        self.snapshot
            .accounts
            .get(&id)
            .ok_or(ServiceError::NotFound(Thing::Account))
    }
}

/// What was seen of one delivery.
pub(super) struct Seen {
    pub(super) judged: Judged,
    pub(super) past: Vec<PastAttempt>,
    /// The versions of its account's credential, the newest first.
    pub(super) versions: Vec<Version>,
    /// Who looks after the credential.
    pub(super) care: Option<Care>,
}

/// What the deliveries of one organization have in common.
struct OfOrganization {
    situation: Situation,
    papers: Papers,
    past: BTreeMap<DeliveryId, Vec<PastAttempt>>,
    versions: BTreeMap<AccountId, Vec<Version>>,
    care: BTreeMap<AccountId, Care>,
}

/// What leaves, who wrote it and who signed it.
struct Papers {
    revisions: BTreeMap<(PostId, RevisionDigest), Revision>,
    hands: BTreeMap<PostId, BTreeSet<UserId>>,
    sign_offs: BTreeMap<PostId, Vec<SignOff>>,
}

impl Papers {
    async fn read<'a>(
        reader: &mut Reader,
        organization: OrganizationId,
        deliveries: impl Iterator<Item = &'a Delivery>,
    ) -> Result<Self, ServiceError> {
        let asked: BTreeSet<_> = deliveries
            .map(|delivery| (delivery.post, delivery.revision))
            .collect();
        let posts = asked.iter().map(|(post, _)| *post).collect();
        Ok(Self {
            revisions: posts::revisions_by_digest(reader, organization, &asked).await?,
            hands: posts::hands_of(reader, organization, &posts).await?,
            sign_offs: sign_offs::standing_of(reader, organization, &posts).await?,
        })
    }
}

/// What the deliveries of one revision have in common.
#[derive(Clone)]
struct OfRevision {
    revision: Arc<Revision>,
    hands: BTreeSet<UserId>,
    sign_offs: Vec<SignOff>,
    around: Around,
}

impl OfRevision {
    /// What decides about one of the deliveries of the revision.
    fn judged(self, situation: &Situation, delivery: &Delivery) -> Result<Judged, ServiceError> {
        let subject = Subject {
            post: delivery.post,
            hands: self.hands,
            sign_offs: self.sign_offs,
            targets: Targets::One(delivery.account),
        };
        let revision = self.revision;
        let snapshot = situation.of(&revision.content, subject, self.around)?;
        Ok(Judged { revision, snapshot })
    }
}

/// What was read so far.
#[derive(Default)]
struct Read {
    organizations: HashMap<OrganizationId, OfOrganization>,
    revisions: HashMap<(PostId, RevisionDigest), OfRevision>,
}

impl Dispatcher {
    /// Looks at one delivery.
    ///
    /// # Errors
    /// When something that decides is not there; the database.
    pub(super) async fn glance(&self, delivery: &Delivery) -> Result<Seen, ServiceError> {
        let mut reader = self.service.store.read().await?;
        let mut read = Read::default();
        let these = std::slice::from_ref(delivery);
        self.see(&mut reader, &mut read, these, delivery, self.service.now())
            .await
    }

    /// Everything that decides about a delivery, in one snapshot.
    ///
    /// # Errors
    /// When something that decides is not there; the database.
    pub(super) async fn snapshot_of(
        &self,
        reader: &mut Reader,
        delivery: &Delivery,
        now: DateTime<Utc>,
    ) -> Result<Judged, ServiceError> {
        let (organization, accounts) = (delivery.organization, [delivery.account].into());
        let situation = self
            .service
            .situation(reader, organization, &accounts, now)
            .await?;
        let papers = Papers::read(reader, organization, std::iter::once(delivery)).await?;
        let of_revision = self.read_revision(reader, &situation, &papers, delivery).await?;
        of_revision.judged(&situation, delivery)
    }

    /// Looks at deliveries that were claimed together. What could not be seen is not among the answers, and has to be
    /// looked at for itself.
    pub(super) async fn glance_at_all(&self, claimed: &[Delivery]) -> HashMap<DeliveryId, Seen> {
        let mut seen = HashMap::with_capacity(claimed.len());
        let Ok(mut reader) = self.service.store.read().await else {
            return seen;
        };
        let mut read = Read::default();
        let now = self.service.now();
        for delivery in claimed {
            match self.see(&mut reader, &mut read, claimed, delivery, now).await {
                Ok(one) => _ = seen.insert(delivery.id, one),
                Err(why) => tracing::debug!(delivery = %delivery.id, %why, "looked at for itself"),
            }
        }
        seen
    }

    async fn see(
        &self,
        reader: &mut Reader,
        read: &mut Read,
        claimed: &[Delivery],
        delivery: &Delivery,
        now: DateTime<Utc>,
    ) -> Result<Seen, ServiceError> {
        let organization = delivery.organization;
        let of_organization = match read.organizations.entry(organization) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let of_it = self.read_organization(reader, organization, claimed, now);
                place.insert(of_it.await?)
            }
        };
        let key = (delivery.post, delivery.revision);
        let of_revision = match read.revisions.get(&key) {
            Some(known) => known.clone(),
            None => {
                let OfOrganization {
                    situation, papers, ..
                } = &*of_organization;
                let of_it = self.read_revision(reader, situation, papers, delivery).await?;
                read.revisions.insert(key, of_it.clone());
                of_it
            }
        };
        let judged = of_revision.judged(&of_organization.situation, delivery)?;
        let account = &delivery.account;
        Ok(Seen {
            judged,
            past: of_organization.past.remove(&delivery.id).unwrap_or_default(),
            versions: of_organization.versions.get(account).cloned().unwrap_or_default(),
            care: of_organization.care.get(account).copied(),
        })
    }

    async fn read_organization(
        &self,
        reader: &mut Reader,
        organization: OrganizationId,
        claimed: &[Delivery],
        now: DateTime<Utc>,
    ) -> Result<OfOrganization, ServiceError> {
        let ours = || {
            claimed
                .iter()
                .filter(|delivery| delivery.organization == organization)
        };
        let accounts: BTreeSet<AccountId> = ours().map(|delivery| delivery.account).collect();
        let situation = self
            .service
            .situation(reader, organization, &accounts, now)
            .await?;
        let ids = ours().map(|delivery| delivery.id);
        Ok(OfOrganization {
            situation,
            papers: Papers::read(reader, organization, ours()).await?,
            past: attempts::of_deliveries(reader, organization, ids).await?,
            versions: credentials::versions_of(reader, organization, &accounts).await?,
            care: care::of_these(reader, organization, &accounts).await?,
        })
    }

    async fn read_revision(
        &self,
        reader: &mut Reader,
        situation: &Situation,
        papers: &Papers,
        delivery: &Delivery,
    ) -> Result<OfRevision, ServiceError> {
        let post = delivery.post;
        let revision = papers
            .revisions
            .get(&(post, delivery.revision))
            .ok_or(ServiceError::NotFound(Thing::Post))?;
        let around = self.service.around(reader, situation, &revision.content, post);
        Ok(OfRevision {
            around: around.await?,
            revision: Arc::new(revision.clone()),
            hands: papers.hands.get(&post).cloned().unwrap_or_default(),
            sign_offs: papers.sign_offs.get(&post).cloned().unwrap_or_default(),
        })
    }
}
