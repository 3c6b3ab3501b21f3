//! Emergencies, alone and in the middle of a flood of ordinary posts.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::TimeDelta;
use sekisho::domain::revision::Kind as PostKind;

use crate::{
    city::{self, City, PATIENCE},
    crowd::copies,
    database::{Database, Kind},
    figures::Samples,
    flood::{Flood, Prepared, now, prepare, retime, soon, wide},
    gateway::Gateway,
    harness::{Figure, Goal, Harness},
    load::{self, Connection},
};

/// How many accounts one emergency post goes to.
const TOGETHER: usize = 100;

/// Emergency posts to so many accounts: from the signatures, all at once, to the last first byte, in seconds.
async fn alarm(prepared: &Prepared, gateway: &Gateway, accounts: usize) -> anyhow::Result<f64> {
    let city = &prepared.city;
    let mut asked = Vec::new();
    for (number, targets) in city.accounts[..accounts].chunks(TOGETHER).enumerate() {
        let targets: Vec<_> = targets
            .iter()
            .map(|id| serde_json::json!({ "account": id.to_string() }))
            .collect();
        let body = serde_json::json!({
            "kind": "emergency", "text": city::text(PostKind::Emergency, number),
            "targets": targets, "publish": { "mode": "on_approval" }, "submit": true,
        });
        let body = body.to_string();
        let made = request(
            gateway,
            &city.writing,
            "/v1/posts",
            &format!("e{number}"),
            &body,
            201,
        )
        .await?;
        let id = made["id"].as_str().context("an id")?;
        let seen = serde_json::json!({ "digest": made["digest"] });
        asked.push((format!("/v1/posts/{id}/approve"), seen.to_string()));
    }
    let begin = now();
    let signed = asked
        .iter()
        .map(|(path, seen)| request(gateway, &city.duty, path, "a", seen, 200));
    futures::future::try_join_all(signed).await?;
    let waited = Instant::now();
    loop {
        let all = prepared.platform.all();
        let ours = all
            .iter()
            .filter(|publication| publication.body.contains("避難指示"));
        let ours: Vec<f64> = ours.map(|one| (one.at - begin).as_seconds_f64()).collect();
        if ours.len() >= accounts {
            return Ok(Samples::new(ours).percentile(99));
        }
        ensure!(
            waited.elapsed() < PATIENCE,
            "{} of {accounts} arrived",
            ours.len()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asks on a connection of its own, and reads the JSON that is answered.
async fn request(
    gateway: &Gateway,
    token: &str,
    path: &str,
    key: &str,
    body: &str,
    expected: u16,
) -> anyhow::Result<serde_json::Value> {
    let mut connection = Connection::open(gateway.address).await?;
    let asked = load::request("POST", path, token, Some((key, body)));
    let status = connection.ask(asked.as_bytes()).await?;
    ensure!(status == expected, "{path}: {status}: {}", connection.body());
    Ok(serde_json::from_str(&connection.body())?)
}

/// What happens while an emergency is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nothing,
    /// The ordinary posts that were prepared leave.
    Flood,
}

/// One emergency to the accounts that were kept for it, on a copy of a database. See [`alarm`].
async fn once(prepared: &Prepared, of: &Database, beside: Beside) -> anyhow::Result<f64> {
    let database = of.copy().await?;
    prepared.platform.answer_after(Duration::from_millis(200));
    let at = soon()?;
    if beside == Beside::Flood {
        retime(&database, at).await?;
    }
    let gateway = Gateway::start(database.url(), &wide())?;
    declare(&prepared.city, &gateway, prepared.kept).await?;
    if beside == Beside::Flood {
        tokio::time::sleep((at - now()).to_std().unwrap_or_default()).await;
        while prepared.platform.count() == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    let took = alarm(prepared, &gateway, prepared.kept).await?;
    drop(gateway);
    database.remove().await?;
    Ok(took)
}

/// The same while ten thousand posts leave and a million wait, beside one alone.
pub async fn queue(harness: &mut Harness) -> anyhow::Result<()> {
    for (kind, section, id, what) in [
        (
            Kind::Sqlite,
            "queue-sqlite",
            "emergency.sqlite.queue",
            "emergency posts to 1,000 accounts while 10,000 posts leave and 1,000,000 wait, SQLite: signatures to the first byte, p99",
        ),
        (
            Kind::Postgres,
            "queue-postgres",
            "emergency.postgres.queue",
            "emergency posts to 1,000 accounts while 10,000 posts leave and 1,000,000 wait, PostgreSQL: signatures to the first byte, p99",
        ),
    ] {
        if !Kind::available().contains(&kind) {
            harness.skip(section, "no PostgreSQL");
            continue;
        }
        let figure = Figure {
            id,
            what,
            unit: "ms",
            against: "one alone, nothing waits",
            goal: Goal::AtMost(2.0),
        };
        let prepared = prepare(kind, Flood::of(&harness.tools)).await?;
        let crowded = prepared.database.copy().await?;
        let (accounts, posts) = (prepared.city.accounts.len(), harness.tools.size(1_000_000, 400));
        crowded
            .command(&copies(kind, posts, accounts, prepared.kept))
            .await?;
        harness
            .rounds(section, &[figure], async |_| {
                let alone = once(&prepared, &prepared.database, Beside::Nothing).await?;
                let queued = once(&prepared, &crowded, Beside::Flood).await?;
                Ok(vec![(id, queued * 1e3, alone * 1e3)])
            })
            .await?;
        crowded.remove().await?;
        prepared.database.remove().await?;
    }
    Ok(())
}

/// An emergency alone, and the same while ten thousand posts leave.
pub async fn emergency(harness: &mut Harness) -> anyhow::Result<()> {
    for (kind, section, figures) in [
        (
            Kind::Sqlite,
            "emergency-sqlite",
            alarms(
                ["emergency.sqlite", "emergency.sqlite.flood"],
                "emergency posts to 1,000 accounts, 100 each, 200 ms platform, SQLite: signatures to the first byte, p99",
            ),
        ),
        (
            Kind::Postgres,
            "emergency-postgres",
            alarms(
                ["emergency.postgres", "emergency.postgres.flood"],
                "emergency posts to 1,000 accounts, 100 each, 200 ms platform, PostgreSQL: signatures to the first byte, p99",
            ),
        ),
    ] {
        if !Kind::available().contains(&kind) {
            harness.skip(section, "no PostgreSQL");
            continue;
        }
        let prepared = prepare(kind, Flood::of(&harness.tools)).await?;
        harness
            .rounds(section, &figures, async |_| {
                let alone = once(&prepared, &prepared.database, Beside::Nothing).await?;
                let flooded = once(&prepared, &prepared.database, Beside::Flood).await?;
                Ok(vec![
                    (figures[0].id, alone * 1e3, 250.0),
                    (figures[1].id, flooded * 1e3, alone * 1e3),
                ])
            })
            .await?;
        prepared.database.remove().await?;
    }
    Ok(())
}

fn alarms(ids: [&'static str; 2], what: &'static str) -> [Figure; 2] {
    [
        Figure {
            id: ids[0],
            what,
            unit: "ms",
            against: "250 ms",
            goal: Goal::AtMost(1.0),
        },
        Figure {
            id: ids[1],
            what: "the same while 10,000 posts leave",
            unit: "ms",
            against: "the same alone",
            goal: Goal::AtMost(2.0),
        },
    ]
}

/// The duty officer declares for the first accounts.
async fn declare(city: &City, gateway: &Gateway, accounts: usize) -> anyhow::Result<()> {
    let named: Vec<String> = city.accounts[..accounts]
        .iter()
        .map(ToString::to_string)
        .collect();
    let until = (now() + TimeDelta::hours(2)).to_rfc3339();
    let body = serde_json::json!({
        "kind": "heavy_rain", "reason": "大雨特別警報", "accounts": named, "expires_at": until,
    });
    request(
        gateway,
        &city.duty,
        "/v1/emergencies",
        "d",
        &body.to_string(),
        201,
    )
    .await?;
    Ok(())
}
