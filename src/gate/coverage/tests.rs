use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use rstest::rstest;

use super::*;
use crate::gate::{
    policy::Policy,
    testing::{document, shipped, words},
};

fn catalogue(clause: &str) -> Catalogue {
    let text = format!(
        "[[guideline]]\nid = \"town\"\nprefix = \"TWN\"\nmunicipality_ja = \"町\"\nmunicipality_en = \"Town\"\n\
         title_ja = \"指針\"\n[[later]]\nid = \"soon\"\nja = \"後で\"\nen = \"soon\"\n\
         [[clause]]\nid = \"TWN-1\"\nguideline = \"town\"\nasks_ja = \"問う\"\nasks_en = \"Asks.\"\n{clause}\n"
    );
    Catalogue::parse(&text).expect("a catalogue")
}

fn one(clause: &str, change: impl FnOnce(&mut PolicyDocument)) -> ClauseCoverage {
    let mut document = document();
    document.words.push(words("insult", &["馬鹿"], &[], &[]));
    change(&mut document);
    coverage(&document, &catalogue(clause))
        .guidelines
        .remove(0)
        .clauses
        .remove(0)
}

#[rstest]
#[case::fixed("kept = \"E\"\nby = [\"rule:link.shortener\"]", State::Kept)]
#[case::adjustable("kept = \"E\"\nby = [\"rule:link.platform_short_host\"]", State::Kept)]
#[case::too_light("kept = \"E\"\nby = [\"rule:duplicate.recent\"]", State::Open)]
#[case::one_of_two(
    "kept = \"E\"\nby = [\"rule:link.shortener\", \"rule:duplicate.recent\"]",
    State::Open
)]
#[case::gated(
    "kept = \"G\"\nby = [\"rule:duplicate.recent\", \"words:insult\"]",
    State::Kept
)]
#[case::words_too_light("kept = \"E\"\nby = [\"words:insult\"]", State::Open)]
#[case::no_rule("kept = \"A\"\nby = [\"rule:no.such\"]", State::Open)]
#[case::no_words("kept = \"G\"\nby = [\"words:no_such\"]", State::Open)]
#[case::workflow("kept = \"E\"\nby = [\"workflow:vault\"]", State::Kept)]
#[case::later("kept = \"E\"\nby = [\"workflow:vault\"]\nopen = [\"soon\"]", State::Open)]
#[case::nothing("kept = \"R\"", State::Open)]
#[case::help_is_not_enough("kept = \"G\"\nalso = [\"rule:duplicate.recent\"]", State::Open)]
#[case::light_help_does_no_harm(
    "kept = \"E\"\nby = [\"workflow:vault\"]\nalso = [\"rule:duplicate.recent\"]",
    State::Kept
)]
#[case::outside("kept = \"O\"", State::Outside)]
fn a_clause_is_kept_when_everything_weighs_what_it_asks(#[case] clause: &str, #[case] state: State) {
    let found = one(clause, |_| {});
    assert_eq!(found.state, state);
    assert_eq!(found.missing.is_empty(), state != State::Open);
}

#[test]
fn a_profile_opens_and_closes_clauses() {
    let enforced = "kept = \"E\"\nby = [\"rule:duplicate.recent\", \"words:insult\"]";
    let heavier = |document: &mut PolicyDocument| {
        for rule in ["duplicate.recent", "words.insult"] {
            document.profile.severities.insert(rule.into(), Severity::Block);
        }
    };
    assert_eq!(one(enforced, heavier).state, State::Kept);
    let gated = "kept = \"G\"\nby = [\"rule:duplicate.recent\"]";
    let off = |document: &mut PolicyDocument| {
        document
            .profile
            .severities
            .insert("duplicate.recent".into(), Severity::Notice);
    };
    let found = one(gated, off);
    assert_eq!(
        found.missing,
        [Missing::TooLight {
            way: Way::Rule("duplicate.recent".into()),
            weighs: Severity::Notice,
            asks: Severity::Confirm,
        }]
    );
}

