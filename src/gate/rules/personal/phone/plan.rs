//! Japan's numbering plan (電気通信番号計画), as far as it tells who is reached.

/// Area codes without their leading 0, in the order of the plan's tables.
const AREA_CODES: &str = "\
11 123 124 125 126 1267 133 134 135 136 137 1372 1374 1377 138 139 1392 1397 1398 142 143 144 145 1456 1457 146 1466 \
152 153 154 1547 155 1558 156 1564 157 158 1586 1587 162 163 1632 1634 1635 164 1648 165 1654 1655 1656 1658 166 167 \
17 172 173 174 175 176 178 179 18 182 183 184 185 186 187 19 191 192 193 194 195 197 198 \
22 220 223 224 225 226 228 229 23 233 234 235 237 238 24 240 241 242 243 244 246 247 248 \
25 250 254 255 256 257 258 259 26 260 261 263 264 265 266 267 268 269 27 270 274 276 277 278 279 \
28 280 282 283 284 285 287 288 289 29 291 293 294 295 296 297 299 \
3 4 42 422 428 43 436 438 439 44 45 46 460 463 465 466 467 47 470 475 476 478 479 48 480 49 493 494 495 \
4992 4994 4996 4998 \
52 53 531 532 533 536 537 538 539 54 544 545 547 548 55 550 551 553 554 556 557 558 \
561 562 563 564 565 566 567 568 569 572 573 574 575 576 5769 577 578 58 581 584 585 586 587 \
59 594 595 596 597 598 599 5979 \
6 72 721 725 73 735 736 737 738 739 740 742 743 744 745 746 7468 747 748 749 75 76 761 763 765 766 767 768 \
77 770 771 772 773 774 776 778 779 78 79 790 791 794 795 796 797 798 799 \
82 820 823 824 826 827 829 83 833 834 835 836 837 838 8387 8388 8396 84 845 846 847 8477 848 8512 8514 \
852 853 854 855 856 857 858 859 86 863 865 866 867 868 869 87 875 877 879 88 880 883 884 885 887 889 \
89 892 893 894 895 896 897 898 \
92 920 93 930 940 942 943 944 946 947 948 949 9496 95 950 952 954 955 956 957 959 \
96 964 965 966 967 968 969 97 972 973 974 977 978 979 98 980 9802 982 983 984 985 986 987 \
99 9912 9913 993 994 995 996 9969 997";

/// The longest area code.
const LONGEST: usize = 4;

/// One bit for each digit string of up to four digits, so that looking one up costs nothing.
struct Codes([u64; (MARKED * 10) / 64 + 1]);

/// Codes are told apart by a leading 1: `1` + `42` is another number than `1` + `042`.
const MARKED: usize = 2_000;

static CODES: Codes = codes();

const fn codes() -> Codes {
    let mut bits = [0; (MARKED * 10) / 64 + 1];
    let bytes = AREA_CODES.as_bytes();
    let (mut index, mut code) = (0, 1);
    while index <= bytes.len() {
        if index < bytes.len() && bytes[index].is_ascii_digit() {
            code = code * 10 + (bytes[index] - b'0') as usize;
        } else {
            bits[code / 64] |= 1 << (code % 64);
            code = 1;
        }
        index += 1;
    }
    Codes(bits)
}

/// Whether these digits, without their leading 0, are an area code.
pub(super) fn is_area_code(digits: &[u8]) -> bool {
    let code = digits
        .iter()
        .fold(1, |code, digit| code * 10 + usize::from(*digit));
    let is_length = (1..=LONGEST).contains(&digits.len());
    is_length
        && CODES
            .0
            .get(code / 64)
            .is_some_and(|word| word >> (code % 64) & 1 == 1)
}

/// Whom a number reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// A line in a place: an office or a home.
    Fixed,
    /// A mobile telephone.
    Mobile,
    /// A line on the internet (050).
    Internet,
    /// A service for everybody: free, at one charge, or recorded.
    Service,
}

/// What a number in its national form is, its leading 0 included; none if no line has it.
pub(super) fn line(digits: &[u8]) -> Option<Line> {
    let line = match digits {
        [0, 1, 2 | 8, 0, ..] | [0, 5, 7, 0, ..] | [0, 9, 9, 0, ..] => (10, Line::Service),
        [0, 8, 0, 0, ..] => (11, Line::Service),
        [0, 6..=9, 0, 1..=9, ..] => (11, Line::Mobile),
        [0, 5, 0, 1..=9, ..] => (11, Line::Internet),
        [0, rest @ ..] if (1..=LONGEST).any(|length| rest.get(..length).is_some_and(is_area_code)) => {
            (10, Line::Fixed)
        }
        _ => return None,
    };
    (digits.len() == line.0).then_some(line.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|b| b - b'0').collect()
    }

    #[rstest]
    #[case("0312345678", Some(Line::Fixed))]
    #[case("0471234567", Some(Line::Fixed))]
    #[case("0942301234", Some(Line::Fixed))]
    #[case("0126712345", Some(Line::Fixed))]
    #[case("0998012345", Some(Line::Fixed))]
    #[case("09012345678", Some(Line::Mobile))]
    #[case("06012345678", Some(Line::Mobile))]
    #[case("05012345678", Some(Line::Internet))]
    #[case("0120123456", Some(Line::Service))]
    #[case("08001234567", Some(Line::Service))]
    #[case("0570051165", Some(Line::Service))]
    #[case("0180991234", Some(Line::Service))]
    #[case("0000012345", None)]
    #[case("0212345678", None)]
    #[case("0901234567", None)]
    #[case("03123456789", None)]
    #[case("1312345678", None)]
    #[case("", None)]
    fn numbers_of_the_plan(#[case] number: &str, #[case] expected: Option<Line>) {
        assert_eq!(line(&digits(number)), expected, "{number}");
    }

    #[test]
    fn every_code_of_the_table_is_known_and_no_other() {
        let known: Vec<&str> = AREA_CODES.split_whitespace().collect();
        assert!(known.len() > 350);
        assert!(known.iter().all(|code| is_area_code(&digits(code))));
        let all = (1..=4).flat_map(|length| {
            (0..10_usize.pow(length)).map(move |code| format!("{code:0width$}", width = length as usize))
        });
        let found = all.filter(|code| is_area_code(&digits(code)));
        assert_eq!(found.count(), known.len());
    }
}
