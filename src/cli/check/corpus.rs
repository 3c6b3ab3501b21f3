//! A folder of labelled posts (its format: tests/corpus/README.md).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{
    score::{Judged, Report},
    trial::{Specimen, Trial},
};
use crate::{
    domain::{
        account::Platform,
        evidence::{LinkEnd, LinkLook, PictureLook, Position},
        finding::{Finding, Severity},
        media::MediaFacts,
        records::{Contact, ContactKind, Records},
        revision::{Act, Kind},
    },
    gate::{Policy, PolicyDocument, addresses_in, policy::LinkChecks},
};

/// The one rule that a content keeps by itself, before the gate is asked.
const DRILL_MARK: &str = "accuracy.drill_mark";

/// The town whose posts they are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Town {
    #[serde(rename = "organization")]
    _organization: String,
    own_domains: Vec<String>,
    platform: Platform,
    listed_hosts: BTreeSet<String>,
    trusted_hosts: BTreeSet<String>,
    mails: Vec<String>,
    phones: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    publish_at: DateTime<Utc>,
    #[serde(default)]
    post: Vec<Post>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Post {
    id: String,
    text: String,
    publish_at: Option<DateTime<Utc>>,
    platform: Option<Platform>,
    kind: Option<Kind>,
    act: Option<Act>,
    #[serde(default)]
    alts: Vec<String>,
    #[serde(default)]
    located: Vec<usize>,
    answers: Option<Vec<Answer>>,
    sign_off_line: Option<String>,
    hashtag: Option<String>,
    #[serde(default)]
    division_phones: Vec<String>,
    #[serde(default)]
    expect: BTreeSet<String>,
    #[serde(default)]
    allow: BTreeSet<String>,
}

/// What a link answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    url: String,
    says: Says,
    to: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Says {
    Redirects,
    NotFound,
    Gone,
    NoSuchHost,
    BadCertificate,
    PrivateAddress,
    Unchecked,
}

/// All posts of a folder, and their town.
#[derive(Debug)]
pub struct Corpus {
    town: Town,
    /// Each with the time at which it is to go out.
    posts: Vec<(Post, DateTime<Utc>)>,
    /// The severity of each rule in the standard profile.
    severities: BTreeMap<String, BTreeMap<String, Severity>>,
}

fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

