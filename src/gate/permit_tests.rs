use super::*;
use crate::{
    domain::{
        actor::OrganizationRole,
        finding::Severity,
        ids::{OrganizationId, PostId, UserId},
        route::Requirement,
        window::{Opening, Window},
    },
    gate::{
        Gate,
        testing::{AUTHOR, CHIEF, DUTY, PUBLICITY, World, chief_of, part, time, user},
        text_mark,
    },
};
use chrono::Duration;
use proptest::prelude::*;
use uuid::Uuid;

fn rule_of(world: &World) -> &'static str {
    world.permit().expect_err("a refusal").rule
}

#[test]
fn a_post_in_order_gets_a_permit_for_exactly_itself() {
    let world = World::new();
    let permit = world.permit().expect("a permit");
    assert_eq!(permit.claim(), &world.claim());
    assert_eq!(permit.payload().parts, world.parts);
    assert_eq!(permit.authority(), Authority::Route);
    assert_eq!(
        (permit.emergency(), permit.debts(), permit.gate_epoch()),
        (None, &[][..], 7)
    );
    assert_eq!(permit.policy(), world.policy.digest());
    assert_eq!(permit.send_by(), world.now + world.lease);
}

#[test]
fn a_call_starts_before_the_claim_the_window_and_the_range_end() {
    let mut world = World::new();
    world.lease = Duration::days(1);
    world.accounts[0].grace = Duration::days(1);
    let closing = time("2026-12-01T17:15:00+09:00");
    assert_eq!(world.permit().expect("a permit").send_by(), closing);

    // Never later than it may be late, by its own time as by the last one that was signed.
    world.accounts[0].grace = Duration::minutes(10);
    let planned = world.planned.expect("a time");
    assert_eq!(
        world.permit().expect("a permit").send_by(),
        planned + Duration::minutes(10)
    );
    world.range.latest = world.now;
    world.sign_all();
    let permit = world.permit().expect("a permit");
    assert_eq!(permit.send_by(), world.now + Duration::minutes(10));

    world.lease = Duration::zero();
    assert_eq!(rule_of(&world), "gate.too_late");
}

#[test]
fn an_emergency_permit_ends_with_the_emergency() {
    let mut world = World::new();
    world.lease = Duration::days(1);
    world.accounts[0].grace = Duration::days(1);
    world.emergency();
    let permit = world.permit().expect("a permit");
    assert_eq!(permit.authority(), Authority::DutySignature);
    assert_eq!(permit.send_by(), world.now + Duration::hours(1));
    assert_eq!(permit.emergency(), Some(world.emergencies[0].id));

    // Of two that cover it the longer one counts, in whatever order they were read.
    world.declare();
    world.emergencies[0].expires_at = world.now + Duration::minutes(1);
    assert_eq!(
        world.permit().expect("a permit").send_by(),
        world.now + Duration::hours(1)
    );
    world.emergencies.reverse();
    assert_eq!(
        world.permit().expect("a permit").emergency(),
        Some(world.emergencies[0].id)
    );

    world.emergencies.truncate(1);
    world.emergencies[0].expires_at = world.now;
    assert_eq!(rule_of(&world), "emergency.not_live");
}

#[test]
fn a_finding_to_confirm_passes_with_an_approvers_reason_only() {
    let mut world = World::new();
    world.recent = Some([text_mark(&world.parts[0].text)].into());
    assert_eq!(rule_of(&world), "duplicate.recent");
    let finding = world.verdict().findings[0].id;

    world.acknowledge(finding, " ");
    assert_eq!(rule_of(&world), "duplicate.recent");
    world.acknowledge(finding, "毎朝の放送と同じ文のため");
    let permit = world.permit().expect("a permit");
    assert!(permit.debts().is_empty());

    // The acknowledgement of somebody who then sent it back is none.
    let mut returned = world.sign_offs[1].clone();
    returned.decision = Decision::Return;
    world.sign_offs[1].acknowledgements.clear();
    world.sign_offs.push(returned);
    assert_eq!(rule_of(&world), "duplicate.recent");
}

