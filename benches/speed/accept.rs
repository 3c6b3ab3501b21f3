//! Accepting posts: `POST /v1/posts` with `submit`, so with sign-in, every check, `Idempotency-Key` and ledger, each
//! durable before it is answered.

use std::{path::Path, sync::Arc, time::Duration};

use chrono::Utc;
use sekisho::domain::revision::Kind as PostKind;

use crate::{
    city::{self, City, Size},
    database::{Database, Kind},
    gateway::{Gateway, Setting},
    harness::{Figure, Goal, Harness, Measured, Tools},
    load::{self, Ask, Load, Plan},
    platform::Platform,
    rivals::{self, Echo},
};

/// A town of some size.
const TOWN: Size = Size {
    accounts: 50,
    divisions: 10,
};

const fn figure(id: &'static str, what: &'static str, against: &'static str, goal: f64) -> Figure {
    Figure {
        id,
        what,
        unit: "/s",
        against,
        goal: Goal::AtLeast(goal),
    }
}

const fn p99(id: &'static str) -> Figure {
    Figure {
        id,
        what: "the same: p99",
        unit: "ms",
        against: "15 ms",
        goal: Goal::AtMost(1.0),
    }
}

const ECHOED: &str = "a bare axum JSON echo, 64 connections";
const COMMITTED: &str = "SQLite, one commit for each row of 1 KB";

/// A database with a town, and what asks a gateway on it.
pub struct Prepared {
    pub database: Database,
    pub ask: Ask,
    _platform: Platform,
}

/// Founds the town.
pub async fn prepare(kind: Kind) -> anyhow::Result<Prepared> {
    let platform = Platform::start().await?;
    let database = Database::make(kind).await?;
    let city = City::found(database.location()?, TOWN, &platform.instance()).await?;
    city.close().await;
    Ok(Prepared {
        database,
        ask: ask(&city),
        _platform: platform,
    })
}

/// Posts for tomorrow, each with a text and a key of its own, to the accounts in turn.
pub fn ask(city: &City) -> Ask {
    let (accounts, token) = (city.accounts.clone(), city.writing.clone());
    #[expect(
        clippy::disallowed_methods,
        reason = "the client is a stranger with a clock of its own"
    )]
    let at = (Utc::now() + chrono::Duration::days(1))
        .format("%Y-%m-%dT%H:%M:00Z")
        .to_string();
    Arc::new(move |number| {
        let body = serde_json::json!({
            "text": city::text(PostKind::Ordinary, number),
            "targets": [{ "account": accounts[number % accounts.len()].to_string() }],
            "publish": { "mode": "at", "at": at },
            "submit": true,
        });
        load::request(
            "POST",
            "/v1/posts",
            &token,
            Some((&format!("k{number}"), &body.to_string())),
        )
    })
}

/// One measurement of ours, on a copy of the town: every round begins with the same.
pub async fn ours(
    tools: &Tools,
    prepared: &Prepared,
    connections: usize,
    slower: Option<(&Path, Duration)>,
) -> anyhow::Result<Load> {
    let setting = Setting {
        slower,
        ..Setting::default()
    };
    let database = prepared.database.copy().await?;
    let gateway = Gateway::start(database.url(), &setting)?;
    let mut plan = Plan {
        connections,
        during: tools.size(Duration::from_millis(500), Duration::from_millis(100)),
        expected: 201,
        first: 0,
    };
    // The first ones open connections, compile the policy and prepare statements.
    load::run(gateway.address, plan, Arc::clone(&prepared.ask)).await?;
    plan.first = 500_000;
    plan.during = tools.size(Duration::from_secs(3), Duration::from_millis(200));
    let load = load::run(gateway.address, plan, Arc::clone(&prepared.ask)).await;
    drop(gateway);
    database.remove().await?;
    load
}

/// On SQLite, on the disk as it is.
pub async fn sqlite(harness: &mut Harness) -> anyhow::Result<()> {
    let figures = [
        figure(
            "accept.sqlite.echo",
            "accepted on SQLite, 64 connections",
            ECHOED,
            0.25,
        ),
        figure(
            "accept.sqlite.commit",
            "accepted on SQLite, 64 connections",
            COMMITTED,
            1.5,
        ),
        p99("accept.sqlite.p99"),
    ];
    let prepared = prepare(Kind::Sqlite).await?;
    let tools = harness.tools.clone();
    let short = tools.size(Duration::from_secs(2), Duration::from_millis(200));
    harness
        .rounds("accept-sqlite", &figures, async |_| {
            let ours = ours(&tools, &prepared, 64, None).await?;
            let echo = Echo::start()?;
            let plan = Plan {
                connections: 64,
                during: short,
                expected: 200,
                first: 0,
            };
            let echoed = load::run(echo.address, plan, Arc::clone(&prepared.ask)).await?;
            drop(echo);
            let committed = rivals::one_commit_each(short, None).await?;
            Ok(vec![
                ("accept.sqlite.echo", ours.rate, echoed.rate),
                ("accept.sqlite.commit", ours.rate, committed),
                ("accept.sqlite.p99", ours.took.percentile(99), 15.0),
            ])
        })
        .await?;
    prepared.database.remove().await
}

