//! `sekisho vault`: makes, rotates and shows the key ring.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use clap::Subcommand;

use crate::{
    app::{App, key_ring},
    config::{Config, KeyRingSource},
    domain::actor::Actor,
    fault,
    store::secrets,
    vault::{self, KeyId, KeyRing, SystemEntropy},
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
    /// Shows which keys there are and how many credentials each one wraps.
    Status,
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
    let rows = secrets::all(&mut reader).await?;
    drop(reader);
    let total = rows.len();
    let current = ring.current_id().to_string();
    let mut done = 0;
    for row in rows.into_iter().filter(|row| row.key_id != current) {
        done += usize::from(rewrap(&app, &ring, row).await?);
    }
    println!("{done} of {total} credentials re-wrapped under {current}");
    Ok(())
}

async fn rewrap(app: &App, ring: &KeyRing, row: secrets::SealedRow) -> anyhow::Result<bool> {
    let place = vault::SecretRef {
        organization: row.organization,
        account: row.account,
        name: &row.name,
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
    for row in secrets::all(&mut reader).await? {
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
    Ok(())
}
