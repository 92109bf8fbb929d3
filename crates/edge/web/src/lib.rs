//! Server-rendered pages for people: sign-in, lists, records, forms, the recycle bin, the setup.
//!
//! In: HTTP requests of browsers. Out: HTML that works without a script. In reading order:
//!
//! | module      | what                                                                 |
//! |-------------|----------------------------------------------------------------------|
//! | [`serve`]   | the asynchronous edge: one hop to a worker thread, headers, cookies    |
//! | `routes`    | which path is which page                                             |
//! | `ask`       | the parts of a request that pages read                               |
//! | `session`   | cookies, and who they stand for                                      |
//! | `visit`     | a signed-in person's request: the first argument of every page       |
//! | `page/`     | one module for each page                                             |
//! | `component/`| the parts that pages are made of                                     |
//! | `layout`    | the frame around them                                                |
//! | `sheet`     | what a record's page consists of: its page layout, or a made one     |
//! | `read`      | records, by SOQL with the person's rights                            |
//! | `names`     | the names that ids stand for                                         |
//! | `lookup`    | choosing a record without a script                                   |
//! | `message`   | what a person reads where records refuse something                   |
//! | `form`      | form fields, queries, paths                                          |
//! | `asset`     | the style sheet and the script                                       |
//!
//! **Invariants.** Nothing is shown but what the person's [`access::Access`] grants; what it does
//! not grant looks like what does not exist. Every change comes by POST with the token of its
//! session. No page holds an inline style or script: the content security policy forbids both.
//!
//! **Absent on purpose.** No definition of any object: pages follow the schema. No service of
//! its own: reading and writing are those of `records`.

pub mod serve;
mod routes;
mod ask;
mod session;
mod visit;
mod failure;
mod reply;
mod flash;
mod page;
mod component;
mod layout;
mod nav;
mod sheet;
mod read;
mod names;
mod lookup;
mod message;
mod form;
mod asset;

#[cfg(test)]
mod tests;

pub use serve::{State, router};
