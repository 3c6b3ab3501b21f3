//! How much of a series (連投) is out: each call sends one part, and after one nobody can tell of, none follows.

use crate::domain::attempt::RemoteRef;

/// The parts of one delivery, each sent by a call of its own. Most posts have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    of: u16,
    out: u16,
    first: Option<RemoteRef>,
}

impl Series {
    /// So many calls, none made; a post is at least one.
    #[must_use]
    pub fn of(parts: u16) -> Self {
        Self {
            of: parts.max(1),
            out: 0,
            first: None,
        }
    }

    /// Puts together what was stored; none if that cannot be.
    #[must_use]
    pub fn stored(of: u16, out: u16, first: Option<RemoteRef>) -> Option<Self> {
        let sound = of > 0 && out <= of && (out > 0) == first.is_some();
        sound.then_some(Self { of, out, first })
    }

    /// How many calls it takes.
    #[must_use]
    pub const fn parts(&self) -> u16 {
        self.of
    }

    /// How many parts are out: the number of the one that goes next.
    #[must_use]
    pub const fn out(&self) -> u16 {
        self.out
    }

    /// Where the first part is.
    #[must_use]
    pub const fn first(&self) -> Option<&RemoteRef> {
        self.first.as_ref()
    }

    /// The next part is out, here.
    #[must_use]
    pub(super) fn grown(self, remote: RemoteRef) -> Self {
        Self {
            out: self.of.min(self.out + 1),
            first: self.first.or(Some(remote)),
            ..self
        }
    }

    /// Whether all parts are out.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.out == self.of
    }
}
