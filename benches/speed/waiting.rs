//! A million posts that wait, on SQLite: what that costs whoever asks, hands in, or is due.

use std::time::{Duration, Instant};

use crate::{
    accept,
    city::{self, City, Size},
    crowd::{FAR, copies},
    database::{Database, Kind},
    figures::Samples,
    flood::now,
    gateway::{Gateway, Setting},
    harness::{Figure, Goal, Harness},
    load::{self, Connection, Plan},
    platform::Platform,
};
use chrono::TimeDelta;
use sekisho::{
    domain::{flow::Priority, revision::Kind as PostKind},
    store::deliveries::{self, Wanted},
};

/// A city with so many posts that wait; a few of them were approved by people.
pub struct Crowd {
    pub database: Database,
    pub city: City,
    pub platform: Platform,
}

/// Makes one.
pub async fn crowd(harness: &Harness, posts: usize) -> anyhow::Result<Crowd> {
    let size = |accounts, divisions| Size { accounts, divisions };
    let platform = Platform::start().await?;
    let database = Database::make(Kind::Sqlite).await?;
    let size = harness.tools.size(size(2_500, 200), size(20, 4));
    let city = City::found(database.location()?, size, &platform.instance()).await?;
    let later = now() + TimeDelta::days(1);
    city.approved(12, PostKind::Ordinary, &city.accounts, later)
        .await?;
    city.close().await;
    if posts > 0 {
        database
            .command(&copies(Kind::Sqlite, posts, city.accounts.len(), 0))
            .await?;
    }
    Ok(Crowd {
        database,
        city,
        platform,
    })
}

/// The posts, as pages of a list: how long each takes, in ms.
async fn lists(gateway: &Gateway, city: &City, questions: usize) -> anyhow::Result<Samples> {
    let mut connection = Connection::open(gateway.address).await?;
    let mut took = Vec::with_capacity(questions);
    for number in 0..questions {
        let path = [
            "/v1/posts?limit=50",
            "/v1/posts?limit=50&state=approved",
            "/v1/accounts",
        ][number % 3];
        let asked = load::request("GET", path, &city.writing, None);
        let begin = Instant::now();
        let status = connection.ask(asked.as_bytes()).await?;
        took.push(begin.elapsed().as_secs_f64() * 1e3);
        anyhow::ensure!(status == 200, "{path}: {status}: {}", connection.body());
    }
    Ok(Samples::new(took))
}

/// How long the one writer takes to find and claim what is due, in ms: one delivery at a time.
async fn claims(database: &Database, rounds: usize) -> anyhow::Result<Samples> {
    let app = city::wire(database.location()?).await?;
    let mut took = Vec::with_capacity(rounds);
    let far = now() + FAR + TimeDelta::minutes(1);
    for _ in 0..rounds {
        let begin = Instant::now();
        let written = app
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let wanted = Wanted {
                        priority: Priority::Ordinary,
                        but_not: &[],
                        limit: 1,
                    };
                    let due = deliveries::due(tx, wanted, far).await?;
                    let ids: Vec<_> = due.iter().map(|due| due.id).collect();
                    deliveries::claim(tx, &ids, "bench", far).await
                })
            })
            .await;
        let claimed: Result<_, sekisho::store::StoreError> = written;
        anyhow::ensure!(claimed?.len() == 1, "nothing was due");
        took.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    app.store.close().await;
    database
        .command(
            "UPDATE deliveries SET state = 'waiting', lease_owner = NULL, lease_until = NULL, due_at = publish_at
             WHERE state = 'claimed'",
        )
        .await?;
    Ok(Samples::new(took))
}

/// Makes one of the posts that people approved due now.
async fn one_due(database: &Database) -> anyhow::Result<()> {
    let text = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string();
    let (at, missed) = (text(now()), text(now() + TimeDelta::minutes(10)));
    // The ids of copies are older than any that the program makes.
    database
        .command(&format!(
            "UPDATE deliveries SET publish_at = '{at}', due_at = '{at}', miss_at = '{missed}' WHERE id =
                 (SELECT id FROM deliveries WHERE id > x'0191' AND state = 'waiting' ORDER BY id LIMIT 1)"
        ))
        .await
}

