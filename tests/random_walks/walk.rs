//! Takes the steps. What is refused is refused: only the database may not fail.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Duration, FixedOffset, Utc};
use sekisho::{
    app::STANDARD_PROFILE,
    clock::ManualClock,
    domain::{
        actor::{Actor, Grant, OrganizationRole, Person, Scope},
        attempt::RemoteRef,
        delivery::{DeliveryPhase, DeliveryState, Fence, Resolution},
        digest::RevisionDigest,
        emergency::{Emergency, EmergencyKind},
        hold::{Hold, HoldScope},
        ids::{AccountId, DeliveryId, PostId, UserId},
    },
    sandbox::{FaultPlan, FaultRule, On},
    service::{
        Approval, Change, Draft, DraftTarget, NewEmergency, Once, PostView, ServiceError, Submission, Timing,
    },
    vault::Secret,
};

use super::steps::{EVERYBODY, Nth, Step, Where, Who};
use crate::support::{
    Clocked, Town,
    database::Kind,
    steps::{japan, no_change},
    town::{person, register},
};

/// A person with a token for each thing that one does.
#[derive(Debug, Clone)]
pub struct Hands {
    pub writing: Person,
    pub signing: Person,
}

/// A walk, and what a bystander has seen of it.
pub struct Walk {
    pub town: Town,
    pub second: AccountId,
    pub people: BTreeMap<Who, Hands>,
    pub posts: Vec<PostId>,
    /// Everybody whose hand was on a post, as the answers told.
    pub hands: BTreeMap<PostId, BTreeSet<UserId>>,
    pub digests: Vec<RevisionDigest>,
    pub holds: Vec<Hold>,
    pub emergencies: Vec<Emergency>,
    pub fences: BTreeMap<DeliveryId, Fence>,
    pub seen: usize,
    texts: usize,
}

/// What is refused is refused; what the database refuses is a fault.
fn done<T>(result: Result<T, ServiceError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(why @ (ServiceError::Store(_) | ServiceError::Vault(_) | ServiceError::NoKeyRing)) => {
            panic!("{why:?}")
        }
        Err(_) => None,
    }
}

async fn hands_of(town: &Town, login: &str, grants: &[Grant]) -> Hands {
    let grants = grants.iter().copied().collect();
    let scopes = [Scope::Read, Scope::Write];
    let writing = person(&town.app, town.organization, login, grants, &scopes).await;
    both_tokens(town, &writing).await
}

async fn both_tokens(town: &Town, person: &Person) -> Hands {
    Hands {
        writing: town.with_scopes(person.user, &[Scope::Read, Scope::Write]).await,
        signing: town
            .with_scopes(person.user, &[Scope::Read, Scope::Approve])
            .await,
    }
}

impl Walk {
    /// A Tuesday morning in a year that is over, so that the platform's own clock is always ahead of it.
    pub async fn begin(kind: Kind) -> Option<Self> {
        let start = japan("2025-11-25T10:00:00").to_utc();
        let clock = Clocked::Manual(Arc::new(ManualClock::new(start)));
        let town = Town::build(kind, clock, STANDARD_PROFILE).await?;
        let second = register(
            &town.app,
            town.organization,
            town.division,
            &town.sandbox,
            "bosai",
        )
        .await;
        let (author, approver) = (Grant::Author(town.division), Grant::Approver(town.division));
        let publicity = Grant::Organization(OrganizationRole::Publicity);
        let duty = Grant::Organization(OrganizationRole::DutyOfficer);
        let mut people = BTreeMap::new();
        for who in EVERYBODY {
            let known = &town.people;
            let hands = match who {
                Who::Clerk => both_tokens(&town, &known.clerk).await,
                Who::SecondClerk => both_tokens(&town, &known.second_clerk).await,
                Who::Operator => both_tokens(&town, &known.operator).await,
                Who::Chief => both_tokens(&town, &known.section_chief).await,
                Who::Director => both_tokens(&town, &known.director).await,
                Who::DutyOfficer => both_tokens(&town, &known.duty_officer).await,
                Who::Deputy => hands_of(&town, "deputy", &[publicity]).await,
                Who::Jack => hands_of(&town, "jack", &[author, approver, publicity]).await,
                Who::Busy => hands_of(&town, "busy", &[author, duty]).await,
            };
            people.insert(who, hands);
        }
        town.database.watch().await;
        Some(Self {
            town,
            second,
            people,
            posts: Vec::new(),
            hands: BTreeMap::new(),
            digests: Vec::new(),
            holds: Vec::new(),
            emergencies: Vec::new(),
            fences: BTreeMap::new(),
            seen: 0,
            texts: 0,
        })
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.town.app.service.now()
    }

