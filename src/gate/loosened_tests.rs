use std::num::NonZeroU16;

use super::*;
use crate::{
    domain::{account_policy::PolicyField, actor::OrganizationRole, attestation::Giver, window::Week},
    gate::{
        About, Attestation, LeastRoute, OutsideChecker, SiteRule,
        testing::{both, document, owned, words},
        word_lists::{Exception, Only},
    },
};

type Change = fn(&mut PolicyDocument);

/// What a change of the document loosens.
fn told(strict: Change, change: Change) -> Vec<(Way, String)> {
    let mut old = document();
    old.words.push(words("threat", &["爆破予告"], &["bomb"], &[]));
    strict(&mut old);
    let mut new = old.clone();
    change(&mut new);
    let compiled = |document| Policy::compile(document).expect("a policy");
    let (old, new) = (compiled(old), compiled(new));
    assert_eq!(loosened(&old, &old), []);
    loosened(&old, &new)
        .into_iter()
        .map(|found| (found.way, found.rule))
        .collect()
}

fn one(way: Way, rule: &str) -> Vec<(Way, String)> {
    vec![(way, rule.to_owned())]
}

/// The second list blocks.
fn threats_block(document: &mut PolicyDocument) {
    document.words[1].severity = Severity::Block;
}

fn weigh(document: &mut PolicyDocument, rule: &str, severity: Severity) {
    document.profile.severities.insert(rule.to_owned(), severity);
}

#[test]
fn a_stricter_version_loosens_nothing() {
    let changes: [Change; 6] = [
        |new| weigh(new, "link.dead", Severity::Block),
        |new| weigh(new, "link.dead", Severity::Notice), // it asked only
        |new| _ = new.shorteners.insert("komatta.example".into()),
        |new| new.words[1].ja.push("脅迫".into()),
        |new| new.profile.office.working = Week::default(),
        |new| new.profile.link_checks = LinkChecks::Live,
    ];
    for change in changes {
        assert_eq!(told(threats_block, change), []);
    }
}

#[test]
fn a_rule_that_weighs_less_is_told() {
    let lighter: Change = |new| weigh(new, "link.userinfo", Severity::Confirm);
    assert_eq!(told(|_| (), lighter), one(Way::Severity, "link.userinfo"));
    let in_emergency: Change = |new| {
        let table = &mut new.profile.in_emergency;
        table.insert("alt.missing".into(), Severity::Notice);
    };
    let strict: Change = |old| weigh(old, "alt.missing", Severity::Block);
    assert_eq!(told(strict, in_emergency), one(Way::InEmergency, "alt.missing"));
    let repeats: Change = |new| new.profile.duplicate_days = 1;
    let strict: Change = |old| weigh(old, "duplicate.recent", Severity::Block);
    assert_eq!(told(strict, repeats), one(Way::Severity, "duplicate.recent"));
    assert_eq!(told(|_| (), repeats), []);
}

#[test]
fn hosts_that_leave_a_list_are_told() {
    let fewer: Change = |new| _ = new.shorteners.remove("bit.ly");
    assert_eq!(told(|_| (), fewer), one(Way::Hosts, "link.shortener"));
    let fewer: Change = |new| new.platform_short_hosts.clear();
    assert_eq!(told(|_| (), fewer), one(Way::Hosts, "link.platform_short_host"));
    let asks: Change = |old| weigh(old, "link.platform_short_host", Severity::Confirm);
    assert_eq!(told(asks, fewer), []);
    let trusted: Change = |new| _ = new.trusted_hosts.insert("video.example".into());
    assert_eq!(told(|_| (), trusted), []);
    let strict: Change = |old| weigh(old, "link.foreign", Severity::Block);
    assert_eq!(told(strict, trusted), one(Way::SparedHosts, "link.foreign"));
}

#[test]
fn names_that_may_be_called_again_are_told() {
    let strict: Change = |old| _ = old.forbidden_mentions.insert("taro".into());
    let fewer: Change = |new| new.forbidden_mentions.clear();
    assert_eq!(told(strict, fewer), one(Way::Mentions, "form.forbidden_mention"));
    assert_eq!(told(|_| (), strict), []);
    let asks: Change = |old| {
        old.forbidden_mentions.insert("taro".into());
        weigh(old, "form.forbidden_mention", Severity::Confirm);
    };
    assert_eq!(told(asks, fewer), []);
}

#[test]
fn words_that_go_or_become_harmless_are_told() {
    let rule = "words.threat";
    let changes: [(Change, Way); 6] = [
        (|new| _ = new.words.pop(), Way::Words),
        (|new| new.words[1].en.clear(), Way::Words),
        (|new| new.words[1].only = Some(Only::ElectionPeriod), Way::Words),
        (
            |new| new.words[1].except.push("爆破予告の訓練".into()),
            Way::Harmless,
        ),
        (|new| new.words[1].severity = Severity::Confirm, Way::Severity),
        (
            |new| {
                new.words[1].context.push(Context {
                    severity: Severity::Notice,
                    phrases: owned(&["訓練"]),
                    reason: both("訓練です。"),
                });
            },
            Way::Harmless,
        ),
    ];
    for (change, way) in changes {
        assert_eq!(told(threats_block, change), one(way, rule));
    }
    let of_the_other: Change = |new| new.words[0].ja.clear();
    assert_eq!(told(threats_block, of_the_other), []);
}

