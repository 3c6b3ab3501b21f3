//! Every request of these tests against LINE's own OpenAPI documents, where `SEKISHO_SPECS` names a folder that has
//! them. What the documents do not name is a fault, too: LINE would refuse it, or worse, leave it out.

use std::{path::Path, sync::OnceLock};

use serde_json::{Map, Value, json};

use crate::domain::preparation::Handles;

const FILES: [&str; 2] = ["messaging-api.yml", "channel-access-token.yml"];

/// The documents, read once.
fn documents() -> Option<&'static [Value]> {
    static DOCUMENTS: OnceLock<Option<Vec<Value>>> = OnceLock::new();
    let read = || {
        let folder = std::env::var_os("SEKISHO_SPECS")?;
        let read = |file: &&str| {
            let text = std::fs::read_to_string(Path::new(&folder).join("line").join(file))
                .expect("a document of LINE");
            serde_norway::from_str(&text).expect("a document that can be read")
        };
        Some(FILES.iter().map(read).collect())
    };
    DOCUMENTS.get_or_init(read).as_deref()
}

/// Fails if the request is not what the documents say.
pub(super) fn check(request: &wiremock::Request) {
    let Some(documents) = documents() else { return };
    let faults = faults_of(documents, request);
    assert!(
        faults.is_empty(),
        "{} {}: {faults:#?}",
        request.method,
        request.url.path()
    );
}

fn faults_of(documents: &[Value], request: &wiremock::Request) -> Vec<String> {
    let verb = request.method.as_str().to_lowercase();
    let found = documents.iter().find_map(|document| {
        let operation = document["paths"].get(request.url.path())?.get(&verb)?;
        Some((Document(document), operation))
    });
    let Some((document, operation)) = found else {
        return vec!["no document knows it".to_owned()];
    };
    let mut faults = parameter_faults(operation, request);
    match operation["requestBody"]["content"]
        .as_object()
        .and_then(|content| content.iter().next())
    {
        None if request.body.is_empty() => {}
        None => faults.push("it has no body".to_owned()),
        Some((media_type, content)) => {
            if request
                .headers
                .get("content-type")
                .is_none_or(|sent| sent != media_type.as_str())
            {
                faults.push(format!("its body is {media_type}"));
            }
            document.compare(
                &content["schema"],
                &body(media_type, request),
                "body",
                &mut faults,
            );
        }
    }
    faults
}

fn parameter_faults(operation: &Value, request: &wiremock::Request) -> Vec<String> {
    let known: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
    let has = |name: &str, place: &str| {
        known
            .iter()
            .any(|parameter| parameter["name"].as_str() == Some(name) && parameter["in"] == place)
    };
    let mut faults = Vec::new();
    for (name, _) in request.url.query_pairs() {
        if !has(&name, "query") {
            faults.push(format!("the parameter {name} is not known"));
        }
    }
    for parameter in known.iter().filter(|parameter| parameter["required"] == true) {
        let name = parameter["name"].as_str().unwrap_or_default();
        if !request.url.query_pairs().any(|(sent, _)| sent == name) {
            faults.push(format!("the parameter {name} is missing"));
        }
    }
    if let Some(key) = request.headers.get("x-line-retry-key") {
        let is_uuid = key.to_str().is_ok_and(|key| uuid::Uuid::parse_str(key).is_ok());
        if !has("X-Line-Retry-Key", "header") || !is_uuid {
            faults.push("the retry key is out of place".to_owned());
        }
    }
    faults
}

fn body(media_type: &str, request: &wiremock::Request) -> Value {
    if media_type == "application/json" {
        return serde_json::from_slice(&request.body).expect("JSON");
    }
    let fields = url::form_urlencoded::parse(&request.body);
    fields
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect::<Map<_, _>>()
        .into()
}

/// One document, against whose schemas values are compared.
#[derive(Clone, Copy)]
struct Document<'a>(&'a Value);

/// What a schema says of an object, all that it is made of together.
#[derive(Default)]
struct Shape<'a> {
    properties: Vec<(&'a str, &'a Value)>,
    required: Vec<&'a str>,
}

