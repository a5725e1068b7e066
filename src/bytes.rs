//! Eight bytes at once.

/// How many bytes those are.
pub(crate) const WORD: usize = 8;

/// What some bytes begin with. Where there are fewer than eight, zeros follow.
pub(crate) fn first_word(bytes: &[u8]) -> [u8; WORD] {
    if let Some(word) = bytes.first_chunk() {
        return *word;
    }
    let mut word = [0; WORD];
    for (to, from) in word.iter_mut().zip(bytes) {
        *to = *from;
    }
    word
}

/// What a text begins and ends with, as one number. Most names that are built alike differ at one end.
pub(crate) fn ends(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) else {
        return bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    };
    u64::from_be_bytes(*first).wrapping_add(u64::from_be_bytes(*last))
}
