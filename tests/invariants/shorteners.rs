//! 4. Never with a shortener, whatever the spelling, whatever the mode.

use chrono::Duration;
use rstest::rstest;
use sekisho::{
    app::STANDARD_PROFILE,
    domain::{
        finding::Severity,
        hold::HoldCause,
        revision::{Act, Kind as PostKind},
    },
    service::{Change, Draft, DraftTarget, Once, Submission},
};

use crate::support::{
    Town,
    database::Kind,
    steps::{blocked_by, no_change},
};

/// What people, phones and word processors make of `bit.ly`, and what somebody makes of it who hides it.
const SPELLINGS: &[&str] = &[
    "bit.ly",
    "https://bit.ly/3abc",
    "HTTPS://BIT.LY/3ABC",
    "http://www.bit.ly/3abc",
    "詳しくはbit.ly/3abcをご覧ください。",
    "詳細です。bit.ly。以上",
    "https://bit.ly./a",
    "https://bit.ly:443/a",
    "https://www.city.lg.jp@bit.ly/x",
    "//bit.ly/a",
    "https:\\\\bit.ly\\a",
    "[市役所](https://bit.ly/a)",
    "<a href=\"https://bit.ly/a\">市</a>",
    "https://www.example.jp/?u=https%3A%2F%2Fbit.ly%2Fa",
    "ｈｔｔｐｓ：／／ｂｉｔ．ｌｙ／ａ",
    "bit。ly/a",
    "bit｡ly/a",
    "bit·ly/a",
    "https://bit・ly",
    "b\u{200B}i\u{200D}t\u{FEFF}.\u{2060}l\u{AD}y",
    "ЬіТ.lу/a",
    "bІt.ly",
    "βιτ.ly",
    "ʙɪᴛ.ʟʏ",
    "𝐛𝒊𝓽.𝕝𝚢",
    "ⓑⓘⓣ.ⓛⓨ",
    "🇧🇮🇹.🇱🇾",
    "b̶i̶t̶.̶l̶y̶",
    "bít.lÿ",
    "https://%62%69%74%2e%6Cy/a",
    "bit[.]ly",
    "bit (.) ly",
    "https://tinyurl.com/abc",
    "t.co/abc",
    "amzn.to/3",
    "X.GD/a",
];

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_4_no_spelling_of_a_shortener_is_taken_in_any_mode(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let service = &town.app.service;
    town.declare(Duration::hours(1)).await;
    for spelling in SPELLINGS {
        for post in [
            PostKind::Ordinary,
            PostKind::Emergency,
            PostKind::Correction,
            PostKind::Incident,
        ] {
            let draft = Draft {
                kind: post,
                ..town.draft(&format!("お知らせ {spelling}"))
            };
            let answer = service
                .create_post(&town.people.clerk, draft, Once::unkeyed())
                .await;
            let rules = blocked_by(answer);
            assert!(
                rules.contains("link.shortener"),
                "{spelling} as {post}: {rules:?}"
            );
        }
    }
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
}

#[tokio::test]
async fn invariant_4_neither_an_edit_nor_a_text_for_one_account_nor_a_reference_brings_one_in() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let service = &town.app.service;
    let view = town.submit(town.draft("短縮していません。")).await;
    let edit = Change {
        text: Some("こちら→ bit.ly/a".into()),
        submission: Submission::now(),
        ..no_change()
    };
    let answer = service
        .edit_post(&town.people.clerk, view.post.id, None, edit)
        .await;
    assert!(blocked_by(answer).contains("link.shortener"));
    let target = |text: Option<&str>, refers_to: Option<&str>| {
        vec![DraftTarget {
            account: town.account,
            text: text.map(Into::into),
            media: Vec::new(),
            parts: None,
            refers_to: refers_to.map(Into::into),
            audience: None,
        }]
    };
    let own = Draft {
        targets: target(Some("bit.ly/a"), None),
        ..town.draft("短縮していません。")
    };
    let reply = Draft {
        act: Act::Reply,
        targets: target(None, Some("https://t.co/abc")),
        ..town.draft("短縮していません。")
    };
    for draft in [own, reply] {
        let answer = service
            .create_post(&town.people.clerk, draft, Once::unkeyed())
            .await;
        assert!(blocked_by(answer).contains("link.shortener"));
    }
}

/// What was no shortener when it was signed is one when it would leave.
#[rstest]
#[case::ordinary(Kind::Sqlite, PostKind::Ordinary)]
#[case::emergency(Kind::Sqlite, PostKind::Emergency)]
#[case::ordinary(Kind::Postgres, PostKind::Ordinary)]
#[case::emergency(Kind::Postgres, PostKind::Emergency)]
#[tokio::test]
async fn invariant_4_a_host_that_was_listed_after_the_approval_stops_the_post(
    #[case] kind: Kind,
    #[case] post: PostKind,
) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    if post == PostKind::Emergency {
        town.declare(Duration::hours(3)).await;
    }
    let draft = Draft {
        kind: post,
        ..town.planned("詳しくは https://go.akebono.example/a へ", "2026-11-24T11:00:00")
    };
    let view = town.submit(draft).await;
    if post == PostKind::Emergency {
        town.sign(&view, &town.people.duty_officer).await;
    } else {
        town.sign(&view, &town.people.section_chief).await;
        town.sign(&view, &town.people.director).await;
    }
    town.change_policy(STANDARD_PROFILE, |document| {
        document.shorteners.insert("go.akebono.example".into());
    })
    .await;
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    assert_eq!(
        town.held_for(view.post.id).await,
        (HoldCause::Gate, "link.shortener".into())
    );
}

#[tokio::test]
async fn invariant_4_no_policy_that_lets_them_pass_can_be_imported() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    for severity in [Severity::Confirm, Severity::Notice] {
        let mut document = sekisho::app::policy_document(STANDARD_PROFILE).expect("a policy");
        document
            .profile
            .severities
            .insert("link.shortener".into(), severity);
        let actor = sekisho::domain::actor::Actor::Operator;
        let answer = town
            .app
            .service
            .import_policy(town.organization, document, actor)
            .await;
        assert!(answer.is_err());
    }
}
