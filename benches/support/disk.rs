//! How fast the disk is on which the stores of a run are kept.

use std::{fs, io::Write as _, path::Path, time::Instant};

use super::figures::Samples;

/// How long the disk under a folder takes to make a small write durable, in milliseconds.
pub fn syncs(folder: &Path) -> std::io::Result<Samples> {
    let mut file = fs::File::create(folder.join("sync"))?;
    let mut took = Vec::new();
    for _ in 0..200 {
        file.write_all(&[7; 4096])?;
        let begin = Instant::now();
        file.sync_data()?;
        took.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    Ok(Samples::new(took))
}
