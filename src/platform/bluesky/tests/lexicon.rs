//! Every record that the tests send, judged by the lexicons, as far as they say something of our records.

use std::{collections::BTreeMap, path::Path};

use unicode_segmentation::UnicodeSegmentation as _;

use super::{vectors::specs, *};

/// The lexicons that were read so far.
struct Lexicons {
    folder: std::path::PathBuf,
    read: BTreeMap<String, Value>,
}

type Judged = Result<(), String>;

impl Lexicons {
    fn new(folder: &Path) -> Self {
        Self {
            folder: folder.join("lexicons"),
            read: BTreeMap::new(),
        }
    }

    /// A definition, such as `app.bsky.feed.post` or `app.bsky.richtext.facet#link`.
    fn definition(&mut self, name: &str) -> Value {
        let (id, part) = name.split_once('#').unwrap_or((name, "main"));
        let file = self.folder.join(id.replace('.', "/")).with_extension("json");
        let lexicon = self.read.entry(id.to_owned()).or_insert_with(|| {
            let text =
                std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
            serde_json::from_str(&text).unwrap()
        });
        lexicon["defs"][part].clone()
    }

    fn record(&mut self, record: &Value) -> Judged {
        let kind = record["$type"].as_str().ok_or("no $type")?.to_owned();
        let definition = self.definition(&kind);
        self.judge(&kind, &definition["record"], record, &kind)
    }

    fn judge(&mut self, id: &str, schema: &Value, value: &Value, at: &str) -> Judged {
        let kind = schema["type"]
            .as_str()
            .ok_or_else(|| format!("{at}: no such definition"))?;
        match kind {
            "object" => self.object(id, schema, value, at),
            "array" => self.array(id, schema, value, at),
            "ref" => self.reference(id, schema["ref"].as_str().unwrap(), value, at),
            "union" => self.union(id, schema, value, at),
            "string" => string(schema, value).map_err(|why| format!("{at}: {why}")),
            "integer" => integer(schema, value).map_err(|why| format!("{at}: {why}")),
            "boolean" => value
                .is_boolean()
                .then_some(())
                .ok_or(format!("{at}: no boolean")),
            "blob" => blob(schema, value).map_err(|why| format!("{at}: {why}")),
            "unknown" => Ok(()),
            other => Err(format!("{at}: {other} is not known to this test")),
        }
    }

    fn object(&mut self, id: &str, schema: &Value, value: &Value, at: &str) -> Judged {
        let fields = value.as_object().ok_or(format!("{at}: no object"))?;
        for required in schema["required"].as_array().into_iter().flatten() {
            let name = required.as_str().unwrap();
            fields.get(name).ok_or(format!("{at}: {name} is missing"))?;
        }
        for (name, value) in fields.iter().filter(|(name, _)| *name != "$type") {
            let schema = schema["properties"].get(name);
            let schema = schema.ok_or(format!("{at}: {name} is not defined"))?.clone();
            self.judge(id, &schema, value, &format!("{at}/{name}"))?;
        }
        Ok(())
    }

    fn array(&mut self, id: &str, schema: &Value, value: &Value, at: &str) -> Judged {
        let items = value.as_array().ok_or(format!("{at}: no list"))?;
        let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
        if items.len() as u64 > most {
            return Err(format!("{at}: more than {most}"));
        }
        items
            .iter()
            .enumerate()
            .try_for_each(|(n, item)| self.judge(id, &schema["items"].clone(), item, &format!("{at}/{n}")))
    }

    fn reference(&mut self, id: &str, name: &str, value: &Value, at: &str) -> Judged {
        let name = whole(id, name);
        let definition = self.definition(&name);
        let id = name.split('#').next().unwrap().to_owned();
        self.judge(&id, &definition, value, at)
    }

    fn union(&mut self, id: &str, schema: &Value, value: &Value, at: &str) -> Judged {
        let kind = value["$type"].as_str().ok_or(format!("{at}: no $type"))?;
        let offered = schema["refs"].as_array().unwrap().iter();
        let mut offered = offered.map(|name| whole(id, name.as_str().unwrap()));
        if !offered.any(|name| name.trim_end_matches("#main") == kind) {
            return Err(format!("{at}: {kind} is not offered"));
        }
        self.reference(id, kind, value, at)
    }
}

fn whole(id: &str, name: &str) -> String {
    match name.strip_prefix('#') {
        Some(part) => format!("{id}#{part}"),
        None => name.to_owned(),
    }
}

fn string(schema: &Value, value: &Value) -> Judged {
    let text = value.as_str().ok_or("no text")?;
    let most = |name: &str| schema[name].as_u64().unwrap_or(u64::MAX);
    if text.len() as u64 > most("maxLength") || text.graphemes(true).count() as u64 > most("maxGraphemes") {
        return Err("too long".to_owned());
    }
    let is_one = match schema["format"].as_str() {
        None => true,
        Some("datetime") => is_datetime(text),
        Some("uri") => url::Url::parse(text).is_ok(),
        Some("at-uri") => AtUri::parse(text).is_some(),
        Some("did") => uri::is_did(text),
        Some("language") => text.len() >= 2 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
        Some("cid") => !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()),
        Some(other) => return Err(format!("{other} is not known to this test")),
    };
    is_one
        .then_some(())
        .ok_or_else(|| format!("{text} is none of {}", schema["format"]))
}

