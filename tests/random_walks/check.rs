//! What must hold after every step, judged by other means than the gate's.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Asia::Tokyo;
use sekisho::{
    domain::{
        actor::OrganizationRole,
        attempt::IdempotencyKey,
        delivery::{Delivery, DeliveryPhase},
        ids::{PostId, UserId},
        revision::{Kind as PostKind, Revision},
        route::Requirement,
        signoff::{Decision, SignOff},
    },
    sandbox::Arrival,
    service::PostView,
};

use super::{steps::Who, walk::Walk};

/// Days of the walks on which the office is closed, weekends aside.
const CLOSED: [(i32, u32, u32); 10] = [
    (2025, 11, 24),
    (2025, 12, 29),
    (2025, 12, 30),
    (2025, 12, 31),
    (2026, 1, 1),
    (2026, 1, 2),
    (2026, 1, 12),
    (2026, 2, 11),
    (2026, 2, 23),
    (2026, 3, 20),
];

/// Whether the office is open, reckoned anew.
fn is_open(now: DateTime<Utc>) -> bool {
    let local = now.with_timezone(&Tokyo);
    let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).expect("a time");
    let weekend = matches!(local.weekday(), Weekday::Sat | Weekday::Sun);
    let closed = CLOSED
        .iter()
        .any(|(year, month, day)| NaiveDate::from_ymd_opt(*year, *month, *day) == Some(local.date_naive()));
    !weekend && !closed && time(8, 30) <= local.time() && local.time() < time(17, 15)
}

impl Walk {
    pub fn arrivals(&self) -> usize {
        self.seen
    }

    /// All posts, as an auditor sees them: reading them back is a check in itself.
    async fn everything(&self) -> Vec<PostView> {
        let mut views = Vec::new();
        for post in &self.posts {
            views.push(self.view(*post).await);
        }
        views
    }

    /// Checks everything that must hold at any moment.
    pub async fn check(&mut self) {
        let views = self.everything().await;
        self.fences_never_fall(&views);
        let arrivals = self.town.sandbox.arrivals();
        for arrival in &arrivals[self.seen..] {
            self.arrived_by_right(&views, arrival).await;
        }
        self.seen = arrivals.len();
        self.visible_once(&views);
    }

    fn fences_never_fall(&mut self, views: &[PostView]) {
        for view in views {
            for delivery in view.deliveries.iter().map(|view| &view.delivery) {
                let before = self.fences.insert(delivery.id, delivery.fence);
                assert!(
                    before.is_none_or(|before| before <= delivery.fence),
                    "{delivery:?}"
                );
            }
            let live = |delivery: &&Delivery| delivery.state.phase() != DeliveryPhase::Cancelled;
            let accounts: Vec<_> = view
                .deliveries
                .iter()
                .map(|view| &view.delivery)
                .filter(live)
                .map(|delivery| delivery.account)
                .collect();
            let distinct: BTreeSet<_> = accounts.iter().collect();
            assert_eq!(distinct.len(), accounts.len(), "two deliveries to one account");
        }
    }

