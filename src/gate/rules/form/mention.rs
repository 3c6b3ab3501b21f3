//! Mentions (@name), which call others by name and lend them our credit.

use super::super::{Field, Found, Reading, Report, RuleInfo, Severity};
use crate::{
    domain::{
        account::{Account, Platform},
        finding::Message,
    },
    gate::called,
};

pub(super) const MENTION: RuleInfo = RuleInfo::adjustable("form.mention", Severity::Confirm, &["KUR-6.2b"]);
/// A mention of one whom the site's own list names.
pub(super) const FORBIDDEN: RuleInfo =
    RuleInfo::adjustable("form.forbidden_mention", Severity::Block, &["KUR-6.2b"]);

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    let forbidden = &report.case.policy.document().forbidden_mentions;
    for reading in readings {
        let text = reading.normalised.text();
        if reading.field != Field::Text || !text.as_bytes().contains(&b'@') {
            continue;
        }
        for name in mentions(text) {
            let original = reading.original(name.at..name.at + 1 + name.text.len());
            for account in &reading.accounts {
                if !knows_mentions(account.platform) || name.is(account) {
                    continue;
                }
                let (called, server) = name.at_server(account);
                let (rule, key) = match called::forbids(forbidden, called, server) {
                    true => (&FORBIDDEN, "finding-form-forbidden-mention"),
                    false => (&MENTION, "finding-form-mention"),
                };
                let message = Message::new(key).with("found", format!("@{}", name.text));
                let found = Found::new(rule, message)
                    .on_named(account)
                    .at(reading.at(original.clone()))
                    .evidence(reading.evidence(name.text));
                report.add(found);
            }
        }
    }
}

/// Elsewhere the name is only text: LINE's own ids begin with the same mark, and Facebook needs more than that.
const fn knows_mentions(platform: Platform) -> bool {
    match platform {
        Platform::Line | Platform::Facebook => false,
        Platform::X
        | Platform::Instagram
        | Platform::Threads
        | Platform::Bluesky
        | Platform::Mastodon
        | Platform::Misskey => true,
    }
}

/// A name behind its mark.
#[derive(Debug, Clone, Copy)]
struct Name<'a> {
    /// Where the mark stands.
    at: usize,
    /// The name, with its server where one is given.
    text: &'a str,
}

impl<'a> Name<'a> {
    /// The name and its server: the account's, where none is given.
    fn at_server(self, account: &'a Account) -> (&'a str, &'a str) {
        self.text
            .split_once('@')
            .unwrap_or((self.text, server_of(account)))
    }

    /// Whether it is the account's own.
    fn is(self, account: &Account) -> bool {
        let (name, server) = self.at_server(account);
        let own_name = account.handle.trim_start_matches('@');
        name.eq_ignore_ascii_case(own_name) && server.eq_ignore_ascii_case(server_of(account))
    }
}

fn server_of(account: &Account) -> &str {
    account.instance.rsplit('/').next().unwrap_or_default()
}

/// Mentions in a normalised text. Prices and times (@500円, @10:00), places (@市民会館), mail addresses and
/// links are none.
fn mentions(text: &str) -> impl Iterator<Item = Name<'_>> {
    let mut after = 0;
    text.match_indices('@').filter_map(move |(at, _)| {
        let before = text[..at].chars().next_back();
        // The second mark of a name with its server belongs to that name.
        let is_glued = before.is_some_and(|c| c.is_ascii_alphanumeric() || is_mail_or_link(c));
        let may_begin = (!is_glued || follows_lone_dot(&text[..at])) && !is_in_link(&text[..at]);
        if at < after || !may_begin {
            return None;
        }
        let rest = &text[at + 1..];
        let mut length = name_length(rest);
        let is_name = rest[..length]
            .bytes()
            .any(|b| b.is_ascii_lowercase() || b == b'_');
        if !is_name {
            return None;
        }
        if let Some(host) = rest[length..].strip_prefix('@') {
            let host = name_length(host);
            length += if host > 0 { 1 + host } else { 0 };
        }
        after = at + 1 + length;
        Some(Name {
            at,
            text: &rest[..length],
        })
    })
}

/// Whether a text ends in a dot that ends no word, which people put before a name so that more see it (.@name).
fn follows_lone_dot(before: &str) -> bool {
    let Some(before) = before.strip_suffix('.') else {
        return false;
    };
    !before.ends_with(|c: char| c.is_ascii_alphanumeric() || is_mail_or_link(c))
}

/// Longer than this is no name and password before a host, in bytes.
const LONGEST_USER: usize = 253;

/// Whether a text ends within a link, where a name before `@` is user information.
fn is_in_link(before: &str) -> bool {
    let from = before.ceil_char_boundary(before.len().saturating_sub(LONGEST_USER));
    let word = before[from..].rsplit(|c: char| !c.is_ascii_graphic()).next();
    word.is_some_and(|word| word.contains("://"))
}

const fn is_mail_or_link(c: char) -> bool {
    matches!(c, '/' | '.' | '_' | '-' | '+' | '%' | '=' | '@')
}

/// How long a name or a server is at the start of a text; a mark at its end is punctuation.
fn name_length(text: &str) -> usize {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '-'))
        .unwrap_or(text.len());
    text[..end].trim_end_matches(['.', '-']).len()
}
