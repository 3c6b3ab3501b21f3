//! Connecting accounts from a node that has no key ring: what it receives is sealed to the dispatchers, who do
//! what has to be done with it and tell what came of it.

use std::collections::BTreeMap;

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::{AccountView, Conflict, Other, Service, ServiceError, Thing, Told, access};
use crate::{
    domain::{
        actor::{Actor, OrganizationRole, Person, Scope},
        ids::{AccountId, ConnectionId, HandoverId, OrganizationId, UserId},
    },
    store::handovers::{self, Handover, HandoverKind, HandoverState},
    vault::{Credential, Fingerprint, HandoverKey, HandoverRef, Secret, VaultError, hand_over, take_over},
};

/// How long a dispatcher may take; then nobody does it any more.
const LIFE: Duration = Duration::minutes(2);

/// How long a request waits for the answer before it tells where to ask for it.
const PATIENCE: Duration = Duration::seconds(10);

/// The pause between two looks for the answer.
const LOOK_EVERY: Duration = Duration::milliseconds(200);

/// What to hold on to when the dispatchers' public key is read from the database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pin {
    /// Whatever key is published.
    #[default]
    None,
    /// This one and no other: who writes to the database cannot exchange it.
    Only(Fingerprint),
}

/// What came of something handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoverAnswer {
    /// The consent page, with the id of the handover in place of the state.
    ConsentAt(String),
    /// The account is connected.
    Connected,
    /// The platform refused, or failed.
    Refused(String),
    /// It is not the account in the register.
    OtherAccount(Other),
    /// The account cannot be connected in its status, or nobody can connect it.
    NotConnectable,
    /// No dispatcher came to it in time.
    TooLate,
}

impl HandoverAnswer {
    const fn state(&self) -> HandoverState {
        match self {
            Self::ConsentAt(_) | Self::Connected => HandoverState::Done,
            Self::Refused(_) | Self::OtherAccount(_) | Self::NotConnectable | Self::TooLate => {
                HandoverState::Refused
            }
        }
    }

    /// The same refusal, as a node with a key ring would have said it.
    fn error(self) -> ServiceError {
        match self {
            Self::Refused(why) => ServiceError::Connect(why),
            Self::OtherAccount(other) => ServiceError::Conflict(Conflict::OtherAccount(other)),
            Self::NotConnectable => ServiceError::Conflict(Conflict::NotConnectable),
            Self::ConsentAt(_) | Self::Connected | Self::TooLate => ServiceError::NoDispatcher,
        }
    }
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Request {
    Begin {
        redirect_uri: String,
        state: String,
    },
    Finish {
        connection: ConnectionId,
        fields: BTreeMap<String, String>,
    },
    /// A credential in the form in which it is sealed.
    Token(String),
}

impl Request {
    const fn kind(&self) -> HandoverKind {
        match self {
            Self::Begin { .. } => HandoverKind::Begin,
            Self::Finish { .. } => HandoverKind::Finish,
            Self::Token(_) => HandoverKind::Token,
        }
    }
}

/// How far a connection is.
#[derive(Debug)]
pub enum Connecting {
    /// The account is connected.
    Done(Box<AccountView>),
    /// A dispatcher is at it; ask again for this handover.
    UnderWay(HandoverId),
}

impl Service {
    /// Whether this process opens credentials.
    #[must_use]
    pub fn opens_the_vault(&self) -> bool {
        self.key_ring.is_some()
    }

    /// How far a connection is that a dispatcher finishes.
    ///
    /// # Errors
    /// When there is none, the person may not know of it, or it was refused.
    pub async fn handed_over(&self, person: &Person, id: HandoverId) -> Result<Connecting, ServiceError> {
        access::scope(person, Scope::Administer)?;
        access::any_role(person, &[OrganizationRole::Administrator])?;
        let known = self.read_handover(person.organization, id).await?;
        match known.answer {
            None => Ok(Connecting::UnderWay(id)),
            Some(HandoverAnswer::Connected) => {
                let account = self.account(person, known.account).await?;
                Ok(Connecting::Done(Box::new(account)))
            }
            Some(other) => Err(other.error()),
        }
    }

