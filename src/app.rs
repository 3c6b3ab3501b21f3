//! The one place where things are wired together.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    clock::{Clock, SystemClock},
    config::{Config, KeyRingSource},
    dispatch::{DispatchConfig, Dispatcher, PlatformConnector},
    domain::{calendar::Calendar, homes::Homes},
    gate::{
        PolicyDocument, PolicyError,
        coverage::Catalogue,
        origin::{PolicyOrigin, ProfileOrigin},
        policy::HostTexts,
    },
    net::{Client, LoopbackPolicy, NetConfig},
    platform::{Platforms, settings::Settings},
    probe::{OutsideConfig, Probe, ProbeConfig},
    service::{Imported, MediaHouse, MediaLimits, Parts, Service},
    store::{Location, Store},
    vault::{self, Entropy, KeyRing, SystemEntropy},
};

/// The shipped calendar of national holidays.
const CALENDAR: &str = include_str!("../config/calendar/japan.csv");

/// The shipped standard profile.
pub const STANDARD_PROFILE: &str = include_str!("../config/profiles/standard.toml");

/// All shipped profiles that a deployment may use, by name.
pub const PROFILES: &[(&str, &str)] = &[
    ("standard", STANDARD_PROFILE),
    ("kurume", include_str!("../config/profiles/kurume.toml")),
    ("yamaga", include_str!("../config/profiles/yamaga.toml")),
    ("akita", include_str!("../config/profiles/akita.toml")),
    ("misaki", include_str!("../config/profiles/misaki.toml")),
    ("towada", include_str!("../config/profiles/towada.toml")),
];

/// The clauses of the guidelines.
const CLAUSES: &str = include_str!("../config/clauses.toml");

const HOSTS: HostTexts<'_> = HostTexts {
    shorteners: include_str!("../config/lists/shorteners.txt"),
    platform_short_hosts: include_str!("../config/lists/platform-short-hosts.txt"),
    open_redirectors: include_str!("../config/lists/open-redirectors.txt"),
    official_suffixes: include_str!("../config/lists/official-suffixes.txt"),
    trusted_hosts: include_str!("../config/lists/trusted-hosts.txt"),
    listed_hosts: "",
    forbidden_mentions: "",
};

macro_rules! word_lists {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../config/lists/words/", $name, ".toml")))),+]
    };
}

const WORDS: &[(&str, &str)] = word_lists!(
    "advertising",
    "discrimination",
    "disrespect",
    "election_period",
    "infringement_hint",
    "insult",
    "obscenity",
    "policy_undecided",
    "politics_religion_election",
    "private_opinion",
    "public_order",
    "rumour",
    "secrets_markings",
    "security_sensitive",
    "violence_illegality",
);

const EXCEPTIONS: &[(&str, &str)] = &[(
    "public_comment",
    include_str!("../config/lists/exceptions/public_comment.toml"),
)];

/// A profile with the shipped lists.
///
/// # Errors
/// Names the file that is wrong.
pub fn policy_document(profile: &str) -> Result<PolicyDocument, PolicyError> {
    PolicyDocument::from_texts(profile, &HOSTS, WORDS)?.with_exceptions(EXCEPTIONS)
}

/// What this program makes of an origin: its own profile of that name, its own lists, and the site's.
///
/// # Errors
/// When it ships no such profile; else names the file that is wrong.
pub fn policy_from(origin: &PolicyOrigin) -> Result<PolicyDocument, PolicyError> {
    let profile = match &origin.profile {
        ProfileOrigin::Own(text) => text.as_str(),
        ProfileOrigin::Shipped(name) => {
            let shipped = PROFILES.iter().find(|(known, _)| known == name);
            shipped.ok_or_else(|| PolicyError::NotShipped(name.clone()))?.1
        }
    };
    let shipped = policy_document(profile)?;
    match &origin.lists {
        None => Ok(shipped),
        Some(lists) => shipped.with_site_lists(&lists.hosts(), &lists.words()),
    }
}

/// The clauses of the guidelines, and what keeps each.
///
/// # Errors
/// When the shipped file is wrong, which a test rules out.
pub fn shipped_clauses() -> Result<Catalogue, PolicyError> {
    Catalogue::parse(CLAUSES)
}

/// The shipped calendar.
///
/// # Errors
/// When the shipped file is wrong, which a test rules out.
pub fn shipped_calendar() -> anyhow::Result<Calendar> {
    Calendar::parse(CALENDAR).context("the shipped calendar")
}

/// A calendar of the deployment's own.
///
/// # Errors
/// When the file cannot be read, or is no calendar.
pub fn calendar_file(file: &Path) -> anyhow::Result<Calendar> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    Calendar::parse(&text).with_context(|| file.display().to_string())
}

/// Which part of the work a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Role {
    /// Everything.
    #[default]
    All,
    /// Serves the API; never opens the key ring, and publishes nothing.
    Api,
    /// Dispatches; serves health and metrics alone.
    Dispatch,
}

