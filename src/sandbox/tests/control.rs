use super::super::{Fault, FaultPlan, FaultRule, On};
use super::*;

#[tokio::test]
async fn the_control_interface_can_ask_for_a_token() {
    let world = World::with(|config| config.control_token = Some("c".to_owned())).await;
    let counts = |token| world.get("/sandbox/counts").bearer_auth(token).send();
    assert_eq!(counts("c").await.unwrap().status(), 200);
    assert_eq!(counts("x").await.unwrap().status(), 401);
    let open = world.get("/sandbox/counts").send().await.unwrap();
    assert_eq!(open.status(), 401);
    world.published("a", None).await;
}

#[tokio::test]
async fn accounts_are_made_on_demand() {
    let world = World::new().await;
    let make = async |username: &str| {
        let body = json!({ "username": username, "display_name": "図書館" });
        let request = world.client.post(world.url("/sandbox/accounts")).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap())
    };
    let (status, first) = make("library").await;
    assert_eq!(status, 200);
    let (_, second) = make("library").await;
    assert_eq!(first["id"], second["id"]);
    assert_ne!(first["access_token"], second["access_token"]);
    assert_eq!(make("a/b").await.0, 422);
    let me = world
        .get("/api/v1/accounts/verify_credentials")
        .bearer_auth(first["access_token"].as_str().unwrap());
    let me: Value = me.send().await.unwrap().json().await.unwrap();
    assert_eq!(me["display_name"], "図書館");
}

#[tokio::test]
async fn everything_recorded_can_be_read_and_cleared() {
    let world = World::new().await;
    world.published("a", Some("k")).await;
    let arrivals = world.json("/sandbox/arrivals").await;
    assert_eq!(arrivals[0]["seq"], 1);
    assert_eq!(arrivals[0]["done"], "accepted");
    assert_eq!(arrivals[0]["account"], "town");
    assert_eq!(arrivals[0]["idempotency_key"], "k");
    assert_eq!(arrivals[0]["at"].as_str().unwrap().len(), 27);
    let statuses = world.json("/sandbox/statuses").await;
    assert_eq!(statuses[0]["text"], "a");
    let clear = world.client.delete(world.url("/sandbox/statuses"));
    assert_eq!(clear.send().await.unwrap().status(), 204);
    let counts = world.json("/sandbox/counts").await;
    let none = json!({ "arrivals": 0, "statuses": 0, "distinct_texts": 0, "duplicates": 0 });
    assert_eq!(counts, none);
    world.published("a", Some("k")).await;
    assert_eq!(world.sandbox.arrivals()[0].seq, 2);
}

#[tokio::test]
async fn the_software_can_be_changed() {
    let world = World::with(|config| config.max_characters = 100).await;
    let links = world.json("/.well-known/nodeinfo").await;
    assert_eq!(links["links"][0]["href"], world.url("/nodeinfo/2.0"));
    let node = world.json("/nodeinfo/2.0").await;
    assert_eq!(node["software"]["name"], "mastodon");
    assert_eq!(node["metadata"]["nodeName"], "Sekisho sandbox (simulated)");
    let change = world
        .client
        .put(world.url("/sandbox/software"))
        .json(&json!({ "name": "gotosocial", "version": "0.20.0" }));
    assert_eq!(change.send().await.unwrap().status(), 204);
    let node = world.json("/nodeinfo/2.0").await;
    assert_eq!(node["software"]["name"], "gotosocial");
    for version in ["v1", "v2"] {
        let instance = world.json(&format!("/api/{version}/instance")).await;
        assert_eq!(instance["version"], "0.20.0");
        let statuses = &instance["configuration"]["statuses"];
        assert_eq!(statuses["max_characters"], 100);
    }
}

#[tokio::test]
async fn plans_and_names_that_make_no_sense_are_refused() {
    let world = World::new().await;
    let put = async |plan: Value| {
        let request = world.client.put(world.url("/sandbox/faults")).json(&plan);
        request.send().await.unwrap().status().as_u16()
    };
    let rule = json!({ "on": "read", "do": { "kind": "status", "code": 42 } });
    assert_eq!(put(json!({ "faults": [rule] })).await, 422);
    assert_eq!(put(json!({ "fault": [] })).await, 422);
    // What was read can be written back.
    assert_eq!(put(world.json("/sandbox/faults").await).await, 200);

    let rule = FaultRule {
        on: On::Any,
        account: None,
        times: None,
        skip: 0,
        fault: Fault::Html { code: 7 },
    };
    let faults = FaultPlan { faults: vec![rule] };
    let config = SandboxConfig {
        faults,
        ..SandboxConfig::default()
    };
    assert!(Sandbox::start(config).await.is_err());
    let config = SandboxConfig {
        accounts: vec![("a b".to_owned(), "t".to_owned())],
        ..SandboxConfig::default()
    };
    assert!(Sandbox::start(config).await.is_err());
}

#[tokio::test]
async fn a_stopped_sandbox_frees_its_port() {
    let world = World::new().await;
    let addr = world.sandbox.addr();
    // The client keeps a connection open; stopping must not wait for it.
    world.published("a", None).await;
    let stopping = world.sandbox.shutdown();
    let stopped = tokio::time::timeout(std::time::Duration::from_secs(5), stopping).await;
    assert!(stopped.is_ok());
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}
