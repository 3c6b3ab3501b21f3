//! A small town with people, accounts on a sandbox server, and a dispatcher.

use std::{collections::BTreeSet, num::NonZeroU32, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use futures::join;
use sekisho::{
    app::{App, Wiring, policy_document, shipped_calendar},
    clock::{Clock, ManualClock, SystemClock},
    dispatch::DispatchConfig,
    domain::{
        account::{AccountPurpose, EmergencyCover, Platform},
        actor::{Actor, Grant, OrganizationRole, Person, Scope},
        delivery::DeliveryPhase,
        finding::Finding,
        homes::Homes,
        ids::{AccountId, DivisionId, OrganizationId, PostId},
        revision::{Act, Kind as PostKind, Visibility},
        route::{Requirement, Route, Stage},
        signoff::Acknowledgement,
        window::AccountHours,
    },
    net::LoopbackPolicy,
    probe::ProbeConfig,
    sandbox::{FaultPlan, Sandbox, SandboxConfig},
    service::{
        Approval, Draft, DraftTarget, MediaHouse, MediaLimits, NewAccount, NewApiToken, Once, PostView,
        ServiceError, Submission, Timing,
    },
    vault::{KeyRing, Secret},
};

use super::{TestDatabase, database::Kind, http_client};

/// The office hours of a town that works around the clock: for tests that are not about hours.
pub const ALWAYS_OPEN: &str = r#"
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

/// Whose time a town lives by.
#[derive(Debug, Clone)]
pub enum Clocked {
    /// The machine's: only for tests whose outcome does not depend on what it shows.
    System,
    /// A hand that the test moves.
    Manual(Arc<ManualClock>),
}

impl Clocked {
    /// Tuesday, 2026-11-24, ten in the morning in Japan.
    pub fn tuesday_morning() -> Self {
        let start: DateTime<Utc> = "2026-11-24T10:00:00+09:00".parse().expect("a time");
        Self::Manual(Arc::new(ManualClock::new(start)))
    }

    /// The clock itself.
    pub fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::System => Arc::new(SystemClock),
            Self::Manual(clock) => Arc::clone(clock) as Arc<dyn Clock>,
        }
    }
}

/// The people of the town, each with a token of the right kind.
#[derive(Debug, Clone)]
pub struct People {
    pub clerk: Person,
    pub second_clerk: Person,
    pub section_chief: Person,
    pub director: Person,
    pub duty_officer: Person,
    pub administrator: Person,
    pub auditor: Person,
    pub operator: Person,
}

/// A town.
pub struct Town {
    pub app: App,
    pub clock: Clocked,
    pub sandbox: Sandbox,
    pub database: Arc<TestDatabase>,
    pub organization: OrganizationId,
    pub division: DivisionId,
    pub account: AccountId,
    pub people: People,
}

/// The key ring that every town of the tests uses; a fault test hands it to a child process.
pub const KEY_RING: &str = "test AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";

/// Requests that last two seconds at most, so that doubts end while somebody watches.
pub fn quick_dispatch(worker: &str) -> DispatchConfig {
    DispatchConfig {
        longest_request: Duration::seconds(2),
        skew: Duration::milliseconds(200),
        lease: Duration::seconds(4),
        poll: Duration::milliseconds(200),
        first_pause: Duration::milliseconds(50),
        longest_pause: Duration::milliseconds(400),
        account_in_flight: 256,
        account_per_second: NonZeroU32::MAX,
        ..DispatchConfig::named(worker.to_owned())
    }
}

impl Town {
    /// Builds a town; `None` when its kind of database is not there.
    pub async fn build(kind: Kind, clock: Clocked, profile: &str) -> Option<Self> {
        let database = TestDatabase::make(kind).await?;
        Some(Self::in_database(database, clock, profile).await)
    }

    /// Builds a town in a database.
    pub async fn in_database(database: TestDatabase, clock: Clocked, profile: &str) -> Self {
        let database = Arc::new(database);
        let app = wire(&database, &clock, quick_dispatch("test")).await;
        Self::found(app, clock, database, profile).await
    }