#[rstest]
#[case("kept = \"E\"\nby = [\"workflow:magic\"]", "there is no workflow \"magic\"")]
#[case("kept = \"E\"\nopen = [\"magic\"]", "there is no capability \"magic\"")]
#[case("kept = \"E\"\nby = [\"magic\"]", "expected `rule:…`")]
#[case("kept = \"X\"", "X")]
fn a_catalogue_that_names_what_is_not_there_is_refused(#[case] clause: &str, #[case] why: &str) {
    let text = format!(
        "[[guideline]]\nid = \"town\"\nprefix = \"TWN\"\nmunicipality_ja = \"町\"\nmunicipality_en = \"Town\"\n\
         title_ja = \"指針\"\n[[clause]]\nid = \"TWN-1\"\nguideline = \"town\"\nasks_ja = \"問う\"\n\
         asks_en = \"Asks.\"\n{clause}\n"
    );
    let told = Catalogue::parse(&text).expect_err(clause).to_string();
    assert!(told.contains(why), "{told}");
}

#[test]
fn the_counts_add_up_and_a_profile_without_a_guideline_is_shown_under_all() {
    let all = coverage(&shipped::document("standard"), shipped::catalogue());
    assert_eq!(all.guidelines.len(), 5);
    let clauses: usize = all
        .guidelines
        .iter()
        .map(|guideline| guideline.counts.of + guideline.counts.outside)
        .sum();
    assert_eq!(clauses, shipped::catalogue().clauses.len());
    let akita = coverage(&shipped::document("akita"), shipped::catalogue());
    assert_eq!(akita.guidelines.len(), 1);
    assert_eq!(akita.guidelines[0].id, "akita");
}

#[rstest]
fn a_shipped_profile_keeps_its_guideline_but_for_what_is_to_come(
    #[values("kurume", "yamaga", "akita", "misaki", "towada")] name: &str,
) {
    let document = shipped::document(name);
    Policy::compile(document.clone()).expect("a policy");
    let found = coverage(&document, shipped::catalogue());
    assert_eq!(document.profile.guideline.as_deref(), Some(name));
    for clause in &found.guidelines[0].clauses {
        let others: Vec<&Missing> = clause
            .missing
            .iter()
            .filter(|missing| !matches!(missing, Missing::Later { .. }))
            .collect();
        assert!(others.is_empty(), "{}: {others:?}", clause.id);
    }
}

#[rstest]
fn the_documented_counts_are_those_of_the_profiles(
    #[values("kurume", "yamaga", "akita", "misaki", "towada")] name: &str,
) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CHECKS.md");
    let page = fs::read_to_string(page).expect("a page");
    let Counts { kept, of, open, .. } =
        coverage(&shipped::document(name), shipped::catalogue()).guidelines[0].counts;
    let row = format!("| `{name}` | {kept} | {of} | {open} |");
    assert!(page.contains(&row), "{row}");
}

#[test]
fn a_policy_without_the_demands_of_a_guideline_leaves_its_clauses_open() {
    let mut document = shipped::document("towada");
    document.profile.attestations.clear();
    document.profile.account_policy.clear();
    document.profile.routes.clear();
    let found = coverage(&document, shipped::catalogue());
    for id in ["TOW-3.1", "TOW-5.3a", "TOW-6.2.7"] {
        let clause = found.guidelines[0].clauses.iter().find(|clause| clause.id == id);
        let missing = &clause.expect("a clause").missing;
        assert!(
            matches!(missing[0], Missing::NoSuchRule { .. }),
            "{id}: {missing:?}"
        );
    }
}

#[test]
fn every_clause_names_what_exists() {
    let known: BTreeSet<&str> = rules::all().map(|info| info.id).collect();
    let lists = shipped::document("standard").words;
    for clause in &shipped::catalogue().clauses {
        for way in clause.by.iter().chain(&clause.also) {
            let exists = match way {
                Way::Rule(id) => known.contains(id.as_str()),
                Way::Words(category) => lists.iter().any(|list| list.category == *category),
                Way::Workflow(name) => workflows::find(name).is_some(),
                Way::Route(_) | Way::Attestation(_) | Way::Field(_) => {
                    let profile = shipped::document(&clause.guideline);
                    Keeper::of(&profile, way).weighs.is_some()
                }
            };
            assert!(exists, "{} names {way}", clause.id);
        }
    }
}