#[test]
fn a_list_that_blocks_in_election_periods_counts_as_blocking() {
    let strict: Change = |old| {
        old.words[1].in_election_period = Some(Severity::Block);
        old.exceptions.push(Exception {
            exception: "notice".into(),
            lifts: "threat".into(),
            clauses: vec![],
            ja: owned(&["お知らせ"]),
            en: vec![],
        });
    };
    let seldom: Change = |new| new.words[1].in_election_period = None;
    assert_eq!(told(strict, seldom), one(Way::Words, "words.threat"));
    let adopted: Change = |new| _ = new.profile.exceptions.insert("notice".into());
    assert_eq!(told(strict, adopted), one(Way::Harmless, "words.threat"));
}

#[test]
fn site_rules_hours_looks_and_the_checker_count() {
    let strict: Change = |old| {
        old.profile.link_checks = LinkChecks::Live;
        old.profile.outside_checker = OutsideChecker::Required;
        old.profile.credential_days = NonZeroU16::new(90);
        old.profile.site_rules.push(SiteRule {
            name: "night".into(),
            when: "time.hour >= 22".into(),
            severity: Severity::Block,
            clauses: vec![],
            message: both("夜です。"),
        });
    };
    let changes: [(Change, Way, &str); 8] = [
        (
            |new| new.profile.office.working = Week::always(),
            Way::Hours,
            "window.closed",
        ),
        (
            |new| new.profile.link_checks = LinkChecks::Off,
            Way::LinkLooks,
            "link.unchecked",
        ),
        (
            |new| new.profile.link_look_hours = 48,
            Way::LinkLooks,
            "link.unchecked",
        ),
        (
            |new| new.profile.outside_checker = OutsideChecker::default(),
            Way::OutsideChecker,
            "outside.unavailable",
        ),
        (
            |new| new.profile.credential_days = None,
            Way::CredentialAge,
            "account.credential_overdue",
        ),
        (
            |new| new.profile.credential_days = NonZeroU16::new(91),
            Way::CredentialAge,
            "account.credential_overdue",
        ),
        (|new| new.profile.site_rules.clear(), Way::SiteRule, "site.night"),
        (
            |new| new.profile.site_rules[0].when = "time.hour >= 23".into(),
            Way::SiteRule,
            "site.night",
        ),
    ];
    for (change, way, rule) in changes {
        assert_eq!(told(strict, change), one(way, rule));
    }
}

#[test]
fn many_are_counted_and_the_first_are_shown() {
    let mut old = document();
    old.shorteners
        .extend((0..30).map(|number| format!("s{number}.example")));
    let (old, new) = (Policy::compile(old), Policy::compile(document()));
    let found = loosened(&old.expect("a policy"), &new.expect("a policy"));
    assert_eq!(
        (found.len(), found[0].count, found[0].examples.len()),
        (1, 30, EXAMPLES)
    );
}

/// A policy that demands two signatures, two attestations and a field.
fn demanding(document: &mut PolicyDocument) {
    let profile = &mut document.profile;
    let asked = |name: &str| Attestation {
        name: name.into(),
        by: Giver::Author,
        text: both("確かめた。"),
        clauses: Vec::new(),
        kinds: Default::default(),
        acts: Default::default(),
        about: About::Post,
    };
    profile.attestations = vec![asked("careful"), asked("lawful")];
    profile.routes = vec![LeastRoute {
        kinds: Default::default(),
        asks: vec![Seat::Approver, Seat::Holder(OrganizationRole::Publicity)],
        clauses: Vec::new(),
    }];
    profile.account_policy = [(PolicyField::Purpose, Vec::new())].into();
}

#[test]
fn demands_that_ask_less_are_told() {
    let (route, attestation) = ("route.below_policy", "attestation.missing");
    let changes: [(Change, Way, &str); 7] = [
        (|new| new.profile.routes.clear(), Way::Route, route),
        (|new| _ = new.profile.routes[0].asks.pop(), Way::Route, route),
        (
            |new| _ = new.profile.routes[0].kinds.insert(Kind::Ordinary),
            Way::Route,
            route,
        ),
        (
            |new| _ = new.profile.attestations.pop(),
            Way::Attestations,
            attestation,
        ),
        (
            |new| new.profile.attestations[0].text = both("たぶん確かめた。"),
            Way::Attestations,
            attestation,
        ),
        (
            |new| new.profile.attestations[0].about = About::Media,
            Way::Attestations,
            attestation,
        ),
        (
            |new| new.profile.account_policy.clear(),
            Way::PolicyFields,
            POLICY_INCOMPLETE,
        ),
    ];
    for (change, way, rule) in changes {
        assert_eq!(told(demanding, change), one(way, rule));
    }
    let lighter: Change = |new| weigh(new, POLICY_INCOMPLETE, Severity::Confirm);
    assert_eq!(told(demanding, lighter), one(Way::Severity, POLICY_INCOMPLETE));
}

#[test]
fn demands_that_ask_more_loosen_nothing() {
    let in_emergency: Change = |new| {
        demanding(new);
        let table = &mut new.profile.in_emergency;
        table.insert(POLICY_INCOMPLETE.into(), Severity::Notice);
    };
    assert_eq!(told(|_| (), in_emergency), []);
    let more: Change = |new| {
        let profile = &mut new.profile;
        profile.routes[0].asks.push(Seat::Approver);
        profile.attestations[0].clauses.push("KUR-4.1".into());
        profile.account_policy.insert(PolicyField::Contact, Vec::new());
    };
    assert_eq!(told(demanding, more), []);
}
