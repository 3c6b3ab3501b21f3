//! What the doctor looks at, one function each.

use std::{fs::OpenOptions, path::Path};

use chrono::TimeDelta;
use secrecy::ExposeSecret as _;

use super::{Found, Grade};
use crate::{
    app::{PROFILES, key_ring, policy_document, shipped_calendar},
    clock::Clock,
    config::Config,
    depot::Depot,
    dispatch::Skew,
    domain::finding::Message,
    gate::PolicyDocument,
    service::CREDENTIAL,
    store::{
        InUse, Inspection, Location, Reader, Schema, StoreError, credentials, holds, ledger,
        media as of_media, nodes, organizations, organizations::Organization, policies, restorations,
    },
    vault::{self, KeyRing, Sealed, SecretRef},
    web::check_tls,
};

/// An unsealed entry older than this says that nobody seals.
const OLDEST_UNSEALED: TimeDelta = TimeDelta::seconds(10);

/// A calendar that ends sooner than this should be renewed.
const CALENDAR_AHEAD: TimeDelta = TimeDelta::days(180);

fn ok(key: &'static str) -> Found {
    found(Grade::Ok, Message::new(key))
}

const fn found(grade: Grade, message: Message) -> Found {
    Found { grade, message }
}

/// Everything, in the order in which a start would meet it. What a later one needs and an earlier one did not
/// find is left out.
pub(super) async fn all(config: &Config, clock: &dyn Clock) -> Vec<Found> {
    let mut all = vec![tls(config), calendar(config, clock)];
    let ring = key_ring(config);
    let location: Location = match config.database.url.expose_secret().parse() {
        Ok(location) => location,
        Err(why) => {
            all.push(unreachable(&why));
            return all;
        }
    };
    if let Location::Sqlite(file) = &location {
        all.push(folder(file));
        if !file.exists() {
            all.push(found(Grade::Warn, Message::new("doctor-database-missing")));
            return all;
        }
    }
    let depot = Depot::new(&config.media.directory);
    match of_database(&location, ring, &depot, clock, &mut all).await {
        Ok(()) => {}
        Err(why) => all.push(unreachable(&why)),
    }
    all
}

async fn of_database(
    location: &Location,
    ring: anyhow::Result<Option<KeyRing>>,
    depot: &Depot,
    clock: &dyn Clock,
    all: &mut Vec<Found>,
) -> Result<(), StoreError> {
    let inspection = Inspection::open(location).await?;
    all.push(ok("doctor-database-ok"));
    let schema = inspection.schema().await?;
    all.push(of_schema(schema));
    let mut reader = inspection.read().await?;
    all.push(skew(&mut reader, clock).await?);
    if schema == Schema::Current {
        let served = lock(location, &mut reader, clock, all).await?;
        all.push(keys(&mut reader, ring).await?);
        all.push(media(&mut reader, depot).await?);
        all.push(restored(&mut reader).await?);
        for organization in organizations::all(&mut reader).await? {
            all.push(policy(&mut reader, &organization).await?);
            all.push(sealing(&mut reader, &organization, served, clock).await?);
            all.extend(held(&mut reader, &organization).await?);
            all.extend(let_out(&mut reader, &organization).await?);
        }
    }
    drop(reader);
    inspection.close().await;
    Ok(())
}

fn unreachable(why: &StoreError) -> Found {
    found(Grade::Fail, Message::new("doctor-database-fail").with("why", why))
}

fn tls(config: &Config) -> Found {
    match config.web.tls.as_ref().map(check_tls) {
        None => ok("doctor-tls-none"),
        Some(Ok(())) => ok("doctor-tls-ok"),
        Some(Err(why)) => found(Grade::Fail, Message::new("doctor-tls-fail").with("why", why)),
    }
}

