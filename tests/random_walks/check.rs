//! What must hold after every step, judged by other means than the gate's.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Asia::Tokyo;
use sekisho::{
    domain::{
        actor::OrganizationRole,
        attempt::IdempotencyKey,
        delivery::{Delivery, DeliveryPhase},
        ids::{AccountId, PostId, UserId},
        revision::{Kind as PostKind, Revision},
        route::Requirement,
        signoff::{Decision, SignOff},
    },
    sandbox::{Arrival, FaultPlan},
    service::PostView,
};

use super::{
    steps::{Where, Who},
    walk::{Hours, Walk},
};

/// Days of the walks on which the office is closed, weekends aside.
const CLOSED: [(i32, u32, u32); 12] = [
    (2025, 12, 29),
    (2025, 12, 30),
    (2025, 12, 31),
    (2026, 1, 1),
    (2026, 1, 2),
    (2026, 1, 12),
    (2026, 2, 11),
    (2026, 2, 23),
    (2026, 3, 20),
    (2026, 4, 29),
    (2026, 5, 4),
    (2026, 5, 5),
];

/// Whether the office is open, reckoned anew.
fn is_open(hours: Hours, now: DateTime<Utc>) -> bool {
    let local = now.with_timezone(&Tokyo);
    let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).expect("a time");
    let (opens, closes) = match hours {
        Hours::Usual => (time(8, 30), time(17, 15)),
        Hours::Short => (time(9, 30), time(15, 0)),
    };
    let weekend = matches!(local.weekday(), Weekday::Sat | Weekday::Sun);
    let closed = CLOSED
        .iter()
        .any(|(year, month, day)| NaiveDate::from_ymd_opt(*year, *month, *day) == Some(local.date_naive()));
    !weekend && !closed && opens <= local.time() && local.time() < closes
}

impl Walk {
    /// Checks everything that must hold at any moment.
    pub async fn check(&mut self) {
        let views = self.everything().await;
        self.fences_never_fall(&views);
        for view in &views {
            self.signed_by_others(view);
        }
        let arrivals = self.town.sandbox.arrivals();
        for arrival in &arrivals[self.judged..] {
            self.arrived_by_right(&views, arrival).await;
        }
        self.judged = arrivals.len();
        self.visible_once(&views);
    }

    fn fences_never_fall(&mut self, views: &[PostView]) {
        for view in views {
            let deliveries = || view.deliveries.iter().map(|view| &view.delivery);
            for delivery in deliveries() {
                let before = self.fences.insert(delivery.id, delivery.fence);
                assert!(before <= Some(delivery.fence), "{delivery:?}");
            }
            let live = |delivery: &&Delivery| delivery.state.phase() != DeliveryPhase::Cancelled;
            let accounts: Vec<AccountId> = deliveries()
                .filter(live)
                .map(|delivery| delivery.account)
                .collect();
            let distinct: BTreeSet<_> = accounts.iter().collect();
            assert_eq!(distinct.len(), accounts.len(), "two deliveries to one account");
        }
    }

    /// Who approved neither wrote, nor is an operator, nor approved another stage.
    fn signed_by_others(&self, view: &PostView) {
        let approvals: Vec<UserId> = standing(view)
            .filter(|given| given.decision == Decision::Approve)
            .map(|given| given.by)
            .collect();
        let signers: BTreeSet<UserId> = approvals.iter().copied().collect();
        assert_eq!(signers.len(), approvals.len(), "one person twice: {view:?}");
        let wrote = &self.wrote[&view.post.id];
        assert!(signers.is_disjoint(wrote), "by an own hand: {view:?}");
        let operators = self.users(&[Who::Operator]);
        assert!(signers.is_disjoint(&operators), "by an operator: {view:?}");
    }

    /// What citizens see belongs to one delivery that says so, or that is in doubt; nothing is there twice;
    /// what is said to be out is there.
    fn visible_once(&self, views: &[PostView]) {
        let keys = keys(views);
        let mut out: BTreeSet<(PostId, &str)> = BTreeSet::new();
        for status in &self.town.sandbox.statuses() {
            assert!(!status.text.contains("ｂｉｔ．ｌｙ"), "{status:?}");
            let key = status.idempotency_key.as_deref().expect("a key");
            let delivery = keys.get(key).unwrap_or_else(|| panic!("of nobody: {status:?}"));
            assert!(delivery.state.may_be_out(), "{status:?} {delivery:?}");
            let handle = self.handle(delivery.account);
            assert_eq!(status.account, handle);
            assert!(out.insert((delivery.post, handle)), "twice: {status:?}");
        }
        for delivery in views.iter().flat_map(|view| &view.deliveries) {
            let delivery = &delivery.delivery;
            if delivery.state.phase() == DeliveryPhase::Published {
                let there = (delivery.post, self.handle(delivery.account));
                assert!(out.contains(&there), "not there: {delivery:?}");
            }
        }
    }

    /// A request arrived: everything that lets a post leave was the case.
    async fn arrived_by_right(&self, views: &[PostView], arrival: &Arrival) {
        let key = arrival.idempotency_key.as_deref().expect("a key");
        let keys = keys(views);
        let delivery = *keys.get(key).unwrap_or_else(|| panic!("of nobody: {arrival:?}"));
        assert_eq!(self.payload(delivery).await, arrival.text);
        assert_eq!(arrival.account.as_deref(), Some(self.handle(delivery.account)));
        let revision = self.revision(delivery).await;
        self.in_time(delivery, &revision);
        let mut views = views.iter();
        let view = views.find(|view| view.post.id == delivery.post).expect("it");
        match revision.content.kind {
            PostKind::Emergency => self.signed_for_the_emergency(view, delivery),
            _ => self.signed_along_the_route(view, delivery),
        }
    }

