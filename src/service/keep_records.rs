//! What the checks compare with is kept by the administrator: own domains, contacts, elections, lines, tags.

use std::collections::BTreeSet;

use super::{FieldError, Service, ServiceError, Thing, Told, access};
use crate::{
    domain::{
        account::Account,
        actor::{Actor, OrganizationRole, Person, Scope},
        ids::{AccountId, DivisionId},
        records::{Contact, ContactKind, ElectionPeriod, Records, domain_name},
        window::AccountHours,
    },
    store::{
        Tx, accounts, organizations,
        organizations::Division,
        records::{self, Entry, Extent, Topic},
    },
};

/// How many lines a list may have.
const LONGEST_LIST: usize = 1000;

/// How many letters a name, a line or a hashtag may have.
const LONGEST_TEXT: usize = 100;

/// How long an election period may be, in days: none that a law knows is longer.
const LONGEST_ELECTION: i64 = 60;

/// One change: it replaces what was kept of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeping {
    /// The organization's own domains.
    OfficialDomains(Vec<String>),
    /// Published contacts.
    Contacts(Vec<Contact>),
    /// Election periods.
    Elections(Vec<ElectionPeriod>),
    /// The line with which a division's texts end.
    SignOffLine(DivisionId, Option<String>),
    /// The hashtags without which an account does not speak.
    Hashtags(AccountId, Vec<String>),
}

/// What an organization keeps, with the divisions and accounts that it is about.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What is kept.
    pub records: Records,
    /// The organization's divisions.
    pub divisions: Vec<Division>,
    /// The organization's accounts.
    pub accounts: Vec<Account>,
}

impl Service {
    /// What is kept.
    ///
    /// # Errors
    /// When the token does not allow reading.
    pub async fn records(&self, person: &Person) -> Result<Kept, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        Ok(Kept {
            records: records::all(&mut reader, person.organization).await?,
            divisions: organizations::divisions(&mut reader, person.organization).await?,
            accounts: accounts::all(&mut reader, person.organization).await?,
        })
    }

    /// Replaces one kind of what is kept.
    ///
    /// # Errors
    /// When fields are wrong, a division or account does not exist, or the person is no administrator.
    pub async fn keep(&self, person: &Person, keeping: Keeping) -> Result<Kept, ServiceError> {
        access::scope(person, Scope::Administer)?;
        access::any_role(person, &[OrganizationRole::Administrator])?;
        let (service, caller) = (self.clone(), person.clone());
        self.write(move |tx| Box::pin(async move { keep(&service, tx, &caller, keeping).await }))
            .await?;
        let reading = Person {
            scopes: BTreeSet::from([Scope::Read]),
            ..person.clone()
        };
        self.records(&reading).await
    }

    /// Gives an account other operating hours.
    ///
    /// # Errors
    /// When the account does not exist or the person is no administrator.
    pub async fn set_account_hours(
        &self,
        person: &Person,
        account: AccountId,
        hours: AccountHours,
    ) -> Result<Account, ServiceError> {
        access::scope(person, Scope::Administer)?;
        access::any_role(person, &[OrganizationRole::Administrator])?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let organization = person.organization;
                organizations::bump_epoch(tx, organization).await?;
                let mut changed = accounts::find(tx, organization, account)
                    .await?
                    .ok_or(ServiceError::NotFound(Thing::Account))?;
                accounts::set_hours(tx, organization, account, &hours).await?;
                let details = serde_json::json!({ "hours": hours });
                let actor = Actor::User(person.user);
                let told = Told::new(organization, actor, "account.hours_set", account).with(details);
                service.tell(tx, told).await?;
                changed.hours = hours;
                Ok(changed)
            })
        })
        .await
    }
}

async fn keep(service: &Service, tx: &mut Tx, person: &Person, keeping: Keeping) -> Result<(), ServiceError> {
    let organization = person.organization;
    // First, by lock order: what was judged with the old records is stale.
    organizations::bump_epoch(tx, organization).await?;
    let divisions = organizations::divisions(tx, organization).await?;
    let known: BTreeSet<DivisionId> = divisions.iter().map(|division| division.id).collect();
    if let Keeping::Hashtags(account, _) = &keeping {
        accounts::find(tx, organization, *account)
            .await?
            .ok_or(ServiceError::NotFound(Thing::Account))?;
    }
    let (verb, extents, entries) = checked(keeping, &known)?;
    for extent in extents {
        records::clear(tx, organization, extent).await?;
    }
    let details = serde_json::json!({ "count": entries.len() });
    for entry in entries {
        records::insert(tx, organization, service.ids.next(), entry).await?;
    }
    let told = Told::new(organization, Actor::User(person.user), verb, organization).with(details);
    service.tell(tx, told).await?;
    Ok(())
}

