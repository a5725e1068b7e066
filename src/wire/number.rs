//! Numbers as JSON writes them, read exactly: in integers, digit by digit, however long they are (`W7`).

/// A number in its own words.
#[derive(Clone, Copy)]
pub(super) struct Number<'a>(&'a str);

impl<'a> Number<'a> {
    /// The number that a text begins with, and its length. What follows it is not looked at.
    pub(super) fn at_start_of(text: &'a str) -> Option<(Self, usize)> {
        let bytes = text.as_bytes();
        let rest = bytes.strip_prefix(b"-").unwrap_or(bytes);
        let rest = if let [b'0', rest @ ..] = rest { rest } else { after_digits(rest)? };
        let rest = if let [b'.', rest @ ..] = rest { after_digits(rest)? } else { rest };
        let rest = match rest {
            [b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..] => after_digits(rest)?,
            _ => rest,
        };
        let len = bytes.len() - rest.len();
        Some((Self(text.get(..len)?), len))
    }

    /// The greatest integer that is not above it. Saturates.
    pub(super) fn floor(self) -> i64 {
        let (floor, _) = self.split();
        floor
    }

    /// The number, if it is an integer, written in whatever way. Saturates.
    pub(super) fn integer(self) -> Option<i64> {
        let (floor, has_fraction) = self.split();
        if has_fraction { None } else { Some(floor) }
    }

    /// Its floor, and whether there is something above that.
    fn split(self) -> (i64, bool) {
        // Nearly every number is a short row of digits, so the general way below may be slow.
        if let Ok(whole) = self.0.parse() {
            return (whole, false);
        }
        let (sign, text) = self.0.strip_prefix('-').map_or((1, self.0), |text| (-1, text));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (before, behind) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let point = i64::try_from(before.len()).unwrap_or(i64::MAX).saturating_add(parse_exponent(exponent));
        let point = usize::try_from(point.max(0)).unwrap_or(usize::MAX);

        let mut digits = before.bytes().chain(behind.bytes());
        let whole = digits.by_ref().take(point).fold(0, append(sign));
        let has_fraction = digits.any(|digit| digit != b'0');
        // With 19 more digits any whole number but 0 is out of range, so the rest of them need not be counted out.
        let missing = point.saturating_sub(before.len() + behind.len()).min(19);
        let whole = core::iter::repeat_n(b'0', missing).fold(whole, append(sign));
        (whole.saturating_sub((has_fraction && sign < 0).into()), has_fraction)
    }
}

fn parse_exponent(text: &str) -> i64 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    digits.bytes().filter(u8::is_ascii_digit).fold(0, append(sign))
}

/// Appends a digit to an integer of this sign.
fn append(sign: i64) -> impl Fn(i64, u8) -> i64 {
    move |value, digit| value.saturating_mul(10).saturating_add(sign * i64::from(digit.saturating_sub(b'0')))
}

/// What follows the digits that some bytes begin with. `None`: there is no digit.
fn after_digits(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    if end == 0 { None } else { bytes.get(end..) }
}

#[cfg(test)]
mod tests {
    use super::Number;

    use alloc::format;
    use proptest::prelude::*;

    fn whole(text: &str) -> Option<Number<'_>> {
        Number::at_start_of(text).filter(|(_, len)| *len == text.len()).map(|(number, _)| number)
    }

    #[test]
    fn w7_the_grammar_is_that_of_json() {
        for yes in ["0", "-0", "10", "0.0", "-1.25", "1e5", "1E+05", "0e-0", "9.0e00"] {
            assert!(whole(yes).is_some(), "{yes}");
        }
        for no in ["", "-", "+1", "01", "-01", ".5", "1.", "1.e5", "1e", "1e+", "1e1.5", "0x1", "NaN", "1_000", "--1"] {
            assert!(whole(no).is_none(), "{no}");
        }
    }

    #[test]
    fn w7_numbers_out_of_range_saturate() {
        for (text, floor) in [
            ("9223372036854775806", i64::MAX - 1),
            ("9223372036854775807", i64::MAX),
            ("9223372036854775808", i64::MAX),
            ("9223372036854775806.9", i64::MAX - 1),
            ("922337203685477580600e-2", i64::MAX - 1),
            ("-9223372036854775808", i64::MIN),
            ("-9223372036854775807.5", i64::MIN),
            ("1e18", 1_000_000_000_000_000_000),
            ("1e19", i64::MAX),
            ("1e99999999999999999999", i64::MAX),
            ("-1e99999999999999999999", i64::MIN),
            ("1e-99999999999999999999", 0),
            ("-1e-99999999999999999999", -1),
            ("0e99999999999999999999", 0),
            ("-0.000", 0),
        ] {
            assert_eq!(whole(text).unwrap().floor(), floor, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn w7_any_spelling_of_a_number_has_its_exact_floor(
            negative: bool,
            before in 0..10_000_i128,
            behind in "[0-9]{1,4}",
            exponent in -9..10_i32,
        ) {
            let sign = if negative { "-" } else { "" };
            let text = format!("{sign}{before}.{behind}e{exponent}");
            let scale = 10_i128.pow(u32::try_from(behind.len()).unwrap());
            let digits = (before * scale + behind.parse::<i128>().unwrap()) * if negative { -1 } else { 1 };
            let power = 10_i128.pow(exponent.unsigned_abs());
            let (numerator, denominator) =
                if exponent < 0 { (digits, scale * power) } else { (digits * power, scale) };
            let floor = numerator.div_euclid(denominator);
            let number = whole(&text).unwrap();
            prop_assert_eq!(i128::from(number.floor()), floor);
            prop_assert_eq!(number.integer().is_some(), numerator.rem_euclid(denominator) == 0);
        }
    }
}
