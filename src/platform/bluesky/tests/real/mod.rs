//! Against the official server of the protocol, as scripts/test installs it: a process of its own for each test.

mod consent;
mod town;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use self::town::{Town, published};
use super::{super::ready::With as _, *};
use crate::{clock::SystemClock, domain::account::KeySupport, platform::testing::series};

#[tokio::test]
async fn what_a_citizen_reads_is_what_was_signed() {
    let Some(town) = Town::on_a_real_server().await else {
        return;
    };
    let facts = town
        .bluesky
        .facts(&town.servers.base(), Some(&town.credential))
        .await
        .unwrap();
    assert_eq!(
        facts.keys,
        KeySupport::Honoured { seconds: 600 },
        "{}",
        facts.software
    );
    let text = "【避難情報】市民会館を開設しました。 #防災 詳しくはhttps://www.city.example.lg.jp/bousaiをご覧ください @town.test";
    let mut payload = Payload {
        language: Some("ja".to_owned()),
        ..payload(text)
    };
    payload.parts[0].media = vec![picture(1, "避難所の地図")];
    let first = town.published(Act::New, &payload).await;
    let read = town.posts().await.remove(0);
    assert_eq!(read["text"], text);
    assert_eq!(read["langs"], json!(["ja"]));
    assert_eq!(read["embed"]["images"][0]["alt"], "避難所の地図");
    assert_eq!(
        read["embed"]["images"][0]["aspectRatio"],
        json!({ "width": 1, "height": 1 })
    );
    let shown = |facet: &Value| {
        let end = |name: &str| usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap();
        text[end("byteStart")..end("byteEnd")].to_owned()
    };
    let shown: Vec<_> = read["facets"].as_array().unwrap().iter().map(shown).collect();
    assert_eq!(
        shown,
        ["#防災", "https://www.city.example.lg.jp/bousai", "@town.test"]
    );
    assert_eq!(read["facets"][2]["features"][0]["did"], town.did);

    let refers = |text: &str| Payload {
        refers_to: Some(first.id.clone()),
        ..super::payload(text)
    };
    for (act, payload) in [
        (Act::Reply, refers("続報です")),
        (Act::Quote, refers("引用")),
        (Act::Repost, refers("")),
    ] {
        town.published(act, &payload).await;
    }
    let posts = town.posts().await;
    assert_eq!(posts.len(), 3, "passing on is no post");
    assert_eq!(posts[1]["reply"]["root"]["uri"], first.id);
    assert_eq!(posts[2]["embed"]["record"]["uri"], first.id);
}

#[tokio::test]
async fn a_series_hangs_together() {
    let Some(town) = Town::on_a_real_server().await else {
        return;
    };
    let three = series(&["一", "二", "三"]);
    let mut out: Vec<RemoteRef> = Vec::new();
    for part in 0..3 {
        let follows = out.last().map(|last| Follows {
            first: out[0].id.clone(),
            before: last.id.clone(),
        });
        let handles = town.ready(Act::New, &three, part, follows.as_ref()).await;
        let order = Order {
            part,
            follows: follows.as_ref(),
            ..town.order(Act::New, &three, &handles)
        };
        out.push(published(
            town.bluesky.send(&order, &town.credential).await.outcome,
        ));
    }
    let last = town.posts().await.remove(2);
    assert_eq!(last["reply"]["root"]["uri"], out[0].id);
    assert_eq!(last["reply"]["parent"]["uri"], out[1].id);
}

#[tokio::test]
async fn twice_under_one_key_is_once() {
    let Some(mut town) = Town::on_a_real_server().await else {
        return;
    };
    let once = payload("防災行政無線の試験放送を行います。");
    let handles = town.ready(Act::New, &once, 0, None).await;
    assert_eq!(town.look(&once, &handles).await, Sighting::Absent);
    let first = published(town.send(Act::New, &once, &handles).await);
    assert_eq!(published(town.send(Act::New, &once, &handles).await), first);
    assert_eq!(town.look(&once, &handles).await, Sighting::Seen(first.clone()));
    // Under the same key with another time or other words nothing is overwritten.
    let other = payload("別の本文");
    let redated = handles.clone().with_time(start());
    for (payload, handles) in [(&other, &handles), (&once, &redated)] {
        let outcome = town.send(Act::New, payload, handles).await;
        assert_eq!(outcome.class(), OutcomeClass::RejectedDuplicate, "{outcome:?}");
    }
    assert_eq!(town.posts().await.len(), 1);
    assert!(matches!(
        town.look(&other, &handles).await,
        Sighting::CannotTell { .. }
    ));

    // A session that was renewed works, the one before it is not needed any more.
    town.credential = town
        .bluesky
        .refresh(&town.servers.base(), &town.credential)
        .await
        .unwrap();
    let base = town.servers.base();
    let removal = Removal {
        instance: &base,
        remote_id: &first.id,
        send_by: SystemClock.now() + TimeDelta::minutes(1),
    };
    for _ in 0..2 {
        published(town.bluesky.remove(&removal, &town.credential).await.outcome);
    }
    assert!(town.posts().await.is_empty());
    assert_eq!(town.look(&once, &handles).await, Sighting::Absent);
}

