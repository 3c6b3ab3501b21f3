//! Two organizations in one deployment: whatever belongs to the one is not found by the other, by any way in.

use std::collections::BTreeSet;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use chrono::Duration;
use rstest::rstest;
use sekisho::{
    domain::{
        actor::{Actor, Grant, OrganizationRole, Scope},
        attempt::RemoteRef,
        emergency::EmergencyKind,
        hold::HoldScope,
    },
    service::{Imported, MadeOutside, NewApiToken, NewEmergency, Once},
    web::{self, WebConfig, WebState},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{
    media::png,
    support::{PATIENCE, Town, database::Kind, metrics, town::ALWAYS_OPEN},
};

/// A call over the border: method, path as documented, path as called, token, body.
struct Call {
    method: &'static str,
    documented: &'static str,
    path: String,
    scope: Scope,
    body: Value,
}

/// The other town's people, who may do everything at home.
struct Strangers {
    tokens: Vec<(Scope, String)>,
}

impl Strangers {
    async fn of(town: &Town) -> Self {
        let service = &town.app.service;
        let other = service
            .found_organization("となりの町", Actor::Operator)
            .await
            .expect("an organization");
        let document = sekisho::app::policy_document(ALWAYS_OPEN).expect("a profile");
        service
            .import_policy(other, document, Actor::Operator)
            .await
            .expect("a policy");
        let division = service
            .add_division(other, "総務課", Actor::Operator)
            .await
            .expect("a division");
        let holds = [
            OrganizationRole::Administrator,
            OrganizationRole::Publicity,
            OrganizationRole::DutyOfficer,
            OrganizationRole::Auditor,
        ];
        let mut grants: BTreeSet<Grant> = holds.into_iter().map(Grant::Organization).collect();
        grants.extend([Grant::Author(division), Grant::Approver(division)]);
        let user = service
            .add_user(other, "stranger", "隣の人", grants, Actor::Operator)
            .await
            .expect("a person");
        let mut tokens = Vec::new();
        for scope in [Scope::Write, Scope::Approve, Scope::Administer] {
            let new = NewApiToken {
                user,
                label: "test".to_owned(),
                scopes: [Scope::Read, scope].into(),
                expires_at: service.now() + Duration::days(1),
            };
            let issued = service
                .issue_token(other, new, Actor::Operator)
                .await
                .expect("a token");
            tokens.push((scope, issued.expose().to_owned()));
        }
        Self { tokens }
    }

    fn token(&self, scope: Scope) -> &str {
        &self
            .tokens
            .iter()
            .find(|(known, _)| *known == scope)
            .expect("a token")
            .1
    }
}

async fn call(router: &Router, call: &Call, token: &str) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(call.method)
        .uri(&call.path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("if-match", "\"1\"");
    let body = if call.body.is_null() {
        Body::empty()
    } else {
        Body::from(call.body.to_string())
    };
    let answer = router
        .clone()
        .oneshot(request.body(body).expect("a request"))
        .await
        .expect("an answer");
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn no_endpoint_finds_anything_of_another_organization(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let strangers = Strangers::of(&town).await;
    let router = web::router(WebState::new(
        town.app.service.clone(),
        WebConfig::default(),
        metrics(),
    ));
    let calls = calls(&town).await;
    for crossing in &calls {
        let (status, answer) = call(&router, crossing, strangers.token(crossing.scope)).await;
        assert_eq!(
            status,
            StatusCode::NOT_FOUND,
            "{} {}: {answer}",
            crossing.method,
            crossing.path
        );
    }
    every_documented_way_in_was_tried(&calls);
    for list in [
        "/v1/posts",
        "/v1/queue",
        "/v1/accounts",
        "/v1/flows",
        "/v1/holds",
        "/v1/emergencies",
        "/v1/deliveries?attention=true",
        "/v1/reviews",
        "/v1/accounts?attention=true",
    ] {
        let reading = Call {
            method: "GET",
            documented: "",
            path: list.to_owned(),
            scope: Scope::Write,
            body: Value::Null,
        };
        let (status, answer) = call(&router, &reading, strangers.token(Scope::Write)).await;
        assert_eq!((status, &answer["items"]), (StatusCode::OK, &json!([])), "{list}");
    }
    targets_of_another_organization_are_unknown(&router, &town, &strangers).await;
    let (_, ledger) = call(
        &router,
        &Call {
            method: "GET",
            documented: "",
            path: "/v1/ledger".into(),
            scope: Scope::Administer,
            body: Value::Null,
        },
        strangers.token(Scope::Administer),
    )
    .await;
    assert!(
        !ledger.to_string().contains(&town.account.to_string()),
        "{ledger}"
    );
}

/// Everything of the one town that has an id, and every way to name it.
async fn calls(town: &Town) -> Vec<Call> {
    let service = &town.app.service;
    let view = town.submit(town.draft("境界の内側の投稿です。")).await;
    let digest = view.revision.digest.to_string();
    let hold = service
        .set_hold(
            &town.people.administrator,
            HoldScope::Account(town.account),
            "点検".into(),
            PATIENCE,
            Once::unkeyed(),
        )
        .await
        .expect("a hold");
    let new = NewEmergency {
        kind: EmergencyKind::Flood,
        reason: "大雨".into(),
        accounts: [town.account].into(),
        expires_at: service.now() + Duration::hours(1),
    };
    let emergency = service
        .declare_emergency(&town.people.duty_officer, new, Once::unkeyed())
        .await
        .expect("an emergency");
    let looser = |document: &mut sekisho::gate::PolicyDocument| _ = document.shorteners.pop_first();
    let waits = town.import_policy(ALWAYS_OPEN, looser).await;
    let Imported::Proposed { proposal, .. } = waits else {
        panic!("{waits:?}")
    };
    let made = MadeOutside {
        account: town.account,
        remote: RemoteRef {
            id: "outside-0".to_owned(),
            url: None,
        },
        text: "避難指示".to_owned(),
        published_at: service.now(),
        published_by: "当番".to_owned(),
        reason: "浸水".to_owned(),
    };
    let adopted = service.adopt_post(&town.people.administrator, made).await;
    let adopted = adopted.expect("an adopted post");
    let delivery = view.deliveries[0].delivery.id;
    let reason = json!({ "digest": digest, "reason": "確認" });
    let at = (service.now() + Duration::hours(1)).to_rfc3339();
    let mut calls = Vec::new();
    let mut add = |method, documented: &'static str, id: String, scope, body| {
        calls.push(Call {
            method,
            documented,
            path: documented.replace("{id}", &id),
            scope,
            body,
        });
    };
    let media = town.upload(&png(40, 30)).await.digest.to_string();
    for read in [
        "/v1/media/{id}",
        "/v1/media/{id}/facts",
        "/v1/media/{id}/thumbnail",
    ] {
        add("GET", read, media.clone(), Scope::Write, Value::Null);
    }
    let post = view.post.id.to_string();
    for read in [
        "/v1/posts/{id}",
        "/v1/posts/{id}/revisions",
        "/v1/posts/{id}/deliveries",
        "/v1/posts/{id}/history",
    ] {
        add("GET", read, post.clone(), Scope::Write, Value::Null);
    }
    add(
        "PATCH",
        "/v1/posts/{id}",
        post.clone(),
        Scope::Write,
        json!({ "text": "書き換え" }),
    );
    add(
        "POST",
        "/v1/posts/{id}/submit",
        post.clone(),
        Scope::Write,
        Value::Null,
    );
    add(
        "POST",
        "/v1/posts/{id}/approve",
        post.clone(),
        Scope::Approve,
        json!({ "digest": digest }),
    );
    add(
        "POST",
        "/v1/posts/{id}/acknowledge",
        post.clone(),
        Scope::Approve,
        json!({ "digest": digest }),
    );
    add(
        "POST",
        "/v1/posts/{id}/return",
        post.clone(),
        Scope::Approve,
        reason.clone(),
    );
    add(
        "POST",
        "/v1/posts/{id}/reject",
        post.clone(),
        Scope::Approve,
        reason.clone(),
    );
    add(
        "POST",
        "/v1/posts/{id}/escalate",
        post.clone(),
        Scope::Approve,
        reason,
    );
    add(
        "POST",
        "/v1/posts/{id}/cancel",
        post.clone(),
        Scope::Write,
        Value::Null,
    );
    add(
        "POST",
        "/v1/posts/{id}/withdraw",
        post.clone(),
        Scope::Approve,
        json!({ "reason": "越境" }),
    );
    add(
        "GET",
        "/v1/posts/{id}/withdrawals",
        post.clone(),
        Scope::Write,
        Value::Null,
    );
    add(
        "POST",
        "/v1/posts/{id}/reschedule",
        post,
        Scope::Write,
        json!({ "publish_at": at }),
    );
    for (documented, body) in [
        (
            "/v1/policy/proposals/{id}/sign",
            json!({ "digest": digest, "as": "auditor" }),
        ),
        ("/v1/policy/proposals/{id}/reject", json!({ "reason": "越境" })),
    ] {
        add("POST", documented, proposal.to_string(), Scope::Approve, body);
    }
    let account = town.account.to_string();
    add(
        "GET",
        "/v1/accounts/{id}",
        account.clone(),
        Scope::Administer,
        Value::Null,
    );
    add(
        "PUT",
        "/v1/accounts/{id}/hashtags",
        account.clone(),
        Scope::Administer,
        json!({ "hashtags": ["#よその町"] }),
    );
    for (method, documented, body) in [
        ("GET", "/v1/accounts/{id}/policy", Value::Null),
        (
            "PUT",
            "/v1/accounts/{id}/policy",
            json!({ "texts": { "purpose": { "ja": "よその町" } } }),
        ),
        (
            "PUT",
            "/v1/accounts/{id}/route",
            json!({ "route": [{ "title": "よそ", "requirement": "role:publicity" }] }),
        ),
    ] {
        add(method, documented, account.clone(), Scope::Administer, body);
    }
    add(
        "PUT",
        "/v1/accounts/{id}/hours",
        account.clone(),
        Scope::Administer,
        json!({ "hours": sekisho::domain::window::AccountHours::unrestricted() }),
    );
    add(
        "PUT",
        "/v1/divisions/{id}/sign-off-line",
        town.division.to_string(),
        Scope::Administer,
        json!({ "line": "よその課" }),
    );
    let made = json!({
        "remote_id": "outside-1", "text": "越境", "published_at": "2026-11-20T09:00:00+09:00",
        "published_by": "当番", "reason": "浸水",
    });
    add(
        "POST",
        "/v1/accounts/{id}/adopted-posts",
        account.clone(),
        Scope::Administer,
        made,
    );
    add(
        "POST",
        "/v1/adopted-posts/{id}/review",
        adopted.id.to_string(),
        Scope::Approve,
        json!({}),
    );
    add(
        "GET",
        "/v1/connections/{id}",
        "hov_0190c1a2b3c47d5e8f90a1b2c3d4e5f6".to_owned(),
        Scope::Administer,
        Value::Null,
    );
    add(
        "POST",
        "/v1/accounts/{id}/credential",
        account.clone(),
        Scope::Administer,
        json!({ "token": { "access_token": "koho-token" } }),
    );
    add(
        "POST",
        "/v1/accounts/{id}/connect",
        account,
        Scope::Administer,
        Value::Null,
    );
    add(
        "DELETE",
        "/v1/holds/{id}",
        hold.hold.id.to_string(),
        Scope::Approve,
        Value::Null,
    );
    add(
        "GET",
        "/v1/deliveries/{id}",
        delivery.to_string(),
        Scope::Write,
        Value::Null,
    );
    let settling = json!({ "doubtful_attempt": null, "found": { "result": "not_out" }, "reason": "確認" });
    add(
        "POST",
        "/v1/deliveries/{id}/resolve",
        delivery.to_string(),
        Scope::Approve,
        settling,
    );
    add(
        "POST",
        "/v1/deliveries/{id}/review",
        delivery.to_string(),
        Scope::Approve,
        json!({}),
    );
    add(
        "POST",
        "/v1/emergencies/{id}/end",
        emergency.id.to_string(),
        Scope::Approve,
        Value::Null,
    );
    calls
}

fn every_documented_way_in_was_tried(calls: &[Call]) {
    let document: Value = serde_json::from_str(include_str!("../docs/openapi.json")).expect("the contract");
    let tried: BTreeSet<(String, &str)> = calls
        .iter()
        .map(|call| (call.method.to_lowercase(), call.documented))
        .collect();
    let paths = document["paths"].as_object().expect("paths");
    for (path, methods) in paths.iter().filter(|(path, _)| path.contains("{id}")) {
        for method in methods.as_object().expect("methods").keys() {
            if ["get", "post", "patch", "delete", "put"].contains(&method.as_str()) {
                assert!(
                    tried.contains(&(method.clone(), path.as_str())),
                    "{method} {path} was not tried"
                );
            }
        }
    }
}

/// What names an account in its body does not reach it either.
async fn targets_of_another_organization_are_unknown(router: &Router, town: &Town, strangers: &Strangers) {
    let account = town.account.to_string();
    let post = json!({
        "text": "越境", "targets": [{ "account": account }], "publish": { "mode": "on_approval" },
    });
    let until = (town.app.service.now() + Duration::hours(1)).to_rfc3339();
    let emergency = json!({ "kind": "flood", "reason": "越境", "accounts": [account], "expires_at": until });
    let hold = json!({ "scope": { "type": "account", "id": account }, "reason": "越境" });
    let tries = [
        (
            "/v1/posts",
            Scope::Write,
            post.clone(),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("/v1/checks", Scope::Write, post, StatusCode::UNPROCESSABLE_ENTITY),
        (
            "/v1/emergencies",
            Scope::Approve,
            emergency,
            StatusCode::NOT_FOUND,
        ),
        ("/v1/holds", Scope::Approve, hold, StatusCode::NOT_FOUND),
    ];
    for (path, scope, body, wanted) in tries {
        let crossing = Call {
            method: "POST",
            documented: "",
            path: path.to_owned(),
            scope,
            body,
        };
        let (status, answer) = call(router, &crossing, strangers.token(scope)).await;
        assert_eq!(status, wanted, "{path}: {answer}");
    }
    let view = town.submit(town.draft("越境して時刻は変わりません。")).await;
    let retiming = Call {
        method: "POST",
        documented: "",
        path: "/v1/posts/reschedule".to_owned(),
        scope: Scope::Write,
        body: json!({ "posts": [view.post.id.to_string()], "publish_at": until }),
    };
    let (status, answer) = call(router, &retiming, strangers.token(Scope::Write)).await;
    let told = (status, &answer["items"][0]["problem"]["status"]);
    assert_eq!(told, (StatusCode::OK, &json!(404)), "{answer}");
    let finishing = Call {
        method: "POST",
        documented: "",
        path: "/v1/connections/finish".into(),
        scope: Scope::Administer,
        body: json!({ "state": "a-state-of-somebody-else", "code": "1" }),
    };
    let (status, answer) = call(router, &finishing, strangers.token(Scope::Administer)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
}
