//! Text without what people leave out when they look for it: case, diacritics, presentation forms.
//!
//! Compatibility decomposition, marks and invisible characters away, full case folding, letters
//! that only look decomposable by hand, and composition again, so that Hangul and kana are whole.
//! Marks that are vowels or consonants of their script (kana, Devanagari, Thai, …) stay.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::properties::CanonicalCombiningClassMap;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};

/// Brings `text` into the form in which it is split and compared.
pub fn normalize(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let upper = text.bytes().any(|it| it.is_ascii_uppercase());
        return if upper { text.to_ascii_lowercase().into() } else { text.into() };
    }
    let decomposed = DecomposingNormalizer::new_nfkd();
    let bare: String = decomposed.normalize(text).chars().filter(|it| !is_stripped(*it)).collect();
    let folded = CaseMapper::new().fold_string(&bare);
    let mut plain = String::with_capacity(folded.len());
    for it in folded.chars() {
        match alike(it) {
            "" => plain.push(it),
            other => plain.push_str(other),
        }
    }
    ComposingNormalizer::new_nfc().normalize(&plain).into_owned().into()
}

/// Whether a character of normalized text belongs to a word.
pub(crate) fn is_word(it: char) -> bool {
    if it.is_ascii() {
        return it.is_ascii_alphanumeric();
    }
    it.is_alphanumeric() || CanonicalCombiningClassMap::new().get_u8(it) != 0
}

/// Whether a character is of a script that puts no blanks between words, or hangs particles on
/// them: its words are found by any part of them.
pub(crate) fn is_unspaced(it: char) -> bool {
    matches!(it,
        '\u{E00}'..='\u{EFF}' // Thai, Lao
        | '\u{1000}'..='\u{109F}' // Myanmar
        | '\u{1100}'..='\u{11FF}' // Hangul jamo
        | '\u{1780}'..='\u{17FF}' // Khmer
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{31FF}' // kana, bopomofo, compatibility jamo
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{A960}'..='\u{A97F}'
        | '\u{AC00}'..='\u{D7FF}' // Hangul
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Diacritics, points and vowel signs that are left out in writing, and what is invisible.
fn is_stripped(it: char) -> bool {
    matches!(it,
        '\u{AD}'
        | '\u{300}'..='\u{36F}'
        | '\u{483}'..='\u{487}'
        | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}'..='\u{5C2}' // Hebrew points
        | '\u{5C4}'..='\u{5C5}' | '\u{5C7}'
        | '\u{610}'..='\u{61A}' | '\u{61C}' | '\u{640}' // Arabic signs, tatweel
        | '\u{64B}'..='\u{65F}' | '\u{670}'
        | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}' | '\u{6E7}'..='\u{6E8}'
        | '\u{6EA}'..='\u{6ED}'
        | '\u{711}' | '\u{730}'..='\u{74A}' // Syriac points
        | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{20D0}'..='\u{20F0}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}' | '\u{FEFF}')
}

/// What people type for a letter or digit that Unicode does not decompose; empty where that is
/// the letter itself.
fn alike(it: char) -> &'static str {
    match it {
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'þ' => "th",
        'ı' => "i",
        'ħ' => "h",
        'ŧ' => "t",
        // Arabic letters of other languages' keyboards, and ends of words.
        '\u{649}' | '\u{6CC}' => "\u{64A}",
        '\u{629}' => "\u{647}",
        '\u{6A9}' => "\u{643}",
        '\u{660}' | '\u{6F0}' | '\u{966}' => "0",
        '\u{661}' | '\u{6F1}' | '\u{967}' => "1",
        '\u{662}' | '\u{6F2}' | '\u{968}' => "2",
        '\u{663}' | '\u{6F3}' | '\u{969}' => "3",
        '\u{664}' | '\u{6F4}' | '\u{96A}' => "4",
        '\u{665}' | '\u{6F5}' | '\u{96B}' => "5",
        '\u{666}' | '\u{6F6}' | '\u{96C}' => "6",
        '\u{667}' | '\u{6F7}' | '\u{96D}' => "7",
        '\u{668}' | '\u{6F8}' | '\u{96E}' => "8",
        '\u{669}' | '\u{6F9}' | '\u{96F}' => "9",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_leave_out_goes() {
        for (text, plain) in [
            ("Müller", "muller"),
            ("Mu\u{308}ller", "muller"),
            ("ÉCOLE", "ecole"),
            ("Straße STRASSE", "strasse strasse"),
            ("Øresund Łódź Đà Nẵng", "oresund lodz da nang"),
            ("İstanbul Isparta ılıca", "istanbul isparta ilica"),
            ("ＡＢＣ　１２３", "abc 123"),
            ("ﬁne ½", "fine 1⁄2"),
            ("Σίσυφος", "σισυφοσ"),
            ("ガーデン ｶﾞ", "ガーデン ガ"),
            ("한국어", "한국어"),
            ("שָׁלוֹם", "שלום"),
            ("\u{FEDF}\u{FEE4} مُحَمَّد أحمد", "لم محمد احمد"),
            ("٠١٢ ۴", "012 4"),
            ("क्या", "क्या"),
        ] {
            assert_eq!(normalize(text), plain, "{text}");
            assert_eq!(normalize(plain), plain, "normalizing {plain} again");
        }
    }
}
