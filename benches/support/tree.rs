//! Which part of the processors others use: everything but the processes of this measurement (Linux).

use std::{collections::BTreeMap, fs};

/// The process below which everything is ours: the script that starts the server and the benches, else this one.
pub const ROOT: &str = "SEKISHO_BENCH_ROOT";

/// Processor time so far, in ticks of a hundredth of a second.
#[derive(Debug, Clone, Copy)]
pub struct Ticks {
    at: std::time::Instant,
    /// Of all, without interrupts: nobody knows on whose behalf those are.
    busy: u64,
    ours: u64,
}

impl Ticks {
    /// Reads them; none where the machine does not tell.
    pub fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let fields: Vec<u64> = stat
            .lines()
            .next()?
            .strip_prefix("cpu")?
            .split_whitespace()
            .map_while(|field| field.parse().ok())
            .collect();
        // user nice system idle iowait irq softirq steal
        let busy = fields.first()? + fields.get(1)? + fields.get(2)? + fields.get(7)?;
        Some(Self {
            at: std::time::Instant::now(),
            busy,
            ours: ours()?,
        })
    }

    /// How many processors others have used since, on average.
    pub fn others_since(self) -> Option<f64> {
        let now = Self::now()?;
        let busy = now.busy.saturating_sub(self.busy) as f64;
        let ours = now.ours.saturating_sub(self.ours) as f64;
        Some(((busy - ours) / 100.0 / (now.at - self.at).as_secs_f64()).max(0.0))
    }
}

/// What a process used itself, without its children.
pub fn own_ticks(id: u32) -> Option<u64> {
    Some(read(id)?.own)
}

struct Process {
    parent: u32,
    own: u64,
    /// Of children that have ended.
    ended: u64,
}

fn read(id: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let field: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| field.get(at)?.parse::<u64>().ok();
    Some(Process {
        parent: field.get(1)?.parse().ok()?,
        own: number(11)? + number(12)?,
        ended: number(13)? + number(14)?,
    })
}

fn ours() -> Option<u64> {
    let root = std::env::var(ROOT).ok().and_then(|text| text.parse().ok());
    let root: u32 = root.unwrap_or_else(std::process::id);
    let ids = fs::read_dir("/proc").ok()?.flatten();
    let all: BTreeMap<u32, Process> = ids
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|id| Some((id, read(id)?)))
        .collect();
    let is_ours = |id: u32| {
        let parent = |id: &u32| all.get(id).map(|process| process.parent);
        std::iter::successors(Some(id), parent).any(|id| id == root)
    };
    let of_us = all.iter().filter(|(id, _)| is_ours(**id));
    Some(of_us.map(|(_, process)| process.own + process.ended).sum())
}
