//! Holds: set, they stop everything in their scope between any two calls; lifted, they publish nothing.

use chrono::{DateTime, Duration, Utc};

use super::{DeliveryView, Need, Once, Service, ServiceError, Thing, Told, access, review, views};
use crate::{
    domain::{
        account::Account,
        actor::{Actor, Grant, OrganizationRole, Person, Scope},
        delivery::DeliveryState,
        hold::{Hold, HoldScope},
        ids::HoldId,
    },
    store::{deliveries, holds, organizations},
};

/// The pause between two looks at what is under way.
const BETWEEN_LOOKS: Duration = Duration::milliseconds(25);

/// A hold that was set, and what may still be leaving: intents that were committed before it.
#[derive(Debug, Clone)]
pub struct HoldSet {
    /// The hold.
    pub hold: Hold,
    /// Deliveries whose call was under way when it was set, as they were left by it.
    pub in_flight: Vec<DeliveryView>,
}

impl Service {
    /// Stops a scope. No intent commits after the hold; this waits for calls that were under way, as long as one of
    /// them may last and whoever asks has patience, and tells what became of them.
    ///
    /// # Errors
    /// When the scope does not exist or the person may not stop it.
    pub async fn set_hold(
        &self,
        person: &Person,
        scope: HoldScope,
        reason: String,
        patience: Duration,
        once: Once<HoldSet>,
    ) -> Result<HoldSet, ServiceError> {
        access::any_scope(person, &[Scope::Approve, Scope::Administer])?;
        review::check_reason(&reason)?;
        let set = self.stop(person, scope, reason, once).await?;
        self.wait_for_calls(person, set, patience).await
    }

    async fn stop(
        &self,
        person: &Person,
        scope: HoldScope,
        reason: String,
        once: Once<HoldSet>,
    ) -> Result<HoldSet, ServiceError> {
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let organization = person.organization;
                organizations::bump_epoch(tx, organization).await?;
                let known = views::known_accounts(tx, organization).await?;
                let divisions = organizations::divisions(tx, organization).await?;
                match scope {
                    HoldScope::Account(id) if !known.contains_key(&id) => {
                        return Err(ServiceError::NotFound(Thing::Account));
                    }
                    HoldScope::Division(id) if !divisions.iter().any(|division| division.id == id) => {
                        return Err(ServiceError::NotFound(Thing::Division));
                    }
                    _ => {}
                }
                let in_scope: Vec<&Account> = known
                    .values()
                    .filter(|account| scope.covers(account.id, &account.divisions))
                    .collect();
                access::allow(may_hold(&person, scope, &in_scope), Need::Role)?;
                let hold = Hold {
                    id: HoldId::new(service.ids.next()),
                    scope,
                    reason,
                    set_by: Some(person.user),
                    set_at: service.now(),
                    lifted: None,
                };
                holds::insert(tx, organization, &hold).await?;
                let details = serde_json::json!({ "scope": scope_text(scope), "reason": hold.reason });
                let actor = Actor::User(person.user);
                service
                    .tell(
                        tx,
                        Told::new(organization, actor, "hold.set", hold.id).with(details),
                    )
                    .await?;
                let mut leaving = deliveries::in_flight(tx, organization).await?;
                leaving.retain(|stored| {
                    in_scope
                        .iter()
                        .any(|account| account.id == stored.delivery.account)
                });
                let set = HoldSet {
                    hold,
                    in_flight: views::delivery_views(leaving, &known, &[]),
                };
                once.complete(&service, tx, &set).await?;
                Ok(set)
            })
        })
        .await
    }

    /// Waits until no call that was under way when the hold was set still is. Each node has a longest call of its own,
    /// and none of them outlives its lease.
    async fn wait_for_calls(
        &self,
        person: &Person,
        mut set: HoldSet,
        patience: Duration,
    ) -> Result<HoldSet, ServiceError> {
        let enough = self.now() + patience;
        while let Some(longest) = longest_lease(&set)
            && self.now() < longest.min(enough)
        {
            self.clock.sleep_until(self.now() + BETWEEN_LOOKS).await;
            let mut reader = self.store.read().await?;
            for view in &mut set.in_flight {
                let now = deliveries::find(&mut reader, person.organization, view.delivery.id).await?;
                if let Some(now) = now {
                    view.delivery = now.delivery;
                }
            }
        }
        Ok(set)
    }

    /// Lifts a hold. What became due meanwhile waits for a person.
    ///
    /// # Errors
    /// When there is no such hold in force, or the person may not lift it.
    pub async fn lift_hold(&self, person: &Person, id: HoldId) -> Result<Hold, ServiceError> {
        access::any_scope(person, &[Scope::Approve, Scope::Administer])?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let organization = person.organization;
                organizations::bump_epoch(tx, organization).await?;
                let hold = holds::find(tx, organization, id)
                    .await?
                    .ok_or(ServiceError::NotFound(Thing::Hold))?;
                let known = views::known_accounts(tx, organization).await?;
                let in_scope: Vec<&Account> = known
                    .values()
                    .filter(|account| hold.scope.covers(account.id, &account.divisions))
                    .collect();
                access::allow(may_hold(&person, hold.scope, &in_scope), Need::Role)?;
                holds::lift(tx, organization, id, person.user, service.now()).await?;
                let actor = Actor::User(person.user);
                service
                    .tell(tx, Told::new(organization, actor, "hold.lifted", id))
                    .await?;
                holds::find(tx, organization, id)
                    .await?
                    .ok_or(ServiceError::NotFound(Thing::Hold))
            })
        })
        .await
    }

    /// The holds in force.
    ///
    /// # Errors
    /// The database.
    pub async fn holds(&self, person: &Person) -> Result<Vec<Hold>, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        Ok(holds::in_force(&mut reader, person.organization).await?)
    }
}

/// Until when the last of the calls that are still under way may last; none if all are over.
fn longest_lease(set: &HoldSet) -> Option<DateTime<Utc>> {
    let leases = set
        .in_flight
        .iter()
        .filter_map(|view| match &view.delivery.state {
            DeliveryState::Publishing { lease, .. } => Some(lease.until),
            _ => None,
        });
    leases.max()
}

/// Holders of a role stop everything; an approver stops the own division and its accounts.
fn may_hold(person: &Person, scope: HoldScope, in_scope: &[&Account]) -> bool {
    let roles = [
        OrganizationRole::Administrator,
        OrganizationRole::DutyOfficer,
        OrganizationRole::Publicity,
    ];
    if access::any_role(person, &roles).is_ok() {
        return true;
    }
    match scope {
        HoldScope::Organization => false,
        HoldScope::Division(division) => {
            !person.is_operator() && person.grants.contains(&Grant::Approver(division))
        }
        HoldScope::Account(_) => in_scope
            .iter()
            .all(|account| access::approves_for(person, account)),
    }
}

fn scope_text(scope: HoldScope) -> String {
    match scope {
        HoldScope::Organization => "organization".to_owned(),
        HoldScope::Division(id) => id.to_string(),
        HoldScope::Account(id) => id.to_string(),
    }
}
