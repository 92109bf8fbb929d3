//! Pages that say why there is no page.

use maud::{Markup, html};

use crate::component::icon::mark;
use crate::layout::{self, Frame};
use crate::visit::Visit;

/// What is said: a title, a sentence on what happened and what to do.
pub(crate) struct Trouble {
    pub title: &'static str,
    pub text: String,
}

impl Trouble {
    pub(crate) fn missing() -> Self {
        Self {
            title: "Page not found",
            text: "There is no such page, or it is not open to this user.".to_owned(),
        }
    }

    pub(crate) fn forged() -> Self {
        Self {
            title: "The form has expired",
            text: "It was opened in another session. Go back, reload the page and send it again."
                .to_owned(),
        }
    }

    pub(crate) fn stale() -> Self {
        Self {
            title: "Send it once more",
            text: "The org's setup or your rights were changed at this very moment, so nothing \
                   was saved. Go back and send it again."
                .to_owned(),
        }
    }

    pub(crate) fn misused() -> Self {
        Self {
            title: "Nothing to see here",
            text: "This address takes what a form sends; it has no page of its own.".to_owned(),
        }
    }

    pub(crate) fn malformed() -> Self {
        Self {
            title: "The request cannot be read",
            text: "It is too large, or not in the form that browsers send.".to_owned(),
        }
    }

    pub(crate) fn unavailable(id: &str) -> Self {
        Self {
            title: "Not available right now",
            text: format!(
                "The database does not answer, or is busy. Nothing was saved: wait a moment and \
                 try again. The administrator finds the cause in the log, under {id}."
            ),
        }
    }

    pub(crate) fn moving() -> Self {
        Self {
            title: "The organization is moving",
            text: "Its data is being moved to another place, and for a moment it can be read but \
                   not changed. Nothing was saved: try again in a minute."
                .to_owned(),
        }
    }

    pub(crate) fn in_doubt() -> Self {
        Self {
            title: "It may have been saved",
            text: "The connection to the database was lost while your changes were saved. Look \
                   whether they are there before you send them again."
                .to_owned(),
        }
    }

    /// `id` stands in the log, too.
    pub(crate) fn broken(id: &str) -> Self {
        Self {
            title: "Something went wrong",
            text: format!(
                "Nothing was saved. The administrator finds the cause in the log, under {id}."
            ),
        }
    }
}

/// Inside the frame, for somebody who is signed in.
pub(crate) fn framed(visit: &Visit, trouble: &Trouble) -> Markup {
    let content = html! {
        div.plain {
            h1 { (trouble.title) }
            p.muted { (trouble.text) }
            a.button href="/" { "Go to the home page" }
        }
    };
    let frame = Frame { title: trouble.title, crumbs: &[], object: None };
    layout::page(visit, &frame, &content)
}

pub(crate) fn bare(trouble: &Trouble) -> Markup {
    let content = html! {
        div.card.entry-card {
            div.brand { (mark()) "Candor" }
            h1 { (trouble.title) }
            p.muted { (trouble.text) }
            a.button href="/" { "Go to the home page" }
        }
    };
    layout::bare(trouble.title, &content)
}
