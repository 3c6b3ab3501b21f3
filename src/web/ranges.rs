//! Which part of a file is asked for (RFC 9110, `Range`): players fetch a film piece by piece.

use std::ops::RangeInclusive;

use axum::http::{HeaderMap, header};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The file. What is not understood is asked for in vain, and this is the answer.
    All,
    /// These bytes.
    Part(RangeInclusive<u64>),
    /// Bytes that it does not have.
    Nothing,
}

/// Reads what is asked for of a file of this length.
pub(super) fn wanted(headers: &HeaderMap, length: u64) -> Wanted {
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let Some((first, last)) = asked
        .and_then(|range| range.strip_prefix("bytes="))
        .and_then(|range| range.split_once('-'))
    else {
        return Wanted::All;
    };
    let (first, last) = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last),
        (Ok(first), Err(_)) if last.trim().is_empty() => (first, u64::MAX),
        (Err(_), Ok(last)) if first.trim().is_empty() => match last {
            0 => return Wanted::Nothing,
            last => (length.saturating_sub(last), u64::MAX),
        },
        // Several parts, or none that can be read.
        _ => return Wanted::All,
    };
    match first < length {
        true => Wanted::Part(first..=last.min(length - 1)),
        false => Wanted::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("bytes=0-1", Wanted::Part(0..=1))]
    #[case("bytes=0-", Wanted::Part(0..=99))]
    #[case("bytes=90-200", Wanted::Part(90..=99))]
    #[case("bytes=-10", Wanted::Part(90..=99))]
    #[case("bytes=-200", Wanted::Part(0..=99))]
    #[case("bytes=100-", Wanted::Nothing)]
    #[case("bytes=-0", Wanted::Nothing)]
    #[case("bytes=5-2", Wanted::All)]
    #[case("bytes=0-1,5-6", Wanted::All)]
    #[case("bytes=x-y", Wanted::All)]
    #[case("lines=0-1", Wanted::All)]
    fn a_range_is_read(#[case] range: &str, #[case] expected: Wanted) {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        assert_eq!(wanted(&headers, 100), expected);
    }

    #[test]
    fn of_an_empty_file_there_is_no_part() {
        let mut headers = HeaderMap::new();
        assert_eq!(wanted(&headers, 0), Wanted::All);
        headers.insert(header::RANGE, "bytes=0-".parse().unwrap());
        assert_eq!(wanted(&headers, 0), Wanted::Nothing);
    }
}
