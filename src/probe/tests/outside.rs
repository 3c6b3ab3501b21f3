//! A checker that the site runs itself.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use super::{Book, Reply, Site, net};
use crate::{
    domain::{
        digest::{MediaDigest, RevisionDigest},
        evidence::OutsideLook,
        finding::Severity,
        ids::{AccountId, OrganizationId},
        revision::{Act, AllowedRange, Content, Kind, LinkCard, Media, Part, Payload, Visibility},
    },
    net::{LoopbackPolicy, NetConfig},
    probe::{Emergencies, OutsideChecker, OutsideConfig, OutsideError},
};

const SECRET: &str = "canary-0123456789abcdef0123456789abcdef";
const TOWN: OrganizationId = OrganizationId::new(Uuid::from_u128(1));

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn content() -> Content {
    let payload = Payload {
        account: AccountId::new(Uuid::from_u128(2)),
        parts: vec![Part {
            text: "断水のお知らせ".to_owned(),
            link_card: Some(LinkCard {
                uri: "https://www.city.akebono.lg.jp/".to_owned(),
                title: "水道".to_owned(),
                description: "工事".to_owned(),
            }),
            media: vec![Media {
                digest: MediaDigest::new([3; 32]),
                alt: "地図".to_owned(),
            }],
        }],
        language: Some("ja".to_owned()),
        visibility: Visibility::Public,
        refers_to: None,
        audience: None,
    };
    let range = AllowedRange::new(at(), at() + chrono::Duration::hours(1)).unwrap();
    let source = "県の発表（1月14日）".parse().ok();
    let content = Content::new(Act::New, Kind::Ordinary, None, range, vec![payload]);
    content.unwrap().with_source(source)
}

fn config(site: &Site) -> OutsideConfig {
    OutsideConfig {
        url: site.url("127.0.0.1", "/check?v=1").parse().unwrap(),
        secret: SecretString::from(SECRET),
        timeout: Duration::from_secs(5),
        emergencies: Emergencies::Skipped,
        roots: Vec::new(),
    }
}

/// The administrator chose the checker, so this machine is no exception for it.
fn strict() -> NetConfig {
    NetConfig {
        loopback: LoopbackPolicy::Refused,
        ..net(&Book::of(&[]))
    }
}

async fn ask(config: OutsideConfig) -> OutsideLook {
    let content = content();
    let checker = OutsideChecker::new(config, &strict()).unwrap();
    checker.ask(TOWN, content.digest(TOWN), &content, at()).await
}

fn reply(revision: RevisionDigest) -> Value {
    json!({
        "form": "sekisho/outside/v1",
        "revision": revision.to_string(),
        "findings": [{
            "rule": "tone", "severity": "confirm", "message_ja": "言い方がきつい", "message_en": "Harsh",
        }],
    })
}

#[tokio::test]
async fn a_checker_is_asked_with_a_signature_and_answers() {
    let revision = content().digest(TOWN);
    let site = Site::start(move |_, _| Reply::page(&reply(revision).to_string())).await;
    let OutsideLook::Answered {
        revision: judged,
        findings,
    } = ask(config(&site)).await
    else {
        panic!("no answer");
    };
    assert_eq!(judged, revision);
    assert_eq!((findings.len(), findings[0].severity), (1, Severity::Confirm));

    let request = site.requests().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /check?v=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-type: application/json\r\n"), "{head}");
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("1800000000.{body}").as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    assert!(
        head.contains(&format!("\r\nsekisho-signature: t=1800000000,v1={signature}\r\n")),
        "{head}"
    );
    assert!(!request.contains("canary"), "{request}");
    let expected = json!({
        "form": "sekisho/outside/v1",
        "organization": TOWN.to_string(),
        "revision": revision.to_string(),
        "act": "new",
        "kind": "ordinary",
        "earliest": "2027-01-15T08:00:00Z",
        "latest": "2027-01-15T09:00:00Z",
        "source": "県の発表（1月14日）",
        "targets": [{
            "account": AccountId::new(Uuid::from_u128(2)).to_string(),
            "language": "ja",
            "visibility": "public",
            "refers_to": null,
            "parts": [{
                "text": "断水のお知らせ",
                "link_card": {
                    "uri": "https://www.city.akebono.lg.jp/", "title": "水道", "description": "工事",
                },
                "media": [{ "digest": "03".repeat(32), "alt": "地図" }],
            }],
        }],
    });
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
}

