//! The form in which text is compared: without case, by Unicode, accents significant.
//!
//! One function, used in memory, for shadow columns and for what queries ask, is what makes
//! equality the same on every engine: no engine's collation is ever asked.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;

/// Folds `text`: canonical composition (NFC), then simple case folding of each character.
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Cow::Owned(text.to_ascii_lowercase());
        }
        return Cow::Borrowed(text);
    }
    let composed = ComposingNormalizer::new_nfc();
    let mapper = CaseMapper::new();
    Cow::Owned(composed.normalize(text).chars().map(|it| mapper.simple_fold(it)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_goes_and_accents_stay() {
        for (text, folded) in [
            ("Acme", "acme"),
            ("ÉCOLE", "école"),
            ("e\u{301}cole", "école"),
            ("Σίσυφος", "σίσυφοσ"),
            ("STRASSE", "strasse"),
            ("straße", "straße"),
            ("日本", "日本"),
        ] {
            assert_eq!(fold(text), folded);
            assert_eq!(fold(&fold(text)), folded, "folding is idempotent");
        }
    }
}
