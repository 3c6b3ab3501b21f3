//! The use cases, one verb a file: access, one transaction, an entry in the ledger.

mod access;
mod account_policy;
mod acknowledge;
mod adopt_post;
mod after;
mod approve;
mod attest;
mod authenticate;
mod break_glass;
mod cancel;
mod change_route;
mod check;
mod compose;
mod connect;
mod connector;
mod corrections;
mod create_post;
pub(crate) mod credentials;
mod declare_emergency;
mod edit_post;
mod error;
mod escalate;
mod give_media;
mod hand_in;
mod handover;
mod hold;
mod import_policy;
mod keep_media;
mod keep_records;
mod look;
mod once;
mod people;
mod policy;
mod read;
mod register_account;
mod reject;
mod reschedule;
mod resolve;
mod retime;
mod review;
mod send_back;
mod sign_policy;
mod snapshot;
mod submit;
mod take_media;
mod to_review;
mod views;
mod withdraw;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use crate::{
    clock::{Clock, Ids},
    domain::{
        actor::Actor,
        calendar::Calendar,
        cost::XPrices,
        digest::PolicyDigest,
        homes::Homes,
        ids::{EntryId, OrganizationId},
    },
    gate::{Gate, coverage::Catalogue},
    probe::Probe,
    store::{Committed, Store, Tx, ledger},
    vault::{Entropy, KeyRing},
};

pub use account_policy::{AccountPolicyView, AskedField};
pub use adopt_post::MadeOutside;
pub(crate) use after::settle_all;
pub use after::settle_post;
pub use approve::Approval;
pub use attest::{AttestationView, Standing};
pub use authenticate::{Issued, NewApiToken};
pub use break_glass::{BroughtIn, Consent};
pub use cancel::CancelledDelivery;
pub use check::Checked;
pub use compose::{Change, Draft, DraftTarget, Submission, Timing};
pub use connect::Begun;
pub use connector::{Connector, Finished, Invitation, RemoteIdentity, Returned, Whom};
pub use corrections::tell_corrected;
pub use credentials::{CREDENTIAL, CredentialView};
pub use declare_emergency::NewEmergency;
pub use error::{Conflict, FieldError, MediaError, Need, Other, ServiceError, Thing};
pub use give_media::{MediaFile, RenditionFile};
pub use hand_in::Given;
pub use handover::{Connecting, HandoverAnswer, Pin};
pub use hold::HoldSet;
pub use import_policy::{Brought, Imported};
pub use keep_media::{MediaHouse, MediaLimits};
pub use keep_records::{Keeping, Kept};
pub(crate) use look::{LookFor, links_of};
pub use once::{Once, Replay, Ticket};
pub use policy::PolicyCache;
pub use read::LARGEST_PAGE;
pub use register_account::NewAccount;
pub use resolve::Settling;
pub use retime::{Retimed, Retiming};
pub use review::Decided;
pub use sign_policy::{PolicyView, ProposalView, VersionView};
pub(crate) use snapshot::{Around, Situation};
pub use snapshot::{Recent, Snapshot, Subject, Targets};
pub use take_media::Upload;
pub use to_review::ToReview;

/// Why a picture or film is not taken in.
pub use crate::media::Refused as MediaRefused;
pub use views::{AccountView, Costs, DeliveryView, PostView};
pub use withdraw::TakenBack;

// What use cases answer and refuse with; callers name them here and know nothing of the tables.
pub use crate::store::{
    StoreError, adopted_posts::AdoptedPost, attempts::PastAttempt, emergencies::AfterReview,
    media::StoredMedia, sign_offs::Recorded,
};

