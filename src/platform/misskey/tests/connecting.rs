//! Connecting, whose credential it is, what the server says of itself.

use std::collections::BTreeMap;

use rstest::rstest;

use super::*;
use crate::{
    domain::account::{KeySupport, Limits},
    platform::AskError,
    vault::SecretName,
};

const STATE: &str = "canary-state";

fn invited(world: &World, instance: &str) -> Invited {
    let state = Secret::new(STATE.to_owned());
    let invite = Invite {
        instance,
        redirect_uri: "https://sekisho.example.jp/oauth/return",
        state: &state,
        handle: "town",
    };
    world.misskey.begin(invite).unwrap()
}

async fn finish(
    world: &World,
    memory: &Credential,
    session: Option<&str>,
) -> Result<Credential, ConnectError> {
    let session = session.map(|session| ("session".to_owned(), session.to_owned()));
    let returned: BTreeMap<String, String> = session.into_iter().collect();
    let finish = Finish {
        instance: &world.server.uri(),
        redirect_uri: "https://sekisho.example.jp/oauth/return",
        memory,
        returned: &returned,
        handle: "town",
    };
    world.misskey.finish(finish).await
}

fn session_of(memory: &Credential) -> String {
    memory.get(SecretName::Verifier).unwrap().expose().to_owned()
}

#[tokio::test]
async fn a_person_consents_to_a_session_of_ours() {
    let world = World::new().await;
    let Invited {
        authorize_url,
        memory,
    } = invited(&world, "https://misskey.example.jp");
    let session = session_of(&memory);
    assert_eq!(authorize_url.path(), format!("/miauth/{session}"));
    let query: BTreeMap<_, _> = authorize_url.query_pairs().collect();
    assert_eq!(query["permission"], "read:account,write:drive,write:notes");
    assert_eq!(
        query["callback"],
        format!("https://sekisho.example.jp/oauth/return?state={STATE}")
    );

    let token = json!({ "ok": true, "token": CANARY, "user": { "id": "9town" } });
    world
        .answers(&format!("miauth/{session}/check"), 200, token)
        .await;
    for returned in [Some(session.as_str()), None] {
        let kept = finish(&world, &memory, returned).await.unwrap();
        assert_eq!(kept.get(SecretName::Access).unwrap().expose(), CANARY);
    }
    let another = finish(&world, &memory, Some("another")).await;
    assert!(matches!(another, Err(ConnectError::Refused(_))), "{another:?}");
}

#[rstest]
#[case(200, json!({ "ok": false }), "consented")]
#[case(200, json!({ "ok": true }), "consented")]
#[case(200, json!({ "ok": false, "token": CANARY }), "consented")]
#[case(200, json!("<html>"), "cannot be read")]
#[case(302, json!({}), "cannot be read")]
#[case(404, json!({}), "refuses")]
#[case(500, json!({}), "reached")]
#[tokio::test]
async fn who_has_not_consented_is_not_connected(
    #[case] status: u16,
    #[case] body: Value,
    #[case] says: &str,
) {
    let world = World::new().await;
    let memory = invited(&world, "https://misskey.example.jp").memory;
    let session = session_of(&memory);
    world
        .answers(&format!("miauth/{session}/check"), status, body)
        .await;
    let refused = finish(&world, &memory, None).await.unwrap_err();
    assert!(refused.to_string().contains(says), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains("canary"));
    assert!(!refused.to_string().contains(&session));
}

#[tokio::test]
async fn without_a_session_of_ours_nothing_is_asked() {
    let world = World::new().await;
    let finished = finish(&world, &Credential::new(start()), Some("any")).await;
    assert!(matches!(finished, Err(ConnectError::Refused(_))), "{finished:?}");
    assert!(world.server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_facts_of_a_server() {
    let world = World::new().await;
    world
        .answers(
            "meta",
            200,
            json!({ "version": "2026.5.1", "maxNoteTextLength": 3_000 }),
        )
        .await;
    let facts = world.misskey.facts(&world.server.uri(), None).await.unwrap();
    let limits = Limits {
        max_characters: 3_000,
        characters_per_url: 0,
        film_bytes: None,
    };
    assert_eq!((facts.limits, facts.keys), (limits, KeySupport::NotHonoured));
    assert_eq!(facts.software, "misskey 2026.5.1");
    let silent = World::new().await;
    silent.answers("meta", 200, json!({ "version": "1" })).await;
    let facts = silent.misskey.facts(&silent.server.uri(), None).await;
    assert!(matches!(facts, Err(AskError::Unreadable(_))), "{facts:?}");
}

#[rstest]
#[case(200, json!({ "id": "9town", "username": "town" }), "")]
#[case(200, json!({ "id": "../9", "username": "town" }), "usable id")]
#[case(401, json!({ "error": { "code": "AUTHENTICATION_FAILED", "message": CANARY } }), "credential")]
#[case(500, json!({}), "reached")]
#[tokio::test]
async fn whose_credential_it_is(#[case] status: u16, #[case] body: Value, #[case] says: &str) {
    let world = World::new().await;
    world.answers("i", status, body).await;
    match world.misskey.whoami(&world.server.uri(), &world.credential).await {
        Ok(me) => assert_eq!((me.id.as_str(), me.handle.as_str()), ("9town", "town")),
        Err(error) => {
            assert!(!says.is_empty() && error.to_string().contains(says), "{error}");
            assert!(!format!("{error} {error:?}").contains(CANARY));
        }
    }
}
