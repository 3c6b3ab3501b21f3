//! Names that no post may call (@name): the site's own list.

use std::collections::BTreeSet;

use super::hosts::{is_host, lists::hosts_of};

/// The first column of each line that is no comment, without its mark.
pub(super) fn names_of(text: &str) -> BTreeSet<String> {
    let names = hosts_of(text).into_iter();
    names
        .map(|name| name.trim_start_matches(['@', '＠']).to_owned())
        .collect()
}

/// The first entry that could never match.
pub(super) fn no_name(names: &BTreeSet<String>) -> Option<&str> {
    names.iter().map(String::as_str).find(|name| !is_name(name))
}

/// As mentions are read in a normalised text: digits alone are a price or a time.
fn is_name(entry: &str) -> bool {
    let (name, host) = entry
        .split_once('@')
        .map_or((entry, None), |(name, host)| (name, Some(host)));
    let may_stand = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
    let calls = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    name.bytes().all(may_stand)
        && name.bytes().any(calls)
        && !name.ends_with(['.', '-'])
        && host.is_none_or(is_host)
}

/// Whether somebody at a server may not be called: there, or wherever there is one of that name.
pub(super) fn forbids(names: &BTreeSet<String>, name: &str, server: &str) -> bool {
    let at_server = || format!("{name}@{}", server.to_ascii_lowercase());
    !names.is_empty() && (names.contains(name) || names.contains(&at_server()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_list_is_read_with_and_without_marks_and_in_any_case() {
        let names = names_of("# ours\n\n@Warui_Hito\t2026-11\n  ura.shop@Elsewhere.example\n＠dareka\n");
        let expected = ["dareka", "ura.shop@elsewhere.example", "warui_hito"];
        assert_eq!(names, expected.map(str::to_owned).into());
        assert_eq!(no_name(&names), None);
    }

    #[rstest]
    #[case("@")]
    #[case("@12345")]
    #[case("悪い人")]
    #[case("taro.")]
    #[case("taro@")]
    #[case("taro@https://elsewhere.example")]
    #[case("https://elsewhere.example/@taro")]
    #[case("taro@a.example@b.example")]
    fn a_line_that_could_never_match_is_told(#[case] line: &str) {
        assert!(no_name(&names_of(line)).is_some());
    }

    #[rstest]
    #[case("taro", "here.example", true)]
    #[case("taro", "there.example", true)]
    #[case("jiro", "Here.example", true)]
    #[case("jiro", "there.example", false)]
    #[case("taro2", "here.example", false)]
    fn a_name_with_its_server_is_forbidden_there_alone(
        #[case] name: &str,
        #[case] server: &str,
        #[case] expected: bool,
    ) {
        let names = names_of("taro\njiro@here.example\n");
        assert_eq!(forbids(&names, name, server), expected);
    }
}
