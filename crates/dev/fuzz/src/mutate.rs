//! A text → another that resembles it.
//!
//! Changes are made to characters, to tokens (words, runs of blanks, single marks) and to what
//! stands in brackets. Most keep a text small, because small texts are tried quickly; few make it
//! as long as a parser takes, or longer.

use std::ops::Range;

use crate::dice::Dice;

/// What changes are made of.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    pub words: &'a [String],
    /// Another text of the same kind.
    pub other: &'a str,
    /// How long the text may become.
    pub chars_max: usize,
}

/// How long texts become: longer than the longest that most parsers take.
pub const CHARS_MAX: usize = 100_100;

/// Characters that are read wrongly most easily.
const ODD: &[&str] = &[
    "\0",
    "\u{1}",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\u{b}",
    "\u{c}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "é",
    "e\u{301}",
    "ß",
    "İ",
    "ı",
    "ǅ",
    "ﬁ",
    "Σ",
    "ς",
    "\u{300}",
    "\u{345}",
    "ا",
    "\u{202e}",
    "\u{200b}",
    "\u{200d}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{e000}",
    "\u{f8ff}",
    "日",
    "ｱ",
    "１",
    "٣",
    "₂",
    "½",
    "😀",
    "👨\u{200d}👩",
    "🇩🇪",
    "\u{10ffff}",
    "\u{d7ff}",
    "\u{1e921}",
    "ﷺ",
    "\u{2212}",
    "’",
    "“",
    "；",
    "（",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "+1",
    "00",
    "007",
    ".5",
    "5.",
    "1e9",
    "1E-9",
    "1e400",
    "1e-400",
    "0.1",
    "127",
    "128",
    "255",
    "256",
    "2000",
    "2001",
    "4000",
    "32767",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483649",
    "4294967296",
    "9007199254740993",
    "999999999999999999",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "79228162514264337593543950335",
    "79228162514264337593543950336",
    "99999999999999999999999999999999999999",
    "170141183460469231731687303715884105728",
    "0.0000000000000000000000000001",
    "0.00000000000000000000000000000000000001",
    "1700-01-01",
    "1699-12-31",
    "4000-12-31",
    "4001-01-01",
    "0000-00-00",
    "9999-12-31",
    "-9999-01-01",
    "2024-02-29",
    "2023-02-29",
    "2024-02-29T23:59:60Z",
    "1700-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999-12:00",
    "24:00:00Z",
    "23:59:59.9999999999Z",
];

const PAIRS: &[(&str, &str)] = &[
    ("(", ")"),
    ("((", "))"),
    ("{", "}"),
    ("{!", "}"),
    ("[", "]"),
    ("\"", "\""),
    ("'", "'"),
    ("/*", "*/"),
    ("NOT ", ""),
    ("NOT(", ")"),
    ("-", ""),
    ("!", ""),
    ("a.", ""),
    ("\\", ""),
    ("<a>", "</a>"),
    ("<![CDATA[", "]]>"),
    ("<!--", "-->"),
    ("&", ";"),
    ("(SELECT Id FROM ", ")"),
    ("IF(TRUE,", ",1)"),
];

/// Changes `text` once, or a few times.
pub fn mutate(text: &mut String, dice: &mut Dice, material: Material<'_>) {
    loop {
        change(text, dice, material);
        if dice.one_in(2) {
            break;
        }
    }
    if let Some((end, _)) = text.char_indices().nth(material.chars_max) {
        text.truncate(end);
    }
}

fn change(text: &mut String, dice: &mut Dice, material: Material<'_>) {
    match dice.below(100) {
        0..10 => insert(text, dice, |dice| format!(" {} ", material.words.pick(dice))),
        10..14 => insert(text, dice, |dice| ODD.pick(dice).to_owned()),
        14..18 => insert(text, dice, |dice| NUMBERS.pick(dice).to_owned()),
        18..28 => replace(text, dice, |dice, _| material.words.pick(dice).to_owned()),
        28..38 => replace(text, dice, |dice, _| token_of(material.other, dice).to_owned()),
        38..43 => replace(text, dice, |dice, _| NUMBERS.pick(dice).to_owned()),
        43..46 => replace(text, dice, |_, old| swapped_case(old)),
        46..54 => {
            let tokens = tokens(text);
            let (a, b) = (dice.below(tokens.len()), dice.below(tokens.len().min(8)));
            if let (Some(first), Some(last)) = (tokens.get(a), tokens.get(a + b)) {
                text.replace_range(first.start..last.end, "");
            }
        }
        54..58 => {
            let range = range(text, dice, 4);
            text.replace_range(range, "");
        }
        58..65 => {
            let range = range(text, dice, 40);
            let copy = text[range.clone()].repeat(1 + dice.below(4));
            text.insert_str(range.end, &copy);
        }
        65..72 => {
            let piece = piece_of(material.other, dice);
            let at = range(text, dice, 30);
            text.replace_range(at, &piece);
        }
        72..76 => {
            let at = place(text, dice);
            let rest = &material.other[place(material.other, dice)..];
            text.replace_range(at.., rest);
        }
        76..80 => flip_byte(text, dice),
        80..84 => text.truncate(place(text, dice)),
        84..89 => nest(text, dice, material.chars_max),
        89..95 => inside_itself(text, dice, material.chars_max),
        95..98 => swap_tokens(text, dice),
        _ => repeat(text, dice, material.chars_max),
    }
}

