//! The source of a post: signed with it, shown with it, and asked for where it leans on others.

use axum::http::{Method, header};
use serde_json::{Value, json};

use super::world::{Answer, World, ask};

const SOURCE: &str = "気象庁「大雪に関する情報」";

fn place(post: &Value) -> String {
    format!("/v1/posts/{}", post["id"].as_str().unwrap())
}

async fn edit(world: &World, post: &Value, change: &Value) -> Answer {
    let place = place(post);
    let mut request = ask(Method::PATCH, &place, &world.author, change.to_string().into());
    let tag = world.get(&place, &world.author).await.header("etag").parse();
    request.headers_mut().insert(header::IF_MATCH, tag.unwrap());
    world.send(request).await
}

#[tokio::test]
async fn a_source_is_signed_and_another_one_voids_what_was_signed() {
    let world = World::new().await;
    let mut draft = world.draft("気象庁によると、今年は雪が多い見込みです。");
    draft["source"] = json!(format!(" {SOURCE} "));
    draft["submit"] = json!(true);
    let post = world.post("/v1/posts", &world.author, &draft).await.ok();
    assert_eq!(post["source"], SOURCE);
    let approval = json!({"digest": post["digest"]});
    let approve = format!("{}/approve", place(&post));
    world.post(&approve, &world.approvers[0], &approval).await.ok();
    let edited = edit(&world, &post, &json!({"source": "消防庁の発表"})).await.ok();
    assert_eq!(edited["source"], "消防庁の発表");
    assert_ne!(edited["digest"], post["digest"]);
    assert_eq!(edited["sign_offs"].as_array().unwrap().len(), 1);
    assert_ne!(edited["sign_offs"][0]["voided_at"], Value::Null);
    let revisions = format!("{}/revisions", place(&post));
    let revisions = world.get(&revisions, &world.author).await.ok();
    assert_eq!(revisions["items"][0]["source"], SOURCE);
    assert_eq!(revisions["items"][1]["source"], "消防庁の発表");
}

#[tokio::test]
async fn an_edit_keeps_the_source_unless_it_says_otherwise() {
    let world = World::new().await;
    let mut draft = world.draft("明日は大雪です。");
    draft["source"] = json!(SOURCE);
    let post = world.post("/v1/posts", &world.author, &draft).await.ok();
    let reworded = edit(&world, &post, &json!({"text": "あすは大雪です。"}))
        .await
        .ok();
    assert_eq!(reworded["source"], SOURCE);
    edit(&world, &post, &json!({"source": "気象庁\n消防庁"}))
        .await
        .invalid("/source", "source");
    let without = edit(&world, &post, &json!({"source": null})).await.ok();
    assert_eq!(without["source"], Value::Null);
}

#[tokio::test]
async fn a_text_that_leans_on_others_is_told_until_it_has_one() {
    let world = World::new().await;
    let rules = |verdict: &Value| {
        let findings = verdict["findings"].as_array().unwrap().iter();
        findings.map(|found| found["rule"].clone()).collect::<Vec<_>>()
    };
    let mut draft = world.draft("気象庁によると、今年は雪が多い見込みです。");
    let told = world.post("/v1/checks", &world.author, &draft).await.ok();
    assert_eq!(rules(&told), ["form.source_missing"]);
    draft["source"] = json!(SOURCE);
    let told = world.post("/v1/checks", &world.author, &draft).await.ok();
    assert_eq!(rules(&told), Vec::<Value>::new());
}
