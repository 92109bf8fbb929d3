//! The few icons of the pages: strokes on a grid of 20, in the color of the text around them.
//!
//! They are decoration: what an icon says also stands beside it as text.

use maud::{Markup, html};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Search,
    Home,
    Plus,
    Pencil,
    Bin,
    Undo,
    Setup,
    Down,
    SortUp,
    SortDown,
    Check,
    Box,
    Alert,
    Info,
    Done,
    Leave,
}

pub(crate) fn icon(icon: Icon) -> Markup {
    let path = match icon {
        Icon::Search => "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.5 13.5 17 17",
        Icon::Home => "M3.5 9 10 3.5 16.5 9v7.5h-4.5V12H8v4.5H3.5Z",
        Icon::Plus => "M10 4v12M4 10h12",
        Icon::Pencil => "M4 16l.8-3.2L13.5 4.1a1.4 1.4 0 0 1 2 0l.4.4a1.4 1.4 0 0 1 0 2L7.2 15.2Z",
        Icon::Bin => "M4 5.5h12M8 5.5V4h4v1.5M5.5 5.5 6.3 16h7.4l.8-10.5M8.5 8.5v4.5M11.5 8.5v4.5",
        Icon::Undo => "M7.5 4.5 4 8l3.5 3.5M4 8h7.5a4 4 0 0 1 0 8H8",
        Icon::Setup => "M3.5 6h7M14.5 6h2M3.5 14h2M9.5 14h7M12.5 4v4M7.5 12v4",
        Icon::Down => "M5.5 8l4.5 4.5L14.5 8",
        Icon::SortUp => "M10 16V4.5M5.5 9 10 4.5 14.5 9",
        Icon::SortDown => "M10 4v11.5M5.5 11l4.5 4.5 4.5-4.5",
        Icon::Check => "M3.5 3.5h13v13h-13ZM6.5 10l2.5 2.5 4.5-5",
        Icon::Box => "M3.5 3.5h13v13h-13Z",
        Icon::Alert => "M10 3 18 16.5H2ZM10 8v4M10 14.2v.1",
        Icon::Info => "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM10 9.2V14M10 6.4v.1",
        Icon::Done => "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM6.7 10.2l2.3 2.3 4.3-4.7",
        Icon::Leave => "M12 6V3.5H4v13h8V14M8 10h9M14 7l3 3-3 3",
    };
    html! {
        svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6"
            stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" {
            path d=(path) {}
        }
    }
}

/// The mark of Candor.
pub(crate) fn mark() -> Markup {
    html! {
        svg viewBox="0 0 32 32" aria-hidden="true" {
            rect.mark-back width="32" height="32" rx="8" {}
            path.mark-line d="M21.5 11.2a7.5 7.5 0 1 0 0 9.6" stroke-width="3"
                stroke-linecap="round" {}
            circle.mark-dot cx="16" cy="16" r="2.3" {}
        }
    }
}