impl Corpus {
    /// Reads a folder.
    ///
    /// # Errors
    /// Names the file that cannot be read.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
        files.sort();
        let mut posts = Vec::new();
        for path in files {
            let file: File = read(&path)?;
            let at = file.publish_at;
            posts.extend(file.post.into_iter().map(|post| (post, at)));
        }
        Ok(Self {
            town: read(&folder.join("setting/town.toml"))?,
            posts,
            severities: read(&folder.join("setting/rules.toml"))?,
        })
    }

    /// Judges every post under a policy, as the corpus's town would.
    ///
    /// # Errors
    /// When the policy cannot be used with the town's hosts.
    pub fn judge(&self, policy: Policy) -> anyhow::Result<Report> {
        let document = policy.document();
        let mut live = self.trial(document, LinkChecks::Live)?;
        let mut off = self.trial(document, LinkChecks::Off)?;
        let posts = self.posts.iter().map(|(post, at)| {
            let trial = if post.answers.is_some() {
                &mut live
            } else {
                &mut off
            };
            self.one(trial, post, *at)
        });
        Ok(Report::of(posts.collect::<Vec<_>>()))
    }

    fn trial(&self, document: &PolicyDocument, checks: LinkChecks) -> anyhow::Result<Trial> {
        let mut document = document.clone();
        document.profile.link_checks = checks;
        document
            .listed_hosts
            .extend(self.town.listed_hosts.iter().cloned());
        document.trusted_hosts.clone_from(&self.town.trusted_hosts);
        Trial::new(Policy::compile(document)?)
    }

    fn one(&self, trial: &mut Trial, post: &Post, at: DateTime<Utc>) -> Judged {
        let specimen = Specimen {
            text: &post.text,
            alts: &post.alts,
            kind: post.kind.unwrap_or(Kind::Ordinary),
            act: post.act.unwrap_or(Act::New),
            platform: post.platform.unwrap_or(self.town.platform),
            at: post.publish_at.unwrap_or(at),
        };
        trial.records = self.records(post);
        trial.evidence.links = links(post, specimen.at);
        trial.evidence.pictures = (0..post.alts.len())
            .map(|number| (Trial::picture(number), picture(post, number)))
            .collect();
        let found = match trial.try_judge(&specimen) {
            Ok(findings) => worst(&findings),
            Err(_) => BTreeMap::from([(DRILL_MARK.to_owned(), Severity::Block)]),
        };
        Judged {
            id: post.id.clone(),
            is_clean: post.expect.iter().all(|rule| self.is_notice(rule)),
            expected: post.expect.clone(),
            allowed: post.allow.clone(),
            found,
        }
    }

    /// What the town keeps, with what the post says of its account.
    fn records(&self, post: &Post) -> Records {
        let contact = |kind, value: &String, division| Contact {
            kind,
            value: value.clone(),
            division,
        };
        let phones = self.town.phones.keys().enumerate();
        let phones = phones
            .map(|(number, phone)| contact(ContactKind::Phone, phone, Some(Trial::other_division(number))));
        let mails = self.town.mails.iter();
        let mails = mails.map(|mail| contact(ContactKind::Mail, mail, None));
        let own = post.division_phones.iter();
        let own = own.map(|phone| contact(ContactKind::Phone, phone, Some(Trial::division())));
        let lines = post.sign_off_line.iter();
        let tags = post.hashtag.iter();
        Records {
            official_domains: self.town.own_domains.iter().cloned().collect(),
            contacts: phones.chain(mails).chain(own).collect(),
            elections: Vec::new(),
            sign_off_lines: lines.map(|line| (Trial::division(), line.clone())).collect(),
            required_hashtags: tags
                .map(|tag| (Trial::account(), BTreeSet::from([tag.clone()])))
                .collect(),
            policy_fields: BTreeMap::new(),
            credentials: BTreeMap::new(),
        }
    }

    fn is_notice(&self, rule: &str) -> bool {
        rule.split_once('.')
            .and_then(|(topic, name)| self.severities.get(topic)?.get(name))
            .is_some_and(|severity| *severity == Severity::Notice)
    }
}

fn worst(findings: &[Finding]) -> BTreeMap<String, Severity> {
    let mut worst: BTreeMap<String, Severity> = BTreeMap::new();
    for finding in findings {
        let entry = worst.entry(finding.rule.to_owned()).or_insert(finding.severity);
        *entry = finding.severity.max(*entry);
    }
    worst
}

/// Every link of the post answered well, but those that the post names.
fn links(post: &Post, at: DateTime<Utc>) -> BTreeMap<String, LinkLook> {
    let answers = post.answers.as_deref().unwrap_or_default();
    let mut looks = BTreeMap::new();
    for address in addresses_in(&post.text) {
        if let Some((hops, end)) = followed(&address, answers) {
            looks.insert(address, LinkLook { at, hops, end });
        }
    }
    looks
}

/// Where a link leads by these answers, hop by hop; none if nobody looked.
fn followed(address: &str, answers: &[Answer]) -> Option<(Vec<String>, LinkEnd)> {
    let mut hops = vec![address.to_owned()];
    // No chain visits an answer twice.
    for _ in 0..=answers.len() {
        let here = hops.last()?;
        let same = |answer: &&Answer| Url::parse(&answer.url).is_ok_and(|url| url.as_str() == here);
        let Some(answer) = answers.iter().find(same) else {
            break;
        };
        let end = match answer.says {
            Says::Unchecked => return None,
            Says::Redirects => {
                hops.push(answer.to.clone()?);
                continue;
            }
            Says::NotFound | Says::Gone => LinkEnd::NotFound,
            Says::NoSuchHost => LinkEnd::NoSuchHost,
            Says::BadCertificate => LinkEnd::Certificate,
            Says::PrivateAddress => LinkEnd::Private,
        };
        return Some((hops, end));
    }
    Some((hops, LinkEnd::Reached))
}

fn picture(post: &Post, number: usize) -> PictureLook {
    let position = if post.located.contains(&(number + 1)) {
        Position::Present
    } else {
        Position::Absent
    };
    PictureLook {
        codes: Vec::new(),
        position,
        facts: MediaFacts::of_jpeg(1_200, 800, 200_000),
    }
}
