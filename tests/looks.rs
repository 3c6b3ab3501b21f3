//! What is seen outside before a post is judged: gathered outside of transactions, stored, read by the gate.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    time::Duration as Span,
};

use axum::{Router, extract::State, http::StatusCode, routing::any};
use chrono::Duration;
use futures::future::BoxFuture;
use rstest::rstest;
use sekisho::{
    app::{App, STANDARD_PROFILE, Wiring, shipped_calendar},
    clock::Clock,
    domain::finding::Severity,
    gate::{OutsideChecker, policy::LinkChecks},
    net::{LoopbackPolicy, NameError, Names},
    probe::{Emergencies, LinkLimits, OutsideConfig, ProbeConfig},
    service::{Change, Submission},
    vault::KeyRing,
};

use crate::support::{
    Town,
    database::Kind,
    raw::Raw,
    steps::no_change,
    town::{KEY_RING, quick_dispatch},
};

const LOOKS: Raw = Raw::same("SELECT ending FROM link_looks ORDER BY address");
const OPINIONS: Raw = Raw::same("SELECT answer FROM outside_looks ORDER BY looked_at");

/// Every name leads to this machine.
#[derive(Debug)]
struct Here;

impl Names for Here {
    fn addresses<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, NameError>> {
        Box::pin(async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) })
    }
}

/// A site that answers as it is told and counts how often it was asked. A checker, too: it agrees with
/// whatever it is asked about.
#[derive(Debug, Clone)]
struct Site {
    port: u16,
    status: Arc<AtomicU16>,
    asked: Arc<AtomicUsize>,
}