/// From the start of a gateway to the first byte of what was due, in ms.
async fn first_dispatch(crowd: &Crowd) -> anyhow::Result<(Gateway, f64)> {
    one_due(&crowd.database).await?;
    crowd.platform.answer_after(Duration::ZERO);
    let begin = now();
    let gateway = Gateway::start(crowd.database.url(), &Setting::default())?;
    let waited = Instant::now();
    while crowd.platform.count() == 0 {
        anyhow::ensure!(waited.elapsed() < city::PATIENCE, "what was due did not leave");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let first = crowd.platform.all()[0].at;
    Ok((gateway, (first - begin).as_seconds_f64() * 1e3))
}

/// How long accepting takes with few connections, in ms: p99.
async fn accepting(gateway: &Gateway, city: &City, during: Duration, first: usize) -> anyhow::Result<f64> {
    let plan = Plan {
        connections: 8,
        during,
        expected: 201,
        first,
    };
    Ok(load::run(gateway.address, plan, accept::ask(city))
        .await?
        .took
        .percentile(99))
}

/// All of it, beside a city in which nothing waits.
pub async fn waiting(harness: &mut Harness) -> anyhow::Result<()> {
    let figure = |id, what, unit, against, most| Figure {
        id,
        what,
        unit,
        against,
        goal: Goal::AtMost(most),
    };
    let figures = [
        figure(
            "waiting.start",
            "1,000,000 posts wait on SQLite, 2,500 accounts, 200 divisions: start to the first byte of what is due",
            "ms",
            "300 ms",
            1.0,
        ),
        figure(
            "waiting.claim",
            "the same: finding and claiming one, p99",
            "ms",
            "1 ms",
            1.0,
        ),
        figure(
            "waiting.accept",
            "the same: accepting, 8 connections, p99",
            "ms",
            "nothing waits",
            1.3,
        ),
        figure(
            "waiting.list",
            "the same: pages of posts, the register of accounts, p99",
            "ms",
            "50 ms",
            1.0,
        ),
        figure(
            "waiting.memory",
            "the same: resident memory after all of this",
            "MB",
            "40 MB",
            1.0,
        ),
        figure(
            "waiting.file",
            "the same: the database's file",
            "GB",
            "1.6 GB",
            1.0,
        ),
    ];
    let tools = harness.tools.clone();
    let crowd = crowd(harness, tools.size(1_000_000, 1_000)).await?;
    let empty = self::crowd(harness, 0).await?;
    let (during, questions, claimed) = tools.size(
        (Duration::from_secs(2), 60, 300),
        (Duration::from_millis(200), 6, 10),
    );
    harness
        .rounds("waiting", &figures, async |round| {
            let (gateway, start) = first_dispatch(&crowd).await?;
            let accept = accepting(&gateway, &crowd.city, during, round * 1_000_000).await?;
            let list = lists(&gateway, &crowd.city, questions).await?;
            let memory = gateway.memory()?;
            drop(gateway);
            let gateway = Gateway::start(empty.database.url(), &Setting::default())?;
            let alone = accepting(&gateway, &empty.city, during, round * 1_000_000).await?;
            drop(gateway);
            let claim = claims(&crowd.database, claimed).await?;
            let file = crowd.database.file().map(std::fs::metadata).transpose()?;
            Ok(vec![
                ("waiting.start", start, 300.0),
                ("waiting.claim", claim.percentile(99), 1.0),
                ("waiting.accept", accept, alone),
                ("waiting.list", list.percentile(99), 50.0),
                ("waiting.memory", memory, 40.0),
                (
                    "waiting.file",
                    file.map_or(f64::NAN, |file| file.len() as f64 / 1e9),
                    1.6,
                ),
            ])
        })
        .await?;
    crowd.database.remove().await?;
    empty.database.remove().await
}
