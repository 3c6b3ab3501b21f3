//! What the checks compare with: own domains, published contacts, election periods, closing lines, hashtags.

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{parse, present},
    sql::{execute, expect_one, fetch_all, on, statements},
    tx::{Reader, Tx},
};
use crate::{
    domain::{
        ids::{AccountId, DivisionId, OrganizationId},
        records::{Contact, ContactKind, ElectionPeriod, Records},
    },
    vocabulary,
};

statements! {
    INSERT = same(
        "INSERT INTO records (id, organization_id, topic, value, division_id, account_id, announced_on, polling_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    );
    SELECT = same(
        "SELECT id, topic, value, division_id, account_id, announced_on, polling_on
         FROM records WHERE organization_id = $1 ORDER BY id",
    );
    DELETE_TOPIC = same("DELETE FROM records WHERE organization_id = $1 AND topic = $2");
    DELETE_LINE = same(
        "DELETE FROM records WHERE organization_id = $1 AND topic = 'sign_off_line' AND division_id = $2",
    );
    DELETE_HASHTAGS = same(
        "DELETE FROM records WHERE organization_id = $1 AND topic = 'hashtag' AND account_id = $2",
    );
}

vocabulary! {
    /// What a row says.
    Topic {
        /// A domain of the organization.
        OfficialDomain = "official_domain",
        /// A published telephone number.
        Phone = "phone",
        /// A published mail address.
        Mail = "mail",
        /// An election period.
        Election = "election",
        /// A division's closing line.
        SignOffLine = "sign_off_line",
        /// A hashtag that an account requires.
        Hashtag = "hashtag",
    }
}

/// Which rows a change replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of a topic.
    Topic(Topic),
    /// One division's closing line.
    LineOf(DivisionId),
    /// One account's hashtags.
    HashtagsOf(AccountId),
}

/// One row to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// See [`Topic::OfficialDomain`].
    OfficialDomain(String),
    /// See [`Topic::Phone`] and [`Topic::Mail`].
    Contact(Contact),
    /// See [`Topic::Election`].
    Election(ElectionPeriod),
    /// See [`Topic::SignOffLine`].
    SignOffLine(DivisionId, String),
    /// See [`Topic::Hashtag`].
    Hashtag(AccountId, String),
}

/// The values of a row besides its id and organization.
#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    topic: String,
    value: String,
    division_id: Option<Uuid>,
    account_id: Option<Uuid>,
    announced_on: Option<String>,
    polling_on: Option<String>,
}

impl Row {
    fn of(id: Uuid, entry: Entry) -> Self {
        let plain = |topic: Topic, value| Self {
            id,
            topic: topic.to_string(),
            value,
            division_id: None,
            account_id: None,
            announced_on: None,
            polling_on: None,
        };
        match entry {
            Entry::OfficialDomain(domain) => plain(Topic::OfficialDomain, domain),
            Entry::Contact(contact) => Self {
                division_id: contact.division.map(DivisionId::uuid),
                ..plain(topic_of(contact.kind), contact.value)
            },
            Entry::Election(election) => Self {
                announced_on: Some(election.announced_on.to_string()),
                polling_on: Some(election.polling_on.to_string()),
                ..plain(Topic::Election, election.name)
            },
            Entry::SignOffLine(division, line) => Self {
                division_id: Some(division.uuid()),
                ..plain(Topic::SignOffLine, line)
            },
            Entry::Hashtag(account, tag) => Self {
                account_id: Some(account.uuid()),
                ..plain(Topic::Hashtag, tag)
            },
        }
    }

    fn add_to(self, records: &mut Records) -> Result<(), StoreError> {
        const TABLE: &str = "records";
        let (id, value) = (self.id, self.value);
        let division = self.division_id.map(DivisionId::new);
        match parse(&self.topic, TABLE, "topic", id)? {
            Topic::OfficialDomain => {
                records.official_domains.insert(value);
            }
            topic @ (Topic::Phone | Topic::Mail) => records.contacts.push(Contact {
                kind: if topic == Topic::Phone {
                    ContactKind::Phone
                } else {
                    ContactKind::Mail
                },
                value,
                division,
            }),
            Topic::Election => {
                let announced_on = present(self.announced_on, TABLE, "announced_on", id)?;
                let polling_on = present(self.polling_on, TABLE, "polling_on", id)?;
                records.elections.push(ElectionPeriod {
                    name: value,
                    announced_on: parse(&announced_on, TABLE, "announced_on", id)?,
                    polling_on: parse(&polling_on, TABLE, "polling_on", id)?,
                });
            }
            Topic::SignOffLine => {
                let division = present(division, TABLE, "division_id", id)?;
                records.sign_off_lines.insert(division, value);
            }
            Topic::Hashtag => {
                let account = present(self.account_id, TABLE, "account_id", id)?;
                let tags = records.required_hashtags.entry(AccountId::new(account));
                tags.or_default().insert(value);
            }
        }
        Ok(())
    }
}

const fn topic_of(kind: ContactKind) -> Topic {
    match kind {
        ContactKind::Phone => Topic::Phone,
        ContactKind::Mail => Topic::Mail,
    }
}

/// Everything that an organization keeps.
///
/// # Errors
/// The database, or an impossible row.
pub async fn all(reader: &mut Reader, organization: OrganizationId) -> Result<Records, StoreError> {
    let mut records = Records::default();
    for row in fetch_all!(reader, Row, SELECT, organization.uuid())? {
        row.add_to(&mut records)?;
    }
    Ok(records)
}

/// Takes away what a change replaces. The caller has bumped the gate epoch first.
///
/// # Errors
/// The database.
pub async fn clear(tx: &mut Tx, organization: OrganizationId, extent: Extent) -> Result<(), StoreError> {
    let organization = organization.uuid();
    match extent {
        Extent::Topic(topic) => execute!(tx, DELETE_TOPIC, organization, topic.as_str()),
        Extent::LineOf(division) => execute!(tx, DELETE_LINE, organization, division.uuid()),
        Extent::HashtagsOf(account) => execute!(tx, DELETE_HASHTAGS, organization, account.uuid()),
    }
    .map(drop)
}

/// Keeps one row.
///
/// # Errors
/// The database, or a division or account of somebody else.
pub async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    id: Uuid,
    entry: Entry,
) -> Result<(), StoreError> {
    let row = Row::of(id, entry);
    expect_one!(
        tx,
        INSERT,
        row.id,
        organization.uuid(),
        row.topic.as_str(),
        row.value.as_str(),
        row.division_id,
        row.account_id,
        row.announced_on.as_deref(),
        row.polling_on.as_deref(),
    )
}