fn calendar(config: &Config, clock: &dyn Clock) -> Found {
    let calendar = match &config.calendar.file {
        None => shipped_calendar(),
        Some(file) => crate::app::calendar_file(file),
    };
    match calendar {
        Err(why) => found(
            Grade::Fail,
            Message::new("doctor-calendar-fail").with("why", format!("{why:#}")),
        ),
        Ok(calendar) => {
            let message = |key| Message::new(key).with("last", calendar.last());
            if calendar.last() < (clock.now() + CALENDAR_AHEAD).date_naive() {
                found(Grade::Warn, message("doctor-calendar-ends"))
            } else {
                found(Grade::Ok, message("doctor-calendar-ok"))
            }
        }
    }
}

/// SQLite makes files beside the database, so the folder itself has to be writable.
fn folder(database: &Path) -> Found {
    let mut probe = database.as_os_str().to_owned();
    probe.push(".doctor");
    let probe = Path::new(&probe);
    let written = OpenOptions::new().write(true).create_new(true).open(probe);
    match written.and_then(|_| std::fs::remove_file(probe)) {
        Ok(()) => ok("doctor-folder-ok"),
        Err(why) => found(
            Grade::Fail,
            Message::new("doctor-folder-fail")
                .with("file", database.display())
                .with("why", why),
        ),
    }
}

/// Every file that the database knows of has to be where the settings say.
async fn media(reader: &mut Reader, depot: &Depot) -> Result<Found, StoreError> {
    let known = of_media::all(reader).await?;
    let missing = known
        .iter()
        .filter(|place| !depot.has(place.organization, place.digest))
        .count();
    let message = |key| {
        Message::new(key)
            .with("folder", depot.root().display())
            .with("count", known.len())
            .with("missing", missing)
    };
    Ok(match missing {
        0 => found(Grade::Ok, message("doctor-media-ok")),
        _ => found(Grade::Fail, message("doctor-media-missing")),
    })
}

fn of_schema(schema: Schema) -> Found {
    match schema {
        Schema::Current => ok("doctor-schema-ok"),
        Schema::Missing => found(Grade::Warn, Message::new("doctor-schema-missing")),
        Schema::Older => found(Grade::Warn, Message::new("doctor-schema-older")),
        Schema::Newer { found: number } => found(
            Grade::Fail,
            Message::new("doctor-schema-newer").with("found", number),
        ),
    }
}

async fn skew(reader: &mut Reader, clock: &dyn Clock) -> Result<Found, StoreError> {
    let skew = Skew::measure(reader, clock).await?;
    let message = |key| Message::new(key).with("skew", skew.in_seconds());
    Ok(if skew.is_bearable() {
        found(Grade::Ok, message("doctor-clock-ok"))
    } else {
        found(Grade::Fail, message("doctor-clock-fail"))
    })
}

/// Whether somebody dispatches now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Served {
    Yes,
    No,
}

async fn lock(
    location: &Location,
    reader: &mut Reader,
    clock: &dyn Clock,
    all: &mut Vec<Found>,
) -> Result<Served, StoreError> {
    let in_use = location.in_use()?;
    let seen = nodes::last_seen(reader).await?;
    let lives = seen.is_some_and(|seen| clock.now() - seen < TimeDelta::minutes(1));
    let (key, served) = match (in_use, lives) {
        (InUse::Yes, true) => ("doctor-lock-served", Served::Yes),
        (InUse::Yes, false) => ("doctor-lock-taken", Served::No),
        (InUse::No, _) => ("doctor-lock-free", Served::No),
        (InUse::Shared, true) => ("doctor-nodes-some", Served::Yes),
        (InUse::Shared, false) => ("doctor-nodes-none", Served::No),
    };
    all.push(ok(key));
    Ok(served)
}

/// Every credential is opened, and let go at once.
async fn keys(reader: &mut Reader, ring: anyhow::Result<Option<KeyRing>>) -> Result<Found, StoreError> {
    let rows = credentials::all(reader).await?;
    let ring = match ring {
        Err(why) => {
            return Ok(found(
                Grade::Fail,
                Message::new("doctor-keys-unreadable").with("why", format!("{why:#}")),
            ));
        }
        Ok(None) if rows.is_empty() => {
            return Ok(found(Grade::Warn, Message::new("doctor-keys-none-yet")));
        }
        Ok(None) => {
            return Ok(found(
                Grade::Fail,
                Message::new("doctor-keys-missing").with("count", rows.len()),
            ));
        }
        Ok(Some(ring)) => ring,
    };
    let shut = rows.iter().filter(|row| !opens(&ring, row)).count();
    let message = |key| Message::new(key).with("count", rows.len()).with("shut", shut);
    Ok(match shut {
        0 => found(Grade::Ok, message("doctor-keys-ok")),
        _ => found(Grade::Fail, message("doctor-keys-shut")),
    })
}