impl Site {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let site = Self {
            port: listener.local_addr().expect("an address").port(),
            status: Arc::new(AtomicU16::new(200)),
            asked: Arc::default(),
        };
        let router = Router::new()
            .route("/check", any(check))
            .fallback(page)
            .with_state(site.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        site
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn answer(&self) -> StatusCode {
        self.asked.fetch_add(1, Ordering::SeqCst);
        StatusCode::from_u16(self.status.load(Ordering::SeqCst)).expect("a status")
    }

    /// A text with a link to the site.
    fn text(&self) -> String {
        format!(
            "図書館の催しの案内です。 http://www.city.akebono.lg.jp:{}/event",
            self.port
        )
    }
}

async fn page(State(site): State<Site>) -> (StatusCode, &'static str) {
    (site.answer(), "")
}

async fn check(State(site): State<Site>, question: axum::Json<serde_json::Value>) -> (StatusCode, String) {
    let answer = serde_json::json!({
        "form": "sekisho/outside/v1", "revision": question["revision"], "findings": [],
    });
    (site.answer(), answer.to_string())
}

fn links() -> ProbeConfig {
    ProbeConfig {
        links: Some(LinkLimits::default()),
        names: Some(Arc::new(Here)),
        ..ProbeConfig::default()
    }
}

fn checker(site: &Site) -> ProbeConfig {
    ProbeConfig {
        outside: Some(OutsideConfig {
            url: format!("http://127.0.0.1:{}/check", site.port)
                .parse()
                .expect("an address"),
            secret: "0123456789abcdef0123456789abcdef".into(),
            timeout: Span::from_secs(5),
            emergencies: Emergencies::Skipped,
            roots: Vec::new(),
        }),
        ..ProbeConfig::default()
    }
}

/// A town whose gateway looks outside.
async fn looking(kind: Kind, probe: ProbeConfig) -> Option<Town> {
    let mut town = Town::with_office_hours(kind).await?;
    town.app.store.close().await;
    town.app = App::wire(Wiring {
        platforms: sekisho::platform::settings::Settings::default(),
        homes: sekisho::domain::homes::Homes::default(),
        media: None,
        location: town.database.location(),
        clock: Arc::clone(town.hand()) as Arc<dyn Clock>,
        key_ring: Some(KeyRing::parse(KEY_RING).expect("a key ring")),
        calendar: shipped_calendar().expect("a calendar"),
        loopback: LoopbackPolicy::Allowed,
        proxy: None,
        public_url: "http://127.0.0.1:1".to_owned(),
        probe,
        dispatch: quick_dispatch("looking"),
    })
    .await
    .expect("a gateway");
    town.change_policy(STANDARD_PROFILE, |document| {
        document.profile.link_checks = LinkChecks::Live;
        document.profile.outside_checker = OutsideChecker::Advisory;
        let severities = &mut document.profile.severities;
        severities.insert("link.unchecked".into(), Severity::Notice);
    })
    .await;
    Some(town)
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_link_is_looked_at_when_it_is_handed_in_and_before_it_leaves(#[case] kind: Kind) {
    let Some(town) = looking(kind, links()).await else {
        return;
    };
    let site = Site::start().await;
    // What lies there as a draft is not looked at.
    let draft = sekisho::service::Draft {
        submission: Submission::Later,
        ..town.planned(&site.text(), "2026-11-24T15:00:00")
    };
    let view = town.submit(draft).await;
    assert_eq!((site.asked(), town.database.ask(LOOKS).await.len()), (0, 0));
    let service = &town.app.service;
    service
        .submit(&town.people.clerk, view.post.id, Vec::new())
        .await
        .expect("in review");
    assert_eq!(
        (site.asked(), town.database.ask(LOOKS).await),
        (1, vec!["reached".to_owned()])
    );
    // Signers within the hour see the same.
    town.sign(&view, &town.people.section_chief).await;
    town.sign(&view, &town.people.director).await;
    assert_eq!(site.asked(), 1);

    // Long before its time nobody looks again; ten minutes before, once.
    let dispatcher = &town.app.dispatcher;
    town.it_is("2026-11-24T14:45:00");
    assert_eq!(dispatcher.look_again().await.expect("a round"), 0);
    site.answers(404);
    town.it_is("2026-11-24T14:50:00");
    assert_eq!(dispatcher.look_again().await.expect("a round"), 1);
    assert_eq!(dispatcher.look_again().await.expect("a round"), 0);
    assert_eq!(
        (site.asked(), town.database.ask(LOOKS).await),
        (2, vec!["not_found".to_owned()])
    );
}

#[rstest]
#[case(Kind::Sqlite)]
#[tokio::test]
async fn no_answer_takes_nothing_away_and_is_asked_again(#[case] kind: Kind) {
    let town = looking(kind, links()).await.expect("a town");
    let site = Site::start().await;
    site.answers(503);
    let view = town
        .submit(town.planned(&site.text(), "2026-11-24T15:00:00"))
        .await;
    assert_eq!(town.database.ask(LOOKS).await, ["no_answer"]);
    // The next one who decides asks again, however fresh the look is.
    site.answers(200);
    town.sign(&view, &town.people.section_chief).await;
    assert_eq!(
        (site.asked(), town.database.ask(LOOKS).await),
        (2, vec!["reached".to_owned()])
    );
    town.sign(&view, &town.people.director).await;
    site.answers(503);
    town.it_is("2026-11-24T14:55:00");
    assert_eq!(town.app.dispatcher.look_again().await.expect("a round"), 0);
    assert_eq!(
        (site.asked(), town.database.ask(LOOKS).await),
        (3, vec!["reached".to_owned()])
    );
}

#[tokio::test]
async fn a_change_that_is_handed_in_at_once_is_looked_at() {
    let town = looking(Kind::Sqlite, links()).await.expect("a town");
    let site = Site::start().await;
    let view = town
        .submit(town.planned("催しの案内です。", "2026-11-24T15:00:00"))
        .await;
    let change = Change {
        text: Some(site.text()),
        submission: Submission::now(),
        ..no_change()
    };
    let service = &town.app.service;
    let edited = service
        .edit_post(&town.people.clerk, view.post.id, None, change)
        .await;
    edited.expect("a change");
    assert_eq!(
        (site.asked(), town.database.ask(LOOKS).await),
        (1, vec!["reached".to_owned()])
    );
}

#[tokio::test]
async fn who_may_not_write_makes_nobody_look() {
    let town = looking(Kind::Sqlite, links()).await.expect("a town");
    let site = Site::start().await;
    let draft = town.planned(&site.text(), "2026-11-24T15:00:00");
    let service = &town.app.service;
    let once = sekisho::service::Once::unkeyed();
    let refused = service.create_post(&town.people.auditor, draft, once).await;
    assert!(refused.is_err());
    assert_eq!(site.asked(), 0);
}

/// It leaves at once, unseen, and what nobody looked at is owed in its after-review.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_look_that_an_emergency_skipped_is_owed(#[case] kind: Kind) {
    let site = Site::start().await;
    let Some(town) = looking(kind, links()).await else {
        return;
    };
    town.change_policy(STANDARD_PROFILE, |document| {
        document.profile.link_checks = LinkChecks::Live;
    })
    .await;
    town.declare(Duration::hours(1)).await;
    for (text, owed) in [
        ("避難指示を出しました。", 0),
        ("避難所の一覧です。 https://www.city.akebono.lg.jp/hinan", 1),
    ] {
        let view = town.submit(town.emergency_draft(text)).await;
        town.sign(&view, &town.people.duty_officer).await;
        town.work().await;
        let open = town.app.service.after_reviews(&town.people.director).await;
        let open = open.expect("reviews");
        let of_this = open.iter().find(|review| review.post == view.post.id);
        assert_eq!(of_this.expect("a review").debts.len(), owed, "{text}");
    }
    assert_eq!((town.arrived().len(), site.asked()), (2, 0));
}

#[tokio::test]
async fn an_emergency_never_waits_for_a_look() {
    let site = Site::start().await;
    let probe = ProbeConfig {
        outside: checker(&site).outside,
        ..links()
    };
    let town = looking(Kind::Sqlite, probe).await.expect("a town");
    town.declare(Duration::hours(1)).await;
    town.submit(town.emergency_draft(&site.text())).await;
    assert_eq!(town.app.dispatcher.look_again().await.expect("a round"), 0);
    assert_eq!(site.asked(), 0);
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_checker_judges_each_revision_once(#[case] kind: Kind) {
    let site = Site::start().await;
    let Some(town) = looking(kind, checker(&site)).await else {
        return;
    };
    site.answers(500);
    let first = town
        .submit(town.planned("催しの案内です。", "2026-11-24T15:00:00"))
        .await;
    assert_eq!((site.asked(), town.database.ask(OPINIONS).await.len()), (1, 0));
    // Nobody decides on it without its opinion, as far as it can be had.
    site.answers(200);
    town.sign(&first, &town.people.section_chief).await;
    assert_eq!(
        (site.asked(), town.database.ask(OPINIONS).await),
        (2, vec!["[]".to_owned()])
    );
    town.sign(&first, &town.people.director).await;
    assert_eq!(site.asked(), 2);
    // What leaves when approved has its own time in its digest, and is still asked about once.
    let second = town.submit(town.draft("別の案内です。")).await;
    town.sign(&second, &town.people.section_chief).await;
    assert_eq!((site.asked(), town.database.ask(OPINIONS).await.len()), (3, 2));
}

#[rstest]
#[case::links(links())]
#[case::checker(checker(&Site { port: 9, status: Arc::default(), asked: Arc::default() }))]
#[tokio::test]
async fn where_the_policy_wants_no_look_nobody_is_asked(#[case] probe: ProbeConfig) {
    let town = looking(Kind::Sqlite, probe).await.expect("a town");
    town.change_policy(STANDARD_PROFILE, |document| {
        document.profile.outside_checker = OutsideChecker::Off;
    })
    .await;
    let site = Site::start().await;
    town.submit(town.planned(&site.text(), "2026-11-24T15:00:00"))
        .await;
    assert_eq!(site.asked(), 0);
    assert_eq!(town.database.ask(OPINIONS).await, Vec::<String>::new());
}
