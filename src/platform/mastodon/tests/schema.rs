//! What the adapter sends, judged by the machine-readable document of the API that others wrote.

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{pictures::illustrated, reblogs::passing_on, *};

/// The document, if there is a folder of specifications.
fn document() -> Option<Value> {
    let Some(folder) = std::env::var_os("SEKISHO_SPECS") else {
        eprintln!("skipped: SEKISHO_SPECS is not set");
        return None;
    };
    let file = std::path::Path::new(&folder).join("mastodon/schema.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    Some(serde_json::from_str(&text).unwrap())
}

/// Everything that a body may have, with what it must have.
#[derive(Default)]
struct Fields<'a> {
    known: Vec<(&'a String, &'a Value)>,
    required: Vec<&'a str>,
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

fn gather<'a>(document: &'a Value, schema: &'a Value, fields: &mut Fields<'a>) {
    let schema = resolved(document, schema);
    fields
        .known
        .extend(schema["properties"].as_object().into_iter().flatten());
    let required = schema["required"].as_array().into_iter().flatten();
    fields.required.extend(required.filter_map(Value::as_str));
    for part in schema["allOf"].as_array().into_iter().flatten() {
        gather(document, part, fields);
    }
}

/// Whether a body is one by a schema: of several kinds it may be any, and what the document does not know may
/// not be there.
fn judge(document: &Value, schema: &Value, body: &Value) -> Result<(), String> {
    if let Some(kinds) = schema["oneOf"].as_array() {
        let judged: Vec<_> = kinds.iter().map(|kind| judge(document, kind, body)).collect();
        return match judged.iter().any(Result::is_ok) {
            true => Ok(()),
            false => Err(format!("{judged:?}")),
        };
    }
    let mut fields = Fields::default();
    gather(document, schema, &mut fields);
    let body = body.as_object().ok_or("no object")?;
    if let Some(missing) = fields.required.iter().find(|name| !body.contains_key(**name)) {
        return Err(format!("{missing} is missing"));
    }
    body.iter().try_for_each(|(name, value)| {
        let known = fields.known.iter().find(|(known, _)| *known == name);
        let (_, schema) = known.ok_or(format!("{name} is not known"))?;
        is_value(document, schema, value).map_err(|why| format!("{name}: {why}"))
    })
}

fn is_value(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let schema = resolved(document, schema);
    let is_kind = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("array") => {
            let items = value.as_array().ok_or("no list")?;
            items
                .iter()
                .try_for_each(|item| is_value(document, &schema["items"], item))?;
            true
        }
        other => return Err(format!("{other:?} is not known to this test")),
    };
    let is_offered = schema["enum"]
        .as_array()
        .is_none_or(|offered| offered.contains(value));
    (is_kind && is_offered)
        .then_some(())
        .ok_or(format!("{value} is not one of {schema}"))
}

fn body_of<'a>(document: &'a Value, path: &str) -> &'a Value {
    &document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
}

/// What is sent for an order.
async fn sent(act: Act, payload: &Payload) -> Value {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(json!({ "id": "7" }));
    Mock::given(wiremock::matchers::any())
        .respond_with(answer)
        .mount(&server)
        .await;
    let handles = ["0", "1"].into_iter().fold(Handles::NONE, |handles, n| {
        handles
            .with(format!("media/{n}"), format!("1{n}"))
            .with(format!("media/{n}/state"), "ready")
    });
    let instance = server.uri();
    let order = Order {
        handles: &handles,
        ..Order::plain(
            &instance,
            act,
            payload,
            1,
            SystemClock.now() + TimeDelta::minutes(1),
        )
    };
    published(adapter().send(&order, &credential()).await.outcome);
    let requests = server.received_requests().await.unwrap();
    assert!(requests[0].headers.contains_key("idempotency-key"));
    serde_json::from_slice(&requests[0].body).unwrap()
}

#[tokio::test]
async fn every_body_is_one_by_the_document() {
    let Some(document) = document() else { return };
    let reply = Payload {
        refers_to: Some("109".to_owned()),
        visibility: Visibility::Followers,
        ..payload("返信")
    };
    let silent = Payload {
        parts: vec![Part {
            text: String::new(),
            ..illustrated().parts.remove(0)
        }],
        ..illustrated()
    };
    let (statuses, reblog) = ("/api/v1/statuses", "/api/v1/statuses/{id}/reblog");
    for (path, act, payload) in [
        (statuses, Act::New, payload("本文")),
        (statuses, Act::New, illustrated()),
        (statuses, Act::New, silent),
        (statuses, Act::Reply, reply),
        (reblog, Act::Repost, passing_on()),
    ] {
        let body = sent(act, &payload).await;
        judge(&document, body_of(&document, path), &body).unwrap_or_else(|why| panic!("{body}: {why}"));
    }
}

#[test]
fn the_judge_finds_what_is_wrong() {
    let Some(document) = document() else { return };
    let schema = body_of(&document, "/api/v1/statuses");
    for odd in [
        json!({}),
        json!([]),
        json!({ "status": 1 }),
        json!({ "status": "a", "visibility": "home" }),
        json!({ "status": "a", "other": "b" }),
        json!({ "media_ids": [1] }),
    ] {
        assert!(judge(&document, schema, &odd).is_err(), "{odd}");
    }
}
