//! The frame of every page: head, bar, rail, crumbs, flash, content.

use access::Permission;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use schema::Object;

use crate::asset;
use crate::component::icon::{Icon, icon, mark};
use crate::component::tile::{monogram, tile};
use crate::nav;
use crate::page::search::TEXT_CHARS_MAX;
use crate::visit::{Visit, list_path};

/// What the frame says about the page inside it.
pub(crate) struct Frame<'a> {
    pub title: &'a str,
    /// The way to the page: label and path. The page itself is not part of it.
    pub crumbs: &'a [(&'a str, String)],
    /// The object that the page is about.
    pub object: Option<&'a Object>,
}

/// A page behind the sign-in.
pub(crate) fn page(visit: &Visit, frame: &Frame<'_>, content: &Markup) -> Markup {
    let title = format!("{} \u{2013} {}", frame.title, visit.org_name);
    document(
        &title,
        &html! {
            a.skip href="#main" { "Skip to content" }
            div.shell {
                a.brand href="/" { (mark()) span.brand-name { "Candor" } span.sr { ", home" } }
                (bar(visit))
                (rail(visit, frame.object))
                main #main tabindex="-1" {
                    (crumbs(frame.crumbs))
                    @if let Some(flash) = &visit.flash { (flash.markup(&visit.csrf)) }
                    (content)
                }
            }
        },
    )
}

/// A page without the frame: the sign-in, and failures outside a session.
pub(crate) fn bare(title: &str, content: &Markup) -> Markup {
    document(title, &html! { main.entry #main { (content) } })
}

fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href=(asset::STYLE.url());
                link rel="icon" type="image/svg+xml" href=(asset::ICON.url());
                script type="module" src=(asset::SCRIPT.url()) {}
            }
            body { (body) }
        }
    }
}

fn bar(visit: &Visit) -> Markup {
    let query = if visit.ask.path == "/search" { visit.ask.query.text("q") } else { "" };
    let query: String = query.chars().take(TEXT_CHARS_MAX).collect();
    html! {
        header.bar {
            form.search role="search" method="get" action="/search" {
                (icon(Icon::Search))
                label.sr for="search" { "Search all objects by name" }
                input #search type="search" name="q" value=(query) maxlength="255"
                    placeholder="Search" autocomplete="off";
                button.sr type="submit" tabindex="-1" { "Search" }
            }
            (person_menu(visit))
        }
    }
}

fn person_menu(visit: &Visit) -> Markup {
    let sees_setup = visit.ctx.access.has(Permission::ViewSetup)
        || visit.ctx.access.has(Permission::CustomizeApplication);
    html! {
        details.menu.menu-end {
            summary {
                span.avatar aria-hidden="true" { (monogram(&visit.me.name)) }
                span.sr { "Menu of " (visit.me.name) }
            }
            div.menu-panel {
                div.menu-head {
                    strong { (visit.me.name) }
                    span.small.muted { (visit.me.username) }
                    div.small.muted { (visit.org_name) }
                }
                a href="/recycle-bin" { (icon(Icon::Bin)) "Recycle bin" }
                @if sees_setup {
                    a href="/setup/objects" { (icon(Icon::Setup)) "Objects and fields" }
                }
                form method="post" action="/logout" {
                    (csrf(visit))
                    button type="submit" name="logout" { (icon(Icon::Leave)) "Sign out" }
                }
            }
        }
    }
}

/// The hidden field without which no form is accepted.
pub(crate) fn csrf(visit: &Visit) -> Markup {
    html! { input type="hidden" name="csrf" value=(visit.csrf); }
}

fn rail(visit: &Visit, current: Option<&Object>) -> Markup {
    let groups = nav::groups(visit);
    let is_current = |object: &Object| current.is_some_and(|it| it.id == object.id);
    let link = |object: &Object| {
        html! {
            li {
                a href=(list_path(object)) aria-current=[is_current(object).then_some("page")] {
                    (tile(visit, object))
                    (object.plural_label)
                }
            }
        }
    };
    let home = visit.ask.path == "/";
    let bin = visit.ask.path == "/recycle-bin";
    let in_none = !groups.iter().any(|it| it.objects.iter().any(|it| is_current(it)));
    html! {
        nav.rail aria-label="Objects" {
            ul {
                li {
                    a href="/" aria-current=[home.then_some("page")] { (icon(Icon::Home)) "Home" }
                }
            }
            @for (n, group) in groups.iter().enumerate() {
                @let open = n == 0 || group.objects.iter().any(|it| is_current(it));
                @if groups.len() == 1 {
                    div {
                        p.rail-label { (group.label) }
                        ul { @for object in &group.objects { (link(object)) } }
                    }
                } @else {
                    details open[open] {
                        summary { (group.label) }
                        ul { @for object in &group.objects { (link(object)) } }
                    }
                }
            }
            @if let Some(object) = current.filter(|_| in_none) {
                div { p.rail-label { "Open" } ul { (link(object)) } }
            }
            div {
                p.rail-label { "Records" }
                ul {
                    li {
                        a href="/recycle-bin" aria-current=[bin.then_some("page")] {
                            (icon(Icon::Bin)) "Recycle bin"
                        }
                    }
                }
            }
        }
    }
}

fn crumbs(steps: &[(&str, String)]) -> Markup {
    if steps.is_empty() {
        return PreEscaped(String::new());
    }
    html! {
        nav.crumbs aria-label="Breadcrumb" {
            ol { @for (label, path) in steps { li { a href=(path) { bdi { (label) } } } } }
        }
    }
}