fn integer(schema: &Value, value: &Value) -> Judged {
    let number = value.as_i64().ok_or("no whole number")?;
    let is_inside = schema["minimum"].as_i64().is_none_or(|least| number >= least)
        && schema["maximum"].as_i64().is_none_or(|most| number <= most);
    is_inside.then_some(()).ok_or(format!("{number} is outside"))
}

fn blob(schema: &Value, value: &Value) -> Judged {
    let accepted = schema["accept"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let kind = value["mimeType"].as_str().ok_or("no media type")?;
    let takes = |accepted: &str| {
        accepted == kind
            || accepted
                .strip_suffix('*')
                .is_some_and(|start| kind.starts_with(start))
    };
    let is_one = value["$type"] == "blob"
        && value["ref"]["$link"].is_string()
        && value["size"]
            .as_u64()
            .is_some_and(|size| size <= schema["maxSize"].as_u64().unwrap_or(u64::MAX))
        && accepted.into_iter().any(takes);
    is_one.then_some(()).ok_or(format!("{value} is no such blob"))
}

/// Whether a text is a time with a zone, as the protocol writes it.
pub(super) fn is_datetime(text: &str) -> bool {
    let is_shaped = text.is_ascii() && text.as_bytes().get(10) == Some(&b'T') && !text.contains("-00:00");
    let is_upper = text.ends_with('Z')
        || text
            .bytes()
            .rev()
            .nth(5)
            .is_some_and(|b| matches!(b, b'+' | b'-'));
    is_shaped && is_upper && DateTime::parse_from_rfc3339(text).is_ok() && !text.starts_with("0000")
}

/// Posts of every kind, as their records.
async fn records() -> Vec<Value> {
    let world = World::new().await;
    world
        .answers(
            "POST",
            "com.atproto.repo.uploadBlob",
            200,
            json!({ "blob": super::blob(1_000) }),
        )
        .await;
    world
        .answers(
            "GET",
            "com.atproto.identity.resolveHandle",
            200,
            json!({ "did": NEIGHBOUR }),
        )
        .await;
    world
        .has(NEIGHBOUR, POSTS, "one", Some(json!({ "text": "親" })))
        .await;
    for gate in ["app.bsky.feed.postgate", "app.bsky.feed.threadgate"] {
        world.has(NEIGHBOUR, gate, "one", None).await;
    }
    let plain = Payload {
        language: Some("ja".to_owned()),
        ..payload("【防災】#防災 https://www.city.example.lg.jp/ @neighbour.example.jp")
    };
    let mut pictures = plain.clone();
    pictures.parts[0].media = (1..=4).map(|n| picture(n, "海")).collect();
    let mut card = plain.clone();
    card.parts[0].link_card = Some(LinkCard {
        uri: "https://www.city.example.lg.jp/".to_owned(),
        title: "市".to_owned(),
        description: String::new(),
    });
    let refers = |of: &Payload| Payload {
        refers_to: Some(format!("at://{NEIGHBOUR}/app.bsky.feed.post/one")),
        ..of.clone()
    };
    let longest = payload(&"あ".repeat(300));
    let cases = [
        (Act::New, plain.clone()),
        (Act::New, longest),
        (Act::New, pictures.clone()),
        (Act::New, card.clone()),
        (Act::Reply, refers(&plain)),
        (Act::Quote, refers(&plain)),
        (Act::Quote, refers(&pictures)),
        (Act::Quote, refers(&card)),
        (Act::Repost, refers(&payload(""))),
    ];
    for (act, payload) in cases {
        let handles = world.ready(act, &payload).await.unwrap();
        world.send(act, &payload, &handles).await;
    }
    let puts = world.bodies("com.atproto.repo.putRecord").await;
    puts.into_iter().map(|mut put| put["record"].take()).collect()
}

#[tokio::test]
async fn every_record_is_one_by_its_lexicon() {
    let Some(folder) = specs() else { return };
    let mut lexicons = Lexicons::new(&folder);
    let records = records().await;
    assert_eq!(records.len(), 9);
    for record in records {
        lexicons
            .record(&record)
            .unwrap_or_else(|why| panic!("{why}: {record}"));
    }
}

#[tokio::test]
async fn the_judge_finds_what_is_wrong() {
    let Some(folder) = specs() else { return };
    let mut lexicons = Lexicons::new(&folder);
    let good = json!({ "$type": "app.bsky.feed.post", "text": "a", "createdAt": "2026-11-24T01:00:00.123Z" });
    assert_eq!(lexicons.record(&good), Ok(()));
    for (name, odd) in [
        ("text", json!("あ".repeat(301))),
        ("createdAt", json!("2026-11-24 01:00")),
        ("langs", json!(["ja", "en", "fr", "de"])),
        ("facets", json!([{ "index": { "byteStart": 0 }, "features": [] }])),
        ("embed", json!({ "$type": "app.bsky.feed.post" })),
        ("other", json!(1)),
    ] {
        let mut record = good.clone();
        record[name] = odd;
        assert!(lexicons.record(&record).is_err(), "{name}");
    }
}
