//! An account gets another route. What waits is judged by it when its time comes.

use super::{FieldError, Service, ServiceError, Thing, Told, access, register_account::check_route};
use crate::{
    domain::{
        account::Account,
        actor::{Actor, OrganizationRole, Person, Scope},
        ids::AccountId,
        route::Route,
    },
    store::{Tx, accounts, organizations},
};

impl Service {
    /// Gives an account another route.
    ///
    /// # Errors
    /// When the route is empty, names a division that does not exist, or lacks what the policy demands; when the
    /// account does not exist, or the person is no administrator.
    pub async fn set_account_route(
        &self,
        person: &Person,
        account: AccountId,
        route: Route,
    ) -> Result<Account, ServiceError> {
        access::scope(person, Scope::Administer)?;
        access::any_role(person, &[OrganizationRole::Administrator])?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| Box::pin(async move { change(&service, tx, &person, account, route).await }))
            .await
    }
}

async fn change(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    id: AccountId,
    route: Route,
) -> Result<Account, ServiceError> {
    let organization = person.organization;
    // First, by lock order: what was judged with the old route is stale.
    organizations::bump_epoch(tx, organization).await?;
    let before = accounts::find(tx, organization, id)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Account))?;
    let details = serde_json::json!({ "before": before.route, "route": route });
    let changed = Account { route, ..before };
    let mut errors: Vec<FieldError> = Vec::new();
    check_route(service, tx, (&changed).into(), &mut errors).await?;
    if !errors.is_empty() {
        return Err(ServiceError::Invalid(errors));
    }
    accounts::set_route(tx, organization, id, &changed.route).await?;
    let told = Told::new(organization, Actor::User(person.user), "account.route_set", id);
    service.tell(tx, told.with(details)).await?;
    Ok(changed)
}
