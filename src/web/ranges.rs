//! Which part of a file is asked for (RFC 9110, `Range`): players fetch a film piece by piece.

use std::ops::RangeInclusive;

use axum::http::{HeaderMap, header};

/// The bytes that are asked for of a file of this length. None where it is all of it: nothing was said, or what
/// cannot be read, or several parts, or bytes that are not there, and then the file itself is the answer.
pub(super) fn wanted(headers: &HeaderMap, length: u64) -> Option<RangeInclusive<u64>> {
    let asked = headers.get(header::RANGE)?.to_str().ok()?;
    let (first, last) = asked.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1)?;
    let (first, last) = match (first.trim(), last.trim()) {
        ("", last) => match last.parse::<u64>().ok()? {
            0 => return None,
            last => (length.saturating_sub(last), end),
        },
        (first, "") => (first.parse().ok()?, end),
        (first, last) => (first.parse().ok()?, last.parse::<u64>().ok()?.min(end)),
    };
    (first <= last).then_some(first..=last)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("bytes=0-1", Some(0..=1))]
    #[case("bytes=0-", Some(0..=99))]
    #[case("bytes=90-200", Some(90..=99))]
    #[case("bytes=-10", Some(90..=99))]
    #[case("bytes=-200", Some(0..=99))]
    #[case("bytes=100-", None)]
    #[case("bytes=100-200", None)]
    #[case("bytes=-0", None)]
    #[case("bytes=5-2", None)]
    #[case("bytes=0-1,5-6", None)]
    #[case("bytes=x-y", None)]
    #[case("lines=0-1", None)]
    fn a_range_is_read(#[case] range: &str, #[case] expected: Option<RangeInclusive<u64>>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        assert_eq!(wanted(&headers, 100), expected);
    }

    #[test]
    fn of_an_empty_file_there_is_no_part() {
        let mut headers = HeaderMap::new();
        assert_eq!(wanted(&headers, 9), None);
        headers.insert(header::RANGE, "bytes=0-".parse().unwrap());
        assert_eq!(wanted(&headers, 0), None);
    }
}