#[test]
fn in_an_emergency_what_was_not_confirmed_becomes_a_debt() {
    let mut world = World::new();
    world.recent = Some([text_mark(&world.parts[0].text)].into());
    world.emergency();
    let finding = world.verdict().findings[0].id;
    assert_eq!(world.permit().expect("a permit").debts(), [finding]);
    world.acknowledge(finding, "繰り返し呼びかけるため");
    assert!(world.permit().expect("a permit").debts().is_empty());
}

#[test]
fn never_published_without_a_permit_for_exactly_this() {
    let mut world = World::new();
    world.add_account();
    world.sign_all();
    // Two targets at once are no single delivery.
    assert_eq!(rule_of(&world), "gate.mismatch");

    let world = World::new();
    let good = world.claim();
    let mut other_account = good.clone();
    other_account.account = AccountId::new(Uuid::from_u128(99));
    let mut other_content = good.clone();
    other_content.revision = RevisionDigest::new([9; 32]);
    for claim in [other_account, other_content] {
        let refused = world.with_case(|case| Gate.permit(case, &claim)).expect_err("no");
        assert_eq!(refused.rule, "gate.mismatch");
    }
    world.with_case(|case| {
        assert!(Gate.permit(case, &good).is_ok());
        let mut changed = case.clone();
        changed.digest = RevisionDigest::new([9; 32]);
        assert!(Gate.permit(&changed, &good).is_err());

        // A digest means nothing in another town.
        let mut changed = case.clone();
        changed.organization = OrganizationId::new(Uuid::from_u128(2));
        assert!(Gate.permit(&changed, &good).is_err());

        let mut payload = case.targets[0].payload.clone();
        payload.parts = vec![part("すりかえた文")];
        let mut changed = case.clone();
        changed.targets[0].payload = &payload;
        assert!(Gate.permit(&changed, &good).is_err());

        let mut account = case.targets[0].account.clone();
        account.organization = OrganizationId::new(Uuid::from_u128(2));
        let mut changed = case.clone();
        changed.targets[0].account = &account;
        assert!(Gate.permit(&changed, &good).is_err());

        for phase in [Phase::Check, Phase::Submit, Phase::Approve] {
            let mut changed = case.clone();
            changed.phase = phase;
            assert!(Gate.permit(&changed, &good).is_err());
        }
    });
}

#[test]
fn sign_offs_of_two_posts_are_never_put_together() {
    let mut world = World::new();
    world.sign_offs[1].post = PostId::new(Uuid::from_u128(2));
    assert_eq!(rule_of(&world), "gate.mismatch");
}

