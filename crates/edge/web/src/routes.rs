//! Which path is which page.

use axum::http::Method;

use crate::failure::Failure;
use crate::page::{bin, delete, edit, home, list, record, search, setup};
use crate::reply::Reply;
use crate::visit::Visit;

/// A page behind the sign-in.
pub(crate) type Page = fn(&Visit) -> Result<Reply, Failure>;

pub(crate) struct Route {
    pub path: &'static str,
    pub get: Option<Page>,
    pub post: Option<Page>,
}

pub(crate) const ROUTES: [Route; 12] = [
    get("/", home::show),
    get("/search", search::show),
    get("/recycle-bin", bin::show),
    get("/setup/objects", setup::objects),
    get("/setup/objects/{object}", setup::fields),
    post("/restore/{id}", delete::restore),
    get("/o/{object}", list::show),
    both("/o/{object}/new", edit::new, edit::create),
    get("/o/{object}/{id}", record::show),
    both("/o/{object}/{id}/edit", edit::edit, edit::save),
    post("/o/{object}/{id}/delete", delete::delete),
    get("/{id}", record::by_id),
];

const fn get(path: &'static str, page: Page) -> Route {
    Route { path, get: Some(page), post: None }
}

const fn post(path: &'static str, page: Page) -> Route {
    Route { path, get: None, post: Some(page) }
}

const fn both(path: &'static str, get: Page, post: Page) -> Route {
    Route { path, get: Some(get), post: Some(post) }
}

impl Route {
    pub(crate) fn page(&self, method: &Method) -> Option<Page> {
        if *method == Method::POST { self.post } else { self.get }
    }
}
