//! That whatever a clause may name bites: each category of words, each attestation, each field and each seat of the
//! shipped profiles; and that each workflow has a test, which is named here.

use std::{collections::BTreeSet, fs, path::Path};

use rstest::rstest;
use uuid::Uuid;

use super::workflows;
use crate::{
    domain::{
        account::EmergencyCover,
        actor::OrganizationRole,
        attestation::{Given, GivenAs, Giver},
        digest::MediaDigest,
        finding::Severity,
        ids::AttestationId,
        records::ElectionPeriod,
        revision::{Kind, Media},
        route::Requirement,
        seat::Seat,
    },
    gate::{
        About, Attestation, LeastRoute, Phase,
        testing::{AUTHOR, CHIEF, World, chief_of, route_of, shipped, user},
    },
};

/// What each shipped category finds, in Japanese and in English, and what it leaves alone.
const SAID: &[(&str, &str, &str, &str)] = &[
    (
        "advertising",
        "当店では全品20%引のセールを開いています。",
        "Order now and get free shipping.",
        "商工会の福引を開きます。",
    ),
    (
        "discrimination",
        "あの土人どもは出て行け。",
        "Go back to your country.",
        "本土人口の推移を公表します。",
    ),
    (
        "disrespect",
        "くだらない質問はやめてください。",
        "Stop whining, nobody cares.",
        "質問は窓口へどうぞ。",
    ),
    (
        "election_period",
        "今度の選挙の公約を紹介します。",
        "Read the campaign pledges.",
        "期日前投票所は市役所です。",
    ),
    (
        "infringement_hint",
        "写真はネットから拾った画像です。",
        "This picture was taken from the internet.",
        "写真は広報課で撮りました。",
    ),
    (
        "insult",
        "この馬鹿野郎。",
        "You are an idiot.",
        "火事場の馬鹿力が出ました。",
    ),
    (
        "obscenity",
        "わいせつ動画はこちら。",
        "Free porn here.",
        "わいせつ行為で逮捕されました。",
    ),
    (
        "policy_undecided",
        "統廃合案を検討中です。",
        "The plan is still under consideration.",
        "条例は4月に施行します。",
    ),
    (
        "politics_religion_election",
        "市長選では現職に投票してください。",
        "Vote for the incumbent.",
        "投票日は12月6日です。",
    ),
    (
        "private_opinion",
        "個人的にはこの政策に反対です。",
        "In my personal opinion it is wrong.",
        "意見を募ります。",
    ),
    (
        "public_order",
        "駅前に闇カジノがあります。",
        "Place your bets at the casino.",
        "夜間の騒音にご注意ください。",
    ),
    (
        "rumour",
        "工場で事故があったらしいです。",
        "Rumor has it that the bridge is closed.",
        "橋は通れません。",
    ),
    (
        "secrets_markings",
        "部外秘の資料です。",
        "For internal use only.",
        "公開資料です。",
    ),
    (
        "security_sensitive",
        "共有フォルダは192.168.1.5です。",
        "The password is tsubaki2026.",
        "パスワードは8文字以上にしてください。",
    ),
    (
        "violence_illegality",
        "あいつを殺してやる。",
        "I will kill you.",
        "殺虫剤の使い方にご注意ください。",
    ),
];

/// What every word list of the policy `standard` says of a text, in an election period.
fn said_of(world: &mut World, text: &str) -> BTreeSet<&'static str> {
    world.text(text);
    let findings = world.verdict().findings;
    let weighty = findings
        .iter()
        .filter(|finding| finding.severity > Severity::Notice);
    weighty
        .filter_map(|finding| finding.rule.strip_prefix("words."))
        .collect()
}

