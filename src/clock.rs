//! Time and identifiers as parameters: nothing else may ask the machine for them.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use tokio::sync::watch;
use uuid::{ContextV7, Timestamp, Uuid};

/// Tells the time and waits for it.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Now, cut to microseconds: what both databases can store.
    fn now(&self) -> DateTime<Utc>;

    /// Returns once `now` is at or after `instant`.
    fn sleep_until(&self, instant: DateTime<Utc>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// How long a jump of the machine's clock goes unnoticed by who sleeps.
const LONGEST_NAP: Duration = Duration::from_secs(1);

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine for the time"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    fn sleep_until(&self, instant: DateTime<Utc>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            // The wall clock may jump while we sleep, and a clock that was set back is set right again; the timer
            // knows nothing of either, nor of a machine that slept. So sleep is cut, and the clock looked at.
            loop {
                let left = (instant - self.now()).to_std().unwrap_or(Duration::ZERO);
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LONGEST_NAP)).await;
            }
        })
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<DateTime<Utc>>,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: DateTime<Utc>) -> Self {
        Self {
            now: watch::Sender::new(start.trunc_subsecs(6)),
        }
    }

    /// Moves the time; everybody who waits for it wakes.
    pub fn advance(&self, by: TimeDelta) {
        self.now.send_modify(|now| *now += by);
    }

    /// Sets the time, backwards too: clocks do that.
    pub fn set(&self, to: DateTime<Utc>) {
        self.now.send_replace(to.trunc_subsecs(6));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.borrow()
    }

    fn sleep_until(&self, instant: DateTime<Utc>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut watching = self.now.subscribe();
        Box::pin(async move {
            // The sender lives in `self`, so waiting cannot end before the time has come.
            let _ = watching.wait_for(|now| *now >= instant).await;
        })
    }
}

/// Makes identifiers (UUID version 7) from the clock and the machine's randomness.
#[derive(Clone)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    context: Arc<Mutex<ContextV7>>,
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

impl Ids {
    /// Identifiers by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            context: Arc::new(Mutex::new(ContextV7::new())),
        }
    }

    /// A new identifier, greater than those that this source made before in the same millisecond.
    #[must_use]
    pub fn next(&self) -> Uuid {
        let now = self.clock.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(
            &*context,
            seconds,
            now.timestamp_subsec_nanos(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_stands_still() {
        let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH + TimeDelta::days(20_000)));
        let ids = Ids::new(clock);
        let made: Vec<Uuid> = (0..100).map(|_| ids.next()).collect();
        assert!(made.is_sorted());
    }

    #[tokio::test]
    async fn waiting_ends_when_the_hand_moves() {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let waiting = clock.sleep_until(DateTime::UNIX_EPOCH + TimeDelta::seconds(5));
        clock.advance(TimeDelta::seconds(5));
        waiting.await;
    }
}
