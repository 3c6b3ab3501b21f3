//! A deterministic simulator of the publish protocol: the dispatcher's own decisions over a store, platforms,
//! networks, clocks and people that are simulated, in virtual time. One seed is one schedule, always the same.
//!
//! What decides is the real code: [`Machine`](crate::dispatch::machine::Machine), the transitions of
//! [`Delivery`](crate::domain::delivery::Delivery), [`Doubt`](crate::dispatch::Doubt), what a settlement, a
//! look and the end of a lease mean. What is simulated says so in `docs/SIMULATOR.md`.

mod chance;
mod doubts;
mod nodes;
mod people;
mod plan;
mod publish;
mod rules;
mod server;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod town;
mod world;

use std::fmt;

use self::world::World;

/// A safeguard of the protocol that a run can be made without, to see that it is missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Only the latest claim writes.
    Fence,
    /// What is sent has the digest that was signed.
    Digest,
    /// A post has one live delivery to an account, a delivery one open attempt.
    UniqueIndex,
    /// The attempt is committed before any byte leaves.
    IntentFirst,
    /// No intent and no call without enough of the lease left.
    LeaseCheck,
    /// No look before the last request can no longer land.
    QuietPeriod,
    /// No intent under an older gate epoch.
    Epoch,
    /// A key is trusted only where the server is known to honour it.
    KeyProof,
}

/// How to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The guard to do without.
    pub without: Option<Guard>,
    /// Whether everything that happens is written down.
    pub trace: Trace,
}

/// Whether everything that happens is written down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trace {
    /// No: quick.
    #[default]
    Off,
    /// Yes, line by line.
    On,
}

/// What happened in a run, or in many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Things that happened.
    pub events: u64,
    /// Deliveries.
    pub deliveries: u64,
    /// Requests that began.
    pub calls: u64,
    /// Posts that citizens see.
    pub public: u64,
    /// Times that a delivery came into doubt.
    pub doubts: u64,
    /// Calls that were repeated under their key.
    pub repeats: u64,
    /// Looks at a timeline.
    pub looks: u64,
    /// Times that a person was asked whether it is out.
    pub for_people: u64,
    /// Deliveries that were missed.
    pub missed: u64,
    /// Workers that were killed.
    pub crashes: u64,
    /// Workers that stood still.
    pub freezes: u64,
    /// Transactions whose answer was lost after the commit.
    pub lost_answers: u64,
    /// Intents that the epoch refused.
    pub stale_permits: u64,
}

impl Counts {
    /// Adds another run.
    pub const fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.deliveries += other.deliveries;
        self.calls += other.calls;
        self.public += other.public;
        self.doubts += other.doubts;
        self.repeats += other.repeats;
        self.looks += other.looks;
        self.for_people += other.for_people;
        self.missed += other.missed;
        self.crashes += other.crashes;
        self.freezes += other.freezes;
        self.lost_answers += other.lost_answers;
        self.stale_permits += other.stale_permits;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = [
            ("events", self.events),
            ("deliveries", self.deliveries),
            ("calls begun", self.calls),
            ("posts in public", self.public),
            ("doubts", self.doubts),
            ("repeats under a key", self.repeats),
            ("looks at a timeline", self.looks),
            ("questions to a person", self.for_people),
            ("missed", self.missed),
            ("workers killed", self.crashes),
            ("workers frozen", self.freezes),
            ("commits whose answer was lost", self.lost_answers),
            ("intents refused by the epoch", self.stale_permits),
        ];
        rows.iter()
            .try_for_each(|(name, number)| writeln!(f, "{number:>12}  {name}"))
    }
}

/// A rule was broken.
#[derive(Debug, Clone, thiserror::Error)]
#[error("seed {seed}: {what}")]
pub struct Broken {
    /// The schedule, to run it again.
    pub seed: u64,
    /// What is wrong.
    pub what: String,
    /// What led there, if it was written down.
    pub told: Vec<String>,
}

/// A run in which every rule held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// What happened, in numbers.
    pub counts: Counts,
    /// What happened, if it was written down.
    pub told: Vec<String>,
}

/// Runs one schedule until nothing is left to happen.
///
/// # Errors
/// When a rule is broken on the way or at the end.
pub fn run(seed: u64, options: Options) -> Result<Ran, Box<Broken>> {
    let mut world = World::new(seed, options);
    let ended = world.run();
    let told = world.trace.take().unwrap_or_default();
    match ended {
        Ok(()) => Ok(Ran {
            counts: world.counts,
            told,
        }),
        Err(what) => Err(Box::new(Broken { seed, what, told })),
    }
}
