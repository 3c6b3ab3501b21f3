//! An account is connected: OAuth under a state that is bound to who began it, and the account that comes
//! back must be the one in the register, else nothing is stored.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use sha2::{Digest as _, Sha256};

use super::{
    AccountView, Conflict, Connector, Finished, Other, Returned, Service, ServiceError, Thing, Told, Whom,
    access, credentials::Proof, handover::Connecting,
};
use crate::{
    domain::{
        account::{Account, AccountStatus, Platform},
        actor::{Actor, OrganizationRole, Person, Scope},
        ids::{AccountId, ConnectionId, OrganizationId, UserId},
        quota::QuotaSeen,
    },
    store::{
        Tx, accounts, care,
        connections::{self, Connection},
    },
    vault::{self, Credential, Sealed, Secret, SecretRef},
};

/// How long a person may take at the platform's consent page.
const LIFE: Duration = Duration::minutes(10);

/// A connection that began.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Where the person's browser goes.
    pub authorize_url: String,
    /// Until when it must come back.
    pub expires_at: DateTime<Utc>,
}

impl Service {
    /// Begins to connect an account.
    ///
    /// # Errors
    /// When the account cannot be connected, the server refuses, or this process has no key ring.
    pub async fn begin_connection(&self, person: &Person, id: AccountId) -> Result<Begun, ServiceError> {
        access::scope(person, Scope::Administer)?;
        access::any_role(person, &[OrganizationRole::Administrator])?;
        let of = (person.organization, id);
        self.connectable(person.organization, id).await?;
        let redirect_uri = self.redirect_uri();
        let mut random = [0; 32];
        self.entropy.fill(&mut random);
        let state = URL_SAFE_NO_PAD.encode(random);
        let expires_at = self.now() + LIFE;
        let authorize_url = if self.opens_the_vault() {
            self.begin_with(of, person.user, redirect_uri, &state).await?
        } else {
            self.hand_over_begin(of, person.user, redirect_uri, &state)
                .await?
        };
        Ok(Begun {
            authorize_url,
            expires_at,
        })
    }

    /// Where a platform sends a person's browser back to.
    fn redirect_uri(&self) -> String {
        format!("{}/v1/connections/callback", self.public_url)
    }

    /// What servers of Bluesky's protocol read of this gateway before anybody consents; none unless it has an
    /// address in public and a key of its own.
    #[must_use]
    pub fn introduction(&self) -> Option<serde_json::Value> {
        let connector = self.connector.as_ref()?;
        connector.introduction(Platform::Bluesky, &self.redirect_uri())
    }

