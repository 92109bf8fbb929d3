//! `/login`: who is there.

use maud::{Markup, html};

use crate::component::icon::mark;
use crate::component::notice::{Tone, notice};
use crate::layout;

/// What `ended` says in the URL: a session was there, and whether something was sent without one.
pub(crate) const ENDED: &str = "session";
pub(crate) const UNSAVED: &str = "unsaved";

/// What there is to say about a session that ended.
pub(crate) fn news(ended: &str) -> Option<(Tone, &'static str)> {
    match ended {
        ENDED => Some((Tone::Warn, "Your session ended. Sign in to go on.")),
        UNSAVED => Some((
            Tone::Warn,
            "Your session ended. Sign in to go on. What you sent last was not saved.",
        )),
        _ => None,
    }
}

/// The form; `next` is the page that was wanted, `news` what became of the session or of the
/// last attempt.
pub(crate) fn form(next: &str, username: &str, news: Option<(Tone, &str)>) -> Markup {
    let content = html! {
        div.card.entry-card {
            div.brand { (mark()) "Candor" }
            h1 { "Sign in" }
            @if let Some((tone, text)) = news { (notice(tone, &html! { (text) })) }
            form method="post" action="/login" {
                input type="hidden" name="next" value=(next);
                div.field {
                    label for="username" { "Username" }
                    input #username type="text" name="username" value=(username) required
                        maxlength="80" autocomplete="username" autocapitalize="none"
                        spellcheck="false" autofocus[username.is_empty()];
                }
                div.field {
                    label for="password" { "Password" }
                    input #password type="password" name="password" required maxlength="1024"
                        autocomplete="current-password" autofocus[!username.is_empty()];
                }
                button.button.button-main type="submit" name="Login" value="1" { "Sign in" }
            }
        }
    };
    layout::bare("Sign in \u{2013} Candor", &content)
}
