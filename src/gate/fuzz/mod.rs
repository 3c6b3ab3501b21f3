//! Chance against the normaliser and the scanner: nothing panics, every place lies on character boundaries,
//! and no spelling that a browser opens leads to a listed host unseen.
//!
//! Runs on stable Rust: texts are mutated, not guided by coverage. `SEKISHO_FUZZ` is the number of runs,
//! `SEKISHO_FUZZ_SEED` the seed of the first. What fails is kept in tests/fuzz, prints its seed, and is judged
//! first from then on.

mod chance;
mod mutate;
mod spell;

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use super::{
    Gate, Policy, Verdict,
    case::Case,
    hosts::{Cell, View},
    links::links_of_view,
    normalise::{Normalised, fingerprint},
    testing::{World, shipped},
};
use crate::domain::{finding::Span, revision::Content};
use chance::Chance;

/// Why a text is kept: one sentence.
type Fault = String;

/// The gate with the shipped lists.
fn world() -> World {
    let mut world = World::new();
    world.policy = Policy::compile(shipped::document("standard")).expect("a policy");
    world
}

/// What the gate says of a text; none if nothing can be made of it, such as a drill that is none.
fn judged(world: &mut World, text: &str) -> Option<Verdict> {
    let part = super::testing::part(text);
    let payload = crate::domain::revision::Payload {
        parts: vec![part.clone()],
        ..world.content().payloads()[0].clone()
    };
    Content::new(world.act, world.kind, None, world.range, vec![payload]).ok()?;
    let before = std::mem::replace(&mut world.parts, vec![part]);
    let verdict = world.with_case(|case: &Case<'_>| Gate.evaluate(case));
    world.parts = before;
    Some(verdict)
}

/// What is true of every text.
fn holds(world: &mut World, text: &str) -> Result<(), Fault> {
    let normalised = Normalised::of(text);
    let length = normalised.text().len();
    let places = normalised
        .text()
        .char_indices()
        .map(|(at, c)| at..at + c.len_utf8());
    for place in places.chain([0..length, length / 3..length / 2, length..length]) {
        let original = normalised.original(place.clone());
        text.get(original.clone())
            .ok_or_else(|| format!("{place:?} leads back to {original:?}"))?;
    }
    if fingerprint(text) != fingerprint(normalised.text()) {
        return Err("a normalised text has another fingerprint".to_owned());
    }
    let listed = &world.policy.sites().listed;
    let (islands, whole) = (View::of(text), View::whole(text));
    let found = listed.find(&whole);
    if listed.find(&islands) != found {
        return Err("a host is found in the whole text only".to_owned());
    }
    let links = links_of_view(text, &islands);
    let spans = found
        .iter()
        .map(|host| &host.span)
        .chain(links.iter().map(|link| &link.span));
    for span in spans {
        text.get(span.clone())
            .ok_or_else(|| format!("a host or link at {span:?}"))?;
    }
    let verdict = judged(world, text);
    let spans = verdict
        .iter()
        .flat_map(|verdict| &verdict.findings)
        .filter_map(|finding| finding.span());
    for span in spans {
        if *span != Span::of(text, span.bytes.clone()) {
            return Err(format!("a finding at {span:?}"));
        }
    }
    Ok(())
}

/// Whether a text that shows an address is stopped, if a browser that is given the address goes to a listed
/// host. What a browser makes of it is asked of the URL standard, which the search for hosts does not use.
fn is_stopped(world: &mut World, address: &str, text: &str) -> Result<Opened, Fault> {
    let Some(host) = opened(address) else {
        return Ok(Opened::Nothing);
    };
    if world.policy.sites().listed.listing(&host).is_none() {
        return Ok(Opened::AnotherHost);
    }
    let verdict = judged(world, text).ok_or("no content can be made of it")?;
    let is_stopped = verdict
        .findings
        .iter()
        .any(|finding| matches!(finding.rule, "link.shortener" | "link.platform_short_host"));
    if is_stopped {
        Ok(Opened::ListedHost)
    } else {
        Err(format!("a browser opens {host}, and nothing stops the post"))
    }
}

/// Where a browser goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opened {
    Nothing,
    AnotherHost,
    ListedHost,
}

/// The host that a browser opens for an address.
fn opened(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    let host = url.host_str()?.trim_end_matches('.').to_owned();
    matches!(url.scheme(), "http" | "https").then_some(host)
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(otherwise)
}