trait Pick {
    fn pick(&self, dice: &mut Dice) -> &str;
}

impl Pick for [&str] {
    fn pick(&self, dice: &mut Dice) -> &str {
        dice.pick(self).copied().unwrap_or_default()
    }
}

impl Pick for [String] {
    fn pick(&self, dice: &mut Dice) -> &str {
        dice.pick(self).map_or("", String::as_str)
    }
}

/// A place between two characters.
fn place(text: &str, dice: &mut Dice) -> usize {
    text.floor_char_boundary(dice.below(text.len() + 1))
}

/// Up to `n` bytes, on the boundaries of characters.
fn range(text: &str, dice: &mut Dice, n: usize) -> Range<usize> {
    let start = place(text, dice);
    let end = text.ceil_char_boundary(start + 1 + dice.below(n));
    start..end
}

fn piece_of(text: &str, dice: &mut Dice) -> String {
    let n = if dice.one_in(4) { text.len().max(1) } else { 40 };
    text[range(text, dice, n)].to_owned()
}

fn insert(text: &mut String, dice: &mut Dice, piece: impl Fn(&mut Dice) -> String) {
    let at = place(text, dice);
    text.insert_str(at, &piece(dice));
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The token that stands at a place, found without reading the whole text.
fn token_at(text: &str, at: usize) -> Range<usize> {
    let Some(char) = text[at..].chars().next() else { return at..at };
    let same = |it: &char| match (is_word(char), char.is_whitespace()) {
        (true, _) => is_word(*it),
        (_, true) => it.is_whitespace(),
        _ => false,
    };
    let before: usize = text[..at].chars().rev().take_while(same).map(char::len_utf8).sum();
    let after: usize = text[at..].chars().take_while(same).map(char::len_utf8).sum();
    at - before..at + after.max(char.len_utf8())
}

fn token_of<'t>(text: &'t str, dice: &mut Dice) -> &'t str {
    &text[token_at(text, place(text, dice))]
}

fn replace(text: &mut String, dice: &mut Dice, with: impl Fn(&mut Dice, &str) -> String) {
    let range = token_at(text, place(text, dice));
    let new = with(dice, &text[range.clone()]);
    text.replace_range(range, &new);
}

fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let token = token_at(&text[at..], 0);
        all.push(at..at + token.end);
        at += token.end;
    }
    all
}

fn swapped_case(text: &str) -> String {
    let upper = text.to_uppercase();
    if upper == text { text.to_lowercase() } else { upper }
}

fn flip_byte(text: &mut String, dice: &mut Dice) {
    let mut bytes = std::mem::take(text).into_bytes();
    let at = dice.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << dice.below(8);
    }
    *text = String::from_utf8_lossy(&bytes).into_owned();
}

fn swap_tokens(text: &mut String, dice: &mut Dice) {
    let (a, b) = (token_at(text, place(text, dice)), token_at(text, place(text, dice)));
    let (first, second) = if a.start <= b.start { (a, b) } else { (b, a) };
    if first.end <= second.start {
        let (one, two) = (text[first.clone()].to_owned(), text[second.clone()].to_owned());
        text.replace_range(second, &one);
        text.replace_range(first, &two);
    }
}

/// Puts many brackets around a piece.
fn nest(text: &mut String, dice: &mut Dice, chars_max: usize) {
    let Some((open, close)) = dice.pick(PAIRS) else { return };
    let range = range(text, dice, 60);
    let n = match dice.below(20) {
        0 => chars_max / (open.len() + close.len()),
        1..4 => 90 + dice.below(50),
        _ => 1 + dice.below(8),
    };
    let inner = text[range.clone()].to_owned();
    text.replace_range(range, &[&open.repeat(n), inner.as_str(), &close.repeat(n)].concat());
}

/// Puts what stands in brackets into itself, at the place of one of its tokens, a few times.
fn inside_itself(text: &mut String, dice: &mut Dice, chars_max: usize) {
    let opens: Vec<usize> = text.match_indices(['(', '<', '{']).map(|it| it.0).take(500).collect();
    let Some(start) = dice.pick(&opens).copied() else { return };
    // A function's name belongs to its brackets.
    let start = match dice.one_in(2) {
        true => token_at(text, text.floor_char_boundary(start.saturating_sub(1))).start,
        false => start,
    };
    let rest = &text[start..];
    let ends = rest.match_indices([')', '>', '}']).map(|it| it.0 + 1).take(20).collect::<Vec<_>>();
    let Some(length) = dice.pick(&ends).copied() else { return };
    let whole = rest[..length].to_owned();
    let hole = token_at(&whole, place(&whole, dice));
    let (head, tail) = (whole[..hole.start].to_owned(), whole[hole.end..].to_owned());
    let n = if dice.one_in(8) { 20 + dice.below(120) } else { 1 + dice.below(3) };
    let n = n.min(chars_max / whole.len().max(1));
    let nested = [head.repeat(n), whole.clone(), tail.repeat(n)].concat();
    text.replace_range(start..start + length, &nested);
}

/// Repeats a piece, sometimes until the text is as long as it may be.
fn repeat(text: &mut String, dice: &mut Dice, chars_max: usize) {
    let range = range(text, dice, 60);
    let piece = &text[range.clone()];
    let most = chars_max / piece.len().max(1);
    let n = if dice.one_in(4) { most } else { most.min(1 << dice.below(12)) };
    let copies = piece.repeat(n);
    text.insert_str(range.end, &copies);
}