impl<'a> Document<'a> {
    fn resolved(self, schema: &'a Value) -> &'a Value {
        match schema["$ref"]
            .as_str()
            .and_then(|reference| reference.strip_prefix('#'))
        {
            Some(pointer) => self.0.pointer(pointer).expect("a schema of the document"),
            None => schema,
        }
    }

    /// Compares a value, of the kind that it says it is.
    fn compare(self, schema: &'a Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = self.resolved(schema);
        if let Some(choices) = schema["oneOf"].as_array() {
            let fits = |choice: &&Value| {
                let mut faults = Vec::new();
                self.compare(choice, value, at, &mut faults);
                faults.is_empty()
            };
            if choices.iter().filter(fits).count() != 1 {
                faults.push(format!("{at} is none of its choices"));
            }
            return;
        }
        let kind = &schema["discriminator"];
        if let Some(name) = kind["propertyName"].as_str() {
            let said = value[name].as_str().unwrap_or_default();
            match kind["mapping"][said]
                .as_str()
                .and_then(|reference| reference.strip_prefix('#'))
            {
                Some(pointer) => {
                    self.compare_object(&self.0.pointer(pointer).expect("a kind"), value, at, faults)
                }
                None => faults.push(format!("{at} is of no known kind: {said}")),
            }
            return;
        }
        match (schema["type"].as_str(), value) {
            (Some("string"), Value::String(text)) => compare_text(schema, text, at, faults),
            (Some("integer"), Value::Number(_)) | (Some("boolean"), Value::Bool(_)) => {}
            (Some("array"), Value::Array(items)) => self.compare_items(schema, items, at, faults),
            (Some("object") | None, Value::Object(_)) => self.compare_object(&schema, value, at, faults),
            (expected, _) => faults.push(format!("{at} is no {expected:?}")),
        }
    }

    fn compare_items(self, schema: &'a Value, items: &[Value], at: &str, faults: &mut Vec<String>) {
        let length = items.len() as u64;
        let least = schema["minItems"].as_u64().unwrap_or(0);
        let most = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
        if !(least..=most).contains(&length) {
            faults.push(format!("{at} has {length} items"));
        }
        for (number, item) in items.iter().enumerate() {
            self.compare(&schema["items"], item, &format!("{at}[{number}]"), faults);
        }
    }

    fn compare_object(self, schema: &&'a Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let mut shape = Shape::default();
        self.gather(schema, &mut shape);
        let empty = Map::new();
        let object = value.as_object().unwrap_or(&empty);
        for name in shape.required.iter().filter(|name| !object.contains_key(**name)) {
            faults.push(format!("{at} lacks {name}"));
        }
        for (name, value) in object {
            match shape.properties.iter().find(|(known, _)| known == name) {
                Some((_, schema)) => self.compare(schema, value, &format!("{at}.{name}"), faults),
                None => faults.push(format!("{at} has no {name}")),
            }
        }
    }

    fn gather(self, schema: &'a Value, shape: &mut Shape<'a>) {
        let schema = self.resolved(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.gather(part, shape);
        }
        let properties = schema["properties"].as_object().into_iter().flatten();
        shape
            .properties
            .extend(properties.map(|(name, schema)| (name.as_str(), schema)));
        let required = schema["required"].as_array().into_iter().flatten();
        shape.required.extend(required.filter_map(Value::as_str));
    }
}

fn compare_text(schema: &Value, text: &str, at: &str, faults: &mut Vec<String>) {
    if schema["enum"]
        .as_array()
        .is_some_and(|known| !known.iter().any(|one| one == text))
    {
        faults.push(format!("{at} is none of its words: {text}"));
    }
    if schema["format"] == "uri" && url::Url::parse(text).is_err() {
        faults.push(format!("{at} is no address"));
    }
    if schema["maxLength"]
        .as_u64()
        .is_some_and(|most| text.chars().count() as u64 > most)
    {
        faults.push(format!("{at} is too long"));
    }
}

/// Says by its name in the list of tests whether the requests were compared, and that a fault is one.
#[tokio::test]
async fn requests_are_what_lines_own_documents_say() {
    let Some(documents) = documents() else {
        eprintln!("skipped: SEKISHO_SPECS is not set");
        return;
    };
    let world = super::World::answers("POST", super::BROADCAST, super::accepted()).await;
    let mut payload = super::payload("本文");
    payload.parts[0].media = vec![crate::platform::testing::picture(1, "海")];
    let handles = Handles::default()
        .with("address/0/0", "https://media.city.example.lg.jp/a.png")
        .with("shape/0/0", "4:3");
    let server = world.server.uri();
    let send_by = super::in_a_minute(&world);
    let order = super::Order {
        handles: &handles,
        ..super::Order::plain(&server, super::Act::New, &payload, 1, send_by)
    };
    world.send_order(&order).await;
    let mut request = world.received(super::BROADCAST).await.remove(0);
    for odd in [
        json!({ "messages": [] }),
        json!({ "messages": [{ "type": "text" }] }),
        json!({ "messages": [{ "type": "text", "text": "a", "alt": "b" }] }),
        json!({ "messages": [{ "type": "picture" }] }),
        json!({ "messages": [{ "type": "image", "originalContentUrl": "a", "previewImageUrl": "https://a.example/" }] }),
        json!({ "messages": [{ "type": "text", "text": "a" }], "to": "all" }),
        json!({ "messages": "a" }),
    ] {
        request.body = odd.to_string().into_bytes();
        assert!(!faults_of(documents, &request).is_empty(), "{odd}");
    }
}
