//! Dispatching much at once: ten thousand posts due at one instant.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use sekisho::domain::revision::Kind as PostKind;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::{
    bare,
    city::{City, PATIENCE, Size},
    database::{Database, Kind},
    figures::Samples,
    gateway::{Gateway, Setting},
    harness::{Figure, Goal, Harness, Measured, Tools},
    platform::Platform,
    rivals,
};

/// As many posts at once as the node is let have under way.
const CONCURRENCY: usize = 1000;

/// How long after its start a gateway is surely at work.
const LEAD: TimeDelta = TimeDelta::seconds(3);

/// How large a flood is, and the city that it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Flood {
    pub posts: usize,
    pub size: Size,
    /// The accounts of an emergency, to which no ordinary post goes: an emergency would hold it.
    pub kept: usize,
}

impl Flood {
    /// Ten thousand posts of two and a half thousand accounts.
    pub fn of(tools: &Tools) -> Self {
        let size = |accounts, divisions| Size { accounts, divisions };
        Self {
            posts: tools.size(10_000, 40),
            size: tools.size(size(2_500, 200), size(20, 4)),
            kept: tools.size(1_000, 10),
        }
    }
}

/// A database with approved posts that wait for a time that a round sets, and the platform of their accounts.
pub struct Prepared {
    pub database: Database,
    pub platform: Platform,
    pub city: City,
    /// See [`Flood::kept`].
    pub kept: usize,
}

/// Founds the city and has the posts approved.
pub async fn prepare(kind: Kind, flood: Flood) -> anyhow::Result<Prepared> {
    let platform = Platform::start().await?;
    let database = Database::make(kind).await?;
    let city = City::found(database.location()?, flood.size, &platform.instance()).await?;
    let later = now() + TimeDelta::days(1);
    let accounts = &city.accounts[flood.kept..];
    city.approved(flood.posts, PostKind::Ordinary, accounts, later)
        .await?;
    city.close().await;
    Ok(Prepared {
        database,
        platform,
        city,
        kept: flood.kept,
    })
}

/// The time, as the platform's clock tells it.
#[expect(
    clippy::disallowed_methods,
    reason = "the client is a stranger with a clock of its own"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Has every ordinary post that waits leave at one instant, a whole second.
pub async fn retime(database: &Database, at: DateTime<Utc>) -> anyhow::Result<()> {
    let text = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let (at, missed) = (text(at), text(at + TimeDelta::minutes(10)));
    // What waits for longer are copies, which stay where they are.
    let near = text(now() + TimeDelta::days(2));
    let posts = format!(
        "UPDATE posts SET publish_at = '{at}'
         WHERE state = 'approved' AND publish_mode = 'at' AND publish_at < '{near}'"
    );
    let deliveries = format!(
        "UPDATE deliveries SET publish_at = '{at}', due_at = '{at}', miss_at = '{missed}'
         WHERE state = 'waiting' AND priority = 0 AND publish_at < '{near}'
           AND post_id IN (SELECT id FROM posts WHERE publish_mode = 'at')"
    );
    database.command(&posts).await?;
    database.command(&deliveries).await
}

/// The settings of a node that may have as much under way as the flood wants.
pub fn wide() -> Setting<'static> {
    Setting {
        variables: vec![
            ("SEKISHO_DISPATCH__IN_FLIGHT", CONCURRENCY.to_string()),
            ("SEKISHO_LOG__FILTER", "error".to_owned()),
        ],
        slower: None,
    }
}

/// A whole second that has not come.
pub fn soon() -> anyhow::Result<DateTime<Utc>> {
    (now() + LEAD + TimeDelta::seconds(1))
        .with_nanosecond(0)
        .context("a whole second")
}

/// What a flood took, in seconds after its instant.
#[derive(Debug)]
pub struct Took {
    pub starts: Samples,
    pub durable: f64,
}

