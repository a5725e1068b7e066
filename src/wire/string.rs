//! The inside of strings: what stands for itself there, looked at eight bytes at once, and what is escaped. Most of the time of reading
//! and of writing is spent here.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::bytes::{WORD, first_word};

/// The length of a string's inside, up to its closing quote, and whether anything in it is escaped.
pub(super) fn scan(inside: &str) -> Option<(usize, bool)> {
    let (mut rest, mut is_escaped) = (inside.as_bytes(), false);
    loop {
        let plain = plain_len(first_word(rest));
        rest = match rest.get(plain..)? {
            behind if plain == WORD => behind,
            [b'"', behind @ ..] => return Some((inside.len() - behind.len() - 1, is_escaped)),
            [b'\\', letter, behind @ ..] => {
                is_escaped = true;
                if meant_by(*letter).is_some() { behind } else { decode_utf16(*letter, behind)?.1 }
            }
            _ => return None,
        };
    }
}

/// The same length, and what it means. No text: it holds half of a surrogate pair.
pub(super) fn decode(inside: &str) -> Option<(usize, Option<Cow<'_, str>>)> {
    let mut plain = 0;
    let rest = loop {
        let rest = inside.as_bytes().get(plain..)?;
        let more = plain_len(first_word(rest));
        plain += more;
        if more < WORD {
            break rest.get(more..)?;
        }
    };
    let start = inside.get(..plain)?;
    if rest.first() == Some(&b'"') {
        return Some((plain, Some(Cow::Borrowed(start))));
    }
    // Every escape is longer than what it means. Whoever wrote more than usual waits for more room.
    let mut text = Vec::with_capacity(inside.len().min(USUAL));
    text.extend_from_slice(start.as_bytes());
    let (behind, is_sound) = decode_rest(rest, &mut text)?;
    let text = String::from_utf8(text).ok().filter(|_| is_sound);
    Some((inside.len() - behind.len() - 1, text.map(Cow::Owned)))
}

/// Takes over what is meant, up to a quote; gives what comes behind that, and whether all of it is text.
fn decode_rest<'a>(mut rest: &'a [u8], text: &mut Vec<u8>) -> Option<(&'a [u8], bool)> {
    let mut is_sound = true;
    loop {
        let plain = push_plain(text, rest);
        rest = match rest.get(plain..)? {
            behind if plain == WORD => behind,
            [b'"', behind @ ..] => return Some((behind, is_sound)),
            [b'\\', letter, behind @ ..] => {
                if let Some(meant) = meant_by(*letter) {
                    text.push(meant);
                    behind
                } else {
                    let (meant, behind) = decode_utf16(*letter, behind)?;
                    match meant {
                        Some(meant) => text.extend_from_slice(meant.encode_utf8(&mut [0; 4]).as_bytes()),
                        None => is_sound = false,
                    }
                    behind
                }
            }
            _ => return None,
        };
    }
}

/// Writes a text with what must be escaped (`W1`), without quotes around it.
pub(super) fn encode(text: &str, json: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    loop {
        let plain = push_plain(json, rest);
        rest = match rest.get(plain..) {
            Some(behind) if plain == WORD => behind,
            Some([special, behind @ ..]) => {
                push_escape(json, *special);
                behind
            }
            Some([]) | None => return,
        };
    }
}

fn push_escape(json: &mut Vec<u8>, meant: u8) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    if let Some(letter) = letter_for(meant) {
        json.extend_from_slice(&[b'\\', letter]);
    } else {
        json.extend_from_slice(b"\\u00");
        json.extend([meant >> 4, meant & 0xf].iter().filter_map(|digit| DIGITS.get(usize::from(*digit))));
    }
}

/// As long as what an app writes with an invitation usually is, in bytes.
const USUAL: usize = 512;

