//! An account enters the register; it becomes active when it is connected (KUR-6.1a).

use chrono::Duration;
use chrono_tz::Tz;

use super::{AccountView, Conflict, FieldError, Once, Service, ServiceError, Told, access};
use crate::{
    domain::{
        account::{Account, AccountPurpose, AccountStatus, EmergencyCover, KeySupport, Platform},
        actor::{Actor, OrganizationRole, Person, Scope},
        finding::Message,
        ids::{AccountId, DivisionId, OrganizationId},
        route::{Requirement, Route},
        window::AccountHours,
    },
    store::{Tx, accounts, organizations},
};

/// An account to be entered.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Where it lives.
    pub platform: Platform,
    /// The server: scheme and host; empty for a platform that is in one place.
    pub instance: String,
    /// The name on the platform, without `@`.
    pub handle: String,
    /// The name that staff see.
    pub name: String,
    /// Whether it is for drills.
    pub purpose: AccountPurpose,
    /// The zone in which its hours are meant.
    pub zone: Tz,
    /// Its operating hours.
    pub hours: AccountHours,
    /// How late a post may leave.
    pub grace: Duration,
    /// The sign-offs that it asks for; at least one.
    pub route: Route,
    /// The divisions that share it; the first one leads.
    pub divisions: Vec<DivisionId>,
    /// Whether its operating policy has an emergency clause.
    pub emergency_cover: EmergencyCover,
}

impl Service {
    /// Enters an account in the register.
    ///
    /// # Errors
    /// When fields are wrong, it is in the register already, or the person is no administrator.
    pub async fn register_account(
        &self,
        person: &Person,
        new: NewAccount,
        once: Once<AccountView>,
    ) -> Result<AccountView, ServiceError> {
        access::scope(person, Scope::Administer)?;
        access::any_role(person, &[OrganizationRole::Administrator])?;
        let (service, organization) = (self.clone(), person.organization);
        let actor = Actor::User(person.user);
        self.write(move |tx| {
            Box::pin(async move {
                let account = enter(&service, tx, organization, new, actor).await?;
                once.complete(&service, tx, &account).await?;
                Ok(account)
            })
        })
        .await
    }

    /// The same from the command line of the server.
    ///
    /// # Errors
    /// As [`Service::register_account`].
    pub async fn register_account_from_command_line(
        &self,
        organization: OrganizationId,
        new: NewAccount,
    ) -> Result<AccountView, ServiceError> {
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move { enter(&service, tx, organization, new, Actor::Operator).await })
        })
        .await
    }
}

async fn enter(
    service: &Service,
    tx: &mut Tx,
    organization: OrganizationId,
    new: NewAccount,
    actor: Actor,
) -> Result<Account, ServiceError> {
    let mut new = new;
    if let (Some(home), true) = (service.homes.of(new.platform), new.instance.is_empty()) {
        home.clone_into(&mut new.instance);
    }
    check(service, tx, organization, &new).await?;
    let account = Account {
        id: AccountId::new(service.ids.next()),
        organization,
        platform: new.platform,
        instance: new.instance,
        handle: new.handle,
        remote_id: None,
        name: new.name,
        status: AccountStatus::Registered,
        purpose: new.purpose,
        zone: new.zone,
        hours: new.hours,
        grace: new.grace,
        route: new.route,
        divisions: new.divisions,
        limits: None,
        keys: KeySupport::NotHonoured,
        emergency_cover: new.emergency_cover,
    };
    accounts::insert(tx, &account, service.now()).await?;
    let details = serde_json::json!({
        "platform": account.platform.as_str(), "instance": account.instance, "handle": account.handle,
        "purpose": account.purpose.as_str(),
    });
    service
        .tell(
            tx,
            Told::new(organization, actor, "account.registered", account.id).with(details),
        )
        .await?;
    Ok(account)
}

/// Whose route is to be checked.
pub(super) struct Routed<'a> {
    organization: OrganizationId,
    purpose: AccountPurpose,
    name: &'a str,
    divisions: &'a [DivisionId],
    route: &'a Route,
}

impl<'a> From<&'a Account> for Routed<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            organization: account.organization,
            purpose: account.purpose,
            name: &account.name,
            divisions: &account.divisions,
            route: &account.route,
        }
    }
}

/// A route has stages that exist, and all that the policy in force demands.
pub(super) async fn check_route(
    service: &Service,
    tx: &mut Tx,
    routed: Routed<'_>,
    errors: &mut Vec<FieldError>,
) -> Result<(), ServiceError> {
    let known = organizations::divisions(tx, routed.organization).await?;
    if routed.route.stages().is_empty() {
        errors.push(FieldError::at("/route", "field-route-empty"));
        return Ok(());
    }
    let unknown = |requirement: Requirement| match requirement {
        Requirement::ApproverOf(division) => !known.iter().any(|other| other.id == division),
        Requirement::Holder(_) => false,
    };
    let mut stages = routed.route.stages().iter();
    if stages.any(|stage| unknown(stage.requirement)) {
        errors.push(FieldError::at("/route", "field-division-unknown"));
    }
    let policy = match service.policies.current(tx, routed.organization).await {
        Ok(policy) => policy,
        // The first accounts may be entered before the first policy; the gate asks again.
        Err(ServiceError::Conflict(Conflict::NoPolicy)) => return Ok(()),
        Err(why) => return Err(why),
    };
    let below = policy.route_below(routed.purpose, routed.route, routed.divisions, routed.name);
    errors.extend(below.map(|message| FieldError {
        pointer: "/route".to_owned(),
        message,
    }));
    Ok(())
}

async fn check(
    service: &Service,
    tx: &mut Tx,
    organization: OrganizationId,
    new: &NewAccount,
) -> Result<(), ServiceError> {
    let known = organizations::divisions(tx, organization).await?;
    let exists = |id: &DivisionId| known.iter().any(|division| division.id == *id);
    let mut errors = Vec::new();
    if new.divisions.is_empty() {
        errors.push(FieldError::at("/divisions", "field-required"));
    }
    if !new.divisions.iter().all(exists) {
        errors.push(FieldError::at("/divisions", "field-division-unknown"));
    }
    let routed = Routed {
        organization,
        purpose: new.purpose,
        name: &new.name,
        divisions: &new.divisions,
        route: &new.route,
    };
    check_route(service, tx, routed, &mut errors).await?;
    if new.name.trim().is_empty() || new.name.chars().count() > 200 {
        errors.push(FieldError::at("/name", "field-required"));
    }
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if new.handle.is_empty() || new.handle.len() > 200 || !new.handle.chars().all(plain) {
        errors.push(FieldError::at("/handle", "field-handle"));
    }
    if !is_origin(&new.instance) {
        errors.push(FieldError::at("/instance", "field-instance"));
    }
    // A credential is sent to no other server than the platform's own.
    if let Some(home) = service
        .homes
        .of(new.platform)
        .filter(|home| *home != new.instance)
    {
        let message = Message::new("field-instance-home").with("home", home);
        let pointer = "/instance".to_owned();
        errors.push(FieldError { pointer, message });
    }
    // Without any grace a post would be missed at the very moment at which it is due.
    if new.grace < Duration::minutes(1) || new.grace > Duration::days(1) {
        errors.push(FieldError::at("/grace_seconds", "field-grace"));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(errors))
    }
}

/// Scheme and host, nothing else. Whether plain http may be used at all is decided where requests leave.
fn is_origin(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http")
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.origin().ascii_serialization() == text
    })
}