    async fn read_handover(
        &self,
        organization: OrganizationId,
        id: HandoverId,
    ) -> Result<Handover<HandoverAnswer>, ServiceError> {
        let mut reader = self.store.read().await?;
        let known = handovers::find(&mut reader, organization, id).await?;
        known.ok_or(ServiceError::NotFound(Thing::Connection))
    }

    /// The key to seal to; the one that is pinned, where one is.
    async fn dispatchers_key(&self) -> Result<(String, HandoverKey), ServiceError> {
        let mut reader = self.store.read().await?;
        let (key_id, public) = handovers::key(&mut reader)
            .await?
            .ok_or(ServiceError::NoKeyRing)?;
        let public = HandoverKey::from_bytes(&public)?;
        match self.pin {
            Pin::Only(pinned) if pinned != public.fingerprint() => {
                tracing::error!(published = %public.fingerprint(), %pinned, "the dispatchers' key is not the pinned one");
                Err(ServiceError::Vault(VaultError::Handover))
            }
            Pin::Only(_) | Pin::None => Ok((key_id, public)),
        }
    }

    async fn hand(
        &self,
        organization: OrganizationId,
        account: AccountId,
        user: Option<UserId>,
        request: &Request,
    ) -> Result<HandoverId, ServiceError> {
        let (key_id, public) = self.dispatchers_key().await?;
        let id = HandoverId::new(self.ids.next());
        let place = HandoverRef {
            organization,
            account,
            handover: id,
        };
        let text = Secret::new(serde_json::to_string(request).unwrap_or_default());
        let now = self.now();
        let new = Handover::<HandoverAnswer> {
            id,
            organization,
            account,
            user,
            kind: request.kind(),
            key_id,
            sealed: Some(hand_over(&public, &place, &text)?),
            state: HandoverState::Waiting,
            answer: None,
            created_at: now,
            expires_at: now + LIFE,
        };
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                handovers::insert(tx, &new).await?;
                let details = serde_json::json!({ "handover": new.id.to_string(), "kind": new.kind.as_str(), "key": new.key_id });
                let told = Told::new(organization, by(user), "account.handed_over", account);
                service.tell(tx, told.with(details)).await?;
                tx.wake_dispatchers();
                Ok(())
            })
        })
        .await?;
        Ok(id)
    }

    /// Waits a while for the answer.
    async fn answer_to(
        &self,
        organization: OrganizationId,
        id: HandoverId,
    ) -> Result<Option<HandoverAnswer>, ServiceError> {
        let until = self.now() + PATIENCE;
        loop {
            let known = self.read_handover(organization, id).await?;
            if known.answer.is_some() || self.now() >= until {
                return Ok(known.answer);
            }
            self.clock.sleep_until(self.now() + LOOK_EVERY).await;
        }
    }

    /// Begins a connection by a dispatcher. The state is sealed to it, since some platforms must be told it ahead
    /// of the person; the address that it answers lies open in the database and has a placeholder.
    pub(super) async fn hand_over_begin(
        &self,
        (organization, account): (OrganizationId, AccountId),
        user: UserId,
        redirect_uri: String,
        state: &str,
    ) -> Result<String, ServiceError> {
        let request = Request::Begin {
            redirect_uri,
            state: state.to_owned(),
        };
        let id = self.hand(organization, account, Some(user), &request).await?;
        match self.answer_to(organization, id).await? {
            Some(HandoverAnswer::ConsentAt(url)) => Ok(url.replace(&id.to_string(), state)),
            Some(other) => Err(other.error()),
            None => Err(ServiceError::NoDispatcher),
        }
    }

    pub(super) async fn hand_over_finish(
        &self,
        (organization, account): (OrganizationId, AccountId),
        user: UserId,
        connection: ConnectionId,
        fields: &BTreeMap<String, String>,
    ) -> Result<Connecting, ServiceError> {
        let request = Request::Finish {
            connection,
            fields: fields.clone(),
        };
        let id = self.hand(organization, account, Some(user), &request).await?;
        self.connected(organization, account, id).await
    }

    pub(super) async fn hand_over_credential(
        &self,
        (organization, account): (OrganizationId, AccountId),
        given: &Credential,
        by: Actor,
    ) -> Result<Connecting, ServiceError> {
        let user = match by {
            Actor::User(user) => Some(user),
            Actor::Operator | Actor::Dispatcher | Actor::Program => None,
        };
        let request = Request::Token(given.to_secret().expose().to_owned());
        let id = self.hand(organization, account, user, &request).await?;
        self.connected(organization, account, id).await
    }

    async fn connected(
        &self,
        organization: OrganizationId,
        account: AccountId,
        id: HandoverId,
    ) -> Result<Connecting, ServiceError> {
        match self.answer_to(organization, id).await? {
            None => Ok(Connecting::UnderWay(id)),
            Some(HandoverAnswer::Connected) => {
                let mut reader = self.store.read().await?;
                let found = crate::store::accounts::find(&mut reader, organization, account).await?;
                let found = found.ok_or(ServiceError::NotFound(Thing::Account))?;
                Ok(Connecting::Done(Box::new(found)))
            }
            Some(other) => Err(other.error()),
        }
    }

    /// Does what was handed over, where there is a key ring.
    ///
    /// # Errors
    /// The database; whatever else goes wrong is the answer.
    pub(crate) async fn take_over(&self, handed: &Handover<HandoverAnswer>) -> Result<(), ServiceError> {
        let answer = if handed.expires_at <= self.now() {
            HandoverAnswer::TooLate
        } else {
            match self.do_handed(handed).await {
                Ok(answer) => answer,
                Err(ServiceError::Store(why)) => return Err(why.into()),
                Err(ServiceError::Conflict(Conflict::OtherAccount(other))) => {
                    HandoverAnswer::OtherAccount(other)
                }
                Err(ServiceError::Conflict(_)) => HandoverAnswer::NotConnectable,
                // Told in the words of the platform: whoever asked puts them into its own.
                Err(ServiceError::Connect(said)) => HandoverAnswer::Refused(said),
                Err(why) => HandoverAnswer::Refused(why.to_string()),
            }
        };
        let (service, handed) = (self.clone(), handed.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let (organization, now) = (handed.organization, service.now());
                let state = answer.state();
                handovers::end(tx, organization, handed.id, (state, &answer), now).await?;
                let details =
                    serde_json::json!({ "handover": handed.id.to_string(), "state": state.as_str() });
                let told = Told::new(
                    organization,
                    Actor::Dispatcher,
                    "account.taken_over",
                    handed.account,
                );
                service.tell(tx, told.with(details)).await?;
                Ok(())
            })
        })
        .await
    }

    async fn do_handed(&self, handed: &Handover<HandoverAnswer>) -> Result<HandoverAnswer, ServiceError> {
        let ring = self.key_ring.clone().ok_or(ServiceError::NoKeyRing)?;
        let place = HandoverRef {
            organization: handed.organization,
            account: handed.account,
            handover: handed.id,
        };
        let sealed = handed.sealed.as_deref().ok_or(VaultError::Handover)?;
        let opened = take_over(&ring, &handed.key_id.parse()?, &place, sealed)?;
        let request = serde_json::from_str(opened.expose()).map_err(|_| VaultError::Handover)?;
        let of = (handed.organization, handed.account);
        match (request, handed.user) {
            (Request::Begin { redirect_uri, state }, Some(user)) => {
                let begun = self.begin_with(of, user, redirect_uri, &state).await?;
                let placeholder = handed.id.to_string();
                Ok(HandoverAnswer::ConsentAt(begun.replace(&state, &placeholder)))
            }
            (Request::Finish { connection, fields }, Some(user)) => {
                self.finish_by_id(of, user, connection, &fields).await?;
                Ok(HandoverAnswer::Connected)
            }
            (Request::Token(text), user) => {
                let given = Credential::from_secret(&Secret::new(text)).map_err(VaultError::from)?;
                self.sign_in(of, given, by(user)).await?;
                Ok(HandoverAnswer::Connected)
            }
            (Request::Begin { .. } | Request::Finish { .. }, None) => Err(VaultError::Handover.into()),
        }
    }
}

fn by(user: Option<UserId>) -> Actor {
    user.map_or(Actor::Operator, Actor::User)
}
