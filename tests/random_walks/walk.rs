//! A walk, and what a bystander saw of it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Duration, FixedOffset, Utc};
use futures::future::join_all;
use sekisho::{
    app::{App, STANDARD_PROFILE},
    clock::ManualClock,
    dispatch::DispatchConfig,
    domain::{
        actor::{Actor, Grant, OrganizationRole, Scope},
        delivery::Fence,
        ids::{AccountId, DeliveryId, PostId, UserId},
    },
    ledger::Head,
    sandbox::Sandbox,
    service::{NewApiToken, PostView},
    store::deliveries,
};

use super::{
    api::Api,
    steps::{EVERYBODY, Nth, Where, Who},
};
use crate::support::{
    Clocked, TestDatabase, Town,
    database::Kind,
    steps::japan,
    town::{quick_dispatch, register, wire},
};

/// A Tuesday of a year that is over, so that the platform's own clock is always ahead.
const START: &str = "2025-11-25T10:00:00";

/// How many walks share a ground, so that it does not grow without end.
const ENOUGH: usize = 50;

/// What walks share: a database and the gateway over it. Each walk is a town of its own in it.
pub struct Ground {
    database: Arc<TestDatabase>,
    clock: Arc<ManualClock>,
    app: App,
    api: Arc<Api>,
    /// Platforms of earlier walks. An account is known by its server, so no later one may get their addresses.
    spent: RefCell<Vec<Sandbox>>,
}

impl Ground {
    /// `None` without that kind of database.
    pub async fn lay(kind: Kind) -> Option<Self> {
        let database = Arc::new(TestDatabase::make(kind).await?);
        let clock = Arc::new(ManualClock::new(japan(START).to_utc()));
        let dispatch = DispatchConfig {
            // What a busy machine takes long for is no doubt.
            longest_request: Duration::seconds(60),
            lease: Duration::seconds(150),
            ..quick_dispatch("walks")
        };
        let app = wire(&database, &Clocked::Manual(Arc::clone(&clock)), dispatch).await;
        let api = Arc::new(Api::serve(app.service.clone()).await);
        database.watch().await;
        Some(Self {
            database,
            clock,
            app,
            api,
            spent: RefCell::default(),
        })
    }

    pub fn is_worn(&self) -> bool {
        self.spent.borrow().len() >= ENOUGH
    }
}

/// A person, with a token for each thing that one does.
#[derive(Debug, Clone)]
pub struct Hands {
    pub user: UserId,
    pub writing: String,
    pub deciding: String,
}

/// A hold that was set and not lifted.
#[derive(Debug, Clone)]
pub struct Stop {
    pub id: String,
    pub place: Where,
}

/// An emergency that was declared and not ended.
#[derive(Debug, Clone)]
pub struct Alarm {
    pub id: String,
    pub place: Where,
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// When the office is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    Usual,
    Short,
}

/// A town, and what somebody who only saw requests and answers knows of it.
pub struct Walk {
    pub town: Town,
    pub api: Arc<Api>,
    pub second: AccountId,
    pub people: BTreeMap<Who, Hands>,
    pub posts: Vec<PostId>,
    /// Whose hands were on a post.
    pub wrote: BTreeMap<PostId, BTreeSet<UserId>>,
    pub digests: Vec<String>,
    pub holds: Vec<Stop>,
    pub alarms: Vec<Alarm>,
    pub hours: Hours,
    pub fences: BTreeMap<DeliveryId, Fence>,
    /// Requests at the platform that were judged.
    pub judged: usize,
    /// Ends of the ledger that somebody noted.
    pub heads: Vec<Head>,
    pub texts: usize,
}

impl Walk {
    pub async fn begin(ground: &Ground) -> Self {
        ground.clock.set(japan(START).to_utc());
        let clock = Clocked::Manual(Arc::clone(&ground.clock));
        let database = Arc::clone(&ground.database);
        let town = Town::found(ground.app.clone(), clock, database, STANDARD_PROFILE).await;
        let (organization, division) = (town.organization, town.division);
        let second = register(&town.app, organization, division, &town.sandbox, "bosai").await;
        let people = join_all(EVERYBODY.map(|who| join(&town, who))).await;
        Self {
            people: people.into_iter().collect(),
            api: Arc::clone(&ground.api),
            town,
            second,
            posts: Vec::new(),
            wrote: BTreeMap::new(),
            digests: Vec::new(),
            holds: Vec::new(),
            alarms: Vec::new(),
            hours: Hours::Usual,
            fences: BTreeMap::new(),
            judged: 0,
            heads: Vec::new(),
            texts: 0,
        }
    }