/// The wired gateway.
#[derive(Debug, Clone)]
pub struct App {
    /// The use cases.
    pub service: Service,
    /// What takes posts to their platforms.
    pub dispatcher: Dispatcher,
    /// The database.
    pub store: Store,
}

/// What differs between a deployment, a demo and a test.
pub struct Wiring {
    /// The database.
    pub location: Location,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The key ring, if this process has one.
    pub key_ring: Option<KeyRing>,
    /// National holidays.
    pub calendar: Calendar,
    /// Whether platform requests may go to this machine itself.
    pub loopback: LoopbackPolicy,
    /// An outbound proxy.
    pub proxy: Option<url::Url>,
    /// Where this gateway is reached.
    pub public_url: String,
    /// Our applications at the platforms.
    pub platforms: Settings,
    /// Where the central platforms are.
    pub homes: Homes,
    /// What is looked at outside.
    pub probe: ProbeConfig,
    /// Where pictures and films are kept, if anywhere.
    pub media: Option<MediaHouse>,
    /// How the dispatcher works.
    pub dispatch: DispatchConfig,
}

impl App {
    /// Opens the database and wires everything.
    ///
    /// # Errors
    /// When the database cannot be opened or the HTTP client cannot be made.
    pub async fn wire(wiring: Wiring) -> anyhow::Result<Self> {
        let store = Store::open(&wiring.location).await.context("the database")?;
        let net = NetConfig {
            loopback: wiring.loopback,
            proxy: wiring.proxy,
            ..NetConfig::default()
        };
        let client = Client::new(&net).context("the HTTP client")?;
        let probe = Probe::new(wiring.probe, &net).context("looking outside")?;
        let longest = wiring
            .dispatch
            .longest_request
            .to_std()
            .context("dispatch.longest_request_seconds")?;
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let platforms = Arc::new(Platforms::new(
            client,
            Arc::clone(&wiring.clock),
            longest,
            Arc::clone(&entropy),
            wiring.platforms,
        ));
        let connector = PlatformConnector::new(Arc::clone(&platforms));
        let service = Service::new(Parts {
            store: store.clone(),
            clock: wiring.clock,
            calendar: Arc::new(wiring.calendar),
            clauses: Arc::new(shipped_clauses()?),
            key_ring: wiring.key_ring.map(Arc::new),
            entropy,
            connector: Some(Arc::new(connector)),
            probe,
            homes: wiring.homes,
            media: wiring.media,
            public_url: wiring.public_url,
        });
        let dispatcher = Dispatcher::new(service.clone(), platforms, wiring.dispatch);
        Ok(Self {
            service,
            dispatcher,
            store,
        })
    }

    /// Proposes what this program's profiles and lists make of the policies in force; tells in the log what now
    /// waits for signatures. Where that fails, what is in force stays so.
    pub async fn propose_policies(&self) {
        match self.service.propose_successors(policy_from).await {
            Err(why) => tracing::error!(%why, "this program's policies cannot be proposed"),
            Ok(found) => {
                for proposed in found {
                    if let Imported::Proposed {
                        proposal,
                        digest,
                        needs,
                        ..
                    } = proposed
                    {
                        tracing::warn!(%proposal, %digest, %needs, "a version of the policy waits for signatures");
                    }
                }
            }
        }
    }

    /// The gateway that the settings describe.
    ///
    /// # Errors
    /// As [`App::wire`]; also when the key ring or the calendar cannot be read.
    pub async fn from_config(config: &Config) -> anyhow::Result<Self> {
        Self::in_role(config, Role::All).await
    }

    /// The same for a process that does only a part of the work.
    ///
    /// # Errors
    /// As [`App::from_config`]; also when the database cannot be shared.
    pub async fn in_role(config: &Config, role: Role) -> anyhow::Result<Self> {
        let location: Location = config.database.url.expose_secret().parse()?;
        anyhow::ensure!(
            role == Role::All || matches!(location, Location::Postgres(_)),
            "a SQLite database serves one process, which does everything: several need PostgreSQL"
        );
        // The key file of a node that only serves is not even looked at.
        let key_ring = match role {
            Role::Api => None,
            Role::All | Role::Dispatch => key_ring(config)?,
        };
        // Who opens no credential calls no platform: the secrets of our applications stay with those who do.
        let platforms = match key_ring {
            None => Settings::default(),
            Some(_) => config.platforms.settings()?,
        };
        let calendar = match &config.calendar.file {
            None => shipped_calendar()?,
            Some(file) => calendar_file(file)?,
        };
        let mut app = Self::wire(Wiring {
            location,
            clock: Arc::new(SystemClock),
            key_ring,
            calendar,
            loopback: config.net.loopback.into(),
            proxy: config.net.proxy.clone(),
            public_url: config.public_url.trim_end_matches('/').to_owned(),
            platforms,
            homes: config.platforms.homes(),
            probe: probe_config(config)?,
            media: Some(media_house(config)),
            dispatch: DispatchConfig {
                fail_over: config.database.fail_over.into(),
                ..config.dispatch.named(worker_name())
            },
        })
        .await?;
        app.service.pin = config.vault.pin()?;
        app.service.prices = config.platforms.x_prices;
        Ok(app)
    }
}

