//! Files whose bytes are compared while they are read. All of a file is hashed once, and with it each of its pieces;
//! from then on whoever wants a part of it, such as a player that asks for a film piece by piece, costs no more than
//! that part.

use std::{
    collections::VecDeque,
    io::{ErrorKind, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use futures::{Stream, StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _},
};

use super::{
    DepotError,
    directory::{Depot, at, opened},
};
use crate::domain::{digest::MediaDigest, ids::OrganizationId};

/// How long a piece is: what a request has in memory, and what is read for the smallest part.
const PIECE: u64 = 1 << 20;

/// Of how many files the pieces are remembered: 32 KiB for a film of a gigabyte.
const REMEMBERED: usize = 256;

/// Whose file, and which.
type Place = (OrganizationId, MediaDigest);

/// The digests of a file's pieces, from the time when all of it was hashed.
#[derive(Debug)]
struct Pieces {
    length: u64,
    digests: Vec<[u8; 32]>,
}

/// The pieces of the files that were hashed last, the newest at the end.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<VecDeque<(Place, Arc<Pieces>)>>);

impl Known {
    fn of(&self, place: Place) -> Option<Arc<Pieces>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|(other, _)| *other == place);
        found.map(|(_, pieces)| Arc::clone(pieces))
    }

    fn learn(&self, place: Place, pieces: &Arc<Pieces>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(other, _)| *other != place);
        if known.len() >= REMEMBERED {
            known.pop_front();
        }
        known.push_back((place, Arc::clone(pieces)));
    }
}

/// A file that was hashed, now or before. What is read of it is compared with what it was then.
#[derive(Debug)]
pub struct Checked {
    file: File,
    path: PathBuf,
    digest: MediaDigest,
    pieces: Arc<Pieces>,
}

impl Depot {
    /// A file whose bytes are those of the digest. It is hashed the first time only: later its pieces are compared
    /// when they are read.
    ///
    /// # Errors
    /// When they are not there, or are others.
    pub async fn check(
        &self,
        organization: OrganizationId,
        digest: MediaDigest,
    ) -> Result<Checked, DepotError> {
        let (place, path) = ((organization, digest), self.path(organization, digest));
        let mut file = opened(&path, digest).await?;
        let pieces = match self.known.of(place) {
            Some(pieces) => pieces,
            None => {
                let pieces = Arc::new(hashed(&mut file, &path, digest).await?);
                self.known.learn(place, &pieces);
                pieces
            }
        };
        Ok(Checked {
            file,
            path,
            digest,
            pieces,
        })
    }
}

impl Checked {
    /// How many bytes it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.pieces.length
    }

    /// These bytes of it, piece by piece. The first piece is compared before this returns; where a later one is
    /// another than it was, an error ends the stream.
    ///
    /// # Errors
    /// When the bytes are others, or cannot be read.
    pub async fn read(
        mut self,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, DepotError>> + Send + use<>, DepotError> {
        let begin = range.start / PIECE * PIECE;
        let found = self.file.seek(SeekFrom::Start(begin)).await;
        found.map_err(at(&self.path))?;
        let mut reading = Reading {
            end: range.end.min(self.length()),
            next: range.start,
            of: self,
        };
        let first = reading.piece().await?;
        let rest = stream::try_unfold(reading, async |mut reading| {
            let piece = reading.piece().await?;
            Ok::<_, DepotError>(piece.map(|piece| (piece, reading)))
        });
        Ok(stream::iter(first.map(Ok)).chain(rest))
    }
}

/// A part of a file that is being read.
struct Reading {
    of: Checked,
    next: u64,
    end: u64,
}

impl Reading {
    /// What is wanted of the next piece; none at the end.
    async fn piece(&mut self) -> Result<Option<Vec<u8>>, DepotError> {
        if self.next >= self.end {
            return Ok(None);
        }
        let (number, pieces) = (self.next / PIECE, &self.of.pieces);
        let begin = number * PIECE;
        let mut piece = vec![0; small((pieces.length - begin).min(PIECE))];
        match self.of.file.read_exact(&mut piece).await {
            Err(why) if why.kind() == ErrorKind::UnexpectedEof => {
                return Err(DepotError::Altered(self.of.digest));
            }
            other => other.map_err(at(&self.of.path))?,
        };
        let digest: [u8; 32] = Sha256::digest(&piece).into();
        if pieces.digests.get(small(number)) != Some(&digest) {
            return Err(DepotError::Altered(self.of.digest));
        }
        piece.truncate(small(self.end - begin));
        piece.drain(..small(self.next - begin));
        self.next += piece.len() as u64;
        Ok(Some(piece))
    }
}

/// Hashes all of a file, and each of its pieces.
async fn hashed(file: &mut File, path: &Path, digest: MediaDigest) -> Result<Pieces, DepotError> {
    let (mut whole, mut digests, mut length) = (Sha256::new(), Vec::new(), 0);
    loop {
        let mut piece = Vec::with_capacity(small(PIECE));
        let read = (&mut *file).take(PIECE).read_to_end(&mut piece).await;
        length += read.map_err(at(path))? as u64;
        if piece.is_empty() {
            break;
        }
        whole.update(&piece);
        digests.push(Sha256::digest(&piece).into());
    }
    if MediaDigest::new(whole.finalize().into()) != digest {
        return Err(DepotError::Altered(digest));
    }
    Ok(Pieces { length, digests })
}

/// Lengths within a piece, and numbers of pieces, are small everywhere.
fn small(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