    /// Founds a town on a platform of its own, in a database in which there may be others.
    pub async fn found(app: App, clock: Clocked, database: Arc<TestDatabase>, profile: &str) -> Self {
        let sandbox = Sandbox::start(SandboxConfig {
            accounts: vec![
                ("koho".to_owned(), "koho-token".to_owned()),
                ("bosai".to_owned(), "bosai-token".to_owned()),
            ],
            ..SandboxConfig::default()
        })
        .await
        .expect("a sandbox");
        let service = &app.service;
        let organization = service
            .found_organization("あけぼの市", Actor::Operator)
            .await
            .expect("an organization");
        let document = policy_document(profile).expect("a profile");
        service
            .import_policy(organization, document, Actor::Operator)
            .await
            .expect("a policy");
        let division = service
            .add_division(organization, "広報課", Actor::Operator)
            .await
            .expect("a division");
        let account = register(&app, organization, division, &sandbox, "koho").await;
        let people = people(&app, organization, division, account).await;
        Self {
            app,
            clock,
            sandbox,
            database,
            organization,
            division,
            account,
            people,
        }
    }

    /// A town on SQLite that never closes, by the machine's clock.
    pub async fn on(kind: Kind) -> Option<Self> {
        Self::build(kind, Clocked::System, ALWAYS_OPEN).await
    }

    /// Tells the sandbox how to behave, over its control API.
    pub async fn control(&self, what: &str, body: serde_json::Value) {
        let url = format!("{}/sandbox/{what}", self.sandbox.base_url());
        let answer = http_client()
            .put(url)
            .json(&body)
            .send()
            .await
            .expect("the sandbox");
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap_or_default()
        );
    }

    /// Tells the sandbox how to fail.
    pub async fn set_faults(&self, plan: FaultPlan) {
        self.control("faults", serde_json::to_value(plan).expect("a plan"))
            .await;
    }

    /// The draft of a text to the town's account, leaving when approved.
    pub fn draft(&self, text: &str) -> Draft {
        Draft {
            act: Act::New,
            kind: PostKind::Ordinary,
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
            timing: Timing::OnApproval,
            range: None,
            submission: Submission::now(),
        }
    }

    /// Queues and submits a draft.
    pub async fn submit(&self, draft: Draft) -> PostView {
        self.app
            .service
            .create_post(&self.people.clerk, draft, Once::unkeyed())
            .await
            .expect("a post in review")
    }

    /// Queues a text and walks it through both stages.
    pub async fn approved(&self, text: &str) -> PostId {
        let view = self.submit(self.draft(text)).await;
        self.sign(&view, &self.people.section_chief).await;
        self.sign(&view, &self.people.director).await;
        view.post.id
    }

    /// One person signs what they see, and takes responsibility for what the gate asks about.
    pub async fn sign(&self, view: &PostView, person: &Person) {
        let (service, seen) = (&self.app.service, view.revision.digest);
        let approval = |acknowledgements| Approval {
            seen,
            acknowledgements,
            attestations: Vec::new(),
        };
        let plain = service.approve(person, view.post.id, approval(Vec::new())).await;
        let Err(ServiceError::Unacknowledged(verdict)) = plain else {
            plain.expect("a sign-off");
            return;
        };
        let word = |finding: &Finding| Acknowledgement {
            finding: finding.id,
            reason: "所管課に確認済み".to_owned(),
        };
        let asks = verdict.unacknowledged(&BTreeSet::new()).map(word).collect();
        service
            .approve(person, view.post.id, approval(asks))
            .await
            .expect("a sign-off");
    }

    /// The states of a post's deliveries.
    pub async fn phases(&self, post: PostId) -> Vec<DeliveryPhase> {
        let view = self
            .app
            .service
            .post(&self.people.clerk, post)
            .await
            .expect("the post");
        view.deliveries
            .iter()
            .map(|delivery| delivery.delivery.state.phase())
            .collect()
    }

    /// Lets the dispatcher work until a post's deliveries are in a phase; panics when they do not get there.
    pub async fn run_until(&self, post: PostId, wanted: DeliveryPhase) {
        for _ in 0..600 {
            self.app.dispatcher.round().await.expect("a round");
            self.app.dispatcher.idle().await;
            let phases = self.phases(post).await;
            if phases.iter().all(|phase| *phase == wanted) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("{:?} instead of {wanted}", self.phases(post).await);
    }
}

/// Where a town keeps its pictures and films.
pub fn media_house(folder: &std::path::Path) -> MediaHouse {
    let limits = MediaLimits {
        picture_bytes: 5_000_000,
        film_bytes: 512_000_000,
        unused: Duration::days(30),
        link: Duration::minutes(15),
        public_url: "http://127.0.0.1:1".to_owned(),
    };
    MediaHouse::new(&folder.join("media"), limits)
}