/// Waits until all have come and are recorded, and looks that none came twice.
pub async fn watch(
    prepared: &Prepared,
    database: &Database,
    posts: usize,
    at: DateTime<Utc>,
) -> anyhow::Result<Took> {
    let platform = &prepared.platform;
    let begin = Instant::now();
    while platform.count() < posts {
        ensure!(
            begin.elapsed() < PATIENCE,
            "{} of {posts} arrived",
            platform.count()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    published(database, posts).await?;
    let durable = (now() - at).as_seconds_f64();
    let all = platform.all();
    let keys: HashSet<&str> = all.iter().map(|publication| publication.key.as_str()).collect();
    ensure!(all.len() == posts && keys.len() == posts, "a post arrived twice");
    let starts = all
        .iter()
        .map(|publication| (publication.at - at).as_seconds_f64());
    Ok(Took {
        starts: Samples::new(starts.collect()),
        durable,
    })
}

/// Waits until so many deliveries are recorded as published.
pub async fn published(database: &Database, posts: usize) -> anyhow::Result<()> {
    const COUNT: &str = "SELECT COUNT(*) FROM deliveries WHERE state = 'published'";
    let begin = Instant::now();
    loop {
        let (count,): (i64,) = if database.file().is_some() {
            let mut connection = SqliteConnection::connect(database.url()).await?;
            sqlx::query_as(COUNT).fetch_one(&mut connection).await?
        } else {
            let mut connection = PgConnection::connect(database.url()).await?;
            sqlx::query_as(COUNT).fetch_one(&mut connection).await?
        };
        if usize::try_from(count)? >= posts {
            return Ok(());
        }
        ensure!(begin.elapsed() < PATIENCE, "{count} of {posts} are recorded");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One flood on a copy of the prepared database.
pub async fn once(prepared: &Prepared, flood: Flood, answer: Duration) -> anyhow::Result<Took> {
    let database = prepared.database.copy().await?;
    prepared.platform.answer_after(answer);
    let at = soon()?;
    retime(&database, at).await?;
    let gateway = Gateway::start(database.url(), &wide())?;
    let took = watch(prepared, &database, flood.posts, at).await;
    drop(gateway);
    database.remove().await?;
    took
}

/// Ten thousand in one second, on both databases, beside the same requests without anything before them.
pub async fn flood(harness: &mut Harness) -> anyhow::Result<()> {
    const BARE: &str = "the same requests, bare";
    let start = |id, what| Figure {
        id,
        what,
        unit: "s",
        against: "1.0 s",
        goal: Goal::AtMost(1.0),
    };
    let durable = |id, what| Figure {
        id,
        what,
        unit: "s",
        against: "1.5 s",
        goal: Goal::AtMost(1.0),
    };
    let beside = |id, what| Figure {
        id,
        what,
        unit: "s",
        against: BARE,
        goal: Goal::AtMost(4.0),
    };
    let flood = Flood::of(&harness.tools);
    for (kind, section, figures) in [
        (
            Kind::Sqlite,
            "flood-sqlite",
            [
                start(
                    "flood.sqlite.start",
                    "10,000 due at one instant, 50 ms platform, SQLite: p99 of the first byte",
                ),
                durable("flood.sqlite.durable", "the same: all durable"),
                beside("flood.sqlite.bare", "the same: all durable"),
            ],
        ),
        (
            Kind::Postgres,
            "flood-postgres",
            [
                start(
                    "flood.postgres.start",
                    "10,000 due at one instant, 50 ms platform, PostgreSQL: p99 of the first byte",
                ),
                durable("flood.postgres.durable", "the same: all durable"),
                beside("flood.postgres.bare", "the same: all durable"),
            ],
        ),
    ] {
        if !Kind::available().contains(&kind) {
            harness.skip(section, "no PostgreSQL");
            continue;
        }
        let prepared = prepare(kind, flood).await?;
        harness
            .rounds(section, &figures, async |_| {
                let answer = Duration::from_millis(50);
                let took = once(&prepared, flood, answer).await?;
                let bare = bare::send(flood.posts, CONCURRENCY, answer).await?;
                Ok(vec![
                    (figures[0].id, took.starts.percentile(99), 1.0),
                    (figures[1].id, took.durable, 1.5),
                    (figures[2].id, took.durable, bare),
                ])
            })
            .await?;
        prepared.database.remove().await?;
    }
    Ok(())
}

/// A table as bare as a queue can be, and what claims and completes a hundred rows of it.
const CLAIM: &str = "BEGIN;
WITH due AS (SELECT id FROM raw WHERE state = 'waiting' ORDER BY due LIMIT 100 FOR UPDATE SKIP LOCKED)
    UPDATE raw SET state = 'claimed' FROM due WHERE raw.id = due.id;
END;
";

/// Executed deliveries in a second, with a platform that answers at once.
pub async fn executed(harness: &mut Harness) -> anyhow::Result<()> {
    const SECTION: &str = "executed";
    let figure = |id, against, goal| Figure {
        id,
        what: "executed on PostgreSQL, the platform answers at once",
        unit: "/s",
        against,
        goal: Goal::AtLeast(goal),
    };
    let figures = [
        figure(
            "executed.claims",
            "pgbench, bare claims of 100 rows, 4 clients",
            0.5,
        ),
        figure(
            "executed.graphile",
            "graphile-worker, its published preset, 2 processes",
            1.0,
        ),
    ];
    if !Kind::available().contains(&Kind::Postgres) {
        harness.skip(SECTION, "no PostgreSQL");
        return Ok(());
    }
    let flood = Flood::of(&harness.tools);
    let prepared = prepare(Kind::Postgres, flood).await?;
    let seconds = harness.tools.size(2, 1);
    let (rows, jobs) = harness.tools.size((200_000, 40_000), (10_000, 1_000));
    let tools = harness.tools.clone();
    harness
        .rounds(SECTION, &figures, async |_| {
            let took = once(&prepared, flood, Duration::ZERO).await?;
            let ours = flood.posts as f64 / took.durable;
            let raw = Database::make(Kind::Postgres).await?;
            raw.command(&format!(
                "CREATE TABLE raw (id bigint PRIMARY KEY, due timestamptz, state text NOT NULL, body text NOT NULL);
                 CREATE INDEX raw_due ON raw (due) WHERE state = 'waiting';
                 INSERT INTO raw SELECT n, now(), 'waiting', repeat('x', 300) FROM generate_series(1, {rows}) n"
            ))
            .await?;
            let claims = rivals::pgbench(raw.url(), CLAIM, 4, Duration::from_secs(seconds)).await?;
            let arguments = [raw.url().to_owned(), jobs.to_string()];
            let executed = rivals::graphile(&tools, "run.mjs", &arguments).await?;
            raw.remove().await?;
            let mut measured: Vec<Measured> = vec![("executed.claims", ours, claims * 100.0)];
            measured.extend(executed.map(|theirs| ("executed.graphile", ours, theirs)));
            Ok(measured)
        })
        .await?;
    prepared.database.remove().await
}
