//! Random walks through a town with real office hours: whatever people, clocks and platforms do, and in
//! whatever order, after every step the invariants hold.
//!
//! Every run takes the same walks, unless it is asked for more or others: `SEKISHO_WALKS` says how many,
//! `PROPTEST_RNG_SEED` which. A walk that fails is shrunk and told step by step.

mod api;
mod check;
mod quiet;
mod steps;
mod take;
mod walk;

use std::{cell::RefCell, fmt::Write as _};

use proptest::{
    collection::vec,
    test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner},
};
use tokio::runtime::{Builder, Runtime};

use crate::support::{database::Kind, number};
use quiet::quietly;
use steps::{Step, step};
use walk::{Ground, Walk};

/// Which walks, unless the environment says.
const SEED: RngSeed = RngSeed::Fixed(1);

/// How long walks are, in steps.
const LENGTH: std::ops::RangeInclusive<usize> = 1..=60;

/// Walks, and tells how many requests arrived at the platform.
async fn walk(ground: &Ground, steps: &[Step]) -> usize {
    let mut walk = Walk::begin(ground).await;
    for step in steps {
        walk.take(step).await;
        walk.check().await;
    }
    walk.come_to_rest().await;
    walk.audit().await;
    walk.finish(ground)
}

fn config(walks: u32) -> Config {
    let default = Config::default();
    Config {
        cases: number("SEKISHO_WALKS", walks),
        rng_seed: match default.rng_seed {
            RngSeed::Random => SEED,
            asked => asked,
        },
        // Milliseconds: what a minute does not shorten is told as it is.
        max_shrink_time: 60_000,
        // The seed says it all, and belongs to the run.
        failure_persistence: None,
        ..default
    }
}

/// The walks of a run, one after another on the same ground.
struct Run {
    kind: Kind,
    runtime: Runtime,
    ground: RefCell<Option<Ground>>,
    arrivals: RefCell<usize>,
}

impl Run {
    fn new(kind: Kind) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        Self {
            kind,
            runtime: runtime.expect("a runtime"),
            ground: RefCell::default(),
            arrivals: RefCell::default(),
        }
    }

    fn lay_ground(&self) -> Option<Ground> {
        self.runtime.block_on(Ground::lay(self.kind))
    }

    /// After a walk that failed the ground is laid anew: who knows what is left there.
    fn walk(&self, steps: &[Step]) -> Result<(), TestCaseError> {
        let good = self.ground.take().filter(|ground| !ground.is_worn());
        let ground = good.or_else(|| self.lay_ground());
        let ground = ground.expect("the database was there before");
        let arrived = quietly(|| self.runtime.block_on(walk(&ground, steps)));
        *self.arrivals.borrow_mut() += arrived.map_err(TestCaseError::fail)?;
        self.ground.replace(Some(ground));
        Ok(())
    }
}

fn walks(kind: Kind, walks: u32) {
    let run = Run::new(kind);
    let Some(ground) = run.lay_ground() else { return };
    run.ground.replace(Some(ground));
    let config = config(walks);
    let seed = config.rng_seed;
    let walked = TestRunner::new(config).run(&vec(step(), LENGTH), |steps| run.walk(&steps));
    if let Err(why) = walked {
        panic!("{}", told(kind, seed, &why));
    }
    // Walks on which nothing ever arrives prove nothing.
    assert!(run.arrivals.into_inner() > 0);
}

/// A failure, for people.
fn told(kind: Kind, seed: RngSeed, why: &TestError<Vec<Step>>) -> String {
    let TestError::Fail(reason, steps) = why else {
        return why.to_string();
    };
    let mut story = format!("on {kind:?}, PROPTEST_RNG_SEED={seed}, after these steps:\n");
    for (number, step) in (1..).zip(steps) {
        let _ = writeln!(story, "{number:>4}. {step:?}");
    }
    story + reason.message()
}

#[test]
fn the_invariants_hold_on_every_walk_on_sqlite() {
    walks(Kind::Sqlite, 8);
}

#[test]
fn the_invariants_hold_on_every_walk_on_postgres() {
    walks(Kind::Postgres, 4);
}
