//! Who may do what: the one place that grants access.
//!
//! In: an org's [`schema::Schema`] and the permission sets of a user (the profile is one).
//! Out: an [`Access`], asked by `query` when it compiles and by `records` when it writes, and
//! [`Guarded`], the only form of a query that the store runs.
//!
//! Rights are allow-lists: what no permission set names is not granted, so a new field is
//! invisible until somebody grants it. What a user may not see does not exist for them; how that
//! looks on the wire is the edge's matter.
//!
//! **Absent on purpose.** Row sharing: [`Access::predicate`] and [`Access::can_read`] are its two
//! faces and grant every row of a readable object until sharing exists. No I/O: the caller reads
//! the user's assignments.

mod guard;
mod rights;

#[cfg(test)]
mod tests;

pub use guard::Guarded;
pub use rights::{Access, Permission};
