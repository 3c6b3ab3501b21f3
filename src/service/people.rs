//! Organizations, divisions and people; in this version by the command line of the server.

use std::collections::BTreeSet;

use super::{Conflict, Service, ServiceError, Thing, Told};
use crate::{
    domain::{
        actor::{Actor, Grant},
        ids::{DivisionId, OrganizationId, UserId},
    },
    store::{
        organizations::{self, Division, Organization},
        people::{self, TokenSummary, UserRow},
    },
};

impl Service {
    /// Founds an organization.
    ///
    /// # Errors
    /// The database.
    pub async fn found_organization(&self, name: &str, by: Actor) -> Result<OrganizationId, ServiceError> {
        let id = OrganizationId::new(self.ids.next());
        let (service, name) = (self.clone(), name.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                organizations::insert(tx, id, &name, service.now()).await?;
                let details = serde_json::json!({ "name": name });
                service
                    .tell(tx, Told::new(id, by, "organization.founded", id).with(details))
                    .await?;
                Ok(id)
            })
        })
        .await
    }

    /// All organizations of the deployment.
    ///
    /// # Errors
    /// The database.
    pub async fn organizations(&self) -> Result<Vec<Organization>, ServiceError> {
        let mut reader = self.store.read().await?;
        Ok(organizations::all(&mut reader).await?)
    }

    /// The one organization of a deployment that serves one.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub async fn only_organization(&self) -> Result<OrganizationId, ServiceError> {
        match self.organizations().await?.as_slice() {
            [only] => Ok(only.id),
            [] => Err(ServiceError::NotFound(Thing::Organization)),
            _ => Err(ServiceError::Conflict(Conflict::Exists)),
        }
    }

    /// Adds a division.
    ///
    /// # Errors
    /// When the name is taken.
    pub async fn add_division(
        &self,
        organization: OrganizationId,
        name: &str,
        by: Actor,
    ) -> Result<DivisionId, ServiceError> {
        let id = DivisionId::new(self.ids.next());
        let (service, name) = (self.clone(), name.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                organizations::insert_division(tx, organization, id, &name).await?;
                let details = serde_json::json!({ "name": name });
                service
                    .tell(
                        tx,
                        Told::new(organization, by, "division.added", id).with(details),
                    )
                    .await?;
                Ok(id)
            })
        })
        .await
    }

    /// The divisions of an organization.
    ///
    /// # Errors
    /// The database.
    pub async fn divisions(&self, organization: OrganizationId) -> Result<Vec<Division>, ServiceError> {
        let mut reader = self.store.read().await?;
        Ok(organizations::divisions(&mut reader, organization).await?)
    }

    /// Adds a person with roles.
    ///
    /// # Errors
    /// When the login is taken, or a role names something of another organization.
    pub async fn add_user(
        &self,
        organization: OrganizationId,
        login: &str,
        name: &str,
        grants: BTreeSet<Grant>,
        by: Actor,
    ) -> Result<UserId, ServiceError> {
        let id = UserId::new(self.ids.next());
        let (service, login, name) = (self.clone(), login.to_owned(), name.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                people::insert_user(tx, organization, id, &login, &name, service.now()).await?;
                for grant in &grants {
                    let grant_id = service.ids.next();
                    people::insert_grant(tx, organization, grant_id, id, *grant, service.now()).await?;
                }
                let roles: Vec<String> = grants.iter().map(|grant| format!("{grant:?}")).collect();
                let details = serde_json::json!({ "login": login, "roles": roles });
                service
                    .tell(tx, Told::new(organization, by, "user.added", id).with(details))
                    .await?;
                Ok(id)
            })
        })
        .await
    }

    /// Gives a person a further role.
    ///
    /// # Errors
    /// When the person or what the role names is not of the organization.
    pub async fn grant(
        &self,
        organization: OrganizationId,
        user: UserId,
        grant: Grant,
        by: Actor,
    ) -> Result<(), ServiceError> {
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let id = service.ids.next();
                people::insert_grant(tx, organization, id, user, grant, service.now()).await?;
                let details = serde_json::json!({ "role": format!("{grant:?}") });
                service
                    .tell(
                        tx,
                        Told::new(organization, by, "role.granted", user).with(details),
                    )
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Takes a role away, by its word. Sign-offs given while it was held stand.
    ///
    /// # Errors
    /// When the person does not hold it.
    pub async fn revoke_role(
        &self,
        organization: OrganizationId,
        user: UserId,
        role: &str,
        by: Actor,
    ) -> Result<(), ServiceError> {
        let (service, role) = (self.clone(), role.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                organizations::bump_epoch(tx, organization).await?;
                let ended = people::revoke_grants(tx, organization, user, &role, service.now()).await?;
                if ended == 0 {
                    return Err(ServiceError::NotFound(Thing::User));
                }
                let details = serde_json::json!({ "role": role });
                service
                    .tell(
                        tx,
                        Told::new(organization, by, "role.revoked", user).with(details),
                    )
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// A person may not act any more: every token ends at once.
    ///
    /// # Errors
    /// When there is no such person who may act.
    pub async fn disable_user(
        &self,
        organization: OrganizationId,
        user: UserId,
        by: Actor,
    ) -> Result<(), ServiceError> {
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                people::disable_user(tx, organization, user, service.now()).await?;
                service
                    .tell(tx, Told::new(organization, by, "user.disabled", user))
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Everybody of an organization.
    ///
    /// # Errors
    /// The database.
    pub async fn users(&self, organization: OrganizationId) -> Result<Vec<UserRow>, ServiceError> {
        let mut reader = self.store.read().await?;
        Ok(people::users(&mut reader, organization).await?)
    }

    /// The tokens of an organization, without anything that could be used.
    ///
    /// # Errors
    /// The database.
    pub async fn tokens(&self, organization: OrganizationId) -> Result<Vec<TokenSummary>, ServiceError> {
        let mut reader = self.store.read().await?;
        Ok(people::tokens(&mut reader, organization).await?)
    }
}
