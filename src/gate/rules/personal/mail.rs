//! Mail addresses, also in the forms that people use to hide them from collectors. Those under the
//! organization's own domains, under lg.jp and go.jp, and published ones are passed over.

use std::ops::Range;

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{before, has},
    view::{Sign, View},
};
use crate::{
    domain::{
        finding::Severity,
        records::{ContactKind, Records},
    },
    gate::normalise::Normalised,
};

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.email", Severity::Confirm, CLAUSES);

/// The longest mailbox and the longest host (RFC 5321).
const LONGEST_MAILBOX: usize = 64;
const LONGEST_HOST: usize = 253;

pub(super) fn find(view: &View<'_>, records: &Records, hits: &mut Vec<Hit>) {
    let mut done = 0;
    for mark in view.marks.iter().filter(|mark| mark.sign == Sign::At) {
        if let Some(mail) = mail(view.text, mark.at).filter(|mail| mail.at.start >= done) {
            done = mail.at.end;
            if !is_official(records, &mail.host) && !is_published(records, &mail) {
                hits.push(Hit {
                    rule: RULE,
                    key: "finding-personal-email",
                    at: mail.at,
                });
            }
        }
    }
}

struct Mail {
    mailbox: String,
    host: String,
    at: Range<usize>,
}

/// What parts mailbox and host.
enum Parting {
    /// What nobody writes for another reason.
    Sure(usize),
    /// A word of a sentence, or a mark in it, as well.
    Perhaps(usize),
}

fn mail(text: &str, at: usize) -> Option<Mail> {
    let (length, is_sure) = match parting(&text[at..])? {
        Parting::Sure(length) => (length, true),
        Parting::Perhaps(length) => (length, false),
    };
    let head = text[..at].strip_suffix(' ').unwrap_or(&text[..at]);
    let mailbox = mailbox(head)?;
    let start = head.len() - mailbox.len();
    let rest = &text[at + length..];
    let gap = rest.len() - rest.strip_prefix(' ').unwrap_or(rest).len();
    let (host, end) = host(text, at + length + gap)?;
    // With spaces around, it is an address only if something says so: `live @ example.com`.
    let is_tight = head.len() == at && gap == 0;
    let is_certain = (is_sure && is_tight) || is_named(text, start) || !is_word(mailbox);
    is_certain.then(|| Mail {
        mailbox: mailbox.to_owned(),
        host,
        at: start..end,
    })
}

/// What stands at a sign, and how long it is.
fn parting(rest: &str) -> Option<Parting> {
    const WORDS: &[&str] = &["アットマーク", "あっとまーく", "アット", "あっと", "at"];
    let first = rest.chars().next()?;
    if first == '@' {
        return Some(Parting::Sure(first.len_utf8()));
    }
    if matches!(first, '★' | '☆' | '●' | '◎' | '■' | '◆') {
        return Some(Parting::Perhaps(first.len_utf8()));
    }
    let inside = if first == 'ア' {
        rest
    } else {
        &rest[first.len_utf8()..]
    };
    let word = WORDS.iter().find(|word| inside.starts_with(**word))?;
    let end = rest.len() - inside.len() + word.len();
    let closing = rest[end..].chars().next()?;
    match (first, closing) {
        ('(', ')') | ('[', ']') | ('{', '}') | ('<', '>') | ('【', '】') | ('〔', '〕') | ('「', '」') => {
            Some(Parting::Sure(end + closing.len_utf8()))
        }
        ('ア', _) => Some(Parting::Sure(end)),
        (' ', ' ') => Some(Parting::Perhaps(end)),
        _ => None,
    }
}

/// The mailbox that a text ends with.
fn mailbox(head: &str) -> Option<&str> {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
    let length = head
        .bytes()
        .rev()
        .take(LONGEST_MAILBOX + 1)
        .take_while(is_part)
        .count();
    let start = head.len() - length;
    // `@name@host` is an account of a social network.
    let is_handle = head[..start].ends_with('@');
    let mailbox = head[start..].trim_start_matches(['.', '-', '%', '+']);
    let is_mailbox = (1..=LONGEST_MAILBOX).contains(&mailbox.len()) && !mailbox.ends_with('.');
    (is_mailbox && !is_handle).then_some(mailbox)
}

/// The host that begins at a place, and where it ends.
fn host(text: &str, start: usize) -> Option<(String, usize)> {
    let mut host = String::new();
    let mut at = start;
    loop {
        let label = text[at..]
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'-')
            .count();
        if label == 0 || host.len() + label > LONGEST_HOST {
            break;
        }
        host.push_str(&text[at..at + label]);
        at += label;
        match dot(&text[at..]) {
            Some(length) if starts_label(&text[at + length..]) => {
                host.push('.');
                at += length;
            }
            _ => break,
        }
    }
    is_host(&host).then_some((host, at))
}

