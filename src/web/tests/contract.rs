//! The contract: what is published is what is served.

use serde_json::Value;

use super::world::World;
use crate::web::contract;

#[test]
fn the_published_contract_is_the_one_that_is_served() {
    let now = serde_json::to_string_pretty(&contract()).unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    if std::env::var_os("SEKISHO_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        published == now,
        "docs/openapi.json is not what the handlers say; SEKISHO_UPDATE_SNAPSHOTS=1 writes it anew"
    );
}

#[tokio::test]
async fn every_documented_operation_exists_and_asks_for_a_token() {
    let many = std::num::NonZeroU32::new(1000).unwrap();
    let config = crate::web::WebConfig {
        stranger_rate_burst: many,
        ..crate::web::WebConfig::default()
    };
    let world = World::with(config).await;
    let document = world.get("/openapi.json", "").await.ok();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
            assert_eq!(
                problem["schema"]["$ref"], "#/components/schemas/Problem",
                "{method} {path}"
            );
            let method = method.to_uppercase().parse().unwrap();
            let place = path.replace("{id}", "x");
            let answer = world
                .send(super::world::ask(method, &place, "", "{}".into()))
                .await;
            let open = operation.get("security") == Some(&serde_json::json!([{}]));
            if open {
                assert_eq!(answer.status, 200, "{path}");
            } else {
                answer.refused(401, "unauthenticated");
            }
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let document = serde_json::to_value(contract()).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|item| item.as_object().unwrap().values());
    let mut names: Vec<_> = operations
        .map(|operation| operation["operationId"].to_string())
        .collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_schema_that_is_named_exists() {
    let document = serde_json::to_value(contract()).unwrap();
    let known = document["components"]["schemas"].as_object().unwrap();
    let mut wanted = Vec::new();
    references(&document, &mut wanted);
    for name in wanted {
        assert!(known.contains_key(&name), "{name} is named and not described");
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "$ref" {
                    let place = value.as_str().unwrap();
                    found.extend(place.strip_prefix("#/components/schemas/").map(str::to_owned));
                }
                references(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
