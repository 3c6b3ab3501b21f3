//! Looks outside, so that the gate need not: where links lead, and what an outside checker says. What is
//! seen reaches the gate as [`crate::domain::evidence::Evidence`]; what is not seen is missing there.

mod links;
mod opinion;
mod outside;
mod refresh;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::net::{Names, NetConfig, NetError};

pub use links::{LinkLimits, LinkProbe, MOST_HOPS, READ_BYTES};
pub use outside::{Emergencies, OutsideChecker, OutsideConfig, OutsideError, SHORTEST_SECRET, SIGNATURE};

/// What may be looked at from here. The default is nothing: a closed network cannot.
#[derive(Debug, Clone, Default)]
pub struct ProbeConfig {
    /// How links are looked at, if they are.
    pub links: Option<LinkLimits>,
    /// The outside checker, if there is one.
    pub outside: Option<OutsideConfig>,
    /// What turns names into addresses, if not the machine. A test has its own.
    pub names: Option<Arc<dyn Names>>,
}

/// Why nothing can be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The HTTP client.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The outside checker.
    #[error("the outside checker: {0}")]
    Outside(#[from] OutsideError),
}

/// Looks outside.
#[derive(Debug, Clone, Default)]
pub struct Probe {
    links: Option<LinkProbe>,
    outside: Option<OutsideChecker>,
}

impl Probe {
    /// Sets up what the settings ask for, on the way out that everything else takes.
    ///
    /// # Errors
    /// See [`ProbeError`].
    pub fn new(config: ProbeConfig, net: &NetConfig) -> Result<Self, ProbeError> {
        let net = NetConfig {
            names: config.names.unwrap_or_else(|| Arc::clone(&net.names)),
            ..net.clone()
        };
        let links = config.links.map(|limits| LinkProbe::new(&net, limits));
        let outside = config.outside.map(|outside| OutsideChecker::new(outside, &net));
        Ok(Self {
            links: links.transpose()?,
            outside: outside.transpose()?,
        })
    }

    /// Looks at links, if they are looked at from here.
    #[must_use]
    pub const fn links(&self) -> Option<&LinkProbe> {
        self.links.as_ref()
    }

    /// The outside checker, if there is one.
    #[must_use]
    pub const fn outside(&self) -> Option<&OutsideChecker> {
        self.outside.as_ref()
    }

    /// Whether anything is looked at from here.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.links.is_none() && self.outside.is_none()
    }
}
