//! A pull reader of JSON text: strict, iterative, linear, bounded in depth, and without allocations.

use alloc::borrow::Cow;
use alloc::string::String;

use super::number::Number;

/// What JSON takes for whitespace.
pub(super) const WHITESPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// How many objects and arrays may be open at a time (`W7`): as many as [`Reader::objects`] has bits.
const MAX_DEPTH: u32 = u64::BITS;

/// Reads one text, as an iterator over its parts. Ends with the text's one value or at the first defect, which
/// [`Reader::check`] then tells.
///
/// No function here returns an error by value: an error's one byte inside an event makes each event slow to copy.
pub(super) struct Reader<'a> {
    text: &'a str,
    /// How far the text has been read. Always between two characters of it.
    at: usize,
    depth: u32,
    expect: Expect,
    broken: Option<Broken>,
    /// Which of the open containers are objects. The innermost is the lowest bit.
    objects: u64,
}

/// A part of a JSON text.
#[derive(Clone, Copy)]
pub(super) enum Event<'a> {
    Null,
    Bool,
    Number(Number<'a>),
    String(Text<'a>),
    Key(Text<'a>),
    BeginObject,
    BeginArray,
    /// Ends the innermost object or array.
    End,
}

/// Why a text is not read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    Syntax,
    TooDeep,
}

/// What may come next.
#[derive(Clone, Copy)]
enum Expect {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    CommaOrEnd,
    EndOfText,
    /// A defect was found.
    Nothing,
}

impl<'a> Iterator for Reader<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        let event = self.step();
        if event.is_none() && !(matches!(self.expect, Expect::EndOfText) && self.at == self.text.len()) {
            self.broken = self.broken.or(Some(Broken::Syntax));
            self.expect = Expect::Nothing;
        }
        event
    }
}

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, expect: Expect::Value, broken: None, objects: 0 }
    }

    /// Whether what has been read has no defect. Once the iterator has ended: whether the text is JSON.
    pub(super) const fn check(&self) -> Result<(), Broken> {
        match self.broken {
            None => Ok(()),
            Some(broken) => Err(broken),
        }
    }

    /// How many objects and arrays are open.
    pub(super) const fn depth(&self) -> u32 {
        self.depth
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// `None`: the text ends here, as it should or not.
    fn step(&mut self) -> Option<Event<'a>> {
        let next = self.peek_token()?;
        match (self.expect, next) {
            (Expect::ValueOrEnd, b']') | (Expect::KeyOrEnd, b'}') => Some(self.end()),
            (Expect::Value | Expect::ValueOrEnd, first) => self.value(first),
            (Expect::KeyOrEnd, _) => self.key(),
            (Expect::CommaOrEnd, b',') => {
                self.at += 1;
                let first = self.peek_token()?;
                if self.in_object() { self.key() } else { self.value(first) }
            }
            (Expect::CommaOrEnd, b'}') if self.in_object() => Some(self.end()),
            (Expect::CommaOrEnd, b']') if !self.in_object() => Some(self.end()),
            (Expect::CommaOrEnd | Expect::EndOfText | Expect::Nothing, _) => None,
        }
    }

    fn value(&mut self, first: u8) -> Option<Event<'a>> {
        let event = match first {
            b'"' => Event::String(self.string()?),
            b'{' => return self.begin(Event::BeginObject, 1, Expect::KeyOrEnd),
            b'[' => return self.begin(Event::BeginArray, 0, Expect::ValueOrEnd),
            b'-' | b'0'..=b'9' => Event::Number(self.number()?),
            b'n' => self.word("null", Event::Null)?,
            b't' => self.word("true", Event::Bool)?,
            b'f' => self.word("false", Event::Bool)?,
            _ => return None,
        };
        self.expect_after_value();
        Some(event)
    }

    fn key(&mut self) -> Option<Event<'a>> {
        let key = self.string()?;
        if self.peek_token()? != b':' {
            return None;
        }
        self.at += 1;
        self.expect = Expect::Value;
        Some(Event::Key(key))
    }

    fn begin(&mut self, event: Event<'a>, object: u64, expect: Expect) -> Option<Event<'a>> {
        if self.depth == MAX_DEPTH {
            self.broken = Some(Broken::TooDeep);
            return None;
        }
        self.at += 1;
        self.depth += 1;
        self.objects = self.objects << 1 | object;
        self.expect = expect;
        Some(event)
    }

    fn end(&mut self) -> Event<'a> {
        self.at += 1;
        self.depth = self.depth.saturating_sub(1);
        self.objects >>= 1;
        self.expect_after_value();
        Event::End
    }

    const fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }

    const fn expect_after_value(&mut self) {
        self.expect = if self.depth == 0 { Expect::EndOfText } else { Expect::CommaOrEnd };
    }

    fn string(&mut self) -> Option<Text<'a>> {
        if self.peek() != Some(b'"') {
            return None;
        }
        self.at += 1;
        let start = self.at;
        let mut escapes = 0;
        loop {
            self.at += plain_len(self.bytes());
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += escape_len(self.bytes())?,
                _ => return None,
            }
            escapes += 1;
        }
        let body = self.text.get(start..self.at)?;
        self.at += 1;
        Some(Text { body, escapes })
    }

    fn number(&mut self) -> Option<Number<'a>> {
        let (number, len) = Number::at_start_of(self.rest())?;
        self.at += len;
        Some(number)
    }

    fn word(&mut self, word: &str, event: Event<'a>) -> Option<Event<'a>> {
        let found = self.bytes().starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found.then_some(event)
    }

    /// The first byte of what comes behind whitespace.
    fn peek_token(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

/// A string between its quotes, with its escapes checked but not yet resolved.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    body: &'a str,
    /// How many escapes are in it.
    escapes: usize,
}

impl<'a> Text<'a> {
    /// The text meant. `None`: it holds half of a surrogate pair, so it is no text.
    #[inline]
    pub(super) fn decode(self) -> Option<Cow<'a, str>> {
        if self.escapes == 0 { Some(Cow::Borrowed(self.body)) } else { self.unescape().map(Cow::Owned) }
    }

    /// Whether it can be decoded.
    pub(super) fn is_sound(self) -> bool {
        self.escapes == 0 || self.decode().is_some()
    }

    pub(super) fn is(self, word: &str) -> bool {
        self.decode().is_some_and(|text| text == word)
    }

    fn unescape(self) -> Option<String> {
        // Every escape is longer than what it stands for.
        let mut text = String::with_capacity(self.body.len() - self.escapes);
        let mut rest = self.body;
        loop {
            let (plain, escape) = rest.split_at_checked(plain_len(rest.as_bytes()))?;
            text.push_str(plain);
            let Some(letter) = escape.as_bytes().get(1) else {
                return Some(text);
            };
            rest = escape.get(2..)?;
            text.push(match letter {
                b'b' => '\u{8}',
                b't' => '\t',
                b'n' => '\n',
                b'f' => '\u{c}',
                b'r' => '\r',
                b'u' => {
                    let (meant, behind) = unescape_utf16(rest)?;
                    rest = behind;
                    meant
                }
                letter => char::from(*letter),
            });
        }
    }
}

