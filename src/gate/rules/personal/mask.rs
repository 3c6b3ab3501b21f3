//! What may be told of a personal value: its form and its end.

/// How many characters stay.
const SHOWN: usize = 2;

/// A value with all letters and digits but the last two replaced; of a very short one nothing stays.
pub(super) fn mask(value: &str) -> String {
    let letters = value.chars().filter(|c| c.is_alphanumeric()).count();
    let hidden = if letters <= SHOWN * 2 {
        letters
    } else {
        letters - SHOWN
    };
    let mut seen = 0;
    let hide = |c: char| {
        if !c.is_alphanumeric() {
            return c;
        }
        seen += 1;
        if seen <= hidden { '*' } else { c }
    };
    value.chars().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use super::mask;
    use rstest::rstest;

    #[rstest]
    #[case("090-1234-5678", "***-****-**78")]
    #[case("taro.yamada@mail.example", "****.******@****.*****le")]
    #[case("山田太郎さん", "****さん")]
    #[case("1234", "****")]
    #[case("12-345", "**-*45")]
    #[case("", "")]
    fn only_the_end_stays(#[case] value: &str, #[case] expected: &str) {
        assert_eq!(mask(value), expected);
    }
}
