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