fn folder(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz")
        .join(kind)
}

/// Everything that was kept, by name.
fn kept(kind: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder(kind)).into_iter().flatten().flatten();
    let mut kept: Vec<(String, String)> = entries
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).expect("a text");
            (entry.file_name().to_string_lossy().into_owned(), text)
        })
        .collect();
    kept.sort();
    kept
}

/// Keeps a text and says how to see its fault again.
fn keep(kind: &str, seed: u64, text: &str, fault: &str) -> ! {
    let name = format!("{seed:016x}.txt");
    let folder = folder(kind);
    let is_kept = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(&name), text));
    panic!(
        "SEKISHO_FUZZ_SEED={seed} SEKISHO_FUZZ=1: {fault}\n{text:?}\nkept as tests/fuzz/{kind}/{name}: {is_kept:?}"
    );
}

/// A panic is a fault like any other.
fn quietly<T>(look: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| Err("it panics".to_owned()))
}

/// An address and the text that shows it, as they are kept: the address on the first line.
fn parts_of(kept: &str) -> (&str, &str) {
    kept.split_once('\n').expect("an address and a text")
}

#[test]
fn no_text_breaks_the_gate() {
    let mut world = world();
    for (name, text) in kept("texts") {
        assert_eq!(holds(&mut world, &text), Ok(()), "{name}");
    }
    let seeds = mutate::seeds();
    let first = number("SEKISHO_FUZZ_SEED", 1);
    for seed in first..first + number("SEKISHO_FUZZ", 400) {
        let text = mutate::text(&mut Chance::of(seed), &seeds);
        if let Err(fault) = quietly(|| holds(&mut world, &text)) {
            keep("texts", seed, &text, &fault);
        }
    }
}

#[test]
fn no_spelling_that_a_browser_opens_leads_to_a_listed_host_unseen() {
    let mut world = world();
    for (name, kept) in kept("hosts") {
        let (address, text) = parts_of(&kept);
        assert_eq!(
            is_stopped(&mut world, address, text),
            Ok(Opened::ListedHost),
            "{name}"
        );
    }
    let hosts: Vec<String> = world.policy.document().shorteners.iter().cloned().collect();
    let folds = spell::Folds::of_browsers();
    let first = number("SEKISHO_FUZZ_SEED", 1);
    let runs = number("SEKISHO_FUZZ", 400);
    let mut listed = 0;
    for seed in first..first + runs {
        let chance = &mut Chance::of(seed);
        let address = spell::address(chance, &folds, chance_host(seed, &hosts));
        let text = spell::text(chance, &address);
        match quietly(|| is_stopped(&mut world, &address, &text)) {
            Ok(Opened::ListedHost) => listed += 1,
            Ok(_) => {}
            Err(fault) => keep("hosts", seed, &format!("{address}\n{text}"), &fault),
        }
    }
    assert!(
        2 * listed > runs,
        "browsers open {listed} of {runs} addresses only: the test looks at too little"
    );
}

#[test]
fn what_browsers_fold_is_read_as_what_they_make_of_it() {
    let folds = spell::Folds::of_browsers();
    let read = |c: char| -> String {
        let view = View::whole(&c.to_string());
        view.stretches.iter().flatten().map(Cell::shown).collect()
    };
    let differ: Vec<(char, &str, String)> = folds
        .all()
        .map(|(c, letters)| (c, letters, read(c)))
        .filter(|(_, letters, read)| letters != read)
        .collect();
    assert!(differ.is_empty(), "{differ:?}");
}

#[test]
fn what_nothing_stops_is_told() {
    let mut world = world();
    let told = is_stopped(&mut world, "https://ｂｉｔ。ly/a", "別のお知らせです。");
    assert_eq!(
        told,
        Err("a browser opens bit.ly, and nothing stops the post".to_owned())
    );
    let told = is_stopped(&mut world, "https://www.soumu.go.jp/", "別のお知らせです。");
    assert_eq!(told, Ok(Opened::AnotherHost));
}

/// Each host in its turn, so that many runs try all.
fn chance_host(seed: u64, hosts: &[String]) -> &str {
    let count = u64::try_from(hosts.len()).expect("a number");
    let index = usize::try_from(seed.wrapping_mul(0x9E37_79B9) % count).expect("an index");
    &hosts[index]
}
