//! How busy the machine is, as far as it tells (Linux): figures of a busy one say little.

use std::{
    fs,
    time::{Duration, Instant},
};

/// From this share of idle time on the machine counts as idle.
const IDLE: f64 = 0.8;

/// How long a run waits for that at most.
const PATIENCE: Duration = Duration::from_secs(20);

/// Processor time so far, in ticks, over all processors.
#[derive(Debug, Clone, Copy)]
pub struct Ticks {
    all: u64,
    idle: u64,
    own: u64,
}

impl Ticks {
    /// Reads them; none where the machine does not tell.
    pub fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let line = stat.lines().next()?.strip_prefix("cpu")?;
        let fields: Vec<u64> = line
            .split_whitespace()
            .map_while(|field| field.parse().ok())
            .collect();
        // user nice system idle iowait irq softirq steal; guest time is in user time already.
        let all = fields.iter().take(8).sum();
        let idle = fields.get(3)? + fields.get(4)?;
        let own = fs::read_to_string("/proc/self/stat").ok()?;
        let (_, own) = own.rsplit_once(')')?;
        let own: u64 = own
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        Some(Self { all, idle, own })
    }

    /// What share of all processors others have used since: everything but this process.
    pub fn others_since(self) -> Option<f64> {
        let now = Self::now()?;
        let all = now.all.saturating_sub(self.all);
        let busy = all.saturating_sub(now.idle.saturating_sub(self.idle));
        let own = now.own.saturating_sub(self.own);
        let others = u32::try_from(busy.saturating_sub(own)).ok()?;
        let all = u32::try_from(all).ok()?;
        (all > 0).then(|| f64::from(others) / f64::from(all))
    }
}

/// Waits until the machine is idle, but not for ever.
pub async fn wait_until_idle() {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        let Some(before) = Ticks::now() else { return };
        tokio::time::sleep(Duration::from_millis(500)).await;
        if before.others_since().is_none_or(|busy| busy <= 1.0 - IDLE) {
            return;
        }
    }
}
