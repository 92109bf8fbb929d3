//! A message that survives one redirect, in a cookie of its own.
//!
//! The cookie is a person's own and could be anything: its text is shown as text, and an undo is
//! a form like any other, so that a made-up one gains nothing.

use base::RecordId;
use maud::{Markup, html};

use crate::component::notice::{Tone, notice};
use crate::form;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flash {
    pub tone: Tone,
    pub text: String,
    /// A deleted record that the message offers to restore.
    pub undo: Option<RecordId>,
}

const TEXT_CHARS_MAX: usize = 600;

/// Unicode's signs around text of its own direction.
const ISOLATE: char = '\u{2068}';
const ISOLATE_END: char = '\u{2069}';

/// A name inside a message: its direction is its own.
pub(crate) fn isolate(name: &str) -> String {
    format!("{ISOLATE}{name}{ISOLATE_END}")
}

fn isolated(text: &str) -> Markup {
    let mut parts = text.split(ISOLATE);
    html! {
        (parts.next().unwrap_or_default())
        @for part in parts {
            @let (name, rest) = part.split_once(ISOLATE_END).unwrap_or((part, ""));
            bdi { (name) } (rest)
        }
    }
}

impl Flash {
    pub(crate) fn done(text: impl Into<String>) -> Self {
        Self { tone: Tone::Good, text: text.into(), undo: None }
    }

    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self { tone: Tone::Bad, text: text.into(), undo: None }
    }

    pub(crate) fn to_cookie(&self) -> String {
        let tone = if self.tone == Tone::Good { 'g' } else { 'b' };
        let undo = self.undo.map(|it| it.to_string()).unwrap_or_default();
        let text: String = self.text.chars().take(TEXT_CHARS_MAX).collect();
        format!("{tone}.{undo}.{}", form::encode(&text))
    }

    pub(crate) fn from_cookie(cookie: &str) -> Option<Self> {
        let mut parts = cookie.splitn(3, '.');
        let tone = if parts.next()? == "g" { Tone::Good } else { Tone::Bad };
        let undo = RecordId::parse(parts.next()?).ok();
        let read = form::Form::parse(format!("text={}", parts.next()?).as_bytes())?;
        let text = read.text("text").chars().take(TEXT_CHARS_MAX).collect();
        Some(Self { tone, text, undo })
    }

    pub(crate) fn markup(&self, csrf: &str) -> Markup {
        let undo = html! {
            @if let Some(id) = self.undo {
                form method="post" action={ "/restore/" (id) } {
                    input type="hidden" name="csrf" value=(csrf);
                    button.button-link type="submit" name="undo" { "Undo" }
                }
            }
        };
        notice(self.tone, &html! { div.actions { span { (isolated(&self.text)) } (undo) } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flash_survives_its_cookie() {
        let id = RecordId::parse("001000000000001AAA").unwrap();
        for text in ["Acme was deleted", "a.b; c=d \"é\" <b>"] {
            let flash = Flash { tone: Tone::Good, text: text.to_owned(), undo: Some(id) };
            let cookie = flash.to_cookie();
            assert!(cookie.bytes().all(|it| it.is_ascii_graphic() && !b";,\"\\".contains(&it)));
            assert_eq!(Flash::from_cookie(&cookie), Some(flash));
        }
        assert_eq!(Flash::from_cookie("nonsense"), None);
    }
}
