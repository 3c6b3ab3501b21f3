//! Publishing and withdrawing.

use rstest::rstest;

use super::*;
use crate::{
    domain::{attempt::OutcomeClass, digest::MediaDigest, preparation::Follows, revision::Media},
    sandbox::Done,
};

#[tokio::test]
async fn a_post_goes_out_once_and_a_repeat_finds_it() {
    let world = World::new().await;
    let first = published(world.send(&payload("こんにちは"), 1).await);
    let second = published(world.send(&payload("こんにちは"), 1).await);
    assert_eq!(first, second);
    let statuses = world.sandbox.statuses();
    assert_eq!(statuses.len(), 1);
    assert_eq!(
        first,
        RemoteRef {
            id: statuses[0].id.clone(),
            url: Some(statuses[0].url.clone())
        }
    );
    assert_eq!(statuses[0].text, "こんにちは");
    assert_eq!(statuses[0].language, "ja");
    assert_eq!(statuses[0].idempotency_key, Some(Uuid::from_u128(1).to_string()));
    let done: Vec<Done> = world
        .sandbox
        .arrivals()
        .iter()
        .map(|arrival| arrival.done)
        .collect();
    assert_eq!(done, [Done::Accepted, Done::Replayed]);
}

#[tokio::test]
async fn visibility_and_what_is_answered_go_along() {
    let world = World::new().await;
    let parent = published(world.send(&payload("親"), 1).await);
    let reply = Payload {
        visibility: Visibility::Followers,
        refers_to: Some(parent.id.clone()),
        language: None,
        ..payload("返信")
    };
    published(world.send_as(Act::Reply, &reply, 2).await);
    let unlisted = Payload {
        visibility: Visibility::Unlisted,
        ..payload("静かに")
    };
    published(world.send(&unlisted, 3).await);
    let statuses = world.sandbox.statuses();
    assert_eq!(
        (
            statuses[1].visibility.as_str(),
            statuses[1].in_reply_to_id.as_ref()
        ),
        ("private", Some(&parent.id))
    );
    assert_eq!(
        (
            statuses[2].visibility.as_str(),
            statuses[2].in_reply_to_id.as_ref()
        ),
        ("unlisted", None)
    );
    let orphan = Payload {
        refers_to: Some("999".to_owned()),
        ..payload("返信")
    };
    assert_eq!(
        world.send_as(Act::Reply, &orphan, 4).await.class(),
        OutcomeClass::RejectedPermanent
    );
}

/// What the outcome must be under each fault, how many posts are out then, and how many after the same
/// call was made once more.
#[rstest]
#[case::delay(Fault::Delay { ms: 20 }, OutcomeClass::Published, 1, 1)]
#[case::too_many(Fault::TooManyRequests { retry_after_s: 30 }, OutcomeClass::RejectedTransient, 0, 1)]
#[case::unauthorised(Fault::Status { code: 401 }, OutcomeClass::RejectedReauth, 0, 1)]
#[case::invalid(Fault::Status { code: 422 }, OutcomeClass::RejectedPermanent, 0, 1)]
#[case::internal(Fault::Status { code: 500 }, OutcomeClass::Unknown, 0, 1)]
#[case::html(Fault::Html { code: 200 }, OutcomeClass::Unknown, 0, 1)]
#[case::bad_gateway(Fault::Html { code: 502 }, OutcomeClass::Unknown, 0, 1)]
#[case::cut_before(Fault::CutBefore, OutcomeClass::Unknown, 0, 1)]
#[case::cut_after(Fault::CutAfter, OutcomeClass::Unknown, 1, 1)]
#[case::accepted_then_500(Fault::AcceptThenStatus { code: 500 }, OutcomeClass::Unknown, 1, 1)]
#[case::accepted_then_html(Fault::AcceptThenHtml { code: 502 }, OutcomeClass::Unknown, 1, 1)]
#[case::hang(Fault::AcceptThenHang { ms: 10_000 }, OutcomeClass::Unknown, 1, 1)]
#[case::twice(Fault::AnswerTwice, OutcomeClass::Unknown, 1, 1)]
#[case::drip(Fault::SlowDrip { ms_per_byte: 50 }, OutcomeClass::Unknown, 1, 1)]
#[case::ignored_key(Fault::IgnoreKey, OutcomeClass::Published, 1, 2)]
#[tokio::test]
async fn under_each_fault(
    #[case] fault: Fault,
    #[case] class: OutcomeClass,
    #[case] out: usize,
    #[case] repeated: usize,
) {
    let mut world = World::failing(On::Publish, fault).await;
    world.mastodon.caller.longest = Duration::from_secs(1);
    let began = SystemClock.now();
    let outcome = world.send(&payload("本文"), 1).await;
    assert_eq!(outcome.class(), class, "{outcome:?}");
    assert_eq!(world.sandbox.statuses().len(), out);
    assert_eq!(world.sandbox.arrivals().len(), 1, "one request, whatever happens");
    if let Outcome::RejectedTransient { again, .. } = outcome {
        assert!(again.unwrap() >= began + TimeDelta::seconds(29));
    }
    world.mastodon.caller.longest = crate::platform::LONGEST_REQUEST;
    published(world.send(&payload("本文"), 1).await);
    assert_eq!(world.sandbox.statuses().len(), repeated);
}