fn any_decision() -> impl Strategy<Value = Decision> {
    proptest::sample::select(Decision::ALL)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever was signed by whomever: a permit means two different people, neither of them a hand.
    #[test]
    fn never_approved_by_its_author_an_editor_or_one_person_twice(
        hands in proptest::collection::btree_set(proptest::sample::select(&[AUTHOR, CHIEF, PUBLICITY, DUTY][..]), 1..3),
        signed in proptest::collection::vec(
            (0u16..3, 0usize..3, proptest::sample::select(&[AUTHOR, CHIEF, PUBLICITY, DUTY][..]), any_decision(), any::<bool>()),
            0..6,
        ),
        in_emergency in any::<bool>(),
    ) {
        let mut world = World::new();
        if in_emergency {
            world.emergency();
        }
        world.hands = hands.into_iter().map(user).collect();
        world.sign_offs.clear();
        let duty_officer = Requirement::Holder(OrganizationRole::DutyOfficer);
        let roles = [chief_of(1), Requirement::Holder(OrganizationRole::Publicity), duty_officer];
        for (stage, role, by, decision, on_this) in signed {
            world.sign(stage, roles[role], by, decision);
            if !on_this {
                world.sign_offs.last_mut().expect("a sign-off").revision = RevisionDigest::new([9; 32]);
            }
        }
        if let Ok(permit) = world.permit() {
            let approved: Vec<_> = world.sign_offs.iter()
                .filter(|sign_off| sign_off.decision == Decision::Approve)
                .filter(|sign_off| sign_off.revision == permit.claim().revision)
                .collect();
            prop_assert!(approved.iter().all(|sign_off| !world.hands.contains(&sign_off.by)));
            let people: BTreeSet<UserId> = world.sign_offs.iter()
                .filter(|sign_off| matches!(sign_off.decision, Decision::Approve | Decision::Escalate))
                .filter(|sign_off| sign_off.revision == permit.claim().revision)
                .map(|sign_off| sign_off.by)
                .collect();
            if in_emergency {
                prop_assert!(approved.iter().any(|sign_off| sign_off.requirement == duty_officer));
            } else {
                prop_assert!(!approved.is_empty() && people.len() >= 2);
            }
        }
    }

    /// Around closing times, the turn of the year, holidays, and the edges of an emergency.
    #[test]
    fn never_outside_the_window_unless_a_live_emergency_covers(
        minute in 0i64..(75 * 24 * 60),
        seconds in 0i64..60,
        is_emergency in any::<bool>(),
        covers in any::<bool>(),
        lives_from in -120i64..120,
        lives_for in 1i64..240,
    ) {
        let mut world = World::new();
        world.now = time("2026-11-01T00:00:00+09:00") + Duration::minutes(minute) + Duration::seconds(seconds);
        world.planned = Some(world.now);
        world.range.earliest = world.now;
        world.range.latest = world.now;
        if is_emergency {
            world.emergency();
            let emergency = &mut world.emergencies[0];
            emergency.declared_at = world.now + Duration::minutes(lives_from);
            emergency.expires_at = emergency.declared_at + Duration::minutes(lives_for);
            if !covers {
                emergency.accounts = [AccountId::new(Uuid::from_u128(99))].into();
            }
        }
        world.sign_all();
        let account = &world.accounts[0];
        let window = Window {
            office: world.policy.office(),
            account: &account.hours,
            zone: account.zone,
            calendar: &world.calendar,
        };
        let open = match window.at(world.now) {
            Opening::Open { closes_at } => Some(closes_at),
            Opening::Closed(_) | Opening::CalendarUnknown => None,
        };
        let live = is_emergency && covers && lives_from <= 0 && lives_from + lives_for > 0;
        match world.permit() {
            Ok(permit) if permit.emergency().is_some() => {
                prop_assert!(live);
                prop_assert!(permit.send_by() <= world.emergencies[0].expires_at);
            }
            Ok(permit) => prop_assert!(!is_emergency && open.is_some_and(|closes_at| permit.send_by() <= closes_at)),
            Err(refusal) => prop_assert!(!live && (is_emergency || open.is_none()), "{:?}", refusal),
        }
    }

    /// Things go wrong in any combination: a permit is given if and only if nothing blocks and nothing
    /// is left to confirm.
    #[test]
    fn never_published_without_a_permit_and_never_permitted_against_a_block(
        faults in proptest::collection::btree_set(0usize..10, 0..3),
    ) {
        let mut world = World::new();
        for fault in &faults {
            match fault {
                0 => world.parts = vec![part("くだらない")],
                1 => world.parts = vec![part("bit.ly")],
                2 => world.recent = None,
                3 => world.accounts[0].status = crate::domain::account::AccountStatus::Suspended,
                4 => world.planned = None,
                5 => world.act = Act::Repost,
                6 => world.accounts[0].route = crate::domain::route::Route::default(),
                7 => world.declare(),
                8 => world.now = time("2026-12-05T10:00:00+09:00"),
                _ => {
                    let link_card = crate::domain::revision::LinkCard {
                        uri: "https://www.city.example.lg.jp/".into(),
                        title: "市".into(),
                        description: String::new(),
                    };
                    world.parts.push(crate::domain::revision::Part { link_card: Some(link_card), ..part("二つ目") });
                }
            }
        }
        let resign = world.accounts[0].route.stages().len() == 2;
        if resign {
            world.sign_all();
        }
        let verdict = world.verdict();
        let in_the_way = verdict.findings.iter().filter(|finding| finding.severity >= Severity::Confirm).count();
        prop_assert_eq!(in_the_way == 0, faults.is_empty());
        match world.permit() {
            Ok(_) => prop_assert!(in_the_way == 0),
            Err(refusal) => {
                prop_assert!(in_the_way > 0);
                prop_assert_eq!(refusal.rule, verdict.findings[0].rule);
            }
        }
    }
}
