//! Named points of the publish protocol at which a test can kill the process.
//!
//! Without the feature `fault-points`, which no release build has, a point is nothing at all.

/// Kills the process here, if `SEKISHO_FAULT_POINT` says `name` or `name:N` and this is the N-th time.
#[cfg(feature = "fault-points")]
pub fn point(name: &str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static HITS: AtomicU64 = AtomicU64::new(0);
    let Ok(wanted) = std::env::var("SEKISHO_FAULT_POINT") else {
        return;
    };
    let (wanted, count) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if wanted == name && HITS.fetch_add(1, Ordering::SeqCst) + 1 == count.parse().unwrap_or(1) {
        // SIGKILL, as the kernel or an operator would do it: nothing is flushed, nothing is dropped.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Nothing.
#[cfg(not(feature = "fault-points"))]
#[inline]
pub const fn point(_name: &str) {}