/// On SQLite, on disks that take longer for each fsync.
pub async fn slow_disk(harness: &mut Harness) -> anyhow::Result<()> {
    const SECTION: &str = "accept-slow-disk";
    const FIVE: &str = "SQLite, one commit for each row, +5 ms";
    let figures = [
        figure(
            "accept.sqlite.1ms",
            "the same, each fsync +1 ms, 64 connections",
            "SQLite, one commit for each row, +1 ms",
            10.0,
        ),
        figure(
            "accept.sqlite.5ms",
            "the same, each fsync +5 ms, 64 connections",
            FIVE,
            25.0,
        ),
        figure(
            "accept.sqlite.5ms.256",
            "the same, each fsync +5 ms, 256 connections",
            FIVE,
            70.0,
        ),
    ];
    let Some(library) = harness.tools.slow_sync.clone() else {
        harness.skip(SECTION, "no C compiler to build the slower disk with");
        return Ok(());
    };
    let prepared = prepare(Kind::Sqlite).await?;
    let tools = harness.tools.clone();
    let short = tools.size(Duration::from_secs(2), Duration::from_millis(200));
    harness
        .rounds(SECTION, &figures, async |_| {
            let slower = |millis| Some((library.as_path(), Duration::from_millis(millis)));
            let mut measured: Vec<Measured> = Vec::new();
            let one = rivals::one_commit_each(short, slower(1)).await?;
            let five = rivals::one_commit_each(short, slower(5)).await?;
            for (id, connections, millis, raw) in [
                ("accept.sqlite.1ms", 64, 1, one),
                ("accept.sqlite.5ms", 64, 5, five),
                ("accept.sqlite.5ms.256", 256, 5, five),
            ] {
                let load = ours(&tools, &prepared, connections, slower(millis)).await?;
                measured.push((id, load.rate, raw));
            }
            Ok(measured)
        })
        .await?;
    prepared.database.remove().await
}

/// One row, as a queue on PostgreSQL would insert it.
const INSERT: &str = "INSERT INTO raw (id, due, state, body) \
     VALUES (gen_random_uuid(), now() + interval '1 day', 'waiting', repeat('x', 1003));\n";

/// On PostgreSQL.
pub async fn postgres(harness: &mut Harness) -> anyhow::Result<()> {
    const SECTION: &str = "accept-postgres";
    let figures = [
        figure(
            "accept.postgres.pgbench",
            "accepted on PostgreSQL, 64 connections",
            "pgbench, one row of 1 KB, 32 clients",
            0.6,
        ),
        figure(
            "accept.postgres.graphile",
            "accepted on PostgreSQL, 64 connections",
            "graphile-worker, single add, 8 connections",
            7.0,
        ),
        p99("accept.postgres.p99"),
    ];
    if !Kind::available().contains(&Kind::Postgres) {
        harness.skip(SECTION, "no PostgreSQL");
        return Ok(());
    }
    let prepared = prepare(Kind::Postgres).await?;
    let raw = Database::make(Kind::Postgres).await?;
    raw.command(
        "CREATE TABLE raw (id uuid PRIMARY KEY, due timestamptz, state text NOT NULL, body text NOT NULL);
         CREATE INDEX raw_due ON raw (due) WHERE state = 'waiting'",
    )
    .await?;
    let tools = harness.tools.clone();
    let short = tools.size(Duration::from_secs(2), Duration::from_secs(1));
    harness
        .rounds(SECTION, &figures, async |_| {
            let ours = ours(&tools, &prepared, 64, None).await?;
            let inserted = rivals::pgbench(raw.url(), INSERT, 32, short).await?;
            let arguments = [raw.url().to_owned(), short.as_secs().to_string(), "8".to_owned()];
            let added = rivals::graphile(&tools, "add.mjs", &arguments).await?;
            let mut measured = vec![
                ("accept.postgres.pgbench", ours.rate, inserted),
                ("accept.postgres.p99", ours.took.percentile(99), 15.0),
            ];
            measured.extend(added.map(|added| ("accept.postgres.graphile", ours.rate, added)));
            Ok(measured)
        })
        .await?;
    raw.remove().await?;
    prepared.database.remove().await
}
