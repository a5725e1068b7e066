//! Texts from a trace on their way to a person.

use alloc::borrow::Cow;
use alloc::string::String;

/// A text from a trace on its way to a terminal: what could steer one, or turn the direction of the text, is written out.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return text.into();
    }
    let mut written = String::new();
    for char in text.chars() {
        if steers(char) {
            written.extend(char.escape_default());
        } else {
            written.push(char);
        }
    }
    written.into()
}

fn steers(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{061C}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
