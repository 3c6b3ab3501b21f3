//! What people do, at any time: they queue, stop, edit, take back, re-time, and say truthfully what they see.

use chrono::Duration;

use super::{
    Guard,
    chance::Chance,
    town::{Connection, Revision, Signed, digest},
    world::{Happening, Weather, World, short},
};
use crate::domain::{
    attempt::RemoteRef,
    delivery::{Delivery, DeliveryPhase, DeliveryState, Fence, Resolution},
    hold::{HoldCause, HoldReason},
    ids::{AccountId, AttemptId, DeliveryId, PostId, UserId},
};

/// Something that somebody does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    /// Queues a post; everybody signs.
    Queue,
    /// Signs what waits for it.
    Sign(DeliveryId),
    Hold,
    Lift(AccountId),
    /// Puts another policy in force: earlier judgements are stale.
    Policy,
    /// Declares an emergency: what has not left of an account is held.
    Emergency,
    /// Writes a post anew; everybody signs again.
    Edit,
    Cancel,
    /// Goes through everything that waits for a person.
    Attend,
    /// A server is restarted.
    ServerRestart,
    /// Somebody changes a stored text behind the program's back.
    Tamper,
}

impl Deed {
    pub(super) fn any(chance: &mut Chance) -> Self {
        let all = [
            Self::Hold,
            Self::Hold,
            Self::Policy,
            Self::Emergency,
            Self::Edit,
            Self::Cancel,
            Self::Attend,
            Self::Attend,
            Self::Attend,
            Self::Attend,
            Self::ServerRestart,
            Self::Tamper,
        ];
        *chance.pick(&all).unwrap_or(&Self::Attend)
    }
}

/// Somebody looked at the account, and says what is the case.
#[derive(Debug, Clone)]
pub(super) struct Click {
    delivery: DeliveryId,
    /// The attempt in doubt that was on the screen.
    attempt: Option<AttemptId>,
    saw: Option<RemoteRef>,
}

fn user() -> UserId {
    UserId::new(uuid::Uuid::from_u128(1))
}

impl World {
    pub(super) fn people_do(&mut self, deed: Deed) {
        if self.weather == Weather::Calm && !matches!(deed, Deed::Sign(_) | Deed::Lift(_)) {
            return;
        }
        self.say(|| format!("somebody: {deed:?}"));
        match deed {
            Deed::Queue => self.queue(),
            Deed::Sign(id) => self.sign(id),
            Deed::Hold => self.hold(),
            Deed::Lift(account) => self.lift(account),
            Deed::Policy => self.bump(),
            Deed::Emergency => self.declare(),
            Deed::Edit => self.edit(),
            Deed::Cancel => self.cancel(),
            Deed::Attend => self.attend(),
            Deed::ServerRestart => self.restart_server(),
            Deed::Tamper => self.tamper(),
        }
        self.look_over();
    }

    fn any_account(&mut self) -> Option<AccountId> {
        let all: Vec<AccountId> = self.accounts.keys().copied().collect();
        self.chance.pick(&all).copied()
    }

    fn any_delivery(&mut self) -> Option<Delivery> {
        let all: Vec<DeliveryId> = self.store.deliveries.keys().copied().collect();
        let id = *self.chance.pick(&all)?;
        self.delivery(id)
    }

    fn queue(&mut self) {
        let Some(account) = self.any_account() else {
            return;
        };
        let post = PostId::new(self.id());
        self.hand_in(post, account);
        // The answer was lost, or somebody clicked twice.
        if self.chance.percent(20) {
            self.hand_in(post, account);
        }
    }

    /// A delivery of a new revision begins; it is signed soon.
    fn hand_in(&mut self, post: PostId, account: AccountId) {
        let content = self.id().as_u64_pair().1;
        let signed = Signed::No;
        self.revisions
            .insert(digest(content), Revision { content, signed });
        let delivery = Delivery {
            id: DeliveryId::new(self.id()),
            organization: crate::domain::ids::OrganizationId::new(uuid::Uuid::nil()),
            post,
            account,
            revision: digest(content),
            publish_at: Some(self.now + self.chance.seconds(0, 120)),
            generation: 0,
            series: crate::domain::delivery::Series::of(1),
            fence: Fence(0),
            state: DeliveryState::Pending,
        };
        let (id, grace) = (delivery.id, self.accounts[&account].grace);
        let done = self.transact(|world| world.store.insert(delivery, grace));
        if done != Ok(Err(super::store::Refused::Duplicate)) && self.store.find(id).is_some() {
            self.counts.deliveries += 1;
            let soon = self.chance.seconds(0, 90);
            self.after(soon, Happening::Deed(Deed::Sign(id)));
        }
    }

    fn sign(&mut self, id: DeliveryId) {
        let Some(before) = self.delivery(id) else { return };
        let due = before.publish_at.unwrap_or(self.now).max(self.now);
        let Ok(after) = before.clone().approve(due) else {
            return;
        };
        let _ = self.transact(|world| {
            if let Some(revision) = world.revisions.get_mut(&before.revision) {
                revision.signed = Signed::Yes;
            }
            world.write(&before, &after)
        });
    }

    fn bump(&mut self) {
        let _ = self.transact(|world| world.store.epoch += 1);
    }

    fn hold(&mut self) {
        let Some(account) = self.any_account() else {
            return;
        };
        let done = self.transact(|world| {
            world.store.epoch += 1;
            if let Some(account) = world.accounts.get_mut(&account) {
                account.holds += 1;
            }
        });
        // Who got no answer looks, sees the hold, and lifts it in the end like any other.
        let _ = done;
        if self
            .accounts
            .get(&account)
            .is_some_and(|account| account.holds > 0)
        {
            let long = self.chance.seconds(10, 600);
            self.after(long, Happening::Deed(Deed::Lift(account)));
        }
    }

