//! Orgs, users, sessions, connected apps: who there is, and who is asking.
//!
//! | module       | what                                                               |
//! |--------------|--------------------------------------------------------------------|
//! | [`org`]      | making an org with its first rows, and opening orgs                  |
//! | [`orgs`]     | homes, which org lives where, which ones are open                    |
//! | [`user`]     | users, their passwords and permission sets                           |
//! | `login`      | signing in, counting failures, locking out                           |
//! | [`session`]  | who a token belongs to, until when                                   |
//! | [`client`]   | connected apps                                                       |
//! | [`password`] | password hashing                                                     |
//! | `credential` | what is kept of passwords and failures                               |
//! | `secret`     | random secrets                                                       |
//! | `log`        | what the ledger is told                                              |
//! | `row`        | reading and writing rows                                             |
//!
//! **Invariants.** No secret is stored that could be used: passwords as slow hashes, random
//! tokens as digests. Whether a username exists shows in no answer, and within an org not in its
//! time either.
//! Comparisons of secrets take constant time.
//!
//! **Absent on purpose.** HTTP, cookies, grants: the edges'. What a user may do: `access`.

pub mod org;
pub mod orgs;
pub mod user;
pub mod login;
pub mod session;
pub mod client;
pub mod password;
mod credential;
mod secret;
mod log;
mod row;
mod error;

#[cfg(test)]
mod tests;

pub use client::{Client, NewClient, authenticate_client, create_client};
pub use error::Error;
pub use login::{Accept, Attempt, login, login_as_client};
pub use org::{Created, NewOrg, create_org, new_id, open_org};
pub use orgs::{Home, Orgs};
pub use session::{Kind, Session, SignedIn, authenticate, logout};
pub use user::{
    Secrets, assign_permission_set, create_user, deactivate_user, revoke_permission_set,
    set_password,
};