    fn in_minutes(&self, minutes: i64) -> DateTime<FixedOffset> {
        let later = self.now() + Duration::minutes(minutes);
        later.with_timezone(&FixedOffset::east_opt(9 * 3600).expect("an offset"))
    }

    fn post(&self, nth: Nth) -> Option<PostId> {
        let round = nth.checked_rem(self.posts.len())?;
        self.posts.iter().rev().nth(round).copied()
    }

    fn accounts(&self, place: Where) -> Vec<AccountId> {
        match place {
            Where::First => vec![self.town.account],
            Where::Second => vec![self.second],
            Where::Both => vec![self.second, self.town.account],
        }
    }

    /// A text that nobody wrote before.
    fn text(&mut self, shortener: bool) -> String {
        self.texts += 1;
        let link = if shortener {
            " 詳しくはｂｉｔ．ｌｙ／ａ"
        } else {
            ""
        };
        format!("お知らせ第{}号です。{link}", self.texts)
    }

    fn wrote(&mut self, who: Who, view: &PostView) {
        let user = self.people[&who].writing.user;
        self.hands.entry(view.post.id).or_default().insert(user);
        self.digests.push(view.revision.digest);
    }

    pub async fn view(&self, post: PostId) -> PostView {
        let service = &self.town.app.service;
        service
            .post(&self.town.people.auditor, post)
            .await
            .expect("the post")
    }

    /// Takes one step.
    pub async fn take(&mut self, step: &Step) {
        match step.clone() {
            Step::Create {
                who,
                kind,
                place,
                at,
                submit,
                shortener,
            } => {
                let draft = self.draft(kind, place, at, submit, shortener);
                let service = &self.town.app.service;
                let person = &self.people[&who].writing;
                if let Some(view) = done(service.create_post(person, draft, Once::unkeyed()).await) {
                    assert!(!(shortener && submit), "a shortener was taken");
                    self.posts.push(view.post.id);
                    self.wrote(who, &view);
                }
            }
            Step::Edit {
                post,
                who,
                at,
                submit,
                shortener,
            } => {
                let Some(post) = self.post(post) else { return };
                let change = Change {
                    text: Some(self.text(shortener)),
                    timing: at.map(|minutes| Timing::At(self.in_minutes(minutes))),
                    submission: if submit {
                        Submission::Now
                    } else {
                        Submission::Later
                    },
                    ..no_change()
                };
                let service = &self.town.app.service;
                let person = &self.people[&who].writing;
                if let Some(view) = done(service.edit_post(person, post, None, change).await) {
                    assert!(!(shortener && submit), "a shortener was taken");
                    self.wrote(who, &view);
                }
            }
            Step::Walk(post) => self.walk(post).await,
            Step::Queue(kind, place, at) => {
                let draft = self.draft(kind, place, at, true, false);
                let service = &self.town.app.service;
                let clerk = &self.people[&Who::Clerk].writing;
                if let Some(view) = done(service.create_post(clerk, draft, Once::unkeyed()).await) {
                    self.posts.push(view.post.id);
                    self.wrote(Who::Clerk, &view);
                    self.walk(0).await;
                }
            }
            Step::Clock(seconds) => self.town.hand().advance(Duration::seconds(seconds)),
            Step::NextDay(minutes) => self.sleep(minutes),
            Step::ToDue(offset) => self.go_to_due(offset).await,
            Step::Work => self.town.work().await,
            Step::Faults(faults) => self.fail(faults).await,
            Step::Resolve => self.resolve().await,
            Step::Connect => self.connect().await,
            Step::Hold(place) => self.hold(place).await,
            Step::Lift(nth) => self.lift(nth).await,
            Step::Declare(place, minutes) => self.declare(place, minutes).await,
            Step::End(nth) => self.end(nth).await,
            decision => self.decide(decision).await,
        }
    }

