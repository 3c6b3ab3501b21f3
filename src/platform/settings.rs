//! What the configuration says of platforms: addresses, versions, our applications there. Numbers and addresses
//! are defaults of the platforms' documents, not constants.

use url::Url;

use super::bluesky::ClientKey;
use crate::vault::Secret;

/// This program, as a platform knows it.
#[derive(Debug)]
pub struct Application {
    /// The id that the platform gave us.
    pub client_id: String,
    /// The secret that goes with it.
    pub client_secret: Secret,
}

/// X.
#[derive(Debug)]
pub struct X {
    /// Where a person consents.
    pub authorize: Url,
    /// Our application.
    pub application: Option<Application>,
    /// The parameter that asks for a post's fields; X is renaming it.
    pub fields_parameter: String,
}

/// Facebook Pages.
#[derive(Debug)]
pub struct Facebook {
    /// Where a person consents, without the version.
    pub dialog: Url,
    /// The version of the Graph API.
    pub version: String,
    /// Our application.
    pub application: Option<Application>,
}

/// Instagram, by Instagram Login.
#[derive(Debug)]
pub struct Instagram {
    /// Where a person consents.
    pub authorize: Url,
    /// Where a code is exchanged.
    pub exchange: Url,
    /// The version of the Graph API.
    pub version: String,
    /// Our application.
    pub application: Option<Application>,
}

/// Threads.
#[derive(Debug)]
pub struct Threads {
    /// Where a person consents.
    pub authorize: Url,
    /// The version of the API.
    pub version: String,
    /// Our application.
    pub application: Option<Application>,
}

/// Bluesky.
#[derive(Debug)]
pub struct Bluesky {
    /// The directory of identifiers.
    pub directory: Url,
    /// The key by which this program proves to servers that it is itself.
    pub client_key: Option<ClientKey>,
}

/// What the configuration says of all platforms.
#[derive(Debug)]
pub struct Settings {
    /// X.
    pub x: X,
    /// Facebook Pages.
    pub facebook: Facebook,
    /// Instagram.
    pub instagram: Instagram,
    /// Threads.
    pub threads: Threads,
    /// Bluesky.
    pub bluesky: Bluesky,
}

impl Default for Settings {
    /// The platforms' own addresses, and no application.
    ///
    /// # Panics
    /// Never: the addresses below are addresses.
    fn default() -> Self {
        let address = |text: &str| text.parse().expect("an address of this file");
        Self {
            x: X {
                authorize: address("https://x.com/i/oauth2/authorize"),
                application: None,
                fields_parameter: "tweet.fields".to_owned(),
            },
            facebook: Facebook {
                dialog: address("https://www.facebook.com"),
                version: "v26.0".to_owned(),
                application: None,
            },
            instagram: Instagram {
                authorize: address("https://www.instagram.com/oauth/authorize"),
                exchange: address("https://api.instagram.com/oauth/access_token"),
                version: "v26.0".to_owned(),
                application: None,
            },
            threads: Threads {
                authorize: address("https://threads.net/oauth/authorize"),
                version: "v1.0".to_owned(),
                application: None,
            },
            bluesky: Bluesky {
                directory: address("https://plc.directory"),
                client_key: None,
            },
        }
    }
}
