//! How the client is set up, and why it cannot be.

use std::{fmt, net::IpAddr, sync::Arc};

use url::Url;

use super::{
    is_public,
    names::{Names, SystemNames},
};
use crate::vocabulary;

vocabulary! {
    /// Whether this machine itself may be called. Only demonstrations and tests do.
    #[derive(Default)]
    LoopbackPolicy {
        /// Never.
        #[default]
        Refused = "refused",
        /// Yes, and without TLS too.
        Allowed = "allowed",
    }
}

impl LoopbackPolicy {
    /// Whether an address may be connected to.
    pub(super) fn permits(self, address: IpAddr) -> bool {
        is_public(address) || (self == Self::Allowed && address.is_loopback())
    }
}

vocabulary! {
    /// Whether hosts on the public internet may be called without TLS. Only what looks at links does, since
    /// it has to see what a reader would see; it sends nothing that anybody could misuse.
    #[derive(Default)]
    PlainHttp {
        /// Never.
        #[default]
        Refused = "refused",
        /// Yes.
        Allowed = "allowed",
    }
}

/// How the client is set up. The default is right for production without a proxy.
#[derive(Clone)]
pub struct NetConfig {
    /// Whether this machine itself may be called.
    pub loopback: LoopbackPolicy,
    /// The proxy for everything that leaves by https. Names are then resolved by the proxy, so it is the
    /// proxy that keeps inner addresses out of reach; literal addresses are still checked here.
    pub proxy: Option<Url>,
    /// What servers are told who calls; empty for the program's name and version.
    pub user_agent: String,
    /// Certificates (PEM) to trust besides the machine's own, such as that of an inspecting proxy.
    pub extra_roots: Vec<u8>,
    /// Whether hosts on the public internet may be called without TLS.
    pub plain: PlainHttp,
    /// The one host that may stand inside, as it is written in the address that the administrator chose.
    pub inside: Option<String>,
    /// What turns names into addresses.
    pub names: Arc<dyn Names>,
}

impl Default for NetConfig {
    fn default() -> Self {
        Self {
            loopback: LoopbackPolicy::Refused,
            proxy: None,
            user_agent: String::new(),
            extra_roots: Vec::new(),
            plain: PlainHttp::Refused,
            inside: None,
            names: Arc::new(SystemNames),
        }
    }
}

impl fmt::Debug for NetConfig {
    /// A proxy's address may carry a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetConfig")
            .field("loopback", &self.loopback)
            .field("proxy", &self.proxy.as_ref().and_then(Url::host_str))
            .field("user_agent", &self.user_agent)
            .field("extra_roots", &self.extra_roots.len())
            .field("plain", &self.plain)
            .field("inside", &self.inside)
            .finish_non_exhaustive()
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The proxy's address is not that of a proxy.
    #[error("the proxy must be an http or https address with a host")]
    Proxy,
    /// The additional certificates cannot be read.
    #[error("the additional certificates are not PEM")]
    Roots,
    /// TLS or the user agent's text.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
}