/// The character whose UTF-16 a text begins with: four hexadecimal digits, or eight with `\u` between.
fn unescape_utf16(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| u16::from_str_radix(text, 16).ok();
    let (high, rest) = text.split_at_checked(4)?;
    let high = unit(high)?;
    if let Some(meant) = char::from_u32(high.into()) {
        return Some((meant, rest));
    }
    let (low, rest) = rest.strip_prefix("\\u")?.split_at_checked(4)?;
    let meant = char::decode_utf16([high, unit(low)?]).next()?.ok()?;
    Some((meant, rest))
}

/// The length of the escape that some bytes begin with.
fn escape_len(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(2),
        [_, b'u', a, b, c, d, ..] if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit) => Some(6),
        _ => None,
    }
}

/// How many bytes come before the next quote, backslash or control byte. Most of the time of reading is spent here, so
/// it looks at eight bytes at once.
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut len = 0;
    for word in words {
        let marks = special_bytes(u64::from_le_bytes(*word));
        if marks != 0 {
            return len + (marks.trailing_zeros() / 8) as usize;
        }
        len += 8;
    }
    len + tail.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(tail.len())
}

/// Sets the top bit of each byte that is a quote, a backslash or below 0x20. Bits above the lowest one may be wrong,
/// because a subtraction borrows upwards.
const fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    const TOPS: u64 = ONES << 7;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let below_space = word.wrapping_sub(ONES * 0x20) & !word;
    let is_quote = quote.wrapping_sub(ONES) & !quote;
    let is_backslash = backslash.wrapping_sub(ONES) & !backslash;
    (below_space | is_quote | is_backslash) & TOPS
}

#[cfg(test)]
mod tests {
    use super::{Event, Reader, Text, plain_len};

    use alloc::borrow::Cow;
    use alloc::format;
    use proptest::prelude::*;

    fn string(text: &str) -> Option<Text<'_>> {
        let mut reader = Reader::new(text);
        match (reader.next(), reader.next(), reader.check()) {
            (Some(Event::String(text)), None, Ok(())) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn w7_every_escape_means_what_it_means_in_json() {
        let text = string(r#""\"\\\/\b\f\n\r\tA\u0000\u00e9\u20AC\ud834\udd1eB""#).unwrap();
        assert_eq!(text.decode().unwrap(), "\"\\/\u{8}\u{c}\n\r\tA\0é€𝄞B");
        assert!(matches!(string(r#""plain é""#).unwrap().decode(), Some(Cow::Borrowed("plain é"))));
    }

    #[test]
    fn w7_a_reader_that_found_a_defect_stays_at_its_end() {
        for broken in ["", "[1,", "\"abc", "{\"a\"", "[1] 2", "nul"] {
            let mut reader = Reader::new(broken);
            reader.by_ref().for_each(drop);
            assert!(reader.next().is_none() && reader.check().is_err(), "{broken}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn w7_eight_bytes_at_once_find_what_one_at_a_time_do(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let expected = bytes.iter().position(|b| *b == b'"' || *b == b'\\' || *b < 0x20).unwrap_or(bytes.len());
            prop_assert_eq!(plain_len(&bytes), expected);
        }

        #[test]
        fn w7_strings_are_decoded_as_serde_json_does(
            body in r#"([a-z"\x00-\x22é😀]|\\[nu"/\\]|\\u[d0][8c0-9]{3}){0,12}"#,
        ) {
            let text = format!("\"{body}\"");
            let ours = string(&text).and_then(Text::decode);
            let theirs = serde_json::from_str::<alloc::string::String>(&text).ok();
            prop_assert_eq!(ours.as_deref(), theirs.as_deref());
        }
    }
}
