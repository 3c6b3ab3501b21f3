//! Names to addresses, as the machine knows them.

use std::{fmt, io, net::IpAddr};

use futures::future::BoxFuture;

/// Turns names into addresses. A test has its own.
pub trait Names: fmt::Debug + Send + Sync {
    /// All addresses of a name.
    fn addresses<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, NameError>>;
}

/// Why a name has no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Whoever answers for it says that it does not exist, or that it has no address.
    #[error("there is no such host")]
    NoSuchHost,
    /// Nobody answered, or the answer cannot be used: it may exist.
    #[error("the name could not be looked up: {0}")]
    NoAnswer(String),
}

/// What the C library says of a name that has no address, in its versions. It has no other way to tell
/// that we can read, and nobody translates its words for us. What is not listed counts as no answer.
const NO_SUCH_HOST: [&str; 5] = [
    "Name or service not known",
    "No address associated with hostname",
    "Name does not resolve",
    "Name has no usable address",
    "nodename nor servname provided, or not known",
];

impl From<io::Error> for NameError {
    fn from(why: io::Error) -> Self {
        let said = why.to_string();
        if NO_SUCH_HOST.iter().any(|text| said.ends_with(text)) {
            Self::NoSuchHost
        } else {
            Self::NoAnswer(said)
        }
    }
}

/// The machine's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNames;

impl Names for SystemNames {
    fn addresses<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, NameError>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_cannot_exist_does_not() {
        // RFC 6761: `.invalid` never resolves. Without any resolver there is no answer at all.
        match SystemNames.addresses("no-such-host.invalid").await {
            Err(NameError::NoSuchHost | NameError::NoAnswer(_)) => {}
            Ok(found) => panic!("{found:?}"),
        }
    }

    #[test]
    fn only_what_is_said_clearly_means_that_there_is_no_host() {
        let said = |text: &str| NameError::from(io::Error::other(text.to_owned()));
        let clear = "failed to lookup address information: Name or service not known";
        assert_eq!(said(clear), NameError::NoSuchHost);
        let unclear = "failed to lookup address information: Temporary failure in name resolution";
        assert_eq!(said(unclear), NameError::NoAnswer(unclear.to_owned()));
    }
}
