//! Finds a unit of work that starts another one on the same database.
//!
//! It would wait for itself, and everybody else for it, forever; as an error it is a bug that
//! somebody sees.

use std::cell::RefCell;

use crate::Error;

thread_local! {
    /// The addresses of the writers whose units this thread is in.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// This thread is in a unit of a writer.
pub(crate) struct Inside;

impl Inside {
    pub(crate) fn enter<T>(writer: &T) -> Result<Self, Error> {
        let address = std::ptr::from_ref(writer).addr();
        INSIDE.with_borrow_mut(|inside| {
            if inside.contains(&address) {
                return Err(Error::bug("a unit of work", "it was started inside another one"));
            }
            inside.push(address);
            Ok(Self)
        })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.with_borrow_mut(|inside| inside.pop());
    }
}