#[tokio::test]
async fn what_the_real_server_refuses() {
    let Some(town) = Town::on_a_real_server().await else {
        return;
    };
    let long = payload(&"あ".repeat(301));
    let handles = town.ready(Act::New, &long, 0, None).await;
    let outcome = town.send(Act::New, &long, &handles).await;
    assert_eq!(outcome.class(), OutcomeClass::RejectedPermanent, "{outcome:?}");
    let wrong = Credential::of_access(Secret::new("a.b.c".to_owned()), start());
    let text = payload("本文");
    let order = town.order(Act::New, &text, &handles);
    let outcome = town.bluesky.send(&order, &wrong).await.outcome;
    assert_eq!(outcome.class(), OutcomeClass::RejectedReauth, "{outcome:?}");
    assert!(town.posts().await.is_empty());
}

/// When the server is killed.
#[derive(Debug, Clone, Copy)]
enum Killed {
    /// When the request has left.
    AfterTheRequest,
    /// When its answer has begun: the record is there.
    BeforeTheAnswer,
}

/// Passes one request on to the server and kills it; the answer never comes through.
async fn killed_on_the_way(town: &mut Town, payload: &Payload, handles: &Handles, when: Killed) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let port = town.servers.port;
    let (told, killing) = tokio::sync::oneshot::channel();
    let relay = tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut request = vec![0; 65_536];
        let mut length = 0;
        while !is_whole(&request[..length]) {
            length += near.read(&mut request[length..]).await.unwrap();
        }
        far.write_all(&request[..length]).await.unwrap();
        if matches!(when, Killed::BeforeTheAnswer) {
            far.readable().await.unwrap();
        }
        told.send(()).unwrap();
        // Both ends stay open until the server is gone.
        let _ = far.read(&mut request).await;
        near
    });
    let handles = handles.clone().with_pds(&proxy);
    let (bluesky, credential) = (&town.bluesky, &town.credential);
    let order = Order {
        remote_account: Some(&town.did),
        handles: &handles,
        ..Order::plain(
            "",
            Act::New,
            payload,
            1,
            SystemClock.now() + TimeDelta::minutes(1),
        )
    };
    let pds = &mut town.servers.pds;
    let killer = async {
        killing.await.unwrap();
        pds.kill().unwrap();
        pds.wait().unwrap();
        drop(relay.await.unwrap());
    };
    let (reply, ()) = futures::join!(bluesky.send(&order, credential), killer);
    reply.outcome
}

/// Whether a request has come with all of its body.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let body = request
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map_or(0, |at| request.len() - at - 4);
    length
        .and_then(|length| length.trim().parse().ok())
        .is_some_and(|length: usize| body >= length)
}

#[rstest::rstest]
#[case(Killed::AfterTheRequest)]
#[case(Killed::BeforeTheAnswer)]
#[tokio::test]
async fn killed_between_request_and_answer_it_is_out_once(#[case] when: Killed) {
    let Some(mut town) = Town::on_a_real_server().await else {
        return;
    };
    let once = payload("避難所を開設しました。");
    let handles = town.ready(Act::New, &once, 0, None).await;
    let outcome = killed_on_the_way(&mut town, &once, &handles, when).await;
    assert_eq!(outcome.class(), OutcomeClass::Unknown, "{outcome:?}");
    let down = town.look(&once, &handles).await;
    assert!(matches!(down, Sighting::CannotTell { .. }), "{down:?}");

    town.servers.restart().await;
    let seen = town.look(&once, &handles).await;
    let is_out = town.posts().await.len() == 1;
    assert_eq!(matches!(seen, Sighting::Seen(_)), is_out, "{seen:?}");
    assert!(is_out || matches!(when, Killed::AfterTheRequest));
    published(town.send(Act::New, &once, &handles).await);
    assert_eq!(town.posts().await.len(), 1);
}

#[tokio::test]
async fn what_was_not_sent_leaves_no_doubt() {
    let Some(mut town) = Town::on_a_real_server().await else {
        return;
    };
    let once = payload("本文");
    let handles = town.ready(Act::New, &once, 0, None).await;
    town.servers.kill();
    let outcome = town.send(Act::New, &once, &handles).await;
    assert_eq!(outcome.class(), OutcomeClass::NotSent, "{outcome:?}");
}
