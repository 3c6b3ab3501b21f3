//! How good the checks are: the labelled posts of tests/corpus reach the goals under the shipped policy.

use std::path::Path;

use sekisho::{
    app::{STANDARD_PROFILE, policy_document},
    cli::check::{Corpus, Goals},
    gate::Policy,
};

#[test]
fn the_shipped_checks_reach_their_goals_on_the_labelled_posts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let policy = Policy::compile(policy_document(STANDARD_PROFILE).expect("a document")).expect("a policy");
    let report = Corpus::read(&folder)
        .and_then(|corpus| corpus.judge(policy))
        .expect("a corpus");
    assert!(
        report.posts >= 400 && 2 * report.clean >= report.posts,
        "{report}"
    );
    let missed = report.missed(&Goals::SHIPPED);
    assert!(missed.is_empty(), "{missed:?}\n{report}");
}