#[test]
fn every_clause_that_is_cited_exists() {
    let catalogue = shipped::catalogue();
    let cited = rules::all().flat_map(|info| info.clauses.iter().map(|clause| (info.id, *clause)));
    for (rule, clause) in cited {
        assert!(catalogue.clause(clause).is_some(), "{rule} cites {clause}");
    }
    for list in shipped::document("standard").words {
        for clause in &list.clauses {
            assert!(
                catalogue.clause(clause).is_some(),
                "{} cites {clause}",
                list.category
            );
        }
    }
}

#[test]
fn no_capability_and_no_workflow_is_left_over() {
    let catalogue = shipped::catalogue();
    let open: BTreeSet<&String> = catalogue.clauses.iter().flat_map(|clause| &clause.open).collect();
    let later: BTreeSet<&String> = catalogue.later.iter().map(|later| &later.id).collect();
    assert_eq!(open, later);
    let ways = catalogue.clauses.iter().flat_map(|clause| &clause.by);
    let cited: BTreeSet<String> = ways
        .filter_map(|way| match way {
            Way::Workflow(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let there: BTreeSet<String> = workflows::ALL.iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(cited, there);
}

/// The sources below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|its| its == "rs") {
            found.push(path);
        }
    }
}

/// What stands in tests, file by file: whole files of tests, and what follows `#[cfg(test)]` in others.
fn tests_of_rules() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gate/rules");
    sources(&root, &mut paths);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source");
        let path = path.strip_prefix(&root).expect("below the rules").to_owned();
        let is_all_tests = path.to_string_lossy().contains("tests");
        let begin = if is_all_tests {
            Some(0)
        } else {
            text.find("#[cfg(test)]")
        };
        let tests = begin.map_or(String::new(), |begin| text[begin..].to_owned());
        (path, tests)
    };
    paths.into_iter().map(read).collect()
}

/// Whether a test names a rule: by its id, by the key of its message, or, beside the rule's own topic, by
/// its name alone.
fn names(rule: &str, (path, test): &(PathBuf, String)) -> bool {
    let (topic, name) = rule.split_once('.').expect("a topic and a name");
    let key = format!("\"finding-{}\"", rule.replace(['.', '_'], "-"));
    test.contains(&format!("\"{rule}\""))
        || test.contains(&key)
        || (path.starts_with(topic) && test.contains(&format!("\"{name}\"")))
}

#[test]
fn every_rule_has_a_test_that_names_it() {
    let tests = tests_of_rules();
    let untested: Vec<&str> = rules::all()
        .map(|info| info.id)
        .filter(|id| !tests.iter().any(|test| names(id, test)))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn a_coverage_can_be_read_by_people_and_by_programs() {
    let found = coverage(&shipped::document("akita"), shipped::catalogue());
    let ja = table(&found, |text| &text.ja);
    let en = table(&found, |text| &text.en);
    assert!(ja.contains("AKI-7.1b   E"), "{ja}");
    assert!(ja.contains("短縮 URL を使わない。"));
    assert!(ja.contains("= rule:link.shortener [block]"));
    assert!(en.contains("= workflow:register An account is used only"));
    assert!(en.contains("! to come: Templates for explanations and apologies"));
    let json = serde_json::to_value(&found).expect("JSON");
    let clause = |id: &str| {
        let clauses = json["guidelines"][0]["clauses"].as_array().expect("clauses");
        clauses
            .iter()
            .find(|clause| clause["id"] == id)
            .cloned()
            .expect("a clause")
    };
    assert_eq!(clause("AKI-7.1b")["letter"], "E");
    assert_eq!(clause("AKI-7.1b")["kept_by"][0]["way"], "rule:link.shortener");
    assert_eq!(clause("AKI-7.1b")["kept_by"][0]["weighs"], "block");
    assert_eq!(clause("AKI-4.6")["missing"][0]["reason"], "later");
    assert_eq!(clause("AKI-4.6")["state"], "open");
}