    fn draft(
        &mut self,
        kind: sekisho::domain::revision::Kind,
        place: Where,
        at: Option<i64>,
        submit: bool,
        shortener: bool,
    ) -> Draft {
        let text = self.text(shortener);
        let target = |account| DraftTarget {
            account,
            text: None,
            reply_to: None,
        };
        Draft {
            kind,
            targets: self.accounts(place).into_iter().map(target).collect(),
            timing: at.map_or(Timing::OnApproval, |minutes| Timing::At(self.in_minutes(minutes))),
            submission: if submit {
                Submission::Now
            } else {
                Submission::Later
            },
            ..self.town.draft(&text)
        }
    }

    /// Steps that one person takes with one post.
    async fn decide(&self, step: Step) {
        let (nth, who) = match step {
            Step::Submit(nth, who)
            | Step::Return(nth, who)
            | Step::Reject(nth, who)
            | Step::Escalate(nth, who)
            | Step::Cancel(nth, who) => (nth, who),
            Step::Approve { post, who, .. } | Step::Reschedule { post, who, .. } => (post, who),
            _ => return,
        };
        let Some(post) = self.post(nth) else { return };
        let (service, hands) = (&self.town.app.service, &self.people[&who]);
        let current = self.view(post).await.revision.digest;
        let why = || "理由があります".to_owned();
        match step {
            Step::Submit(..) => drop(done(service.submit(&hands.writing, post).await)),
            Step::Approve { stale, .. } => {
                let other = self.digests.iter().copied().find(|digest| *digest != current);
                match (stale, other) {
                    (true, Some(other)) => {
                        let answer = self.sign(who, post, other).await;
                        assert!(answer.is_none(), "a stale digest was signed");
                    }
                    _ => drop(self.sign(who, post, current).await),
                }
            }
            Step::Return(..) => {
                drop(done(
                    service
                        .send_back(&hands.signing, post, current, why(), None)
                        .await,
                ));
            }
            Step::Reject(..) => drop(done(service.reject(&hands.signing, post, current, why()).await)),
            Step::Escalate(..) => drop(done(service.escalate(&hands.signing, post, current, why()).await)),
            Step::Cancel(..) => drop(done(service.cancel(&hands.writing, post).await)),
            Step::Reschedule { minutes, .. } => {
                let at = self.in_minutes(minutes);
                drop(done(service.reschedule(&hands.writing, post, at).await));
            }
            _ => {}
        }
    }

    async fn sign(&self, who: Who, post: PostId, seen: RevisionDigest) -> Option<PostView> {
        let approval = Approval {
            seen,
            acknowledgements: Vec::new(),
        };
        let service = &self.town.app.service;
        let decided = service.approve(&self.people[&who].signing, post, approval).await;
        done(decided).map(|decided| decided.view)
    }

    /// Submits and signs, as the route asks for, if anybody may.
    async fn walk(&self, nth: Nth) {
        let Some(post) = self.post(nth) else { return };
        let service = &self.town.app.service;
        done(service.submit(&self.people[&Who::Clerk].writing, post).await);
        for who in [Who::DutyOfficer, Who::Chief, Who::Director, Who::Deputy] {
            let seen = self.view(post).await.revision.digest;
            self.sign(who, post, seen).await;
        }
    }

    /// Moves the clock to the next day.
    fn sleep(&self, minutes: i64) {
        let tomorrow = self.in_minutes(24 * 60).date_naive();
        let opening = japan(&format!("{tomorrow}T08:30:00"));
        self.town
            .hand()
            .set(opening.to_utc() + Duration::minutes(minutes));
    }