/// Everything that the use cases need, shared by all requests.
#[derive(Clone)]
pub struct Service {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Ids,
    pub(crate) gate: Gate,
    pub(crate) calendar: Arc<Calendar>,
    pub(crate) clauses: Arc<Catalogue>,
    pub(crate) policies: PolicyCache,
    pub(crate) key_ring: Option<Arc<KeyRing>>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) connector: Option<Arc<dyn Connector>>,
    /// Which public key of the dispatchers a process without a key ring trusts.
    pub(crate) pin: Pin,
    /// What X takes for a post.
    pub(crate) prices: XPrices,
    pub(crate) probe: Probe,
    pub(crate) media: Option<MediaHouse>,
    /// Where people and platforms reach this gateway, without a trailing slash.
    pub(crate) homes: Arc<Homes>,
    pub(crate) public_url: String,
    /// Posts that come at the same time are queued together.
    creating: create_post::Creating,
    /// Who comes at the same time is looked for together.
    admitting: authenticate::Admitting,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}

/// What a [`Service`] is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// National holidays.
    pub calendar: Arc<Calendar>,
    /// The clauses of the guidelines.
    pub clauses: Arc<Catalogue>,
    /// The key ring, in processes that hold one.
    pub key_ring: Option<Arc<KeyRing>>,
    /// Randomness for tokens and keys.
    pub entropy: Arc<dyn Entropy>,
    /// What connects accounts, in processes that can.
    pub connector: Option<Arc<dyn Connector>>,
    /// What looks outside.
    pub probe: Probe,
    /// Where pictures and films are kept, in processes that have such a place.
    pub media: Option<MediaHouse>,
    /// Where people and platforms reach this gateway.
    pub public_url: String,
    /// Where the central platforms are.
    pub homes: Homes,
}

impl Service {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            ids: Ids::new(Arc::clone(&parts.clock)),
            store: parts.store,
            clock: parts.clock,
            gate: Gate,
            calendar: parts.calendar,
            clauses: parts.clauses,
            policies: PolicyCache::default(),
            key_ring: parts.key_ring,
            entropy: parts.entropy,
            connector: parts.connector,
            pin: Pin::None,
            prices: XPrices::default(),
            probe: parts.probe,
            homes: Arc::new(parts.homes),
            media: parts.media,
            public_url: parts.public_url,
            creating: create_post::Creating::default(),
            admitting: authenticate::Admitting::default(),
        }
    }

    /// The time, as the use cases see it.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Runs a use case in one transaction.
    async fn write<T, F>(&self, work: F) -> Result<T, ServiceError>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, ServiceError>> + Send + 'static,
        T: Send + 'static,
    {
        self.store.write(work).await.map(Committed::into_inner)
    }

    /// Tells the ledger, in the transaction of the change.
    pub(crate) async fn tell(&self, tx: &mut Tx, told: Told) -> Result<(), StoreError> {
        self.tell_all(tx, vec![told]).await
    }

    /// The same for several things at once.
    pub(crate) async fn tell_all(&self, tx: &mut Tx, told: Vec<Told>) -> Result<(), StoreError> {
        let tellings = told.into_iter().map(|told| ledger::Telling {
            organization: told.organization,
            id: EntryId::new(self.ids.next()),
            actor: told.actor.to_string(),
            verb: told.verb,
            subject: told.subject,
            policy: told.policy,
            details: told.details,
        });
        ledger::append_all(tx, tellings.collect(), self.now()).await
    }
}

/// Something to tell the ledger, with nothing more to say of it yet.
pub(crate) fn told(
    organization: OrganizationId,
    actor: Actor,
    verb: &'static str,
    subject: impl ToString,
) -> Told {
    Told::new(organization, actor, verb, subject)
}

/// One thing that the ledger is told.
#[derive(Debug)]
pub(crate) struct Told {
    organization: OrganizationId,
    actor: Actor,
    verb: &'static str,
    subject: String,
    policy: Option<PolicyDigest>,
    details: serde_json::Value,
}

impl Told {
    pub(crate) fn new(
        organization: OrganizationId,
        actor: Actor,
        verb: &'static str,
        subject: impl ToString,
    ) -> Self {
        let details = serde_json::Value::Object(serde_json::Map::new());
        Self {
            organization,
            actor,
            verb,
            subject: subject.to_string(),
            policy: None,
            details,
        }
    }

    pub(crate) fn under(mut self, policy: PolicyDigest) -> Self {
        self.policy = Some(policy);
        self
    }

    pub(crate) fn with(mut self, details: serde_json::Value) -> Self {
        self.details = details;
        self
    }
}
