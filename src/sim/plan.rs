//! Who is there, and what is going to happen to them: all of it drawn from the seed.

use chrono::Duration;

use super::{
    Guard,
    nodes::Worker,
    people::Deed,
    server::{Character, Server},
    town::{Account, Connection},
    world::{Happening, World},
};
use crate::{
    dispatch::Pace,
    domain::{account::KeySupport, ids::AccountId},
};

/// The longest that a request lives.
pub(super) const LONGEST_REQUEST: Duration = Duration::seconds(20);
/// How far the clocks of two nodes are apart at most.
const SKEW: Duration = Duration::seconds(2);
pub(super) fn pace(without: Option<Guard>) -> Pace {
    let quiet = match without {
        Some(Guard::QuietPeriod) => Duration::zero(),
        _ => LONGEST_REQUEST + SKEW + SKEW,
    };
    Pace {
        quiet,
        reserve: LONGEST_REQUEST + SKEW,
        first_pause: Duration::seconds(2),
        longest_pause: Duration::seconds(60),
    }
}

impl World {
    pub(super) fn found(&mut self) {
        for _ in 0..self.chance.between(1, 3) {
            let id = AccountId::new(self.id());
            let character = Character::of(&mut self.chance);
            let keys = match self.store.without {
                Some(Guard::KeyProof) => KeySupport::Honoured { seconds: 3_000 },
                _ => character.registered(),
            };
            let grace = *self.chance.pick(&[1, 10, 10, 240]).unwrap_or(&10);
            let account = Account {
                keys,
                grace: Duration::minutes(grace),
                closes_at: self.now + self.chance.seconds(60, 3_000),
                holds: 0,
                connection: Connection::Usable,
                server: Server::new(character),
            };
            self.accounts.insert(id, account);
        }
        for worker in 0..self.chance.between(1, 4) {
            let name = format!("node-{worker}");
            self.workers.push(Worker::named(name, self.now));
        }
    }

    /// What people and the world are going to do, and when.
    pub(super) fn plan(&mut self, minutes: i64) {
        for worker in 0..self.workers.len() {
            self.after(Duration::zero(), Happening::Start(worker));
        }
        let span = minutes * 60;
        for _ in 0..self.chance.between(1, 4) {
            let at = self.chance.seconds(0, span / 2);
            self.after(at, Happening::Deed(Deed::Queue));
        }
        let calm = self.chance.percent(25);
        for _ in 0..self.chance.between(0, if calm { 2 } else { 12 }) {
            let at = self.chance.seconds(0, span);
            let deed = Deed::any(&mut self.chance);
            self.after(at, Happening::Deed(deed));
        }
        for _ in 0..self.chance.between(0, 4) {
            let at = self.chance.seconds(0, span);
            let worker = self.any_worker();
            self.after(at, Happening::Kill(worker));
        }
        for _ in 0..self.chance.between(0, 4) {
            let at = self.chance.seconds(0, span);
            let worker = self.any_worker();
            let long = self.chance.seconds(1, 240);
            self.after(at, Happening::Freeze(worker, long));
        }
    }

    fn any_worker(&mut self) -> usize {
        let many = i64::try_from(self.workers.len()).unwrap_or(1);
        usize::try_from(self.chance.between(0, many)).unwrap_or_default()
    }

    /// Something happens right in the middle of a worker's steps.
    pub(super) fn strike(&mut self, worker: usize) {
        let strike = match self.chance.between(0, 10) {
            0 => Happening::Kill(worker),
            1..=3 => Happening::Freeze(worker, self.chance.seconds(1, 480)),
            _ => Happening::Deed(Deed::any(&mut self.chance)),
        };
        self.after(Duration::zero(), strike);
    }
}