#[tokio::test]
async fn one_that_lands_late_is_unknown_and_then_there() {
    let world = World::failing(On::Publish, Fault::LandLate { ms: 100 }).await;
    let outcome = world.send(&payload("遅れて"), 1).await;
    assert_eq!(outcome.class(), OutcomeClass::Unknown);
    assert!(world.sandbox.statuses().is_empty());
    for _ in 0..100 {
        if world.sandbox.statuses().len() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never landed");
}

#[tokio::test]
async fn nothing_starts_when_the_time_is_over() {
    let world = World::new().await;
    let now = SystemClock.now();
    for send_by in [now, now - TimeDelta::days(400)] {
        let late = payload("遅い");
        let order = Order::plain(world.sandbox.base_url(), Act::New, &late, 1, send_by);
        let outcome = world.mastodon.send(&order, &world.credential).await.outcome;
        assert_eq!(outcome.class(), OutcomeClass::NotSent, "{outcome:?}");
        let removal = Removal {
            instance: world.sandbox.base_url(),
            remote_id: "1",
            send_by,
        };
        assert_eq!(
            world
                .mastodon
                .remove(&removal, &world.credential)
                .await
                .outcome
                .class(),
            OutcomeClass::NotSent
        );
    }
    assert!(world.sandbox.arrivals().is_empty());
}

#[tokio::test]
async fn the_second_part_of_a_series_answers_the_first() {
    let world = World::new().await;
    let series = Payload {
        parts: [payload("一").parts, payload("二").parts].concat(),
        ..payload("")
    };
    let send_by = SystemClock.now() + TimeDelta::minutes(1);
    let first = Order::plain(world.sandbox.base_url(), Act::New, &series, 1, send_by);
    let remote = published(world.mastodon.send(&first, &world.credential).await.outcome);
    let follows = Follows {
        first: remote.id.clone(),
        before: remote.id.clone(),
    };
    let second = Order {
        part: 1,
        follows: Some(&follows),
        ..Order::plain(world.sandbox.base_url(), Act::New, &series, 2, send_by)
    };
    published(world.mastodon.send(&second, &world.credential).await.outcome);
    let beyond = Order { part: 2, ..second };
    let refused = world.mastodon.send(&beyond, &world.credential).await.outcome;
    assert_eq!(refused.class(), OutcomeClass::RejectedPermanent);
    let statuses = world.sandbox.statuses();
    let answered = |text: &str| {
        let found = statuses
            .iter()
            .find(|status| status.text == text)
            .expect("a status");
        found.in_reply_to_id.clone()
    };
    assert_eq!((answered("一"), answered("二")), (None, Some(remote.id)));
}

#[tokio::test]
async fn what_the_platform_is_not_sent() {
    let world = World::new().await;
    let none = Payload {
        parts: Vec::new(),
        ..payload("")
    };
    let mut media = payload("写真");
    media.parts[0].media.push(Media {
        digest: MediaDigest::new([1; 32]),
        alt: "海".to_owned(),
    });
    let refers = Payload {
        refers_to: Some("1".to_owned()),
        ..payload("本文")
    };
    let odd = Payload {
        refers_to: Some("../1".to_owned()),
        ..payload("本文")
    };
    let cases = [
        (Act::New, none),
        (Act::New, media),
        (Act::New, payload(" \n\u{3000}")),
        (Act::New, refers.clone()),
        (Act::Repost, refers.clone()),
        (Act::Quote, refers),
        (Act::Reply, payload("本文")),
        (Act::Reply, odd),
    ];
    for (act, payload) in cases {
        let outcome = world.send_as(act, &payload, 1).await;
        assert_eq!(
            outcome.class(),
            OutcomeClass::RejectedPermanent,
            "{act} {payload:?}"
        );
    }
    assert!(world.sandbox.arrivals().is_empty());
}

#[tokio::test]
async fn this_machine_is_not_called_in_production() {
    let world = World::new().await;
    let strict = Mastodon::new(
        Client::new(&NetConfig::default()).unwrap(),
        Arc::new(SystemClock),
        crate::platform::LONGEST_REQUEST,
        Arc::new(crate::vault::SystemEntropy),
    );
    let (payload, send_by) = (payload("本文"), SystemClock.now() + TimeDelta::minutes(1));
    let order = Order::plain(world.sandbox.base_url(), Act::New, &payload, 1, send_by);
    let outcome = strict.send(&order, &world.credential).await.outcome;
    assert_eq!(outcome.class(), OutcomeClass::NotSent, "{outcome:?}");
    assert!(world.sandbox.arrivals().is_empty());
    let nowhere = strict
        .send(
            &Order {
                instance: "social.example.jp",
                ..order
            },
            &world.credential,
        )
        .await;
    assert_eq!(nowhere.outcome.class(), OutcomeClass::RejectedPermanent);
}

#[tokio::test]
async fn a_withdrawal_is_done_once_it_is_gone() {
    let world = World::new().await;
    let remote = published(world.send(&payload("取り消す"), 1).await);
    let removal = Removal {
        instance: world.sandbox.base_url(),
        remote_id: &remote.id,
        send_by: SystemClock.now() + TimeDelta::minutes(1),
    };
    let done = RemoteRef {
        id: remote.id.clone(),
        url: None,
    };
    assert_eq!(
        published(world.mastodon.remove(&removal, &world.credential).await.outcome),
        done
    );
    assert!(world.sandbox.statuses().is_empty());
    assert_eq!(
        published(world.mastodon.remove(&removal, &world.credential).await.outcome),
        done
    );
    let wrong = credential_of("another");
    assert_eq!(
        world.mastodon.remove(&removal, &wrong).await.outcome.class(),
        OutcomeClass::RejectedReauth
    );
    let odd = Removal {
        remote_id: "../accounts/1",
        ..removal
    };
    assert_eq!(
        world
            .mastodon
            .remove(&odd, &world.credential)
            .await
            .outcome
            .class(),
        OutcomeClass::RejectedPermanent
    );
}

#[rstest]
#[case(Fault::CutAfter, OutcomeClass::Unknown)]
#[case(Fault::AcceptThenHtml { code: 200 }, OutcomeClass::Unknown)]
#[case(Fault::Html { code: 404 }, OutcomeClass::Unknown)]
#[case(Fault::TooManyRequests { retry_after_s: 5 }, OutcomeClass::RejectedTransient)]
#[tokio::test]
async fn a_withdrawal_under_faults(#[case] fault: Fault, #[case] class: OutcomeClass) {
    let world = World::failing(On::Delete, fault).await;
    let remote = published(world.send(&payload("取り消す"), 1).await);
    let removal = Removal {
        instance: world.sandbox.base_url(),
        remote_id: &remote.id,
        send_by: SystemClock.now() + TimeDelta::minutes(1),
    };
    assert_eq!(
        world
            .mastodon
            .remove(&removal, &world.credential)
            .await
            .outcome
            .class(),
        class
    );
}

#[tokio::test]
async fn a_credential_that_cannot_be_sent_is_not() {
    let world = World::new().await;
    let (payload, send_by) = (payload("本文"), SystemClock.now() + TimeDelta::minutes(1));
    let order = Order::plain(world.sandbox.base_url(), Act::New, &payload, 1, send_by);
    let outcome = world
        .mastodon
        .send(&order, &credential_of(&format!("{CANARY}\r\nx: y")))
        .await;
    assert_eq!(outcome.outcome.class(), OutcomeClass::NotSent);
    assert!(!format!("{outcome:?} {:?}", world.mastodon).contains(CANARY));
}
