//! Speed as ratios that hold on any machine, busy or not: what must not grow with the size of a town, and what people
//! who act together must share. docs/PERFORMANCE.md has the figures themselves.

use std::time::{Duration, Instant};

use futures::future::join_all;
use sekisho::service::{NewAccount, Once};
use sqlx::{Connection as _, SqliteConnection};

use crate::support::{
    database::Kind,
    town::{Town, new_account},
};

/// How many more accounts the larger town has. A statement for each of them would make it fifty times as slow.
const MORE: usize = 300;

/// How long the fastest of some posts takes to be handed in.
async fn handing_in(town: &Town, turn: usize) -> Duration {
    let mut fastest = Duration::MAX;
    for number in 0..3 {
        let draft = town.draft(&format!(
            "第{turn}回、その{number}。図書館は明日、九時に開館します。"
        ));
        let begin = Instant::now();
        town.submit(draft).await;
        fastest = fastest.min(begin.elapsed());
    }
    fastest
}

async fn handing_in_costs_the_same_in_a_large_register(kind: Kind) {
    let (Some(small), Some(large)) = (Town::on(kind).await, Town::on(kind).await) else {
        return;
    };
    join_all((0..MORE).map(|number| {
        let new = NewAccount {
            divisions: vec![large.division],
            ..new_account(
                large.division,
                "https://social.example.lg.jp",
                &format!("a{number}"),
            )
        };
        let service = large.app.service.clone();
        async move {
            let entered = service
                .register_account_from_command_line(large.organization, new)
                .await;
            entered.expect("an account");
        }
    }))
    .await;
    // In turns, and the fastest of each: others who work meanwhile slow both down.
    let (mut of_small, mut of_large) = (Duration::MAX, Duration::MAX);
    for turn in 0..10 {
        of_small = of_small.min(handing_in(&small, turn).await);
        of_large = of_large.min(handing_in(&large, turn).await);
    }
    let ratio = of_large.as_secs_f64() / of_small.as_secs_f64();
    assert!(
        ratio < 4.0,
        "{MORE} more accounts made it {ratio:.1} times as slow"
    );
}

#[tokio::test]
async fn handing_in_costs_the_same_in_a_large_register_on_sqlite() {
    handing_in_costs_the_same_in_a_large_register(Kind::Sqlite).await;
}

#[tokio::test]
async fn handing_in_costs_the_same_in_a_large_register_on_postgres() {
    handing_in_costs_the_same_in_a_large_register(Kind::Postgres).await;
}

/// How long SQLite's log is after something was done: it is emptied before.
async fn logged(town: &Town, doing: impl Future<Output = ()>) -> u64 {
    let mut connection = SqliteConnection::connect(&town.database.url)
        .await
        .expect("a connection");
    let emptied = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut connection)
        .await;
    emptied.expect("an empty log");
    doing.await;
    let log = town.database.folder().join("sekisho.db-wal");
    let length = std::fs::metadata(log).expect("the log").len();
    connection.close().await.expect("a closed connection");
    length
}

#[tokio::test]
async fn posts_that_come_together_share_a_commit_and_its_pages() {
    const POSTS: usize = 16;
    let town = Town::on(Kind::Sqlite).await.expect("SQLite is always there");
    let hand_in = async |number: usize| {
        let draft = town.draft(&format!("その{number}。公民館は明日、{number}時に開館します。"));
        let service = &town.app.service;
        let made = service
            .create_post(&town.people.clerk, draft, Once::unkeyed())
            .await;
        made.expect("a post in review");
    };
    hand_in(0).await;
    let one_by_one = logged(&town, async {
        for number in 0..POSTS {
            hand_in(100 + number).await;
        }
    });
    let one_by_one = one_by_one.await;
    let together = logged(&town, async {
        join_all((0..POSTS).map(|number| hand_in(200 + number))).await;
    });
    let together = together.await;
    // A page that several posts change is written once for each COMMIT.
    assert!(
        together * 3 < one_by_one * 2,
        "{together} bytes together, {one_by_one} one by one: they did not share"
    );
}
