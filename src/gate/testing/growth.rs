//! Whether work grows with the length of a text, and no faster.

use std::{hint::black_box, time::Duration};

use rustix::time::{ClockId, clock_gettime};

/// Linear work takes four times as long for four times the text, and a little more; work that grows with the
/// square takes sixteen times as long.
const MOST: f64 = 9.0;

/// How often both lengths are tried, in turns. Others on the machine only ever make a try slower, even though
/// the time of this thread alone is counted, so the fastest ones count, and one good pair is enough.
const TRIES: usize = 40;

/// The processor time of this thread.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("no time before the first");
    let nanoseconds = u32::try_from(time.tv_nsec).expect("less than a second");
    Duration::new(seconds, nanoseconds)
}

/// How much longer work takes at best for a text of four times as many characters.
fn growth<T>(piece: &str, letters: usize, work: &mut impl FnMut(&str) -> T) -> f64 {
    let text = |letters: usize| piece.chars().cycle().take(letters).collect::<String>();
    let (short, long) = (text(letters), text(4 * letters));
    let mut timed = |text: &str| {
        let begin = used();
        black_box(work(black_box(text)));
        used() - begin
    };
    let mut least = (Duration::MAX, Duration::MAX);
    let mut growth = f64::INFINITY;
    for _ in 0..TRIES {
        least = (least.0.min(timed(&short)), least.1.min(timed(&long)));
        growth = least.1.as_secs_f64() / least.0.as_secs_f64();
        if growth < MOST {
            break;
        }
    }
    growth
}

/// Sees to it that the work for texts of this piece, again and again, is linear from so many characters on.
pub(in crate::gate) fn assert_linear<T>(piece: &str, letters: usize, mut work: impl FnMut(&str) -> T) {
    let growth = growth(piece, letters, &mut work);
    assert!(
        growth < MOST,
        "{piece:?}: four times the text takes {growth:.1} times as long"
    );
}

#[test]
fn what_grows_with_the_square_is_told() {
    let mut pairs = |text: &str| {
        let bytes = text.bytes();
        bytes
            .map(|byte| text.bytes().filter(|other| *other == byte).count())
            .sum::<usize>()
    };
    assert!(growth("ab", 400, &mut pairs) >= MOST);
    assert_linear("ab", 40_000, |text| {
        text.bytes().filter(|byte| *byte == b'a').count()
    });
}
