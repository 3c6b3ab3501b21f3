//! A node that dies, whose work another one takes over.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::TimeDelta;
use sekisho::{
    domain::revision::Kind as PostKind,
    sandbox::{Fault, FaultPlan, FaultRule, On, Sandbox, SandboxConfig},
};

use crate::{
    city::{City, PATIENCE, Size},
    database::{Database, Kind},
    flood::{now, published, retime, soon},
    gateway::{Gateway, Setting},
    harness::{Figure, Goal, Harness},
    load::{self, Connection},
};

/// A sandbox with the accounts of a city.
pub async fn sandbox(accounts: usize) -> anyhow::Result<Sandbox> {
    let account = |number| (format!("koho{number}"), format!("token-koho{number}"));
    let config = SandboxConfig {
        accounts: (0..accounts).map(account).collect(),
        ..SandboxConfig::default()
    };
    Ok(Sandbox::start(config).await?)
}

/// Tells it how to fail.
pub async fn fail(sandbox: &Sandbox, faults: Vec<FaultRule>) -> anyhow::Result<()> {
    let plan = serde_json::to_string(&FaultPlan { faults })?;
    let mut connection = Connection::open(sandbox.addr()).await?;
    let asked = load::request("PUT", "/sandbox/faults", "", Some(("faults", &plan)));
    let status = connection.ask(asked.as_bytes()).await?;
    ensure!((200..300).contains(&status), "{status}: {}", connection.body());
    Ok(())
}

/// Forgets what was published before.
pub async fn clear(sandbox: &Sandbox) -> anyhow::Result<()> {
    let mut connection = Connection::open(sandbox.addr()).await?;
    let asked = load::request("DELETE", "/sandbox/statuses", "", None);
    let status = connection.ask(asked.as_bytes()).await?;
    ensure!((200..300).contains(&status), "{status}");
    Ok(())
}

/// Two nodes, of which one is killed while posts leave.
pub async fn takeover(harness: &mut Harness) -> anyhow::Result<()> {
    const SECTION: &str = "takeover";
    let figures = [
        Figure {
            id: "takeover.last",
            what: "one of two nodes killed while posts leave, leases of 5 s: until the other has sent the last",
            unit: "s",
            against: "5 s",
            goal: Goal::AtMost(1.0),
        },
        Figure {
            id: "takeover.wrong",
            what: "the same: posts lost or doubled",
            unit: "",
            against: "all posts",
            goal: Goal::AtMost(0.0),
        },
    ];
    if !Kind::available().contains(&Kind::Postgres) {
        harness.skip(SECTION, "no PostgreSQL");
        return Ok(());
    }
    let posts = harness.tools.size(1_000, 40);
    let size = Size {
        accounts: harness.tools.size(200, 20),
        divisions: 10,
    };
    let sandbox = sandbox(size.accounts).await?;
    let slow = FaultRule {
        on: On::Publish,
        account: None,
        times: None,
        skip: 0,
        fault: Fault::Delay { ms: 50 },
    };
    fail(&sandbox, vec![slow]).await?;
    let prepared = Database::make(Kind::Postgres).await?;
    let city = City::found(prepared.location()?, size, sandbox.base_url()).await?;
    city.approved(
        posts,
        PostKind::Ordinary,
        &city.accounts,
        now() + TimeDelta::days(1),
    )
    .await?;
    city.close().await;
    let setting = Setting {
        variables: vec![
            ("SEKISHO_DISPATCH__LEASE_SECONDS", "5".to_owned()),
            ("SEKISHO_DISPATCH__LONGEST_REQUEST_SECONDS", "1".to_owned()),
            ("SEKISHO_LOG__FILTER", "error".to_owned()),
        ],
        slower: None,
    };
    harness
        .rounds(SECTION, &figures, async |_| {
            clear(&sandbox).await?;
            let database = prepared.copy().await?;
            let at = soon()?;
            retime(&database, at).await?;
            let (one, other) = (
                Gateway::start(database.url(), &setting)?,
                Gateway::start(database.url(), &setting)?,
            );
            let begin = Instant::now();
            while sandbox.counts().arrivals < posts / 4 {
                ensure!(begin.elapsed() < PATIENCE, "nothing leaves");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            one.kill()?;
            let killed = now();
            published(&database, posts).await?;
            drop(other);
            database.remove().await?;
            let created = sandbox.arrivals().into_iter().filter(|arrival| arrival.created);
            let last = created.map(|arrival| arrival.at).max().context("an arrival")?;
            let last = chrono::DateTime::parse_from_rfc3339(&last)?.to_utc();
            let counts = sandbox.counts();
            let wrong = posts.abs_diff(counts.statuses) + counts.duplicates;
            Ok(vec![
                ("takeover.last", (last - killed).as_seconds_f64(), 5.0),
                ("takeover.wrong", wrong as f64, posts as f64),
            ])
        })
        .await?;
    prepared.remove().await
}