#[test]
fn each_shipped_category_finds_what_it_is_for_and_leaves_its_neighbour_alone() {
    let shipped = shipped::document("standard");
    let named: BTreeSet<&str> = SAID.iter().map(|(category, ..)| *category).collect();
    let there: BTreeSet<&str> = shipped.words.iter().map(|list| list.category.as_str()).collect();
    assert_eq!(named, there);
    let mut world = World::new();
    world.policy(|document| document.words = shipped.words.clone());
    let today = world.now.date_naive();
    world.records.elections.push(ElectionPeriod {
        name: "市長選挙".into(),
        announced_on: today,
        polling_on: today,
    });
    for (category, ja, en, clean) in SAID {
        for text in [ja, en] {
            assert!(said_of(&mut world, text).contains(category), "{category}: {text}");
        }
        assert_eq!(said_of(&mut world, clean), BTreeSet::new(), "{category}: {clean}");
    }
    world.records.elections.clear();
    let (.., ja, _, _) = SAID
        .iter()
        .find(|(category, ..)| *category == "election_period")
        .expect("there");
    assert!(!said_of(&mut world, ja).contains("election_period"));
}

/// A post of which an attestation is asked, with everything else that its profile asks left out.
fn asked(attestation: &Attestation) -> World {
    let mut world = World::new();
    let kind = attestation.kinds.first().copied().unwrap_or(Kind::Ordinary);
    match kind {
        Kind::Emergency => world.emergency(),
        kind => world.kind = kind,
    }
    if let Some(act) = attestation.acts.first() {
        world.act = *act;
    }
    if attestation.about == About::Media {
        let digest = MediaDigest::new([1; 32]);
        let alt = "給水所の地図".into();
        world.parts[0].media = vec![Media { digest, alt }];
    }
    let asks = match attestation.by {
        Giver::Author => Vec::new(),
        Giver::Signer(seat) => vec![seat],
    };
    world.policy(|document| {
        document.profile.attestations = vec![attestation.clone()];
        let (kinds, clauses) = (attestation.kinds.clone(), Vec::new());
        let routes = (!asks.is_empty()).then_some(LeastRoute { kinds, asks, clauses });
        document.profile.routes = routes.into_iter().collect();
    });
    world
}

/// Has it given by whom it is asked of.
fn give(world: &mut World, attestation: &Attestation) {
    let (given_as, by) = match attestation.by {
        Giver::Author => (GivenAs::Author, AUTHOR),
        Giver::Signer(Seat::Approver) => (GivenAs::Signer(chief_of(1)), CHIEF),
        Giver::Signer(Seat::Holder(role)) => (GivenAs::Signer(Requirement::Holder(role)), 90),
    };
    world.attested.push(Given {
        id: AttestationId::new(Uuid::from_u128(1)),
        name: attestation.name.clone(),
        wording: attestation.text.ja.clone(),
        revision: world.digest(),
        given_as,
        by: user(by),
        at: world.now,
    });
}

#[rstest]
fn each_shipped_attestation_stops_a_post_until_it_is_given(
    #[values("kurume", "yamaga", "akita", "misaki", "towada")] name: &str,
) {
    let attestations = shipped::document(name).profile.attestations;
    assert!(!attestations.is_empty());
    for attestation in attestations {
        let mut world = asked(&attestation);
        assert_eq!(world.phase, Phase::Dispatch);
        let severity = world.severity_of("attestation.missing");
        assert_eq!(severity, Some(Severity::Block), "{}", attestation.name);
        give(&mut world, &attestation);
        assert_eq!(world.found("attestation.missing"), 0, "{}", attestation.name);
    }
}

#[rstest]
fn each_shipped_field_stops_an_account_until_it_is_filled(
    #[values("kurume", "yamaga", "akita", "misaki", "towada")] name: &str,
) {
    const RULE: &str = "account.policy_incomplete";
    let profile = shipped::document(name).profile;
    // The guideline of Yamaga asks for no policy of an account.
    assert_eq!(profile.account_policy.is_empty(), name == "yamaga");
    for (field, clauses) in profile.account_policy {
        let mut world = World::new();
        world.accounts[0].emergency_cover = EmergencyCover::Covered;
        world.policy(|document| {
            document.profile.account_policy = [(field, clauses)].into();
            if let Some(severity) = profile.severities.get(RULE) {
                document.profile.severities.insert(RULE.into(), *severity);
            }
        });
        assert!(world.severity_of(RULE) > Some(Severity::Notice), "{field}");
        let account = world.accounts[0].id;
        world.records.policy_fields.insert(account, [field].into());
        assert_eq!(world.found(RULE), 0, "{field}");
    }
}