    /// Everything that citizens see belongs to one delivery that says so, or that is in doubt; nothing is
    /// there twice; whatever is said to be out is there.
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
        let view = views
            .iter()
            .find(|view| view.post.id == delivery.post)
            .expect("it");
        let service = &self.town.app.service;
        let revisions = service.revisions(&self.town.people.auditor, delivery.post).await;
        let revisions = revisions.expect("the revisions");
        let signed = |revision: &&Revision| revision.digest == delivery.revision;
        let revision = revisions.iter().rfind(signed).expect("the revision");
        let payload = revision.content.payload(delivery.account).expect("a payload");
        assert_eq!(payload.parts[0].text, arrival.text);
        assert_eq!(arrival.account.as_deref(), Some(self.handle(delivery.account)));
        self.in_time(delivery, revision);
        self.signed_for(view, revision, delivery);
    }

    /// Inside the window or a live emergency that covers it, inside its range and its grace, under no hold.
    fn in_time(&self, delivery: &Delivery, revision: &Revision) {
        let now = self.now();
        let planned = delivery.publish_at.expect("a time");
        assert!(
            planned <= now && now < planned + Duration::minutes(10),
            "{now} {delivery:?}"
        );
        assert!(revision.content.range.contains(planned), "{delivery:?}");
        let live = self.is_covered(delivery, now);
        match revision.content.kind {
            PostKind::Emergency => assert!(live, "no live emergency at {now}: {delivery:?}"),
            _ => assert!(is_open(now) && !live, "closed at {now}: {delivery:?}"),
        }
        let divisions = [self.town.division];
        let mut holds = self.holds.iter();
        assert!(
            !holds.any(|hold| hold.scope.covers(delivery.account, &divisions)),
            "{delivery:?}"
        );
    }

    fn is_covered(&self, delivery: &Delivery, now: DateTime<Utc>) -> bool {
        self.emergencies.iter().any(|emergency| {
            emergency.accounts.contains(&delivery.account)
                && emergency.declared_at <= now
                && now < emergency.expires_at
        })
    }

    /// Standing sign-offs on exactly this content, by the right people, none of whose hands were on it.
    fn signed_for(&self, view: &PostView, revision: &Revision, delivery: &Delivery) {
        let hands = &self.hands[&view.post.id];
        let standing: Vec<&SignOff> = view
            .sign_offs
            .iter()
            .filter(|given| given.voided_at.is_none() && given.sign_off.revision == delivery.revision)
            .map(|given| &given.sign_off)
            .collect();
        let approvals = || {
            standing
                .iter()
                .filter(|given| given.decision == Decision::Approve)
        };
        let signers: BTreeSet<UserId> = approvals().map(|given| given.by).collect();
        assert_eq!(
            signers.len(),
            approvals().count(),
            "one person twice: {standing:?}"
        );
        assert!(signers.is_disjoint(hands), "by an own hand: {standing:?}");
        if revision.content.kind == PostKind::Emergency {
            let officers = self.users(&[Who::DutyOfficer, Who::Busy]);
            assert!(!signers.is_disjoint(&officers), "no duty officer: {standing:?}");
            return;
        }
        let chiefs = self.users(&[Who::Chief, Who::Jack]);
        let directors = self.users(&[Who::Director, Who::Deputy, Who::Jack]);
        let chief = Requirement::ApproverOf(self.town.division);
        let director = Requirement::Holder(OrganizationRole::Publicity);
        let first = |given: &&&SignOff| {
            let carried_on = matches!(given.decision, Decision::Approve | Decision::Escalate);
            carried_on && given.requirement == chief && chiefs.contains(&given.by)
        };
        let second = |given: &&&SignOff| given.requirement == director && directors.contains(&given.by);
        let complete = standing.iter().filter(first).any(|one| {
            let by_another = |two: &&SignOff| two.by != one.by && two.stage > one.stage;
            !hands.contains(&one.by) && approvals().filter(second).any(by_another)
        });
        assert!(complete, "incomplete: {standing:?}");
    }

    fn users(&self, people: &[Who]) -> BTreeSet<UserId> {
        people.iter().map(|who| self.people[who].signing.user).collect()
    }

    /// The platform is well again and time goes by: what is not final waits for a person, and says so.
    pub async fn come_to_rest(&mut self) {
        self.town.set_faults(sekisho::sandbox::FaultPlan::default()).await;
        for _ in 0..20 {
            self.town.hand().advance(Duration::hours(11));
            self.town.work().await;
            self.check().await;
        }
        for view in self.everything().await {
            for delivery in view.deliveries.iter().map(|view| &view.delivery) {
                let phase = delivery.state.phase();
                let for_a_person = match phase {
                    DeliveryPhase::Missed | DeliveryPhase::NeedsHuman => true,
                    // Not signed yet, and without a time until it is.
                    DeliveryPhase::Pending => delivery.publish_at.is_none(),
                    phase => phase.is_final(),
                };
                assert!(for_a_person, "not at rest: {delivery:?}");
            }
        }
        assert_eq!(self.town.database.untold().await, [""; 0]);
        let report = self.town.verify(&[]).await;
        assert!(report.is_sound(), "{:?}", report.problems);
    }
}

/// Every key under which a delivery may ever have been sent.
fn keys(views: &[PostView]) -> BTreeMap<String, &Delivery> {
    let mut keys = BTreeMap::new();
    for delivery in views.iter().flat_map(|view| &view.deliveries) {
        let delivery = &delivery.delivery;
        for generation in 0..=delivery.generation {
            let key = IdempotencyKey::derive(delivery.id, delivery.revision, generation);
            keys.insert(key.uuid().to_string(), delivery);
        }
    }
    keys
}