    /// Moves the clock to where something is due, and some seconds on or back.
    async fn go_to_due(&self, offset: i64) {
        let mut next = None;
        for post in &self.posts {
            for view in self.view(*post).await.deliveries {
                if let DeliveryState::Waiting { due, .. } = view.delivery.state {
                    next = Some(next.map_or(due, |next: DateTime<Utc>| next.min(due)));
                }
            }
        }
        let latest = self.now() + Duration::days(2);
        if let Some(next) = next.filter(|next| *next < latest) {
            self.town.hand().set(next + Duration::seconds(offset));
        }
    }

    async fn fail(&self, faults: Vec<sekisho::sandbox::Fault>) {
        let rule = |fault| FaultRule {
            on: On::Publish,
            account: None,
            times: Some(1),
            skip: 0,
            fault,
        };
        self.town
            .set_faults(FaultPlan {
                faults: faults.into_iter().map(rule).collect(),
            })
            .await;
    }

    /// The director looks at the timeline, and says what is there.
    async fn resolve(&self) {
        let service = &self.town.app.service;
        for post in &self.posts {
            let revisions = service.revisions(&self.town.people.auditor, *post).await;
            let revisions = revisions.expect("the revisions");
            for view in self.view(*post).await.deliveries {
                let delivery = view.delivery;
                if delivery.state.phase() != DeliveryPhase::NeedsHuman {
                    continue;
                }
                let revision = revisions.iter().find(|known| known.digest == delivery.revision);
                let payload = revision.and_then(|known| known.content.payload(delivery.account));
                let text = &payload.expect("a payload").parts[0].text;
                let handle = self.handle(delivery.account);
                let statuses = self.town.sandbox.statuses();
                let found = statuses
                    .iter()
                    .find(|status| status.account == handle && status.text == *text);
                let resolution = found.map_or(Resolution::IsNotOut, |status| {
                    Resolution::IsOut(RemoteRef {
                        id: status.id.clone(),
                        url: None,
                    })
                });
                let director = &self.people[&Who::Director].signing;
                done(
                    service
                        .resolve(director, delivery.id, resolution, "見ました".into())
                        .await,
                );
            }
        }
    }

    pub fn handle(&self, account: AccountId) -> &'static str {
        if account == self.second { "bosai" } else { "koho" }
    }

    async fn connect(&self) {
        for account in [self.town.account, self.second] {
            let token = Secret::new(format!("{}-token", self.handle(account)));
            let service = &self.town.app.service;
            let organization = self.town.organization;
            done(
                service
                    .connect_with_token(organization, account, token, Actor::Operator)
                    .await,
            );
        }
    }

    async fn hold(&mut self, place: Where) {
        let scope = match place {
            Where::First => HoldScope::Account(self.town.account),
            Where::Second => HoldScope::Account(self.second),
            Where::Both => HoldScope::Organization,
        };
        let service = &self.town.app.service;
        let administrator = &self.town.people.administrator;
        let set = service
            .set_hold(administrator, scope, "確認中".into(), Once::unkeyed())
            .await;
        self.holds.extend(done(set).map(|set| set.hold));
    }

    async fn lift(&mut self, nth: usize) {
        if let Some(nth) = nth.checked_rem(self.holds.len()) {
            let hold = self.holds.remove(nth);
            let service = &self.town.app.service;
            let lifted = service.lift_hold(&self.town.people.administrator, hold.id).await;
            lifted.expect("lifted");
        }
    }

    async fn declare(&mut self, place: Where, minutes: i64) {
        let new = NewEmergency {
            kind: EmergencyKind::HeavyRain,
            reason: "大雨".into(),
            accounts: self.accounts(place).into_iter().collect(),
            expires_at: self.now() + Duration::minutes(minutes),
        };
        let service = &self.town.app.service;
        let officer = &self.people[&Who::DutyOfficer].signing;
        let declared = service.declare_emergency(officer, new, Once::unkeyed()).await;
        self.emergencies.extend(done(declared));
    }

    async fn end(&mut self, nth: usize) {
        if let Some(nth) = nth.checked_rem(self.emergencies.len()) {
            let emergency = self.emergencies.remove(nth);
            let service = &self.town.app.service;
            let officer = &self.people[&Who::DutyOfficer].signing;
            service
                .end_emergency(officer, emergency.id)
                .await
                .expect("an end");
        }
    }
}
