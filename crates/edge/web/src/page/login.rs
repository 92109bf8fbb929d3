//! `/login`: who is there.

use maud::{Markup, html};

use crate::component::icon::mark;
use crate::component::notice::{Tone, notice};
use crate::layout;

/// The form; `next` is the page that was wanted, `trouble` why the last attempt failed.
pub(crate) fn form(next: &str, username: &str, trouble: Option<&str>) -> Markup {
    let content = html! {
        div.card.entry-card {
            div.brand { (mark()) "Candor" }
            h1 { "Sign in" }
            @if let Some(trouble) = trouble { (notice(Tone::Bad, &html! { (trouble) })) }
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