/// Opens the gateway of a town over its database.
pub async fn wire(database: &TestDatabase, clock: &Clocked, dispatch: DispatchConfig) -> App {
    wire_to(database, clock, dispatch, Homes::default()).await
}

/// The same with the central platforms elsewhere.
pub async fn wire_to(
    database: &TestDatabase,
    clock: &Clocked,
    dispatch: DispatchConfig,
    homes: Homes,
) -> App {
    App::wire(Wiring {
        platforms: sekisho::platform::settings::Settings::default(),
        homes,
        location: database.location(),
        clock: clock.clock(),
        key_ring: Some(KeyRing::parse(KEY_RING).expect("a key ring")),
        calendar: shipped_calendar().expect("a calendar"),
        loopback: LoopbackPolicy::Allowed,
        proxy: None,
        public_url: "http://127.0.0.1:1".to_owned(),
        probe: ProbeConfig::default(),
        media: Some(media_house(database.folder())),
        dispatch,
    })
    .await
    .expect("a gateway")
}

/// Enters an account of the sandbox in the register and connects it.
pub async fn register(
    app: &App,
    organization: OrganizationId,
    division: DivisionId,
    sandbox: &Sandbox,
    handle: &str,
) -> AccountId {
    let new = new_account(division, sandbox.base_url(), handle);
    enter(app, organization, new, &format!("{handle}-token")).await
}

/// Enters an account in the register and connects it by its token.
pub async fn enter(app: &App, organization: OrganizationId, new: NewAccount, token: &str) -> AccountId {
    let account = app
        .service
        .register_account_from_command_line(organization, new)
        .await
        .expect("an account");
    let token = Secret::new(token.to_owned());
    app.service
        .connect_with_token(organization, account.id, token, Actor::Operator)
        .await
        .expect("a connected account");
    account.id
}

/// An account with two stages, no hours of its own and an emergency clause.
pub fn new_account(division: DivisionId, instance: &str, handle: &str) -> NewAccount {
    let stage = |title: &str, requirement| Stage {
        title: title.to_owned(),
        requirement,
    };
    NewAccount {
        platform: Platform::Mastodon,
        instance: instance.to_owned(),
        handle: handle.to_owned(),
        name: format!("{handle} 公式"),
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
    }
}

async fn people(app: &App, organization: OrganizationId, division: DivisionId, account: AccountId) -> People {
    let write = [Scope::Read, Scope::Write];
    let approve = [Scope::Read, Scope::Approve];
    let administer = [Scope::Read, Scope::Administer];
    let person = async |login: &str, grant: Grant, scopes: &[Scope]| {
        person(app, organization, login, [grant].into(), scopes).await
    };
    let holds = Grant::Organization;
    // All at once: one commit for many is faster than one for each.
    let (clerk, second_clerk, section_chief, director, duty_officer, administrator, auditor, operator) = join!(
        person("clerk", Grant::Author(division), &write),
        person("second-clerk", Grant::Author(division), &write),
        person("section-chief", Grant::Approver(division), &approve),
        person("director", holds(OrganizationRole::Publicity), &approve),
        person("duty-officer", holds(OrganizationRole::DutyOfficer), &approve),
        person(
            "administrator",
            holds(OrganizationRole::Administrator),
            &administer
        ),
        person("auditor", holds(OrganizationRole::Auditor), &approve),
        person("operator", Grant::Operator { division, account }, &write),
    );
    People {
        clerk,
        second_clerk,
        section_chief,
        director,
        duty_officer,
        administrator,
        auditor,
        operator,
    }
}

/// Adds a person with one token and signs them in.
pub async fn person(
    app: &App,
    organization: OrganizationId,
    login: &str,
    grants: BTreeSet<Grant>,
    scopes: &[Scope],
) -> Person {
    let user = app
        .service
        .add_user(organization, login, login, grants, Actor::Operator)
        .await
        .expect("a person");
    let new = NewApiToken {
        user,
        label: "test".to_owned(),
        scopes: scopes.iter().copied().collect(),
        expires_at: app.service.now() + Duration::days(30),
    };
    let issued = app
        .service
        .issue_token(organization, new, Actor::Operator)
        .await
        .expect("a token");
    app.service.authenticate(issued.expose()).await.expect("a person")
}
