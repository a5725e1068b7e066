//! A pull reader of JSON text: strict, iterative, linear, bounded in depth. It allocates only where an escaped string is wanted.

use alloc::borrow::Cow;

use super::number::Number;
use super::string::{decode, scan};

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
    Key,
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

    /// The value of the key that was read last, decoded in the same go, if it is a string. No text: it holds half of a surrogate pair.
    pub(super) fn string_value(&mut self) -> Option<Option<Cow<'a, str>>> {
        if self.peek_token()? != b'"' || !matches!(self.expect, Expect::Value) {
            return None; // what it is, and what is wrong with it, shows with the next part
        }
        let (len, text) = decode(self.rest().get(1..)?)?;
        self.at += len + 2;
        self.expect_after_value();
        Some(text)
    }

    /// `None`: the text ends here, as it should or not.
    fn step(&mut self) -> Option<Event<'a>> {
        let mut next = self.peek_token()?;
        if matches!(self.expect, Expect::CommaOrEnd) && next == b',' {
            self.at += 1;
            self.expect = if self.in_object() { Expect::Key } else { Expect::Value };
            next = self.peek_token()?;
        }
        match self.expect {
            Expect::ValueOrEnd | Expect::KeyOrEnd | Expect::CommaOrEnd if next == self.closing() => Some(self.end()),
            Expect::Value | Expect::ValueOrEnd | Expect::Key | Expect::KeyOrEnd if next == b'"' => self.text(),
            Expect::Value | Expect::ValueOrEnd => self.value(next),
            Expect::Key | Expect::KeyOrEnd | Expect::CommaOrEnd | Expect::EndOfText | Expect::Nothing => None,
        }
    }

    fn text(&mut self) -> Option<Event<'a>> {
        let is_key = matches!(self.expect, Expect::Key | Expect::KeyOrEnd);
        let text = self.string()?;
        if !is_key {
            self.expect_after_value();
            return Some(Event::String(text));
        }
        if self.peek_token()? != b':' {
            return None;
        }
        self.at += 1;
        self.expect = Expect::Value;
        Some(Event::Key(text))
    }

    fn value(&mut self, first: u8) -> Option<Event<'a>> {
        let event = match first {
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

    /// What ends the innermost object or array.
    const fn closing(&self) -> u8 {
        if self.in_object() { b'}' } else { b']' }
    }

    const fn expect_after_value(&mut self) {
        self.expect = if self.depth == 0 { Expect::EndOfText } else { Expect::CommaOrEnd };
    }

    fn string(&mut self) -> Option<Text<'a>> {
        let inside = self.rest().get(1..)?;
        let (len, is_escaped) = scan(inside)?;
        self.at += len + 2;
        Some(Text { inside, len, is_escaped })
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

/// A string, with its escapes checked but not yet resolved.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    /// All from behind its first quote on.
    inside: &'a str,
    /// Up to its last one.
    len: usize,
    is_escaped: bool,
}

impl<'a> Text<'a> {
    /// The text meant. `None`: it holds half of a surrogate pair, so it is no text.
    #[inline]
    pub(super) fn decode(self) -> Option<Cow<'a, str>> {
        if self.is_escaped { decode(self.inside)?.1 } else { self.inside.get(..self.len).map(Cow::Borrowed) }
    }

    /// Whether it can be decoded.
    pub(super) fn is_sound(self) -> bool {
        !self.is_escaped || self.decode().is_some()
    }

    pub(super) fn is(self, word: &str) -> bool {
        self.decode().is_some_and(|text| text == word)
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Reader, Text};

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
        fn w7_strings_are_decoded_as_serde_json_does(
            body in r#"([a-z"\x00-\x22é😀]|\\[nu"/\\]|\\u[d0][8c0-9]{3}){0,12}"#,
        ) {
            let text = format!("\"{body}\"");
            let ours = string(&text).and_then(Text::decode);
            let theirs = serde_json::from_str::<alloc::string::String>(&text).ok();
            prop_assert_eq!(ours.as_deref(), theirs.as_deref());

            let text = format!(r#"{{"a":{text}}}"#);
            let mut reader = Reader::new(&text);
            reader.by_ref().take(2).for_each(drop);
            let mut value = reader.string_value().flatten();
            let is_whole = matches!(reader.next(), Some(Event::End)) && reader.next().is_none() && reader.check().is_ok();
            value = value.filter(|_| is_whole);
            prop_assert_eq!(value.as_deref(), theirs.as_deref());
        }
    }
}
