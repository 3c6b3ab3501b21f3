//! Runs schedules of the simulated publish protocol: `sim --seeds 100000`, or one of them in full:
//! `sim --first 4061 --seeds 1 --trace`.
#![forbid(unsafe_code)]

use std::{
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Instant,
};

use clap::Parser;
use sekisho::sim::{Broken, Counts, Options, Trace, run};

/// Simulates the publish protocol, one schedule a seed.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many schedules.
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// How many run at once; as many as there are processors, unless told.
    #[arg(long)]
    threads: Option<usize>,
    /// Tell everything that happens.
    #[arg(long)]
    trace: bool,
}

/// Runs the seeds that are left, until none is or a rule is broken.
fn work(arguments: &Arguments, taken: &AtomicU64) -> Result<Counts, Box<Broken>> {
    let trace = if arguments.trace { Trace::On } else { Trace::Off };
    let options = Options {
        trace,
        ..Options::default()
    };
    let mut counts = Counts::default();
    loop {
        let number = taken.fetch_add(1, Ordering::Relaxed);
        if arguments.seeds <= number {
            return Ok(counts);
        }
        let ran = run(arguments.first.wrapping_add(number), options)?;
        if arguments.trace {
            ran.told.iter().for_each(|line| println!("{line}"));
        }
        counts.add(&ran.counts);
    }
}

fn tell(broken: &Broken) -> ExitCode {
    let options = Options {
        trace: Trace::On,
        ..Options::default()
    };
    let again = run(broken.seed, options).err();
    for line in again.iter().flat_map(|again| &again.told) {
        println!("{line}");
    }
    println!("{broken}");
    ExitCode::FAILURE
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let begun = Instant::now();
    let taken = AtomicU64::new(0);
    let threads = match arguments.threads {
        Some(threads) => threads,
        None => thread::available_parallelism().map_or(1, usize::from),
    };
    let ran: Vec<_> = thread::scope(|scope| {
        let spawned: Vec<_> = (0..threads.max(1))
            .map(|_| scope.spawn(|| work(&arguments, &taken)))
            .collect();
        spawned.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    let mut all = Counts::default();
    for result in ran {
        match result {
            Ok(Ok(counts)) => all.add(&counts),
            Ok(Err(broken)) => return tell(&broken),
            Err(_) => return ExitCode::FAILURE,
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    print!("{all}");
    println!(
        "{} schedules in {seconds:.1} s, {threads} at once: no rule broken",
        arguments.seeds
    );
    ExitCode::SUCCESS
}
