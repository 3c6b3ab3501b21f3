//! Chance that begins with a seed: the same seed, the same texts, on every machine.

/// `SplitMix64` (Steele, Lea, Flood 2014).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below another, which is not zero.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a number");
        usize::try_from(self.next() % end).expect("below an index")
    }

    /// Once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Any character.
    pub(super) fn character(&mut self) -> char {
        loop {
            let code = u32::try_from(self.below(0x11_0000)).expect("a code point");
            // Half of them where most scripts are.
            let code = if self.once_in(2) { code } else { code & 0x3FFF };
            if let Some(c) = char::from_u32(code) {
                return c;
            }
        }
    }
}