#[tokio::test]
async fn whatever_is_no_good_answer_is_none() {
    let revision = content().digest(TOWN);
    let other = RevisionDigest::new([1; 32]);
    let large = format!("{}{}", " ".repeat(300 * 1024), reply(revision));
    let cases = [
        ("an error", Reply::status(500)),
        ("no content", Reply::status(204)),
        ("elsewhere", Reply::moved(307, "/other")),
        ("no JSON", Reply::page("fine")),
        ("another revision", Reply::page(&reply(other).to_string())),
        ("too large", Reply::page(&large)),
        (
            "cut",
            Reply::text("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"),
        ),
        ("closed", Reply::text("")),
        ("nothing in time", Reply::Nothing),
    ];
    for (name, reply) in cases {
        let once = std::sync::Mutex::new(Some(reply));
        let site = Site::start(move |_, _| once.lock().unwrap().take().unwrap_or(Reply::Nothing)).await;
        let config = OutsideConfig {
            timeout: Duration::from_millis(500),
            ..config(&site)
        };
        assert_eq!(ask(config).await, OutsideLook::Unavailable, "{name}");
        assert_eq!(site.requests().len(), 1, "{name}");
    }
}

#[rstest]
#[case("http://10.0.0.1/")]
#[case("http://checker.lan/")]
#[case("http://www.localhost/")]
#[case("https://user:password@checker.lan/")]
#[case("https://user@checker.lan/")]
#[case("ftp://checker.lan/")]
#[case("unix:/run/checker")]
#[tokio::test]
async fn an_address_that_shows_what_is_asked_is_refused(#[case] address: &str) {
    let site = Site::start(|_, _| Reply::Nothing).await;
    let config = OutsideConfig {
        url: address.parse().unwrap(),
        ..config(&site)
    };
    let refused = OutsideChecker::new(config, &strict());
    assert!(matches!(refused, Err(OutsideError::Address)), "{address}");
}

#[tokio::test]
async fn a_secret_is_long_and_stays_one() {
    let site = Site::start(|_, _| Reply::Nothing).await;
    let short = OutsideConfig {
        secret: SecretString::from("0123456789abcdef0123456789abcde"),
        ..config(&site)
    };
    assert!(matches!(
        OutsideChecker::new(short, &strict()),
        Err(OutsideError::ShortSecret)
    ));
    let checker = OutsideChecker::new(config(&site), &strict()).unwrap();
    assert!(!format!("{checker:?}").contains("canary"));
}

#[tokio::test]
async fn emergencies_do_not_wait_unless_they_shall() {
    let site = Site::start(|_, _| Reply::Nothing).await;
    let skipping = OutsideChecker::new(config(&site), &strict()).unwrap();
    assert!(skipping.judges(Kind::Ordinary) && skipping.judges(Kind::Drill));
    assert!(!skipping.judges(Kind::Emergency));
    let asked = OutsideConfig {
        emergencies: Emergencies::Asked,
        ..config(&site)
    };
    assert!(
        OutsideChecker::new(asked, &strict())
            .unwrap()
            .judges(Kind::Emergency)
    );
}

#[tokio::test]
async fn a_checker_may_stand_inside_under_its_name() {
    let revision = content().digest(TOWN);
    let site = Site::start(move |_, _| Reply::page(&reply(revision).to_string())).await;
    let names = Book::of(&[("localhost", &[&["127.0.0.1"]])]);
    let config = OutsideConfig {
        url: site.url("localhost", "/").parse().unwrap(),
        ..config(&site)
    };
    let net = NetConfig {
        names: Arc::clone(&names) as Arc<dyn crate::net::Names>,
        ..strict()
    };
    let content = content();
    let checker = OutsideChecker::new(config, &net).unwrap();
    let look = checker.ask(TOWN, revision, &content, at()).await;
    assert!(matches!(look, OutsideLook::Answered { .. }), "{look:?}");
}
