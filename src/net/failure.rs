//! What a failed call proves.

use std::{error::Error, io};

use super::{names::NameError, resolver::NoPublicAddress};
use crate::vocabulary;

vocabulary! {
    /// What stood in the way of a request that did not leave.
    Obstacle {
        /// The request itself: it cannot be made, or our own rules refuse it.
        Request = "request",
        /// The host is not on the public internet.
        NotPublic = "not_public",
        /// There is no such host.
        NoSuchHost = "no_such_host",
        /// The host's certificate is not valid for it.
        Certificate = "certificate",
        /// No connection came about for another reason.
        Connection = "connection",
    }
}

/// Why there is no answer. The two kinds are told apart by what may be done next: after the first the call
/// can be repeated, after the second it may already have had its effect.
///
/// The texts name no path, query, header or body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No byte of the request left: refused by our own rules, or no connection came about.
    #[error("not sent: {why}")]
    NotSent {
        /// What stood in the way.
        obstacle: Obstacle,
        /// What went wrong.
        why: String,
    },
    /// Something of the request may have left; nobody knows what became of it.
    #[error("no usable answer: {why}")]
    Ambiguous {
        /// What went wrong.
        why: String,
    },
}

impl FetchError {
    /// Nothing left.
    pub(super) fn not_sent(obstacle: Obstacle, why: impl Into<String>) -> Self {
        let why = why.into();
        Self::NotSent { obstacle, why }
    }

    /// Something may have left.
    pub(super) fn ambiguous(why: impl Into<String>) -> Self {
        Self::Ambiguous { why: why.into() }
    }

    /// What went wrong.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::NotSent { why, .. } | Self::Ambiguous { why } => why,
        }
    }

    /// Judges an error of the sending. Only what the connector itself reports, before the connection is
    /// handed over to the request, proves that nothing left; a total time-out proves nothing.
    pub(super) fn of_sending(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            let why = format!("the request cannot be made: {}", root(error));
            Self::not_sent(Obstacle::Request, why)
        } else if error.is_connect() {
            Self::not_sent(obstacle(error), format!("no connection: {}", root(error)))
        } else if error.is_timeout() {
            Self::ambiguous("no answer in time")
        } else {
            Self::ambiguous(format!("the connection failed: {}", root(error)))
        }
    }

    /// Judges an error of reading the answer's body.
    pub(super) fn of_reading(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::ambiguous("the answer did not end in time")
        } else {
            Self::ambiguous(format!("the answer broke off: {}", root(error)))
        }
    }
}

/// What stood in the way of a connection, as far as one of its causes tells.
fn obstacle(error: &(dyn Error + 'static)) -> Obstacle {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if inner.is::<NoPublicAddress>() {
            return Obstacle::NotPublic;
        }
        if let Some(NameError::NoSuchHost) = inner.downcast_ref() {
            return Obstacle::NoSuchHost;
        }
        if let Some(rustls::Error::InvalidCertificate(_)) = inner.downcast_ref() {
            return Obstacle::Certificate;
        }
        // An I/O error does not name the error that it wraps as its source, but that one's source.
        let wrapped = inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => inner.source(),
        };
    }
    Obstacle::Connection
}

/// The innermost cause. The outer ones may contain the address with its query.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if cause.downcast_ref::<reqwest::Error>().is_some() {
        return "no further cause is known".to_owned();
    }
    cause.to_string()
}
