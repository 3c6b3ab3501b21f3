//! What a request carries: bytes that are there, or a file that is read while it leaves. A film is never in memory
//! whole.

use std::{
    fmt,
    io::{Error, ErrorKind},
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures::Stream as _;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncReadExt as _, Take};
use tokio_util::{bytes::Bytes, io::ReaderStream};

/// How much is read at once.
const PIECE: usize = 256 * 1024;

/// What is read while it leaves.
type Reader = Box<dyn AsyncRead + Send + Sync + Unpin>;

/// A body of a known length that is read while it leaves.
pub struct Streamed {
    pieces: ReaderStream<Take<Reader>>,
    left: u64,
}

impl Streamed {
    /// The next `length` bytes of a reader. If there are fewer, the request breaks off.
    #[must_use]
    pub fn new(reader: impl AsyncRead + Send + Sync + Unpin + 'static, length: u64) -> Self {
        let reader: Reader = Box::new(reader);
        Self {
            pieces: ReaderStream::with_capacity(reader.take(length), PIECE),
            left: length,
        }
    }
}

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let read = ready!(Pin::new(&mut self.pieces).poll_next(context));
        Poll::Ready(match read {
            Some(Ok(piece)) => {
                self.left = self.left.saturating_sub(piece.len() as u64);
                Some(Ok(Frame::data(piece)))
            }
            Some(Err(why)) => Some(Err(why)),
            None if self.left > 0 => Some(Err(Error::from(ErrorKind::UnexpectedEof))),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// What a request carries.
pub(super) enum Body {
    /// Bytes that are there.
    Whole(Vec<u8>),
    /// What is read while it leaves.
    Streamed(Streamed),
}

impl From<Body> for reqwest::Body {
    fn from(body: Body) -> Self {
        match body {
            Body::Whole(bytes) => bytes.into(),
            Body::Streamed(streamed) => Self::wrap(streamed),
        }
    }
}

impl fmt::Debug for Body {
    /// How long it is, and nothing of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => bytes.len().fmt(f),
            Self::Streamed(streamed) => streamed.left.fmt(f),
        }
    }
}