    /// The same where there is a key ring: the platform is told the state, and its hash is remembered.
    pub(super) async fn begin_with(
        &self,
        (organization, id): (OrganizationId, AccountId),
        user: UserId,
        redirect_uri: String,
        state: &str,
    ) -> Result<String, ServiceError> {
        let account = self.connectable(organization, id).await?;
        let (connector, ring) = self.connecting()?;
        let whom = Whom {
            state,
            handle: &account.handle,
        };
        let invitation = connector
            .invite(account.platform, &account.instance, &redirect_uri, whom)
            .await
            .map_err(ServiceError::Connect)?;
        let connection_id = ConnectionId::new(self.ids.next());
        let place = connection_place(organization, id, &connection_id.to_string());
        let memory = invitation.memory.to_secret();
        let sealed = vault::seal(&ring, &place.as_ref(), &memory, &*self.entropy)?;
        let (now, state_hash) = (self.now(), hash(state));
        let connection = Connection {
            id: connection_id,
            account: id,
            user,
            sealed: sealed.to_bytes(),
            redirect_uri,
            expires_at: now + LIFE,
        };
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                connections::insert(tx, organization, &connection, &state_hash, now).await?;
                let told = Told::new(organization, Actor::User(user), "account.connecting", id);
                service.tell(tx, told).await?;
                Ok(())
            })
        })
        .await?;
        Ok(invitation.authorize_url)
    }

    /// Finishes a connection: only the person who began it, once, in time, for the account in the register.
    ///
    /// # Errors
    /// When any of that does not hold, or the server refuses; nothing is stored then.
    pub async fn finish_connection(
        &self,
        person: &Person,
        state: &str,
        fields: &BTreeMap<String, String>,
    ) -> Result<Connecting, ServiceError> {
        access::scope(person, Scope::Administer)?;
        access::any_role(person, &[OrganizationRole::Administrator])?;
        let organization = person.organization;
        let mut reader = self.store.read().await?;
        let connection = connections::find(&mut reader, organization, &hash(state))
            .await?
            .filter(|connection| connection.user == person.user && connection.expires_at > self.now())
            .ok_or(ServiceError::NotFound(Thing::Connection))?;
        drop(reader);
        let account = self.connectable(organization, connection.account).await?;
        // Used up before the code is spent: a second request with the same state finds nothing.
        let (used, now) = (connection.id, self.now());
        let actor = Actor::User(person.user);
        let told = Told::new(organization, actor, "account.connection_used", account.id);
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                connections::spend(tx, organization, used, now).await?;
                service.tell(tx, told).await?;
                Ok(())
            })
        })
        .await?;
        let of = (organization, account.id);
        if self.opens_the_vault() {
            let connected = self.finish_by_id(of, person.user, used, fields).await?;
            Ok(Connecting::Done(Box::new(connected)))
        } else {
            self.hand_over_finish(of, person.user, used, fields).await
        }
    }

    /// The same where there is a key ring, for a connection that was just used up.
    pub(super) async fn finish_by_id(
        &self,
        (organization, id): (OrganizationId, AccountId),
        user: UserId,
        connection: ConnectionId,
        fields: &BTreeMap<String, String>,
    ) -> Result<AccountView, ServiceError> {
        let (connector, ring) = self.connecting()?;
        let account = self.connectable(organization, id).await?;
        let mut reader = self.store.read().await?;
        let connection = connections::used(&mut reader, organization, connection)
            .await?
            .filter(|known| known.account == id && known.user == user)
            .ok_or(ServiceError::NotFound(Thing::Connection))?;
        drop(reader);
        let place = connection_place(organization, id, &connection.id.to_string());
        let memory = vault::open(&ring, &place.as_ref(), &Sealed::from_bytes(&connection.sealed)?)?;
        let memory =
            Credential::from_secret(&memory).map_err(|_| ServiceError::NotFound(Thing::Connection))?;
        let returned = Returned {
            memory: &memory,
            fields,
            handle: &account.handle,
        };
        let redirect_uri = &connection.redirect_uri;
        let finished = connector
            .finish(account.platform, &account.instance, redirect_uri, returned)
            .await
            .map_err(ServiceError::Connect)?;
        self.adopt(organization, account, finished, Actor::User(user))
            .await
    }

    /// Connects an account with a token that an operator brought along (migration, demo).
    ///
    /// # Errors
    /// As [`Service::finish_connection`].
    pub async fn connect_with_token(
        &self,
        organization: OrganizationId,
        id: AccountId,
        token: Secret,
        by: Actor,
    ) -> Result<AccountView, ServiceError> {
        let given = Credential::of_access(token, self.now());
        match self.connect_with(organization, id, given, by).await? {
            Connecting::Done(account) => Ok(*account),
            Connecting::UnderWay(_) => Err(ServiceError::NoDispatcher),
        }
    }

    /// Connects an account with what somebody brought along, here or at a dispatcher.
    pub(super) async fn connect_with(
        &self,
        organization: OrganizationId,
        id: AccountId,
        given: Credential,
        by: Actor,
    ) -> Result<Connecting, ServiceError> {
        if self.opens_the_vault() {
            let connected = self.sign_in((organization, id), given, by).await?;
            Ok(Connecting::Done(Box::new(connected)))
        } else {
            self.connectable(organization, id).await?;
            self.hand_over_credential((organization, id), &given, by).await
        }
    }

    /// The same where there is a key ring: the platform is asked whose it is.
    pub(super) async fn sign_in(
        &self,
        (organization, id): (OrganizationId, AccountId),
        given: Credential,
        by: Actor,
    ) -> Result<AccountView, ServiceError> {
        let account = self.connectable(organization, id).await?;
        let (connector, _) = self.connecting()?;
        let finished = connector
            .sign_in(account.platform, &account.instance, given)
            .await
            .map_err(ServiceError::Connect)?;
        self.adopt(organization, account, finished, by).await
    }

    /// Stores a credential if it belongs to the account in the register.
    async fn adopt(
        &self,
        organization: OrganizationId,
        account: Account,
        finished: Finished,
        by: Actor,
    ) -> Result<AccountView, ServiceError> {
        let identity = finished.identity;
        let same_handle = identity.handle.eq_ignore_ascii_case(&account.handle);
        let same_id = account
            .remote_id
            .as_ref()
            .is_none_or(|known| *known == identity.id);
        if !same_handle || !same_id {
            return Err(ServiceError::Conflict(Conflict::OtherAccount(Other {
                handle: identity.handle,
                id: identity.id,
            })));
        }
        let (_, ring) = self.connecting()?;
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let of = (organization, account.id);
                let credential = &finished.credential;
                let kept = service.keep_credential(tx, &ring, of, credential, Proof::Worked);
                let (version, key) = kept.await?;
                let now = service.now();
                let said = care::Found {
                    checked_at: Some(now),
                    quota: identity.quota.map(|quota| QuotaSeen { quota, at: now }),
                };
                care::begin(tx, organization, account.id, now, said).await?;
                accounts::connect(
                    tx,
                    organization,
                    account.id,
                    &identity.id,
                    &identity.limits,
                    identity.keys,
                )
                .await?;
                let details = serde_json::json!({ "remote_id": identity.id, "version": version, "key": key });
                let told = Told::new(organization, by, "account.connected", account.id).with(details);
                service.tell(tx, told).await?;
                found(tx, organization, account.id).await
            })
        })
        .await
    }

    pub(super) async fn connectable(
        &self,
        organization: OrganizationId,
        id: AccountId,
    ) -> Result<Account, ServiceError> {
        let mut reader = self.store.read().await?;
        let account = accounts::find(&mut reader, organization, id)
            .await?
            .ok_or(ServiceError::NotFound(Thing::Account))?;
        match account.status {
            AccountStatus::Registered | AccountStatus::Active | AccountStatus::NeedsReconnect => Ok(account),
            AccountStatus::Suspended | AccountStatus::Closed => {
                Err(ServiceError::Conflict(Conflict::NotConnectable))
            }
        }
    }

    fn connecting(
        &self,
    ) -> Result<(std::sync::Arc<dyn Connector>, std::sync::Arc<vault::KeyRing>), ServiceError> {
        let connector = self
            .connector
            .clone()
            .ok_or(ServiceError::Conflict(Conflict::NotConnectable))?;
        let ring = self.key_ring.clone().ok_or(ServiceError::NoKeyRing)?;
        Ok((connector, ring))
    }
}

async fn found(tx: &mut Tx, organization: OrganizationId, id: AccountId) -> Result<Account, ServiceError> {
    accounts::find(tx, organization, id)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Account))
}

fn hash(state: &str) -> [u8; 32] {
    Sha256::digest(state.as_bytes()).into()
}

/// Where a connection's memory is sealed: bound to the account and to this one connection.
struct Place {
    organization: OrganizationId,
    account: AccountId,
    name: String,
}

impl Place {
    fn as_ref(&self) -> SecretRef<'_> {
        SecretRef {
            organization: self.organization,
            account: self.account,
            name: &self.name,
            version: 1,
        }
    }
}

fn connection_place(organization: OrganizationId, account: AccountId, connection: &str) -> Place {
    Place {
        organization,
        account,
        name: format!("connection/{connection}"),
    }
}