/// How long the dot is that a text begins with.
fn dot(rest: &str) -> Option<usize> {
    const DOTS: &[&str] = &[
        ".",
        "。",
        "[.]",
        "(.)",
        "[dot]",
        "(dot)",
        " dot ",
        "ドット",
        "【.】",
        "【ドット】",
    ];
    DOTS.iter()
        .find(|dot| rest.starts_with(**dot))
        .map(|dot| dot.len())
}

fn starts_label(rest: &str) -> bool {
    rest.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether there can be such a host: its top-level domain exists.
fn is_host(host: &str) -> bool {
    host.contains('.') && psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

/// Whether a mailbox is nothing but a word, as the one before `at` in a sentence.
fn is_word(mailbox: &str) -> bool {
    mailbox.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Whether a word for mail stands before.
fn is_named(text: &str, start: usize) -> bool {
    has(
        before(text, start, 12),
        &["メール", "mail", "アドレス", "連絡先", "宛"],
    )
}

fn is_official(records: &Records, host: &str) -> bool {
    let is_below = |domain: &str| {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    is_below("lg.jp") || is_below("go.jp") || records.official_domains.iter().any(|domain| is_below(domain))
}

fn is_published(records: &Records, mail: &Mail) -> bool {
    records.contacts_of(ContactKind::Mail).any(|contact| {
        let known = Normalised::of(&contact.value);
        known.text().trim().split_once('@') == Some((&mail.mailbox, &mail.host))
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::records::{Contact, ContactKind, Records},
        gate::rules::personal::tests::{found, found_with, values},
    };
    use rstest::rstest;

    const RULE: &str = "personal.email";

    #[rstest]
    #[case("taro@example.com")]
    #[case("連絡はtaro.yamada@example.co.jpまで")]
    #[case("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ")]
    #[case("taro＠example.jp")]
    #[case("Taro+1@Example.JP。")]
    #[case("taro[at]example.jp")]
    #[case("taro(at)example.jp")]
    #[case("taro【at】example.jp")]
    #[case("taro（アット）example.jp")]
    #[case("taroアットマークexample.jp")]
    #[case("taro.yamada at example.com")]
    #[case("mail: taro at example.com")]
    #[case("メール taro★example.jp")]
    #[case("taro.y★example.jp")]
    #[case("taro@example[.]jp")]
    #[case("taro@example。jp")]
    #[case("taro.y @ example.jp")]
    #[case("mailto:taro@example.jp")]
    #[case("<taro@example.jp>")]
    #[case("taro@docomo.ne.jp")]
    #[case("09012345678@docomo.ne.jp")]
    fn mail_addresses_are_found(#[case] text: &str) {
        assert_eq!(found(text, RULE), 1, "{text}");
    }

    #[rstest]
    #[case("@town_official")]
    #[case("@town@social.example.com")]
    #[case("koho@city.kurume.lg.jp")]
    #[case("info@mhlw.go.jp")]
    #[case("look at example.com")]
    #[case("Visit us at www.example.com")]
    #[case("ライブ @ 市民会館")]
    #[case("1個@100円")]
    #[case("https://user@www.example.com/a@b.com")]
    #[case("a@b")]
    #[case("taro@example.nosuchtld")]
    #[case("★example.com★")]
    #[case("市役所★example.com")]
    #[case("@")]
    fn other_signs_are_none(#[case] text: &str) {
        assert_eq!(found(text, RULE), 0, "{text}");
    }

    #[test]
    fn own_domains_and_published_addresses_are_passed_over() {
        let records = Records {
            official_domains: ["kurume.example.com".to_owned()].into(),
            contacts: vec![Contact {
                kind: ContactKind::Mail,
                value: "Koho＠Example.com".into(),
                division: None,
            }],
            ..Records::default()
        };
        let count = |text: &str| found_with(text, RULE, &records);
        assert_eq!(count("koho@kurume.example.com"), 0);
        assert_eq!(count("koho@mail.kurume.example.com"), 0);
        assert_eq!(count("koho@example.com"), 0);
        assert_eq!(count("koho2@example.com"), 1);
        assert_eq!(count("koho@notkurume.example.com"), 1);
        assert_eq!(count("koho@fakelg.jp"), 1);
    }

    #[test]
    fn the_whole_address_is_the_place() {
        assert_eq!(values("連絡はtaro@example.jpまで。", RULE), ["taro@example.jp"]);
        assert_eq!(values("-taro@example.jp.", RULE), ["taro@example.jp"]);
        assert_eq!(values("a@b.com@c.com", RULE), ["a@b.com"]);
    }
}
