//! A gateway that takes posts in and publishes others for long, through a platform that fails now and then.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use sekisho::{
    domain::revision::Kind as PostKind,
    sandbox::{Fault, FaultRule, On, Sandbox},
};

use crate::{
    accept,
    city::{City, Size},
    database::{Database, Kind},
    flood::{now, published, soon},
    gateway::{Gateway, Setting},
    harness::{Extent, Figure, Goal, Harness},
    lasting::{clear, fail, sandbox},
    load::{self, Plan},
};

/// How many posts leave in a second.
const LEAVING: usize = 100;

/// How many connections hand posts in: what they get accepted is some 0.3 of what can be.
const CONNECTIONS: usize = 4;

/// One in a hundred requests meets a fault, of each kind in turn.
fn faults(posts: usize) -> Vec<FaultRule> {
    let kinds = [
        Fault::CutAfter,
        Fault::Status { code: 500 },
        Fault::AcceptThenStatus { code: 502 },
        Fault::TooManyRequests { retry_after_s: 1 },
        Fault::AnswerTwice,
        Fault::CutBefore,
        Fault::AcceptThenHtml { code: 200 },
        Fault::Delay { ms: 400 },
    ];
    let rule = |number: usize| FaultRule {
        on: On::Publish,
        account: None,
        times: Some(1),
        skip: 100 * number as u64,
        fault: kinds[number % kinds.len()].clone(),
    };
    (0..posts / 100).map(rule).collect()
}

/// Has the posts that were approved leave one after the other.
async fn spread(database: &Database, from: DateTime<Utc>) -> anyhow::Result<()> {
    let begin = from.timestamp();
    // As the program writes times: without a fraction where there is none.
    let at = |seconds: &str| {
        format!(
            "replace(strftime('%Y-%m-%dT%H:%M:%f', {begin} + {seconds}, 'unixepoch'), '.000', '') || '+00:00'"
        )
    };
    let turn = format!("(SELECT n FROM turns WHERE turns.id = post_id) / {LEAVING}.0");
    let (due, missed) = (at(&turn), at(&format!("600 + {turn}")));
    database
        .command(&format!(
            "CREATE TEMP TABLE turns AS SELECT id, row_number() OVER (ORDER BY id) AS n FROM posts WHERE state = 'approved';
             CREATE UNIQUE INDEX temp.turns_by_id ON turns (id);
             UPDATE posts SET publish_at = {} WHERE state = 'approved';
             UPDATE deliveries SET publish_at = {due}, due_at = {due}, miss_at = {missed} WHERE state = 'waiting';",
            due.replace("post_id", "posts.id")
        ))
        .await
}

/// A city with so many posts that were approved, and what asks a gateway to take others in.
async fn prepare(sandbox: &Sandbox, size: Size, posts: usize) -> anyhow::Result<(Database, load::Ask)> {
    let database = Database::make(Kind::Sqlite).await?;
    let city = City::found(database.location()?, size, sandbox.base_url()).await?;
    let later = now() + TimeDelta::days(1);
    city.approved(posts, PostKind::Ordinary, &city.accounts, later)
        .await?;
    city.close().await;
    Ok((database, accept::ask(&city)))
}

/// Takes posts in at 0.3 of what it can, publishes a hundred a second, and meets a fault in one of a hundred calls.
pub async fn soak(harness: &mut Harness) -> anyhow::Result<()> {
    let figures = figures();
    let during = match harness.tools.extent {
        Extent::Smoke => Duration::from_millis(1_000),
        Extent::Short => Duration::from_secs(10),
        Extent::Long => Duration::from_secs(720),
    };
    let posts = LEAVING * usize::try_from(during.as_secs())?;
    let size = Size {
        accounts: 50,
        divisions: 10,
    };
    let sandbox = sandbox(size.accounts).await?;
    let (prepared, ask) = prepare(&sandbox, size, posts).await?;
    let setting = Setting {
        variables: vec![
            ("SEKISHO_DISPATCH__LEASE_SECONDS", "10".to_owned()),
            ("SEKISHO_DISPATCH__LONGEST_REQUEST_SECONDS", "2".to_owned()),
            ("SEKISHO_LOG__FILTER", "error".to_owned()),
        ],
        slower: None,
    };
    harness
        .rounds("soak", &figures, async |_| {
            clear(&sandbox).await?;
            fail(&sandbox, faults(posts)).await?;
            let database = prepared.copy().await?;
            spread(&database, soon()?).await?;
            let gateway = Gateway::start(database.url(), &setting)?;
            let mut memory = Vec::new();
            for half in 0..2 {
                let plan = Plan {
                    connections: CONNECTIONS,
                    during: during / 2,
                    expected: 201,
                    first: half * 10_000_000,
                };
                load::run(gateway.address, plan, Arc::clone(&ask)).await?;
                memory.push(gateway.memory()?);
            }
            let log = database.file().context("a file")?.with_extension("db-wal");
            let logged = std::fs::metadata(&log)?.len() as f64 / 1e6;
            published(&database, posts).await?;
            let counts = sandbox.counts();
            let wrong = posts.abs_diff(counts.statuses) + counts.duplicates;
            drop(gateway);
            database.remove().await?;
            Ok(vec![
                ("soak.memory", (memory[1] - memory[0]).max(0.0), 2.0),
                ("soak.log", logged, 64.0),
                ("soak.wrong", wrong as f64, posts as f64),
            ])
        })
        .await?;
    prepared.remove().await
}

fn figures() -> [Figure; 3] {
    let figure = |id, what, unit, against, most| Figure {
        id,
        what,
        unit,
        against,
        goal: Goal::AtMost(most),
    };
    [
        figure(
            "soak.memory",
            "soak: posts handed in on 4 connections, 100 a second leave, 1 % of the calls meet a fault: growth of the memory in the second half",
            "MB",
            "2 MB",
            1.0,
        ),
        figure("soak.log", "the same: the database's log", "MB", "64 MB", 1.0),
        figure(
            "soak.wrong",
            "the same: posts lost or doubled",
            "",
            "all posts",
            0.0,
        ),
    ]
}
