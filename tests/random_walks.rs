//! Random walks through a town with real office hours: whatever people, clocks and platforms do, and in
//! whatever order, after every step the invariants hold.
//!
//! A walk that fails is shrunk and its seed is kept in tests/random_walks.proptest-regressions; every run
//! begins with the seeds that stand there. PROPTEST_CASES makes more walks.

mod check;
mod steps;
mod walk;

use std::{
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures::FutureExt as _;
use proptest::{
    collection::vec,
    test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner},
};

use crate::support::database::Kind;
use steps::{Step, step};
use walk::Walk;

/// Walks, and tells how many requests arrived at the platform; `None` without that kind of database.
async fn walk(kind: Kind, steps: &[Step]) -> Option<usize> {
    let mut walk = Walk::begin(kind).await?;
    for step in steps {
        walk.take(step).await;
        walk.check().await;
    }
    walk.come_to_rest().await;
    Some(walk.arrivals())
}

fn walks(kind: Kind, cases: u32) {
    let asked: Option<u32> = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    let file = FileFailurePersistence::Direct("tests/random_walks.proptest-regressions");
    let config = Config {
        cases: asked.unwrap_or(cases),
        // Milliseconds: what hangs is ended by the runner, and then nothing would be kept.
        max_shrink_time: 60_000,
        source_file: Some(file!()),
        failure_persistence: Some(Box::new(file)),
        ..Config::default()
    };
    let arrived = AtomicUsize::new(0);
    let available = AtomicUsize::new(0);
    TestRunner::new(config)
        .run(&vec(step(), 10..=40), |steps| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|why| TestCaseError::fail(why.to_string()))?;
            let walked = runtime.block_on(AssertUnwindSafe(walk(kind, &steps)).catch_unwind());
            match walked {
                Ok(Some(arrivals)) => {
                    available.fetch_add(1, Ordering::Relaxed);
                    arrived.fetch_add(arrivals, Ordering::Relaxed);
                    Ok(())
                }
                Ok(None) => Ok(()),
                Err(panic) => Err(TestCaseError::fail(said(&panic))),
            }
        })
        .unwrap_or_else(|why| panic!("{why}"));
    // A walk on which nothing ever arrives proves nothing.
    assert!(available.into_inner() == 0 || arrived.into_inner() > 0);
}

fn said(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without words".to_owned())
}

#[test]
fn the_invariants_hold_on_every_walk_on_sqlite() {
    walks(Kind::Sqlite, 24);
}

#[test]
fn the_invariants_hold_on_every_walk_on_postgres() {
    walks(Kind::Postgres, 6);
}
