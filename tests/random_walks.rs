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

use std::{
    cell::{Cell, RefCell},
    fmt::Write as _,
};

use proptest::{
    collection::vec,
    test_runner::{Config, RngSeed, TestCaseError, TestRunner},
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

/// Walks, counts the steps, and tells how many requests arrived at the platform.
async fn walk(ground: &Ground, steps: &[Step], taken: &Cell<usize>) -> usize {
    let mut walk = Walk::begin(ground).await;
    for step in steps {
        taken.update(|taken| taken + 1);
        walk.take(step).await;
        if !step.is_silent() {
            walk.check().await;
        }
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
        // What is not short after that, or after two minutes (in milliseconds), is told as it is.
        max_shrink_iters: 500,
        max_shrink_time: 120_000,
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
    arrivals: Cell<usize>,
    /// The last walk that failed, which is the shortest.
    failure: RefCell<String>,
}

impl Run {
    fn new(kind: Kind) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        Self {
            kind,
            runtime: runtime.expect("a runtime"),
            ground: RefCell::default(),
            arrivals: Cell::default(),
            failure: RefCell::default(),
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
        let taken = Cell::new(0);
        match quietly(|| self.runtime.block_on(walk(&ground, steps, &taken))) {
            Ok(arrived) => {
                self.arrivals.update(|before| before + arrived);
                self.ground.replace(Some(ground));
                Ok(())
            }
            Err(said) => {
                self.failure.replace(told(&steps[..taken.get()], &said));
                Err(TestCaseError::fail("an invariant is broken"))
            }
        }
    }
}

/// A failure, for people.
fn told(steps: &[Step], said: &str) -> String {
    let mut story = String::new();
    for (number, step) in (1..).zip(steps) {
        let _ = writeln!(story, "{number:>4}. {step:?}");
    }
    story + said
}

fn walks(kind: Kind, walks: u32) {
    let run = Run::new(kind);
    let Some(ground) = run.lay_ground() else { return };
    run.ground.replace(Some(ground));
    let config = config(walks);
    let seed = config.rng_seed;
    let walked = TestRunner::new(config).run(&vec(step(), LENGTH), |steps| run.walk(&steps));
    if walked.is_err() {
        let failure = run.failure.take();
        panic!("on {kind:?}, PROPTEST_RNG_SEED={seed}, after these steps:\n{failure}");
    }
    // Walks on which nothing ever arrives prove nothing.
    assert!(run.arrivals.get() > 0);
}

#[test]
fn the_invariants_hold_on_every_walk_on_sqlite() {
    walks(Kind::Sqlite, 8);
}

#[test]
fn the_invariants_hold_on_every_walk_on_postgres() {
    walks(Kind::Postgres, 4);
}