    fn lift(&mut self, account: AccountId) {
        let _ = self.transact(|world| {
            world.store.epoch += 1;
            if let Some(account) = world.accounts.get_mut(&account) {
                account.holds = account.holds.saturating_sub(1);
            }
        });
    }

    /// Holds what has not left, and goes over again: nothing that the account may not say now goes out.
    fn declare(&mut self) {
        let Some(account) = self.any_account() else {
            return;
        };
        let now = self.now;
        let _ = self.transact(|world| {
            world.store.epoch += 1;
            let all: Vec<Delivery> = world
                .store
                .deliveries
                .values()
                .map(|stored| stored.delivery.clone())
                .collect();
            for before in all {
                let phase = before.state.phase();
                let leaves = matches!(phase, DeliveryPhase::Waiting | DeliveryPhase::Claimed);
                if before.account != account || !leaves {
                    continue;
                }
                let reason = HoldReason {
                    cause: HoldCause::Emergency,
                    detail: String::new(),
                };
                // The service does not know the dispatcher's pace, and what is in doubt is looked up at once.
                if let Ok(after) = before.clone().hold(reason, now, now) {
                    let _ = world.write(&before, &after);
                }
            }
        });
    }

    fn edit(&mut self) {
        let Some(of) = self.any_delivery() else { return };
        let live = self.deliveries_of(of.post);
        if live.iter().any(Delivery::may_be_out) {
            return;
        }
        let now = self.now;
        let done = self.transact(|world| {
            world.store.epoch += 1;
            for before in live {
                if let Ok(after) = before.clone().cancel(user(), now) {
                    let _ = world.write(&before, &after);
                }
            }
        });
        if done.is_ok() {
            self.hand_in(of.post, of.account);
        }
    }

    fn cancel(&mut self) {
        let Some(before) = self.any_delivery() else {
            return;
        };
        if let Ok(after) = before.clone().cancel(user(), self.now) {
            let _ = self.transact(|world| {
                world.store.epoch += 1;
                world.write(&before, &after)
            });
        }
    }

    fn restart_server(&mut self) {
        if let Some(account) = self.any_account().and_then(|id| self.accounts.get_mut(&id)) {
            account.server.restart();
        }
    }

    fn tamper(&mut self) {
        let other = self.id().as_u64_pair().1;
        let revision = self.any_delivery().map(|delivery| delivery.revision);
        if let Some(revision) = revision.and_then(|digest| self.revisions.get_mut(&digest)) {
            revision.content = other;
        }
    }

    fn attend(&mut self) {
        let all: Vec<DeliveryId> = self.store.deliveries.keys().copied().collect();
        for id in all {
            if self.chance.percent(70) {
                self.attend_to(id);
            }
        }
    }

    fn attend_to(&mut self, id: DeliveryId) {
        let Some(before) = self.delivery(id) else { return };
        match before.state.phase() {
            DeliveryPhase::NeedsHuman => self.ask(&before),
            DeliveryPhase::Held | DeliveryPhase::Missed | DeliveryPhase::Failed | DeliveryPhase::Waiting => {
                self.retime(&before)
            }
            _ => {}
        }
    }

    /// Somebody looks at the account now, and says so a little later.
    fn ask(&mut self, delivery: &Delivery) {
        let account = self.accounts.get(&delivery.account);
        let saw = account.and_then(|account| account.server.is_out(delivery.id));
        let click = Click {
            delivery: delivery.id,
            attempt: delivery.state.in_doubt(),
            saw: saw.map(|public| public.remote.clone()),
        };
        let later = self.chance.seconds(1, 90);
        self.after(later, Happening::Click(click));
    }

    pub(super) fn click(&mut self, click: &Click) {
        let Some(before) = self.delivery(click.delivery) else {
            return;
        };
        let resolution = match &click.saw {
            Some(remote) => Resolution::IsOut(remote.clone()),
            None => Resolution::IsNotOut,
        };
        let (id, saw) = (before.id, &resolution);
        self.say(|| format!("{} somebody says: {saw:?}", short(id)));
        if let Ok(after) = before.clone().resolve(click.attempt, resolution, self.now) {
            let _ = self.transact(|world| world.write(&before, &after));
        }
    }

    fn retime(&mut self, before: &Delivery) {
        let at = self.now + self.chance.seconds(0, 300);
        if let Some(account) = self.accounts.get_mut(&before.account) {
            account.connection = Connection::Usable;
        }
        let signed = self.revisions.get(&before.revision);
        let signed = signed.is_some_and(|revision| revision.signed == Signed::Yes);
        let after = if signed {
            before.clone().reschedule(at)
        } else {
            before.clone().replan(at)
        };
        if let Ok(after) = after {
            let _ = self.transact(|world| world.write(before, &after));
        }
        if !signed {
            self.after(Duration::seconds(5), Happening::Deed(Deed::Sign(before.id)));
        }
    }

    /// At the end somebody decides about everything that waits for it: says what is the case, takes back
    /// what did not leave.
    pub(super) fn everybody_decides(&mut self) {
        let all: Vec<DeliveryId> = self.store.deliveries.keys().copied().collect();
        for id in all {
            let Some(before) = self.delivery(id) else {
                continue;
            };
            if before.state.phase() == DeliveryPhase::NeedsHuman {
                self.ask(&before);
            } else if let Ok(after) = before.clone().cancel(user(), self.now) {
                let _ = self.transact(|world| world.write(&before, &after));
            }
        }
    }

    /// Whether the guard is missing in this run.
    pub(super) fn lacks(&self, guard: Guard) -> bool {
        self.store.without == Some(guard)
    }
}