/// Takes over what is plain of the next eight bytes; says how many those are.
fn push_plain(text: &mut Vec<u8>, bytes: &[u8]) -> usize {
    let word = first_word(bytes);
    let plain = plain_len(word);
    // To copy all of them and to cut off what is too much costs less than to copy as many as it takes.
    let len = text.len() + plain;
    text.extend_from_slice(&word);
    text.truncate(len);
    plain
}

/// How many bytes of a word come before its first quote, backslash or control byte.
const fn plain_len(word: [u8; WORD]) -> usize {
    let word = u64::from_le_bytes(word);
    // A quote becomes 0x20, a space 0x22, and what is below stays below.
    let tops = below(word ^ each(2), 0x21) | below(word ^ each(b'\\'), 1);
    (tops.trailing_zeros() / 8) as usize
}

/// This byte eight times.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; WORD])
}

/// Sets the top bit of each byte that is below this limit. Bits above the lowest one may be wrong, because a subtraction borrows upwards.
const fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(each(limit)) & !word & each(0x80)
}

/// What a letter behind a backslash means, if that is a short escape.
#[expect(clippy::indexing_slicing, reason = "what is out of range in a constant does not build")]
fn meant_by(letter: u8) -> Option<u8> {
    static MEANINGS: [u8; 256] = {
        let mut meanings = [0; 256];
        meanings[b'"' as usize] = b'"';
        meanings[b'\\' as usize] = b'\\';
        meanings[b'/' as usize] = b'/';
        meanings[b'b' as usize] = b'\x08';
        meanings[b't' as usize] = b'\t';
        meanings[b'n' as usize] = b'\n';
        meanings[b'f' as usize] = b'\x0c';
        meanings[b'r' as usize] = b'\r';
        meanings
    };
    MEANINGS.get(usize::from(letter)).copied().filter(|meant| *meant != 0)
}

/// The letter of the short escape that means this, if there is one and it must be escaped.
#[expect(clippy::indexing_slicing, reason = "what is out of range in a constant does not build")]
fn letter_for(meant: u8) -> Option<u8> {
    static LETTERS: [u8; 256] = {
        let mut letters = [0; 256];
        letters[b'"' as usize] = b'"';
        letters[b'\\' as usize] = b'\\';
        letters[b'\x08' as usize] = b'b';
        letters[b'\t' as usize] = b't';
        letters[b'\n' as usize] = b'n';
        letters[b'\x0c' as usize] = b'f';
        letters[b'\r' as usize] = b'r';
        letters
    };
    LETTERS.get(usize::from(meant)).copied().filter(|letter| *letter != 0)
}

/// The character meant by `u` and four hexadecimal digits, or by eight with `\u` between, and what comes behind. `None` in it: half of a
/// pair.
fn decode_utf16(letter: u8, bytes: &[u8]) -> Option<(Option<char>, &[u8])> {
    let (first, rest) = unit(bytes).filter(|_| letter == b'u')?;
    let meant = char::from_u32(first.into());
    if meant.is_some() {
        return Some((meant, rest));
    }
    let Some((second, behind)) = rest.strip_prefix(b"\\u").and_then(unit) else { return Some((None, rest)) };
    match char::decode_utf16([first, second]).next() {
        Some(Ok(meant)) => Some((Some(meant), behind)),
        _ => Some((None, rest)),
    }
}

fn unit(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = bytes.split_first_chunk::<4>()?;
    let digits = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    Some((u16::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::{plain_len, push_plain};
    use crate::bytes::first_word;

    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn w7_eight_bytes_at_once_find_what_one_at_a_time_do(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
            let is_special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
            let first = bytes.iter().take(8);
            let expected = first.clone().position(is_special).unwrap_or_else(|| first.len());
            assert_eq!(plain_len(first_word(&bytes)), expected);
            let mut text = Vec::from(b"abc");
            assert_eq!(push_plain(&mut text, &bytes), expected);
            assert_eq!(&text[3..], &bytes[..expected]);
        }
    }
}
