//! An object's tile: its monogram on a color of its own.
//!
//! Both follow from the schema alone, so an object looks the same everywhere and nobody has to
//! choose. Objects of one monogram take different colors.

use maud::{Markup, html};
use schema::Object;

use crate::visit::Visit;

const HUES: u32 = 12;

pub(crate) fn tile(visit: &Visit, object: &Object) -> Markup {
    html! {
        span class={ "tile hue-" (hue_of(visit, object)) } aria-hidden="true" {
            (monogram(&object.label))
        }
    }
}

pub(crate) fn large(visit: &Visit, object: &Object) -> Markup {
    html! {
        span class={ "tile tile-large hue-" (hue_of(visit, object)) } aria-hidden="true" {
            (monogram(&object.label))
        }
    }
}

/// Two letters of a label: of its first two words, or of its first.
pub(crate) fn monogram(label: &str) -> String {
    let words: Vec<&str> = label.split_whitespace().collect();
    let first = |word: &str| word.chars().next().unwrap_or('?');
    match words.as_slice() {
        [] => "?".to_owned(),
        [word] => {
            let mut letters = word.chars();
            let head: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
            head + &letters.next().map(String::from).unwrap_or_default()
        }
        [one, two, ..] => {
            [first(one), first(two)].iter().flat_map(|it| it.to_uppercase()).collect()
        }
    }
}

/// The color of an object: its own, unless an earlier one of the same monogram has it.
fn hue_of(visit: &Visit, object: &Object) -> u32 {
    let letters = monogram(&object.label);
    let first = |it: &Object| it.label.chars().next().map(|it| it.to_ascii_lowercase());
    let mut taken = Vec::new();
    let alike =
        visit.ctx.schema.objects.iter().filter(|it| {
            it.layoutable && first(it) == first(object) && monogram(&it.label) == letters
        });
    for it in alike {
        let own = hue(&it.name);
        let mut free = (0..HUES).map(|k| (own + 5 * k) % HUES).filter(|it| !taken.contains(it));
        let hue = free.next().unwrap_or(own);
        if it.id == object.id {
            return hue;
        }
        taken.push(hue);
    }
    hue(&object.name)
}

/// A hash that sends the common objects to different colors.
fn hue(name: &str) -> u32 {
    let sum = name.bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte.to_ascii_lowercase()))
    });
    (sum ^ (sum >> 11)) % HUES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monograms_have_two_letters() {
        for (label, letters) in [
            ("Account", "Ac"),
            ("price book entry", "PB"),
            ("Élan vital", "ÉV"),
            ("X", "X"),
            ("", "?"),
            ("日本", "日本"),
        ] {
            assert_eq!(monogram(label), letters);
        }
    }
}