fn opens(ring: &KeyRing, row: &credentials::SealedRow) -> bool {
    let place = SecretRef {
        organization: row.organization,
        account: row.account,
        name: CREDENTIAL,
        version: row.version,
    };
    Sealed::from_bytes(&row.sealed).is_ok_and(|sealed| vault::open(ring, &place, &sealed).is_ok())
}

/// Credentials that left the vault in an envelope stay a risk until they are renewed.
async fn let_out(reader: &mut Reader, organization: &Organization) -> Result<Vec<Found>, StoreError> {
    let newest = credentials::newest_of_all(reader, organization.id).await?;
    let out = newest
        .values()
        .filter(|version| version.facts.exported_at.is_some())
        .count();
    let message = Message::new("doctor-keys-exported")
        .with("organization", &organization.name)
        .with("count", out);
    Ok((out > 0)
        .then(|| found(Grade::Warn, message))
        .into_iter()
        .collect())
}

async fn restored(reader: &mut Reader) -> Result<Found, StoreError> {
    Ok(match restorations::open(reader).await? {
        None => ok("doctor-restored-no"),
        Some(restoration) => found(
            Grade::Warn,
            Message::new("doctor-restored-waiting").with("as_of", restoration.as_of.to_rfc3339()),
        ),
    })
}

/// The profile of the same name in this program may be newer than what was imported.
async fn policy(reader: &mut Reader, organization: &Organization) -> Result<Found, StoreError> {
    let message = |key| Message::new(key).with("organization", &organization.name);
    let Some((id, digest)) = policies::current(reader, organization.id).await? else {
        return Ok(found(Grade::Fail, message("doctor-policy-none")));
    };
    let document: PolicyDocument = policies::document(reader, organization.id, id).await?;
    let name = document.profile.name;
    let shipped = PROFILES
        .iter()
        .find(|(known, _)| *known == name)
        .and_then(|(_, text)| policy_document(text).ok());
    Ok(match shipped {
        Some(shipped) if shipped.digest() != digest => {
            found(Grade::Warn, message("doctor-policy-other").with("profile", name))
        }
        _ => found(Grade::Ok, message("doctor-policy-ok").with("profile", name)),
    })
}

async fn sealing(
    reader: &mut Reader,
    organization: &Organization,
    served: Served,
    clock: &dyn Clock,
) -> Result<Found, StoreError> {
    let before = clock.now() - OLDEST_UNSEALED;
    let unsealed = ledger::unsealed(reader, organization.id).await?;
    let old = unsealed.iter().filter(|entry| entry.columns.at < before).count();
    let message = |key| {
        Message::new(key)
            .with("organization", &organization.name)
            .with("count", old)
    };
    Ok(match (old, served) {
        (0, _) => found(Grade::Ok, message("doctor-sealing-ok")),
        (_, Served::No) => found(Grade::Warn, message("doctor-sealing-waits")),
        (_, Served::Yes) => found(Grade::Fail, message("doctor-sealing-late")),
    })
}

/// Holds that the gateway set itself wait for somebody.
async fn held(reader: &mut Reader, organization: &Organization) -> Result<Vec<Found>, StoreError> {
    let holds = holds::in_force(reader, organization.id).await?;
    Ok(holds
        .into_iter()
        .filter(|hold| hold.set_by.is_none())
        .map(|hold| {
            let message = Message::new("doctor-held")
                .with("organization", &organization.name)
                .with("reason", hold.reason);
            found(Grade::Warn, message)
        })
        .collect())
}