    async fn revision(&self, delivery: &Delivery) -> Revision {
        let service = &self.town.app.service;
        let revisions = service.revisions(&self.town.people.auditor, delivery.post).await;
        let mut revisions = revisions.expect("the revisions").into_iter();
        let signed = |revision: &Revision| revision.digest == delivery.revision;
        revisions.rfind(signed).expect("the revision")
    }

    /// The text that was signed for this account.
    pub async fn payload(&self, delivery: &Delivery) -> String {
        let content = self.revision(delivery).await.content;
        let payload = content.payload(delivery.account).expect("a payload");
        payload.parts[0].text.clone()
    }

    /// Inside the window or a live emergency that covers it, inside its range and its grace, under no hold.
    fn in_time(&self, delivery: &Delivery, revision: &Revision) {
        let now = self.now();
        let planned = delivery.publish_at.expect("a time");
        let late = planned + Duration::minutes(10);
        assert!(planned <= now && now < late, "at {now}: {delivery:?}");
        assert!(revision.content.range.contains(planned), "{delivery:?}");
        let live = self.is_covered(delivery.account, now);
        match revision.content.kind {
            PostKind::Emergency => assert!(live, "no live emergency at {now}: {delivery:?}"),
            _ => assert!(is_open(self.hours, now) && !live, "closed at {now}: {delivery:?}"),
        }
        let mut holds = self.holds.iter();
        let held = holds.any(|hold| self.is_of(hold.place, delivery.account));
        assert!(!held, "under a hold: {delivery:?}");
    }

    fn is_of(&self, place: Where, account: AccountId) -> bool {
        self.accounts(place).contains(&account)
    }

    fn is_covered(&self, account: AccountId, now: DateTime<Utc>) -> bool {
        self.alarms
            .iter()
            .any(|alarm| self.is_of(alarm.place, account) && alarm.since <= now && now < alarm.until)
    }

    fn signed_for_the_emergency(&self, view: &PostView, delivery: &Delivery) {
        let officers = self.users(&[Who::DutyOfficer, Who::Busy]);
        let signed = standing(view).any(|given| {
            given.revision == delivery.revision
                && given.decision == Decision::Approve
                && officers.contains(&given.by)
        });
        assert!(signed, "no duty officer signed: {view:?}");
    }

    /// An approver of the division carried it on, then somebody else of the publicity division approved.
    fn signed_along_the_route(&self, view: &PostView, delivery: &Delivery) {
        let wrote = &self.wrote[&view.post.id];
        let chiefs = self.users(&[Who::Chief, Who::Jack]);
        let directors = self.users(&[Who::Director, Who::Deputy, Who::Jack]);
        let of_division = Requirement::ApproverOf(self.town.division);
        let of_town = Requirement::Holder(OrganizationRole::Publicity);
        let given = || standing(view).filter(|given| given.revision == delivery.revision);
        let first = |given: &&SignOff| {
            let carried_on = matches!(given.decision, Decision::Approve | Decision::Escalate);
            carried_on && given.requirement == of_division && chiefs.contains(&given.by)
        };
        let second = |given: &&SignOff| {
            let approved = given.decision == Decision::Approve;
            approved && given.requirement == of_town && directors.contains(&given.by)
        };
        let complete = given().filter(first).any(|one| {
            let by_another = |two: &SignOff| two.by != one.by && two.stage > one.stage;
            !wrote.contains(&one.by) && given().filter(second).any(by_another)
        });
        assert!(complete, "the route is not complete: {view:?}");
    }

    /// The platform is well again and time goes by, as long as anything has a time at which it is looked at:
    /// what is not final then waits for a person, and says so.
    pub async fn come_to_rest(&mut self) {
        self.town.set_faults(FaultPlan::default()).await;
        for _ in 0..100 {
            self.town.work().await;
            if self.town.sandbox.arrivals().len() > self.judged {
                self.check().await;
            }
            let Some(next) = self.next_instant().await else {
                break;
            };
            let later = self.now() + Duration::seconds(1);
            self.town.hand().set(next.max(later));
        }
        self.check().await;
        for view in self.everything().await {
            for delivery in view.deliveries.iter().map(|view| &view.delivery) {
                let for_a_person = match delivery.state.phase() {
                    DeliveryPhase::Missed | DeliveryPhase::NeedsHuman => true,
                    // Not signed yet, and without a time until it is.
                    DeliveryPhase::Pending => delivery.publish_at.is_none(),
                    phase => phase.is_final(),
                };
                assert!(for_a_person, "not at rest: {delivery:?}");
            }
        }
    }

    /// The ledger tells of every change, and is whole.
    pub async fn audit(&self) {
        assert_eq!(self.town.database.untold().await, [""; 0]);
        let report = self.town.verify(&self.heads).await;
        assert!(report.is_sound(), "{:?}", report.problems);
    }
}

/// The decisions that no edit made void.
fn standing(view: &PostView) -> impl Iterator<Item = &SignOff> {
    let given = view.sign_offs.iter();
    given
        .filter(|given| given.voided_at.is_none())
        .map(|given| &given.sign_off)
}

/// Every key under which a delivery may ever have been sent.
fn keys(views: &[PostView]) -> BTreeMap<String, &Delivery> {
    let deliveries = views.iter().flat_map(|view| &view.deliveries);
    deliveries
        .flat_map(|view| {
            let delivery = &view.delivery;
            (0..=delivery.generation).map(move |generation| {
                let key = IdempotencyKey::derive(delivery.id, delivery.revision, generation, 0);
                (key.uuid().to_string(), delivery)
            })
        })
        .collect()
}
