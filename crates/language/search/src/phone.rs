//! Telephone numbers: their digits, and fragments of them.
//!
//! People write one number in many ways, and remember its end. So beside the words of a number,
//! each four neighboring digits of it are tokens: a fragment of four digits and more is found
//! however either is punctuated.

use crate::token::mark;

const GRAM: usize = 4;

/// Digits of one number that are indexed; the longest that can be dialed have 15.
const DIGITS_MAX: usize = 32;

/// Of longer ones that are looked for, the last digits decide, and zeros before a number do not:
/// what stands before it depends on where somebody calls from (`+44 1632…`, `01632…`).
pub(crate) const DIGITS_WANTED_MAX: usize = 9;

/// The digits of a normalized text.
pub(crate) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a normalized text is what a number, or a part of one, is written with.
pub(crate) fn is_number(text: &str) -> bool {
    let of_number =
        |it: char| it.is_ascii_digit() || it.is_whitespace() || "+-.()/\u{2010}".contains(it);
    text.chars().all(of_number) && text.chars().any(|it| it.is_ascii_digit())
}

/// Each four neighboring digits as a token; nothing of fewer.
pub(crate) fn grams(digits: &str) -> Vec<String> {
    let digits = &digits[..digits.len().min(DIGITS_MAX)];
    let of = |at: usize| digits.get(at..at + GRAM).map(|it| format!("{}{it}", mark::DIGITS));
    (0..digits.len()).map_while(of).collect()
}

/// The tokens of a number that is looked for; nothing where it is too short.
pub(crate) fn wanted(digits: &str) -> Vec<String> {
    let bare = digits.trim_start_matches('0');
    let digits = if GRAM <= bare.len() { bare } else { digits };
    grams(&digits[digits.len().saturating_sub(DIGITS_WANTED_MAX)..])
}