/// The key ring, where the settings say. A default file that does not exist is no key ring.
///
/// # Errors
/// When it is there and cannot be read.
pub fn key_ring(config: &Config) -> anyhow::Result<Option<KeyRing>> {
    match config.vault.source()? {
        None => Ok(None),
        Some(KeyRingSource::File(file)) if !Path::new(&file).exists() => Ok(None),
        Some(KeyRingSource::File(file)) => Ok(Some(vault::file::load(&file)?)),
        Some(KeyRingSource::Variable(name)) => {
            let text: SecretString = std::env::var(&name)
                .with_context(|| format!("the environment variable {name}"))?
                .into();
            Ok(Some(KeyRing::parse(text.expose_secret())?))
        }
        Some(KeyRingSource::Command(words)) => Ok(Some(KeyRing::parse(printed(&words)?.expose_secret())?)),
    }
}

/// Where the settings say that pictures and films are kept.
fn media_house(config: &Config) -> MediaHouse {
    let section = &config.media;
    let public_url = section
        .public_url
        .as_ref()
        .map_or(config.public_url.as_str(), |url| url.as_str());
    let limits = MediaLimits {
        picture_bytes: section.picture_bytes,
        film_bytes: section.film_bytes,
        unused: chrono::Duration::days(section.unused_days.max(1).into()),
        link: chrono::Duration::minutes(section.link_minutes.max(1).into()),
        public_url: public_url.trim_end_matches('/').to_owned(),
    };
    MediaHouse::new(&section.directory, limits)
}

/// What a program prints: a key ring that a secret manager or a hardware token gives out.
fn printed(words: &[String]) -> anyhow::Result<SecretString> {
    let (program, arguments) = words
        .split_first()
        .context("vault.key_ring_command names no program")?;
    let output = std::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("vault.key_ring_command: {program}"))?;
    let text = SecretString::from(String::from_utf8_lossy(&output.stdout).as_ref());
    drop(zeroize::Zeroizing::new(output.stdout));
    anyhow::ensure!(
        output.status.success(),
        "vault.key_ring_command: {program} ended with {}",
        output.status
    );
    Ok(text)
}

/// What the settings say of looking outside, with the files that they name.
fn probe_config(config: &Config) -> anyhow::Result<ProbeConfig> {
    let read = |file: &Path| std::fs::read_to_string(file).with_context(|| file.display().to_string());
    let outside = config.probe.outside.as_ref().map(|section| {
        let secret = SecretString::from(read(&section.secret_file)?);
        let roots = section.certificates_file.as_deref().map(read).transpose()?;
        anyhow::Ok(OutsideConfig {
            url: section.url.clone(),
            secret: SecretString::from(secret.expose_secret().trim()),
            timeout: std::time::Duration::from_secs(section.timeout_seconds.max(1).into()),
            emergencies: section.emergencies.into(),
            roots: roots.unwrap_or_default().into_bytes(),
        })
    });
    Ok(ProbeConfig {
        links: config.probe.limits(),
        outside: outside.transpose()?,
        ..ProbeConfig::default()
    })
}

/// A worker's name: unique in the deployment, readable in the ledger.
fn worker_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let mut random = [0; 4];
    SystemEntropy.fill(&mut random);
    format!("{}-{}-{}", host.trim(), std::process::id(), hex::encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Policy;

    #[test]
    fn the_shipped_files_can_be_used() {
        let calendar = shipped_calendar().expect("the calendar");
        assert!(calendar.last() > chrono::NaiveDate::from_ymd_opt(2027, 12, 31).expect("a date"));
        let policy = Policy::compile(policy_document(STANDARD_PROFILE).expect("the documents"));
        assert!(policy.expect("the policy").document().shorteners.len() >= 250);
        assert!(shipped_clauses().is_ok());
    }
    #[test]
    fn every_profile_in_the_folder_is_shipped_under_its_name() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/profiles");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("a folder")
            .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
            .filter(|name| name != "demo") // of the demo alone
            .collect();
        files.sort();
        let mut shipped: Vec<&str> = PROFILES.iter().map(|(name, _)| *name).collect();
        shipped.sort_unstable();
        assert_eq!(files, shipped);
        for (name, text) in PROFILES {
            let document = policy_document(text).expect("a document");
            assert_eq!(document.profile.name, *name);
            Policy::compile(document).expect(name);
        }
    }
}
