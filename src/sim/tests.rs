//! Schedules by their seeds, guards removed one by one, and what once went wrong.

use std::ops::Range;

use rstest::rstest;

use super::{Counts, Guard, Options, Trace, run};

/// How many schedules, unless `SEKISHO_SCHEDULES` says.
const SCHEDULES: u64 = 20_000;

fn asked() -> u64 {
    let asked = std::env::var("SEKISHO_SCHEDULES").ok();
    asked.map_or(SCHEDULES, |many| {
        many.parse().expect("SEKISHO_SCHEDULES is a number")
    })
}

/// Runs many schedules; the first that breaks a rule is told in full.
fn run_all(seeds: Range<u64>) -> Counts {
    let mut counts = Counts::default();
    for seed in seeds {
        match run(seed, Options::default()) {
            Ok(ran) => counts.add(&ran.counts),
            Err(_) => retell(seed),
        }
    }
    counts
}

fn retell(seed: u64) -> ! {
    let options = Options {
        trace: Trace::On,
        ..Options::default()
    };
    match run(seed, options) {
        Err(broken) => panic!("{broken}\n{}", broken.told.join("\n")),
        Ok(_) => panic!("seed {seed} is not the same twice"),
    }
}

/// Everything that the simulator is for has happened; else the rules held for want of a reason to break.
fn assert_eventful(counts: &Counts) {
    let Counts {
        events,
        deliveries,
        calls,
        public,
        doubts,
        repeats,
        looks,
        for_people,
        missed,
        crashes,
        freezes,
        lost_answers,
        stale_permits,
    } = counts;
    let all = [
        events,
        deliveries,
        calls,
        public,
        doubts,
        repeats,
        looks,
        for_people,
        missed,
        crashes,
        freezes,
        lost_answers,
        stale_permits,
    ];
    assert!(all.into_iter().all(|many| 0 < *many), "{counts}");
}

/// Half of the schedules, so that two processors share them.
fn half(start: u64) {
    let counts = run_all(start..start + asked() / 2);
    println!("{counts}");
    assert_eventful(&counts);
}

#[test]
fn no_schedule_breaks_a_rule() {
    half(0);
}

#[test]
fn no_schedule_of_the_other_half_breaks_a_rule() {
    half(asked() / 2);
}

#[test]
fn a_seed_is_the_same_schedule_every_time() {
    let options = Options {
        trace: Trace::On,
        ..Options::default()
    };
    for seed in 0..50 {
        let (one, two) = (run(seed, options), run(seed, options));
        assert_eq!(one.expect("a run"), two.expect("a run"), "seed {seed}");
    }
}

/// Schedules in which something went wrong, each without one guard: what, and with the guard nothing does. A seed belongs to
/// the simulator as it is: when that changes, `each_guard_is_missed` tells other ones.
#[rstest]
#[case(Guard::Fence, 76, "the fence fell")]
#[case(Guard::Digest, 22, "another text leaves than was signed")]
#[case(Guard::UniqueIndex, 2, "it is in public twice")]
#[case(Guard::IntentFirst, 0, "a call begins that is not written down")]
#[case(Guard::LeaseCheck, 17, "a call begins outside of the window")]
#[case(Guard::QuietPeriod, 8_333, "a person is asked while a request may yet land")]
#[case(Guard::Epoch, 52, "an intent commits behind the back of a hold")]
#[case(Guard::KeyProof, 2, "may be out, or may yet land")]
fn a_schedule_that_went_wrong_is_kept(#[case] guard: Guard, #[case] seed: u64, #[case] what: &str) {
    let options = |without| Options {
        without,
        trace: Trace::On,
    };
    let broken = run(seed, options(Some(guard))).expect_err("it goes wrong");
    assert!(broken.what.contains(what), "{broken}");
    let again = run(seed, options(Some(guard))).expect_err("it goes wrong again");
    assert_eq!((broken.what, broken.told), (again.what, again.told));
    assert!(run(seed, options(None)).is_ok());
}

/// What holds with every guard in place breaks without it.
fn assert_missed(guard: Guard) {
    let options = Options {
        without: Some(guard),
        ..Options::default()
    };
    let found = (0..SCHEDULES).find_map(|seed| run(seed, options).err());
    let found = found.unwrap_or_else(|| panic!("nobody misses {guard:?}"));
    println!("without {guard:?}: {found}");
    assert!(run(found.seed, Options::default()).is_ok(), "{found}");
}

#[rstest]
fn each_guard_is_missed(
    #[values(
        Guard::Fence,
        Guard::Digest,
        Guard::UniqueIndex,
        Guard::IntentFirst,
        Guard::LeaseCheck,
        Guard::QuietPeriod,
        Guard::Epoch,
        Guard::KeyProof
    )]
    guard: Guard,
) {
    assert_missed(guard);
}