#[rstest]
fn each_shipped_seat_stops_a_post_until_its_route_has_it(
    #[values("kurume", "yamaga", "akita", "misaki", "towada")] name: &str,
) {
    let routes = shipped::document(name).profile.routes;
    for least in routes
        .into_iter()
        .filter(|least| !least.kinds.contains(&Kind::Emergency))
    {
        for seat in least.asks.clone() {
            let mut world = World::new();
            world.kind = least.kinds.first().copied().unwrap_or(Kind::Ordinary);
            world.policy(|document| {
                let asks = vec![seat];
                document.profile.routes = vec![LeastRoute {
                    asks,
                    ..least.clone()
                }];
            });
            let other = Requirement::Holder(OrganizationRole::Auditor);
            world.accounts[0].route = route_of(&[other]);
            assert_eq!(
                world.severity_of("route.below_policy"),
                Some(Severity::Block),
                "{seat}"
            );
            let held = match seat {
                Seat::Approver => chief_of(1),
                Seat::Holder(role) => Requirement::Holder(role),
            };
            world.accounts[0].route = route_of(&[held]);
            assert_eq!(world.found("route.below_policy"), 0, "{seat}");
        }
    }
}

/// For each workflow a file and a test in it that shows it at work.
const SHOWN: &[(&str, &str, &str)] = &[
    (
        "one_door",
        "tests/layers.rs",
        "only_the_gate_makes_permits_and_only_the_store_makes_witnesses",
    ),
    (
        "sign_off",
        "tests/invariants/people.rs",
        "invariant_2_an_author_with_every_role_signs_at_no_stage",
    ),
    (
        "edit_voids",
        "tests/publish.rs",
        "an_edit_by_a_colleague_voids_every_sign_off",
    ),
    (
        "return",
        "src/web/tests/life.rs",
        "decisions_need_the_right_hands",
    ),
    (
        "escalate",
        "tests/invariants/people.rs",
        "invariant_2_who_escalated_does_not_answer_the_escalation",
    ),
    (
        "holds",
        "tests/publish.rs",
        "a_hold_stops_what_is_due_and_lifting_it_publishes_nothing",
    ),
    (
        "window",
        "tests/invariants/window.rs",
        "invariant_3_what_was_approved_in_time_does_not_leave_after_closing",
    ),
    (
        "emergency",
        "tests/emergency.rs",
        "an_emergency_post_whose_emergency_ran_out_is_held",
    ),
    (
        "after_review",
        "tests/emergency.rs",
        "somebody_else_looks_at_it_afterwards_once",
    ),
    (
        "correction",
        "tests/corrections.rs",
        "a_correction_takes_the_place_and_both_posts_tell",
    ),
    (
        "withdrawal",
        "tests/series.rs",
        "what_is_out_is_taken_back_by_an_approver",
    ),
    (
        "register",
        "tests/handing_in.rs",
        "an_account_is_registered_as_over_the_api",
    ),
    (
        "connect",
        "src/web/tests/credentials.rs",
        "what_is_refused_or_opens_another_account_is_not",
    ),
    (
        "vault",
        "tests/invariants/secrets.rs",
        "invariant_6_neither_database_nor_log_nor_answer_shows_a_credential",
    ),
    (
        "roles",
        "tests/invariants/people.rs",
        "invariant_2_an_operator_never_signs_whatever_other_role_was_given",
    ),
    (
        "ledger",
        "tests/invariants/ledger.rs",
        "invariant_7_every_change_is_in_the_ledger",
    ),
];

#[test]
fn each_workflow_is_shown_by_a_test() {
    let shown: Vec<&str> = SHOWN.iter().map(|(name, ..)| *name).collect();
    let there: Vec<&str> = workflows::ALL.iter().map(|workflow| workflow.name).collect();
    assert_eq!(shown, there);
    for (name, file, test) in SHOWN {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = fs::read_to_string(path).expect("a file of tests");
        assert!(
            text.contains(&format!("fn {test}(")),
            "{name}: {file} has no {test}"
        );
    }
}