    /// Tells how many requests arrived at the platform.
    pub fn finish(self, ground: &Ground) -> usize {
        ground.spent.borrow_mut().push(self.town.sandbox);
        self.judged
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.town.app.service.now()
    }

    pub fn in_minutes(&self, minutes: i64) -> DateTime<FixedOffset> {
        let later = self.now() + Duration::minutes(minutes);
        later.with_timezone(&FixedOffset::east_opt(9 * 3600).expect("an offset"))
    }

    pub fn post(&self, nth: Nth) -> Option<PostId> {
        let round = nth.checked_rem(self.posts.len())?;
        self.posts.iter().rev().nth(round).copied()
    }

    pub fn accounts(&self, place: Where) -> Vec<AccountId> {
        match place {
            Where::First => vec![self.town.account],
            Where::Second => vec![self.second],
            Where::Both => vec![self.second, self.town.account],
        }
    }

    pub fn handle(&self, account: AccountId) -> &'static str {
        if account == self.second { "bosai" } else { "koho" }
    }

    pub fn users(&self, people: &[Who]) -> BTreeSet<UserId> {
        people.iter().map(|who| self.people[who].user).collect()
    }

    /// The next time at which the dispatcher has something to look at.
    pub async fn next_instant(&self) -> Option<DateTime<Utc>> {
        let mut reader = self.town.app.store.read().await.expect("the database");
        let next = deliveries::next_instant(&mut reader, self.town.app.service.now()).await;
        next.expect("the next instant")
    }

    /// A post as an auditor sees it.
    pub async fn view(&self, post: PostId) -> PostView {
        let service = &self.town.app.service;
        let view = service.post(&self.town.people.auditor, post).await;
        view.expect("the post")
    }

    /// All posts: that they can be read back is a check in itself.
    pub async fn everything(&self) -> Vec<PostView> {
        join_all(self.posts.iter().map(|post| self.view(*post))).await
    }
}

/// Gives one person their roles and tokens.
async fn join(town: &Town, who: Who) -> (Who, Hands) {
    let (author, approver) = (Grant::Author(town.division), Grant::Approver(town.division));
    let operator = Grant::Operator {
        division: town.division,
        account: town.account,
    };
    let of_the_town = Grant::Organization;
    let grants: &[Grant] = match who {
        Who::Clerk | Who::SecondClerk => &[author],
        Who::Operator => &[operator],
        Who::Chief => &[approver],
        Who::Director | Who::Deputy => &[of_the_town(OrganizationRole::Publicity)],
        Who::DutyOfficer => &[of_the_town(OrganizationRole::DutyOfficer)],
        Who::Jack => &[author, approver, of_the_town(OrganizationRole::Publicity)],
        Who::Busy => &[author, of_the_town(OrganizationRole::DutyOfficer)],
        Who::Administrator => &[of_the_town(OrganizationRole::Administrator)],
    };
    let service = &town.app.service;
    let login = format!("walking-{who:?}").to_lowercase();
    let grants = grants.iter().copied().collect();
    let user = service
        .add_user(town.organization, &login, &login, grants, Actor::Operator)
        .await
        .expect("a person");
    let hands = Hands {
        user,
        writing: token(town, user, &[Scope::Read, Scope::Write]).await,
        deciding: token(town, user, &[Scope::Read, Scope::Approve, Scope::Administer]).await,
    };
    (who, hands)
}

async fn token(town: &Town, user: UserId, scopes: &[Scope]) -> String {
    let new = NewApiToken {
        user,
        label: "walk".to_owned(),
        scopes: scopes.iter().copied().collect(),
        expires_at: town.app.service.now() + Duration::days(1_000),
    };
    let service = &town.app.service;
    let issued = service
        .issue_token(town.organization, new, Actor::Operator)
        .await
        .expect("a token");
    issued.expose().to_owned()
}
