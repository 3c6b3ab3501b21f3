use proptest::prelude::*;
use rstest::rstest;

use super::{Problem, distance, lint};
use crate::gate::testing::{in_english, shipped};

const HEAD: &str = "name = \"own\"\nduplicate_days = 7\ntitle = { ja = \"町\", en = \"Town\" }\n";
const OFFICE: &str = "[office]\nnational_holidays = \"closed\"\nclosed = []\n[office.working]\n";

/// The problems of a profile with these further lines at its top, and these at its end.
fn problems(top: &str, end: &str) -> Vec<String> {
    let text = format!("{HEAD}{top}{OFFICE}{end}");
    lint(&text, &shipped::document("standard"), shipped::catalogue())
        .iter()
        .map(told)
        .collect()
}

/// A problem as it is told in English; in Japanese it can be told too.
fn told(problem: &Problem) -> String {
    let mut told = format!("{}:{}: ", problem.line, problem.column);
    told += &in_english(&problem.message);
    if let Some(hint) = &problem.hint {
        told += "; ";
        told += &in_english(hint);
    }
    told
}

#[test]
fn a_profile_in_order_has_no_problem() {
    assert_eq!(problems("", "mon = [\"08:30-17:15\"]\n"), [""; 0]);
}

#[rstest]
#[case::syntax("guideline = akita\n", "", "4:13: ")]
#[case::unknown_key(
    "colour = \"red\"\n",
    "",
    "4:1: there is no field “colour”; expected: one of `name`"
)]
#[case::hours(
    "",
    "mon = [\"17:15-08:30\"]\n",
    "8:7: this value cannot be used: expected hours such as 08:30-17:15"
)]
#[case::severity("", "[severities]\n\"words.insult\" = \"stop\"\n", "9:18: ")]
#[case::guideline(
    "guideline = \"akit\"\n",
    "",
    "4:1: there is no guideline “akit”; there are kurume, "
)]
#[case::exception("exceptions = [\"anything\"]\n", "", "4:1: ")]
#[case::comment("# AKI-7.1b, AKI-9.9.\n", "", "4:13: there is no clause “AKI-9.9”")]
#[case::floor(
    "",
    "[severities]\n\"link.shortener\" = \"notice\"\n",
    "9:1: “link.shortener” is a floor rule"
)]
#[case::emergency(
    "",
    "[in_emergency]\n\"duplicate.recent\" = \"notice\"\n",
    "9:1: “duplicate.recent” weighs the same in an emergency"
)]
fn each_problem_has_its_place(#[case] top: &str, #[case] end: &str, #[case] told: &str) {
    let found = problems(top, end);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(told), "{found:?}");
}

#[rstest]
#[case("link.shortner", Some("link.shortener"))]
#[case("words.insults", Some("words.insult"))]
#[case("windows.closed", Some("window.closed"))]
#[case("colour.of.the.sky", None)]
fn a_rule_that_does_not_exist_is_told_with_the_one_most_like_it(
    #[case] wrong: &str,
    #[case] nearest: Option<&str>,
) {
    let found = problems("", &format!("[severities]\n\"{wrong}\" = \"block\"\n"));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("9:1: there is no rule"), "{found:?}");
    let hint = nearest.map(|nearest| format!("did you mean “{nearest}”?"));
    match hint {
        Some(hint) => assert!(found[0].ends_with(&hint), "{found:?}"),
        None => assert!(!found[0].contains("did you mean"), "{found:?}"),
    }
}

#[test]
fn site_rules_are_told_one_by_one() {
    let rule = |name: &str, when: &str, clause: &str| {
        format!(
            "[[site_rules]]\nname = \"{name}\"\nwhen = \"{when}\"\nseverity = \"confirm\"\n\
             clauses = [\"{clause}\"]\nmessage = {{ ja = \"確認\", en = \"Check\" }}\n"
        )
    };
    let end = [
        rule("a", "post.text == ", "KUR-7.3"),
        rule("b", "true", "KUR-99"),
        rule("b", "post.colour == ''", "KUR-7.3"),
    ]
    .concat();
    let found = problems("", &end);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(
        found[0].starts_with("10:1: the site rule “a”: line 1, column"),
        "{found:?}"
    );
    assert!(
        found[1].starts_with("18:1: there is no clause “KUR-99”"),
        "{found:?}"
    );
    assert!(found[2].starts_with("21:1: “b”: another one"), "{found:?}");
    assert!(
        found[3].starts_with("22:1: the site rule “b”: `post` has no `colour`"),
        "{found:?}"
    );
}

#[rstest]
#[case::seat(
    "[[routes]]\nasks = [\"mayor\"]\n",
    "9:8: this value cannot be used: expected `approver` or `role:"
)]
#[case::nobody("[[routes]]\nasks = []\n", "9:1: a least route asks nobody")]
#[case::emergency(
    "[[routes]]\nasks = [\"approver\"]\nkinds = [\"emergency\"]\n",
    "9:1: an emergency post is signed by the duty officer alone"
)]
#[case::clause(
    "[[routes]]\nasks = [\"approver\"]\nclauses = [\"KUR-0\"]\n",
    "10:1: there is no clause “KUR-0”"
)]
#[case::nobody_gives(
    "[[attestations]]\nname = \"a\"\nby = \"approver\"\ntext = { ja = \"あ\", en = \"a\" }\n",
    "10:1: the attestation “a”: no least route"
)]
#[case::silent(
    "[[attestations]]\nname = \"a\"\nby = \"author\"\ntext = { ja = \"あ\", en = \"\" }\n",
    "11:1: “a”: it tells people nothing"
)]
#[case::missing(
    "[[attestations]]\nname = \"a\"\nby = \"author\"\n",
    "8:1: the field “text” is missing"
)]
#[case::field("[account_policy]\ncolour = []\n", "9:1: this value cannot be used: ")]
#[case::field_clause(
    "[account_policy]\npurpose = [\"KUR-0\"]\n",
    "9:1: there is no clause “KUR-0”"
)]
fn demands_are_told_where_they_stand(#[case] end: &str, #[case] expected: &str) {
    let found = problems("", end);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(expected), "{found:?}");
}

#[test]
fn several_problems_are_told_at_once_from_top_to_bottom() {
    let found = problems(
        "guideline = \"x\"\n# MIS-0\n",
        "[severities]\n\"a.b\" = \"block\"\n\"link.shortener\" = \"confirm\"\n",
    );
    let lines: Vec<&str> = found.iter().filter_map(|it| it.split(':').next()).collect();
    assert_eq!(lines, ["4", "5", "11", "12"]);
}

#[test]
fn columns_count_characters() {
    let found = problems("# 久留米 KUR-0\n", "");
    assert_eq!(found, ["4:7: there is no clause “KUR-0”"]);
}

#[test]
fn the_shipped_profiles_have_no_problem() {
    for name in shipped::profiles() {
        let found = lint(
            &shipped::profile(&name),
            &shipped::document("standard"),
            shipped::catalogue(),
        );
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

#[rstest]
#[case("", "", 0)]
#[case("abc", "", 3)]
#[case("kitten", "sitting", 3)]
#[case("あいう", "あう", 1)]
fn distances(#[case] one: &str, #[case] other: &str, #[case] expected: usize) {
    assert_eq!(distance(one, other), expected);
    assert_eq!(distance(other, one), expected);
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in "(\\PC{0,20}\n){0,4}") {
        let lists = crate::gate::testing::document();
        let found = lint(&text, &lists, shipped::catalogue());
        prop_assert!(!found.is_empty());
    }
}