type Checked = (&'static str, Vec<Extent>, Vec<Entry>);

/// What a change replaces, and by what; or everything that is wrong with it.
fn checked(keeping: Keeping, divisions: &BTreeSet<DivisionId>) -> Result<Checked, ServiceError> {
    let mut errors = Vec::new();
    let checked = match keeping {
        Keeping::OfficialDomains(given) => {
            limit(given.len(), "/domains", &mut errors);
            let entries = given
                .iter()
                .enumerate()
                .filter_map(|(index, text)| domain(text, index, &mut errors));
            let topic = vec![Extent::Topic(Topic::OfficialDomain)];
            let unique: BTreeSet<String> = entries.collect();
            let entries = unique.into_iter().map(Entry::OfficialDomain).collect();
            ("records.official_domains", topic, entries)
        }
        Keeping::Contacts(given) => {
            limit(given.len(), "/contacts", &mut errors);
            for (index, contact) in given.iter().enumerate() {
                check_contact(contact, index, divisions, &mut errors);
            }
            let topics = vec![Extent::Topic(Topic::Phone), Extent::Topic(Topic::Mail)];
            let entries = given.into_iter().map(Entry::Contact).collect();
            ("records.contacts", topics, entries)
        }
        Keeping::Elections(given) => {
            limit(given.len(), "/elections", &mut errors);
            for (index, election) in given.iter().enumerate() {
                check_election(election, index, &mut errors);
            }
            let topic = vec![Extent::Topic(Topic::Election)];
            let entries = given.into_iter().map(Entry::Election).collect();
            ("records.elections", topic, entries)
        }
        Keeping::SignOffLine(division, line) => {
            if !divisions.contains(&division) {
                return Err(ServiceError::NotFound(Thing::Division));
            }
            if line.as_deref().is_some_and(|line| !is_line(line)) {
                errors.push(FieldError::at("/line", "field-line"));
            }
            let entries = line.into_iter().map(|line| Entry::SignOffLine(division, line));
            (
                "records.sign_off_line",
                vec![Extent::LineOf(division)],
                entries.collect(),
            )
        }
        Keeping::Hashtags(account, given) => {
            limit(given.len(), "/hashtags", &mut errors);
            for (index, tag) in given.iter().enumerate() {
                if !is_hashtag(tag) {
                    errors.push(FieldError::at(format!("/hashtags/{index}"), "field-hashtag"));
                }
            }
            let unique: BTreeSet<String> = given.into_iter().collect();
            let entries = unique.into_iter().map(|tag| Entry::Hashtag(account, tag));
            (
                "records.hashtags",
                vec![Extent::HashtagsOf(account)],
                entries.collect(),
            )
        }
    };
    if errors.is_empty() {
        Ok(checked)
    } else {
        Err(ServiceError::Invalid(errors))
    }
}

fn limit(length: usize, pointer: &str, errors: &mut Vec<FieldError>) {
    if length > LONGEST_LIST {
        errors.push(FieldError::at(pointer, "field-too-long"));
    }
}

fn domain(text: &str, index: usize, errors: &mut Vec<FieldError>) -> Option<String> {
    let name = domain_name(text);
    if name.is_none() {
        errors.push(FieldError::at(format!("/domains/{index}"), "field-domain"));
    }
    name
}

fn check_contact(
    contact: &Contact,
    index: usize,
    divisions: &BTreeSet<DivisionId>,
    errors: &mut Vec<FieldError>,
) {
    let good = match contact.kind {
        ContactKind::Phone => is_phone(&contact.value),
        ContactKind::Mail => is_mail(&contact.value),
    };
    if !good {
        errors.push(FieldError::at(
            format!("/contacts/{index}/value"),
            "field-contact",
        ));
    }
    if contact
        .division
        .is_some_and(|division| !divisions.contains(&division))
    {
        let pointer = format!("/contacts/{index}/division");
        errors.push(FieldError::at(pointer, "field-division-unknown"));
    }
}

fn check_election(election: &ElectionPeriod, index: usize, errors: &mut Vec<FieldError>) {
    if !is_line(&election.name) {
        errors.push(FieldError::at(format!("/elections/{index}/name"), "field-line"));
    }
    let length = (election.polling_on - election.announced_on).num_days();
    if !(0..=LONGEST_ELECTION).contains(&length) {
        let pointer = format!("/elections/{index}/polling_on");
        errors.push(FieldError::at(pointer, "field-election-period"));
    }
}

/// Something to read, on one line.
fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= LONGEST_TEXT && !text.contains(char::is_control)
}

/// Written with digits and what people put between them; no shorter than 110, no longer than E.164 allows.
fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '(' | ')' | ' ' | '#');
    (3..=15).contains(&digits) && text.len() <= LONGEST_TEXT && text.chars().all(plain)
}

fn is_mail(text: &str) -> bool {
    let parts = text.split_once('@');
    let plain = |c: char| c.is_ascii_graphic();
    text.len() <= 254
        && text.chars().all(plain)
        && parts.is_some_and(|(local, host)| !local.is_empty() && domain_name(host).is_some())
}

/// `#` and letters, as the platforms link it.
fn is_hashtag(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|name| {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | 'ー' | '・');
        !name.is_empty() && name.chars().count() < LONGEST_TEXT && name.chars().all(plain)
    })
}
