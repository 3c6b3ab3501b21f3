//! `sekisho vault`: makes, rotates and shows the key ring.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use indicatif::ProgressBar;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    app::{App, key_ring},
    config::{Config, KeyRingSource},
    domain::{
        actor::{Actor, Person},
        ids::OrganizationId,
    },
    fault,
    service::{CREDENTIAL, Consent},
    store::credentials,
    vault::{self, Keeper, KeyId, KeyRing, Secret, SystemEntropy},
};

/// Credentials at rest.
#[derive(Debug, Subcommand)]
pub enum VaultCommand {
    /// Makes a key ring file, readable by this user alone. Never replaces one.
    Init {
        /// The first key's name.
        #[arg(long, default_value = "k1")]
        key: KeyId,
    },
    /// Adds a key, makes it the current one and re-wraps every credential under it. Can be run again if it
    /// was interrupted.
    Rotate {
        /// The new key's name.
        #[arg(long)]
        key: KeyId,
    },
    /// Shows which keys there are, how many credentials each one wraps, and the fingerprint of the public key that
    /// nodes without a key ring seal to.
    Status,
    /// Makes a key for somebody who may open emergency envelopes: a file for them alone, readable by this user, and
    /// the public key to name with `export --to`.
    Keeper {
        /// Where the key goes; never over a file that is there.
        #[arg(long)]
        out: PathBuf,
    },
    /// Puts every credential into an envelope for the day when this machine is gone. An administrator and an auditor
    /// consent, each with a token; either of the keepers can open it. The ledger is told.
    Export {
        /// A keeper's age public key, age1…; two or more.
        #[arg(long = "to", required = true)]
        keepers: Vec<Keeper>,
        /// A file with the administrator's API token.
        #[arg(long)]
        administrator: PathBuf,
        /// A file with the auditor's API token.
        #[arg(long)]
        auditor: PathBuf,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Where the envelope goes; never over a file that is there.
        #[arg(long)]
        out: PathBuf,
    },
    /// Takes the credentials of an envelope into this vault: at a second site, or when the key ring is lost.
    Adopt {
        /// The envelope.
        envelope: PathBuf,
        /// A file with the age identity of one of the keepers.
        #[arg(long)]
        identity: PathBuf,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
}

/// Runs `sekisho vault`.
pub async fn run(config: &Config, command: VaultCommand) -> anyhow::Result<()> {
    match command {
        VaultCommand::Init { key } => {
            let file = ring_file(config)?;
            vault::file::create(&file, &KeyRing::generate(key, &SystemEntropy))?;
            println!(
                "{}: keep a copy of it in a safe place; without it no credential opens",
                file.display()
            );
            Ok(())
        }
        VaultCommand::Rotate { key } => rotate(config, key).await,
        VaultCommand::Status => status(config).await,
        VaultCommand::Keeper { out } => {
            let (keeper, identity) = vault::new_keeper();
            write_new(&out, identity.expose())?;
            println!("{keeper}");
            Ok(())
        }
        VaultCommand::Export {
            keepers,
            administrator,
            auditor,
            reason,
            out,
        } => {
            let app = App::from_config(config).await?;
            let (administrator, auditor) =
                (person(&app, &administrator).await?, person(&app, &auditor).await?);
            let consent = Consent {
                administrator: &administrator,
                auditor: &auditor,
                reason: &reason,
            };
            let envelope = app.service.export_credentials(consent, &keepers).await?;
            app.store.close().await;
            write_new(&out, &envelope)?;
            println!("{}: renew the credentials after it was opened", out.display());
            Ok(())
        }
        VaultCommand::Adopt {
            envelope,
            identity,
            organization,
        } => adopt(config, &envelope, &identity, organization).await,
    }
}

fn ring_file(config: &Config) -> anyhow::Result<std::path::PathBuf> {
    match config.vault.source()? {
        Some(KeyRingSource::File(file)) => Ok(file),
        _ => bail!("the key ring is not in a file (vault.key_ring_file): add the key where it is kept"),
    }
}

async fn rotate(config: &Config, key: KeyId) -> anyhow::Result<()> {
    let file = ring_file(config)?;
    let mut ring = vault::file::load(&file)?;
    if !ring.contains(&key) {
        ring.add_key(key, &SystemEntropy)?;
        vault::file::replace(&file, &ring)?;
        fault::point("rotated");
    }
    let app = App::from_config(config).await?;
    let mut reader = app.store.read().await?;
    let rows = credentials::all(&mut reader).await?;
    drop(reader);
    let total = rows.len();
    let current = ring.current_id().to_string();
    let older: Vec<_> = rows.into_iter().filter(|row| row.key_id != current).collect();
    let progress = ProgressBar::new(older.len().try_into().unwrap_or_default());
    let mut done = 0;
    for row in older {
        done += usize::from(rewrap(&app, &ring, row).await?);
        progress.inc(1);
    }
    progress.finish_and_clear();
    println!("{done} of {total} credentials re-wrapped under {current}");
    Ok(())
}

async fn rewrap(app: &App, ring: &KeyRing, row: credentials::SealedRow) -> anyhow::Result<bool> {
    let place = vault::SecretRef {
        organization: row.organization,
        account: row.account,
        name: CREDENTIAL,
        version: row.version,
    };
    let rewrapped = vault::rewrap(
        ring,
        &place,
        &vault::Sealed::from_bytes(&row.sealed)?,
        &SystemEntropy,
    )?;
    let (key, bytes) = (rewrapped.sealed.key_id().to_string(), rewrapped.sealed.to_bytes());
    Ok(app
        .service
        .record_rewrap(row, key, bytes, Actor::Operator)
        .await?)
}

async fn status(config: &Config) -> anyhow::Result<()> {
    let ring = key_ring(config)?.context("there is no key ring: run `sekisho vault init`")?;
    let app = App::from_config(config).await?;
    let mut reader = app.store.read().await?;
    let mut wrapped: BTreeMap<String, usize> = BTreeMap::new();
    for row in credentials::all(&mut reader).await? {
        *wrapped.entry(row.key_id).or_default() += 1;
    }
    for id in ring.ids() {
        let mark = if id == ring.current_id() {
            "current"
        } else {
            "older"
        };
        println!(
            "{id}\t{mark}\t{} credentials",
            wrapped.remove(id.as_str()).unwrap_or(0)
        );
    }
    for (missing, count) in wrapped {
        println!("{missing}\tMISSING\t{count} credentials that cannot be opened");
    }
    let (_, public) = vault::handover_key(&ring)?;
    println!("dispatchers\t{}", public.fingerprint());
    Ok(())
}

/// Whose token is in the file.
async fn person(app: &App, file: &Path) -> anyhow::Result<Person> {
    let token = SecretString::from(read(file)?);
    let person = app.service.authenticate(token.expose_secret().trim()).await;
    person.with_context(|| file.display().to_string())
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

fn write_new(file: &Path, text: &str) -> anyhow::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(file);
    let mut opened = opened.with_context(|| file.display().to_string())?;
    opened.write_all(text.as_bytes())?;
    Ok(opened.sync_all()?)
}

async fn adopt(
    config: &Config,
    envelope: &Path,
    identity: &Path,
    organization: Option<OrganizationId>,
) -> anyhow::Result<()> {
    let opened = vault::disclose(&read(envelope)?, &Secret::new(read(identity)?))?;
    let app = App::from_config(config).await?;
    let organization = super::organization(&app, organization).await?;
    let brought = app.service.bring_in_credentials(organization, &opened).await?;
    app.store.close().await;
    for name in &brought.accounts {
        println!("{name}: taken in; it is used once its server has accepted it");
    }
    for name in &brought.unknown {
        println!("{name}: not in this register, left out");
    }
    Ok(())
}
