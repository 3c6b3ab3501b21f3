//! A small town on a sandbox server: a gateway with its dispatcher at work, as in a deployment.

use std::{collections::BTreeSet, num::NonZeroU32, sync::Arc, time::Duration as StdDuration};

use anyhow::Context as _;
use chrono::{DateTime, Duration, Utc};
use futures::{StreamExt as _, TryStreamExt as _};
use sekisho::{
    app::{App, Wiring, policy_document, shipped_calendar},
    clock::SystemClock,
    dispatch::DispatchConfig,
    domain::{
        account::{AccountPurpose, EmergencyCover, Platform},
        actor::{Actor, Grant, OrganizationRole, Person, Scope},
        delivery::DeliveryPhase,
        emergency::EmergencyKind,
        ids::{AccountId, DivisionId, OrganizationId},
        revision::{Act, Kind as PostKind, Visibility},
        route::{Requirement, Route, Stage},
        window::AccountHours,
    },
    net::LoopbackPolicy,
    probe::ProbeConfig,
    sandbox::{Arrival, Sandbox, SandboxConfig},
    service::{
        Approval, Draft, DraftTarget, NewAccount, NewApiToken, NewEmergency, Once, PostView, Submission,
        Timing,
    },
    store::deliveries,
    vault::{KeyRing, Secret},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::database::{Database, Kind};

/// Office hours without an end: these are not measurements of waiting for one.
const ALWAYS_OPEN: &str = r#"
name = "always-open"
duplicate_days = 7
[title]
ja = "常時"
en = "Always open"
[office]
national_holidays = "open"
closed = []
[office.working]
mon = ["00:00-24:00"]
tue = ["00:00-24:00"]
wed = ["00:00-24:00"]
thu = ["00:00-24:00"]
fri = ["00:00-24:00"]
sat = ["00:00-24:00"]
sun = ["00:00-24:00"]
"#;

/// A key of nothing but measurements.
const KEY_RING: &str = "bench AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";

/// How many posts are prepared at a time.
const HANDS: usize = 16;

/// How long is waited for something that is about to happen.
const PATIENCE: StdDuration = StdDuration::from_secs(120);

/// A town whose dispatcher is at work.
pub struct Town {
    pub app: App,
    pub sandbox: Sandbox,
    database: Database,
    account: AccountId,
    clerk: Person,
    chief: Person,
    director: Person,
    pub duty_officer: Person,
    soft: CancellationToken,
    working: JoinHandle<()>,
}

impl Town {
    /// Founds one, with the dispatcher's settings of a deployment.
    pub async fn found(kind: Kind) -> anyhow::Result<Self> {
        let database = Database::make(kind).await?;
        let sandbox = Sandbox::start(SandboxConfig {
            accounts: vec![("koho".to_owned(), "koho-token".to_owned())],
            ..SandboxConfig::default()
        })
        .await?;
        let app = App::wire(Wiring {
            platforms: sekisho::platform::settings::Settings::default(),
            homes: sekisho::domain::homes::Homes::default(),
            media: None,
            location: database.location()?,
            clock: Arc::new(SystemClock),
            key_ring: Some(KeyRing::parse(KEY_RING)?),
            calendar: shipped_calendar()?,
            loopback: LoopbackPolicy::Allowed,
            proxy: None,
            public_url: "http://127.0.0.1:1".to_owned(),
            probe: ProbeConfig::default(),
            dispatch: DispatchConfig {
                // One account stands for many here: what smooths a single one is not what is measured.
                account_in_flight: 256,
                account_per_second: NonZeroU32::MAX,
                ..DispatchConfig::named("bench".to_owned())
            },
        })
        .await?;
        let service = &app.service;
        let organization = service.found_organization("あけぼの市", Actor::Operator).await?;
        let document = policy_document(ALWAYS_OPEN)?;
        service
            .import_policy(organization, document, Actor::Operator)
            .await?;
        let division = service
            .add_division(organization, "広報課", Actor::Operator)
            .await?;
        let account = register(&app, organization, division, &sandbox).await?;
        let person = async |login: &str, grant: Grant, scope: Scope| {
            person(&app, organization, login, grant, scope).await
        };
        let holds = Grant::Organization;
        let clerk = person("clerk", Grant::Author(division), Scope::Write).await?;
        let chief = person("chief", Grant::Approver(division), Scope::Approve).await?;
        let director = person("director", holds(OrganizationRole::Publicity), Scope::Approve).await?;
        let duty_officer = person("duty", holds(OrganizationRole::DutyOfficer), Scope::Approve).await?;
        let (soft, dispatcher) = (CancellationToken::new(), app.dispatcher.clone());
        let stop = soft.clone();
        let working = tokio::spawn(async move { dispatcher.run(stop, CancellationToken::new()).await });
        Ok(Self {
            app,
            sandbox,
            database,
            account,
            clerk,
            chief,
            director,
            duty_officer,
            soft,
            working,
        })
    }

    /// Lets the dispatcher finish and takes everything away.
    pub async fn leave(self) -> anyhow::Result<()> {
        self.soft.cancel();
        self.working.await?;
        self.app.store.close().await;
        self.sandbox.shutdown().await;
        self.database.remove().await
    }

    /// Submits a post.
    pub async fn submit(&self, text: &str, kind: PostKind, timing: Timing) -> anyhow::Result<PostView> {
        let now = self.app.service.now();
        let draft = Draft {
            act: Act::New,
            kind,
            document_number: None,
            source: None,
            text: Some(text.to_owned()),
            media: Vec::new(),
            parts: None,
            targets: vec![DraftTarget {
                account: self.account,
                text: None,
                media: Vec::new(),
                parts: None,
                refers_to: None,
                audience: None,
            }],
            language: Some("ja".to_owned()),
            visibility: Visibility::Public,
            timing,
            // Not the day of the planned time: midnight must not end a measurement.
            range: Some((now.fixed_offset(), (now + Duration::days(2)).fixed_offset())),
            submission: Submission::now(),
        };
        let view = self.app.service.create_post(&self.clerk, draft, Once::unkeyed());
        Ok(view.await?)
    }

    /// One person signs what they see.
    pub async fn sign(&self, view: &PostView, person: &Person) -> anyhow::Result<()> {
        let approval = Approval {
            seen: view.revision.digest,
            acknowledgements: Vec::new(),
            attestations: Vec::new(),
        };
        self.app.service.approve(person, view.post.id, approval).await?;
        Ok(())
    }

    /// Submits ordinary posts and has both stages sign them, several posts at a time.
    pub async fn approved(&self, posts: Vec<(String, Timing)>) -> anyhow::Result<()> {
        futures::stream::iter(posts)
            .map(|(text, timing)| async move {
                let view = self.submit(&text, PostKind::Ordinary, timing).await?;
                self.sign(&view, &self.chief).await?;
                self.sign(&view, &self.director).await
            })
            .buffer_unordered(HANDS)
            .try_collect()
            .await
    }

    /// Puts the town under an emergency.
    pub async fn declare_emergency(&self) -> anyhow::Result<()> {
        let new = NewEmergency {
            kind: EmergencyKind::HeavyRain,
            reason: "大雨特別警報".to_owned(),
            accounts: BTreeSet::from([self.account]),
            expires_at: self.app.service.now() + Duration::hours(2),
        };
        let service = &self.app.service;
        service
            .declare_emergency(&self.duty_officer, new, Once::unkeyed())
            .await?;
        Ok(())
    }

    /// Waits for this many publish requests at the sandbox and returns them all. It looks often enough to go
    /// on soon, and rarely enough to disturb little; the times are the sandbox's own.
    pub async fn arrivals(&self, wanted: usize) -> anyhow::Result<Vec<Arrival>> {
        let seen = async {
            while self.sandbox.counts().arrivals < wanted {
                tokio::time::sleep(StdDuration::from_millis(2)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, seen).await;
        let arrivals = self.sandbox.arrivals();
        waited.with_context(|| format!("{} of {wanted} arrived", arrivals.len()))?;
        Ok(arrivals)
    }

    /// Waits until this many deliveries are recorded as published, and tells when.
    pub async fn recorded(&self, wanted: i64) -> anyhow::Result<DateTime<Utc>> {
        let seen = async {
            loop {
                let mut reader = self.app.store.read().await?;
                let counts = deliveries::count_by_state(&mut reader).await?;
                drop(reader);
                if counts.contains(&(DeliveryPhase::Published, wanted)) {
                    return anyhow::Ok(self.app.service.now());
                }
                tokio::time::sleep(StdDuration::from_millis(10)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, seen).await;
        waited.with_context(|| format!("{wanted} posts were not recorded as published"))?
    }
}

async fn register(
    app: &App,
    organization: OrganizationId,
    division: DivisionId,
    sandbox: &Sandbox,
) -> anyhow::Result<AccountId> {
    let stage = |title: &str, requirement| Stage {
        title: title.to_owned(),
        requirement,
    };
    let new = NewAccount {
        platform: Platform::Mastodon,
        instance: sandbox.base_url().to_owned(),
        handle: "koho".to_owned(),
        name: "広報公式".to_owned(),
        purpose: AccountPurpose::Public,
        zone: chrono_tz::Asia::Tokyo,
        hours: AccountHours::unrestricted(),
        grace: Duration::minutes(10),
        route: Route::new(vec![
            stage("係長", Requirement::ApproverOf(division)),
            stage("課長", Requirement::Holder(OrganizationRole::Publicity)),
        ]),
        divisions: vec![division],
        emergency_cover: EmergencyCover::Covered,
    };
    let service = &app.service;
    let account = service
        .register_account_from_command_line(organization, new)
        .await?;
    let token = Secret::new("koho-token".to_owned());
    service
        .connect_with_token(organization, account.id, token, Actor::Operator)
        .await?;
    Ok(account.id)
}

/// Adds a person with one token and signs them in.
async fn person(
    app: &App,
    organization: OrganizationId,
    login: &str,
    grant: Grant,
    scope: Scope,
) -> anyhow::Result<Person> {
    let service = &app.service;
    let grants = BTreeSet::from([grant]);
    let user = service
        .add_user(organization, login, login, grants, Actor::Operator)
        .await?;
    let new = NewApiToken {
        user,
        label: "bench".to_owned(),
        scopes: BTreeSet::from([Scope::Read, scope]),
        expires_at: service.now() + Duration::days(1),
    };
    let issued = service.issue_token(organization, new, Actor::Operator).await?;
    Ok(service.authenticate(issued.expose()).await?)
}
