//! What a page has to tell before its content: what was done, what went wrong.

use maud::{Markup, html};

use super::icon::{Icon, icon};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Warn,
    Bad,
}

pub(crate) fn notice(tone: Tone, content: &Markup) -> Markup {
    let (class, sign, role) = match tone {
        Tone::Good => ("notice notice-good", Icon::Done, "status"),
        Tone::Warn => ("notice notice-warn", Icon::Alert, "status"),
        Tone::Bad => ("notice notice-bad", Icon::Alert, "alert"),
    };
    html! {
        div class=(class) role=(role) {
            (icon(sign))
            div { (content) }
        }
    }
}
