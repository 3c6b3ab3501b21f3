//! The record of every publish request that reached the sandbox.

use serde::{Deserialize, Serialize};

use super::world::World;

/// What became of a publish request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// Still being held back by a fault.
    Waiting,
    /// Accepted and answered.
    Accepted,
    /// Its key was known: the earlier status was answered.
    Replayed,
    /// Answered with an error (or with something unreadable) and nothing was created.
    Refused,
    /// The connection was closed without an answer and nothing was created.
    CutBefore,
    /// Processed, then the connection was closed without an answer.
    AcceptedThenCut,
    /// Processed, then answered with an error.
    AcceptedThenStatus,
    /// Processed, then answered with a page of HTML.
    AcceptedThenHtml,
    /// Processed, then no answer for a while, then the connection was closed.
    AcceptedThenHang,
    /// Processed, then answered with a success that no client can read.
    AcceptedUnreadable,
    /// The connection was closed without an answer; the request will be processed later.
    LandingLate,
    /// The connection was closed without an answer and the request was processed later.
    LandedLate,
}

/// One publish request, whether or not it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// The order of arrival, from 1. Never reused, not even after a clear.
    pub seq: u64,
    /// RFC 3339 with microseconds.
    pub at: String,
    /// The username behind the token; none when the token is unknown.
    pub account: Option<String>,
    /// The text as it was sent.
    pub text: String,
    /// The `Idempotency-Key` header.
    pub idempotency_key: Option<String>,
    /// What became of it.
    pub done: Done,
    /// The status that was created or found by its key.
    pub status_id: Option<String>,
    /// Whether this very request created that status.
    pub created: bool,
    /// The HTTP status code of the answer; none when there was no answer.
    pub http_status: Option<u16>,
}

/// How the publish handler ended. It travels as an extension of the response, so that faults applied afterwards can
/// record what they covered up.
#[derive(Debug, Clone)]
pub(super) struct Published {
    pub(super) id: String,
    pub(super) created: bool,
}

impl World {
    pub(super) fn arrive(
        &mut self,
        at: String,
        account: Option<String>,
        text: String,
        key: Option<String>,
    ) -> u64 {
        self.arrivals_seen += 1;
        self.arrivals.push(Arrival {
            seq: self.arrivals_seen,
            at,
            account,
            text,
            idempotency_key: key,
            done: Done::Waiting,
            status_id: None,
            created: false,
            http_status: None,
        });
        self.arrivals_seen
    }

    /// Notes what became of an arrival. After a clear there is nothing to note.
    pub(super) fn conclude(
        &mut self,
        seq: u64,
        done: Done,
        published: Option<&Published>,
        http_status: Option<u16>,
    ) {
        if let Some(arrival) = self.arrival_mut(seq) {
            arrival.done = done;
            arrival.http_status = http_status;
            if let Some(published) = published {
                arrival.status_id = Some(published.id.clone());
                arrival.created = published.created;
            }
        }
    }

    /// Whether the arrival is still on record.
    pub(super) fn remembers(&self, seq: u64) -> bool {
        self.arrivals
            .binary_search_by_key(&seq, |arrival| arrival.seq)
            .is_ok()
    }

    fn arrival_mut(&mut self, seq: u64) -> Option<&mut Arrival> {
        let index = self
            .arrivals
            .binary_search_by_key(&seq, |arrival| arrival.seq)
            .ok()?;
        self.arrivals.get_mut(index)
    }
}
