//! Single steps: how soon another node wakes, what the gateway adds to a post that leaves at once, claiming while an
//! old snapshot is held, and reading the ledger.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use sekisho::{
    domain::{flow::Priority, revision::Kind as PostKind},
    service::Timing,
    store::{
        StoreError,
        deliveries::{self, Wanted},
    },
};
use sqlx::{Connection as _, PgConnection};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    accept,
    city::{self, City, PATIENCE, Size},
    database::{Database, Kind},
    figures::Samples,
    flood::{self, Flood, now},
    gateway::{Gateway, Setting},
    harness::{Extent, Figure, Goal, Harness, Measured},
    load::{self, Plan},
    platform::{self, Platform},
    rivals,
};

const TOWN: Size = Size {
    accounts: 50,
    divisions: 10,
};

/// When the next publication comes.
async fn arrival(platform: &Platform, before: usize) -> anyhow::Result<DateTime<Utc>> {
    let begin = Instant::now();
    while platform.count() <= before {
        ensure!(begin.elapsed() < PATIENCE, "a post did not leave");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(platform.all()[before].at)
}

/// From the last signature of a post on one node until another one has claimed it. The first node is this process: it
/// dispatches nothing.
pub async fn wake(harness: &mut Harness) -> anyhow::Result<()> {
    const SECTION: &str = "wake";
    let figures = [
        Figure {
            id: "wake.hint",
            what: "a signature's commit on one node to the claim on another, p99",
            unit: "ms",
            against: "5 ms",
            goal: Goal::AtMost(1.0),
        },
        Figure {
            id: "wake.graphile",
            what: "the same to the first byte at the platform, p99",
            unit: "ms",
            against: "graphile-worker, add to start, p99",
            goal: Goal::AtMost(1.0),
        },
        Figure {
            id: "wake.lost",
            what: "due on one node to the first byte by another, the hint lost: the longest",
            unit: "ms",
            against: "1,000 ms",
            goal: Goal::AtMost(1.0),
        },
    ];
    if !Kind::available().contains(&Kind::Postgres) {
        harness.skip(SECTION, "no PostgreSQL");
        return Ok(());
    }
    let tools = harness.tools.clone();
    let platform = Platform::start().await?;
    let database = Database::make(Kind::Postgres).await?;
    let city = City::found(database.location()?, TOWN, &platform.instance()).await?;
    let (posts, lost) = tools.size((60, 6), (3, 1));
    let later = now() + TimeDelta::hours(20);
    city.approved(lost * 10, PostKind::Ordinary, &city.accounts, later)
        .await?;
    let gateway = Gateway::start(database.url(), &Setting::default())?;
    let peer = Database::make(Kind::Postgres).await?;
    harness
        .rounds(SECTION, &figures, async |round| {
            platform.answer_after(Duration::ZERO);
            let (mut woken, mut left) = (Vec::new(), Vec::new());
            for number in 0..posts {
                let text = city::text(PostKind::Ordinary, 100_000 + round * posts + number);
                let account = [city.accounts[number % city.accounts.len()]];
                let draft = city.draft(PostKind::Ordinary, text, &account, Timing::OnApproval);
                let view = city.submit(draft).await?;
                city.sign(&view, &city.chief).await?;
                let signed = now();
                let came = arrival(&platform, number).await?;
                left.push((came - signed).as_seconds_f64().max(0.0) * 1e3);
                woken.push((last_claim(&database).await? - signed).as_seconds_f64().max(0.0) * 1e3);
                tokio::time::sleep(Duration::from_millis(17)).await;
            }
            let (woken, left) = (Samples::new(woken), Samples::new(left));
            let mut unheard = Vec::new();
            for number in 0..lost {
                let due = now();
                one_due(&database, due).await?;
                let came = arrival(&platform, posts + number).await?;
                unheard.push((came - due).as_seconds_f64() * 1e3);
                tokio::time::sleep(Duration::from_millis(137)).await;
            }
            let arguments = [peer.url().to_owned(), posts.to_string()];
            let theirs = rivals::graphile(&tools, "latency.mjs", &arguments).await?;
            let mut measured: Vec<Measured> = vec![
                ("wake.hint", woken.percentile(99), 5.0),
                ("wake.lost", Samples::new(unheard).max(), 1_000.0),
            ];
            measured.extend(theirs.map(|theirs| ("wake.graphile", left.percentile(99), theirs)));
            Ok(measured)
        })
        .await?;
    drop(gateway);
    city.close().await;
    peer.remove().await?;
    database.remove().await
}

/// When the latest claim was made, as the ledger tells.
async fn last_claim(database: &Database) -> anyhow::Result<DateTime<Utc>> {
    let mut connection = PgConnection::connect(database.url()).await?;
    let (at,) = sqlx::query_as("SELECT max(at) FROM ledger_entries WHERE verb = 'delivery.claimed'")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(at)
}

/// Makes one post that waits due, and tells nobody.
async fn one_due(database: &Database, at: DateTime<Utc>) -> anyhow::Result<()> {
    let text = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string();
    let (at, missed) = (text(at), text(at + TimeDelta::minutes(10)));
    database
        .command(&format!(
            "UPDATE deliveries SET publish_at = '{at}', due_at = '{at}', miss_at = '{missed}'
             WHERE id = (SELECT id FROM deliveries WHERE state = 'waiting' ORDER BY id LIMIT 1)"
        ))
        .await
}

/// A post that leaves when it is signed, beside the same request sent past the gateway.
pub async fn overhead(harness: &mut Harness) -> anyhow::Result<()> {
    let figures = [Figure {
        id: "overhead.p99",
        what: "from the signature to the first byte, less the same request sent directly, p99, SQLite",
        unit: "ms",
        against: "5 ms",
        goal: Goal::AtMost(1.0),
    }];
    let posts = harness.tools.size(100, 3);
    let platform = Platform::start().await?;
    let database = Database::make(Kind::Sqlite).await?;
    let city = City::found(database.location()?, TOWN, &platform.instance()).await?;
    let host = platform.instance().trim_start_matches("http://").to_owned();
    let (soft, hard) = (
        tokio_util::sync::CancellationToken::new(),
        tokio_util::sync::CancellationToken::new(),
    );
    let (dispatcher, stop) = (city.app.dispatcher.clone(), soft.clone());
    let working = tokio::spawn(async move { dispatcher.run(stop, hard).await });
    harness
        .rounds("overhead", &figures, async |round| {
            platform.answer_after(Duration::ZERO);
            let (mut through, mut direct) = (Vec::new(), Vec::new());
            for number in 0..posts {
                let text = city::text(PostKind::Ordinary, round * posts + number);
                let account = [city.accounts[number % city.accounts.len()]];
                let draft = city.draft(PostKind::Ordinary, text, &account, Timing::OnApproval);
                let view = city.submit(draft).await?;
                let begin = now();
                city.sign(&view, &city.chief).await?;
                through.push((arrival(&platform, 2 * number).await? - begin).as_seconds_f64() * 1e3);
                tokio::time::sleep(Duration::from_millis(7)).await;
                let begin = now();
                let mut stream = TcpStream::connect(&host).await?;
                stream
                    .write_all(platform::publication(&host, number).as_bytes())
                    .await?;
                ensure!(stream.read(&mut [0; 1024]).await? > 0, "no answer");
                direct.push((arrival(&platform, 2 * number + 1).await? - begin).as_seconds_f64() * 1e3);
            }
            let p99 = |times| Samples::new(times).percentile(99);
            Ok(vec![("overhead.p99", p99(through) - p99(direct), 5.0)])
        })
        .await?;
    soft.cancel();
    working.await?;
    city.close().await;
    database.remove().await
}

/// Claims everything that is due, 64 at a time as the dispatcher does; deliveries in a second.
async fn claim_all(database: &Database) -> anyhow::Result<f64> {
    let app = city::wire(database.location()?).await?;
    let (begin, mut all) = (Instant::now(), 0);
    loop {
        let due = now();
        let claimed = app.store.write(move |tx| {
            Box::pin(async move {
                let wanted = Wanted {
                    priority: Priority::Ordinary,
                    but_not: &[],
                    limit: 64,
                };
                let due = deliveries::due(tx, wanted, due).await?;
                let ids: Vec<_> = due.iter().map(|due| due.id).collect();
                deliveries::claim(tx, &ids, "bench", now() + TimeDelta::minutes(1)).await
            })
        });
        let claimed: Result<_, StoreError> = claimed.await;
        let claimed = claimed?.len();
        all += claimed;
        if claimed == 0 {
            break;
        }
    }
    let rate = all as f64 / begin.elapsed().as_secs_f64();
    app.store.close().await;
    Ok(rate)
}

/// Gives all claims back, past the use cases.
async fn give_back(database: &Database) -> anyhow::Result<()> {
    let at = now().format("%Y-%m-%dT%H:%M:%S+00:00");
    database
        .command(&format!(
            "UPDATE deliveries SET state = 'waiting', lease_owner = NULL, lease_until = NULL, due_at = '{at}',
                 publish_at = '{at}', miss_at = now() + interval '1 hour' WHERE state IN ('claimed', 'waiting')"
        ))
        .await
}

/// Claims while somebody else's old snapshot keeps dead rows from being cleared away.
pub async fn held(harness: &mut Harness) -> anyhow::Result<()> {
    const SECTION: &str = "held-snapshot";
    let figures = [Figure {
        id: "held.claims",
        what: "claims of 64 on PostgreSQL after a snapshot was held under churn",
        unit: "/s",
        against: "the same, fresh",
        goal: Goal::AtLeast(0.8),
    }];
    if !Kind::available().contains(&Kind::Postgres) {
        harness.skip(SECTION, "no PostgreSQL");
        return Ok(());
    }
    let hold = match harness.tools.extent {
        Extent::Smoke => Duration::from_millis(100),
        Extent::Short => Duration::from_secs(12),
        Extent::Long => Duration::from_secs(600),
    };
    let flood = Flood {
        posts: harness.tools.size(4_000, 40),
        ..Flood::of(&harness.tools)
    };
    let prepared = flood::prepare(Kind::Postgres, flood).await?;
    harness
        .rounds(SECTION, &figures, async |_| {
            let database = prepared.database.copy().await?;
            give_back(&database).await?;
            let fresh = claim_all(&database).await?;
            let mut holder = PgConnection::connect(database.url()).await?;
            let mut snapshot = holder.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await?;
            sqlx::query("SELECT count(*) FROM deliveries")
                .execute(&mut *snapshot)
                .await?;
            let begin = Instant::now();
            while begin.elapsed() < hold {
                give_back(&database).await?;
                claim_all(&database).await?;
            }
            give_back(&database).await?;
            let after = claim_all(&database).await?;
            snapshot.rollback().await?;
            holder.close().await?;
            database.remove().await?;
            Ok(vec![("held.claims", after, fresh)])
        })
        .await?;
    prepared.database.remove().await
}

/// Reading and checking the whole ledger.
pub async fn ledger(harness: &mut Harness) -> anyhow::Result<()> {
    let figures = [Figure {
        id: "ledger.verify",
        what: "entries of the ledger that `sekisho ledger verify` checks, SQLite",
        unit: "/s",
        against: "300,000/s",
        goal: Goal::AtLeast(1.0),
    }];
    let tools = harness.tools.clone();
    let prepared = accept::prepare(Kind::Sqlite).await?;
    let gateway = Gateway::start(prepared.database.url(), &Setting::default())?;
    let plan = Plan {
        connections: 64,
        during: tools.size(Duration::from_secs(8), Duration::from_millis(300)),
        expected: 201,
        first: 0,
    };
    load::run(gateway.address, plan, std::sync::Arc::clone(&prepared.ask)).await?;
    // Everything is sealed within a second or two.
    tokio::time::sleep(tools.size(Duration::from_secs(4), Duration::from_millis(1_200))).await;
    drop(gateway);
    harness
        .rounds("ledger", &figures, async |_| {
            let begin = Instant::now();
            let done = tokio::process::Command::new(env!("CARGO_BIN_EXE_sekisho"))
                .args(["ledger", "verify"])
                .env("SEKISHO_DATABASE__URL", prepared.database.url())
                .output()
                .await?;
            let took = begin.elapsed().as_secs_f64();
            let said = String::from_utf8_lossy(&done.stdout);
            ensure!(
                done.status.success(),
                "{said}{}",
                String::from_utf8_lossy(&done.stderr)
            );
            let entries = said.split_whitespace().nth(1).context("what was sealed")?;
            let entries: f64 = entries.parse()?;
            Ok(vec![("ledger.verify", entries / took, 300_000.0)])
        })
        .await?;
    prepared.database.remove().await
}
