//! `sekisho check`, as a writer or a script runs it: the real program, a text, an exit code.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

use rstest::rstest;
use serde_json::Value;

fn check(text: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sekisho"))
        // The language is what a test asks for, not what the machine speaks.
        .env("LC_ALL", "ja_JP.UTF-8")
        .args(["check", "--at", "2026-12-01T10:00:00+09:00"])
        .args(arguments)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(text.as_bytes()).expect("written");
    drop(input);
    child.wait_with_output().expect("its answer")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[rstest]
#[case::clean("12月6日（日）の休日当番医は、市の公式サイトでご案内しています。", 0)]
#[case::to_confirm("くわしくは https://www.example.com/ をご覧ください。", 1)]
#[case::blocked("くわしくは ｂｉｔ．ｌｙ／abc をご覧ください。", 2)]
fn the_exit_code_tells_how_it_stands(#[case] text: &str, #[case] expected: i32) {
    let output = check(text, &[]);
    assert_eq!(output.status.code(), Some(expected), "{}", said(&output));
}

#[test]
fn people_see_the_place_and_what_to_do() {
    let text = "お知らせ\nくわしくは ｂｉｔ．ｌｙ／abc へ";
    let told = said(&check(text, &["--language", "en"]));
    assert!(told.contains("block[link.shortener]: "), "{told}");
    assert!(told.contains("--> stdin:2:7"), "{told}");
    assert!(told.contains("keeps: AKI-7.1b"), "{told}");
    let told = said(&check(text, &[]));
    assert!(told.contains("不可[link.shortener]: "), "{told}");
}

#[test]
fn scripts_get_json_and_sarif() {
    let text = "くわしくは bit.ly/abc へ";
    let found: Value = serde_json::from_str(&said(&check(text, &["--format", "json"]))).expect("JSON");
    let shortener = found
        .as_array()
        .and_then(|found| found.iter().find(|finding| finding["rule"] == "link.shortener"));
    let span = &shortener.expect("a finding")["span"]["chars"];
    assert_eq!(span["start"], 6, "{found}");
    let log: Value = serde_json::from_str(&said(&check(text, &["--format", "sarif"]))).expect("SARIF");
    assert_eq!(log["version"], "2.1.0");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let region = |result: &Value| result["locations"][0]["physicalLocation"]["region"].clone();
    assert!(results.iter().any(|result| {
        result["ruleId"] == "link.shortener"
            && result["level"] == "error"
            && region(result)["startColumn"] == 7
    }));
}

#[test]
fn own_domains_are_not_foreign() {
    let text = "くわしくは https://www.example.com/ をご覧ください。";
    let output = check(text, &["--own-domain", "example.com"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let wrong = check(text, &["--own-domain", "com"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("is not a domain name"));
    let unknown = check(text, &["--profile", "nowhere"]);
    let told = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(
        told.contains("kurume") && unknown.status.code() == Some(3),
        "{told}"
    );
    let usage = check(text, &["--nonsense"]);
    assert_eq!(usage.status.code(), Some(64), "{}", said(&usage));
}
