//! What a page function answers, before it is a response.

use maud::Markup;

use crate::flash::Flash;

#[derive(Debug)]
pub(crate) enum Reply {
    Page(Markup),
    /// A form that was not accepted, shown again.
    Refused(Markup),
    /// See another page, which shows the flash.
    See {
        path: String,
        flash: Option<Flash>,
    },
}

impl Reply {
    pub(crate) fn see(path: impl Into<String>) -> Self {
        Self::See { path: path.into(), flash: None }
    }

    pub(crate) fn see_with(path: impl Into<String>, flash: Flash) -> Self {
        Self::See { path: path.into(), flash: Some(flash) }
    }
}
