//! The connection that fills a target.
//!
//! It bypasses units of work: what it writes is another org's ledger and the rows under it, not
//! changes of its own. Only a transfer has one, and only on an org that is incoming.

use std::time::Duration;

use access::Guarded;
use sql::Statement;

use crate::file::Lock;
use crate::home::{self, Engine};
use crate::migrate::{self, LEDGER_STATE};
use crate::postgres::register::Hold;
use crate::reader::{Purpose, Source};
use crate::sqlite::connection::Connection;
use crate::sqlite::open::{Mode, Sync};
use crate::tail::stored;
use crate::{Cause, Durability, Error, Home, Options, Reader, Row, Status, org};

/// How long one statement may take: some read or empty a table.
const TIME_MAX: Duration = Duration::from_secs(15 * 60);

pub(super) struct Loader {
    reader: Reader,
    /// Dropped last: the place is free when the connection is closed.
    _held: Held,
}

/// What keeps others from the target.
#[expect(dead_code, reason = "held, not read")]
enum Held {
    Directory(Lock),
    Schema(Hold),
}

impl Loader {
    pub(super) fn open(home: &Home, org_id: &str, options: &Options) -> Result<Self, Error> {
        let statement_timeout = options.statement_timeout.max(TIME_MAX);
        let options = &Options { statement_timeout, ..options.clone() };
        let (reader, held) = match home.engine() {
            Engine::Directory(home) => {
                let dir = home::org_dir(home, org_id);
                let lock = Lock::take(&dir)?;
                let sync = match options.durability {
                    // The end of the transfer waits for the disk, its pages need not.
                    Durability::Full => Sync::Normal,
                    Durability::Off => Sync::Off,
                };
                let conn = Connection::open(&org::database(&dir), Mode::Write, sync, options)?;
                (Reader::of(conn), Held::Directory(lock))
            }
            Engine::Postgres(register) => {
                let schema = register.schema_of(org_id, migrate::ORG)?;
                let reader = Source::Schema(schema).open(Purpose::Write, options)?;
                (reader, Held::Schema(register.hold(org_id)))
            }
        };
        let loader = Self { reader, _held: held };
        let standing = loader.read(stored)?.ok_or_else(|| Error::Corrupt {
            place: loader.reader.place(),
            source: Cause::new(format!("`{LEDGER_STATE}` does not say how the ledger stands")),
        })?;
        if standing.status != Status::Incoming {
            return Err(Error::Closed { status: standing.status });
        }
        Ok(loader)
    }

    /// Reads, in a transaction of its own where none is open.
    pub(super) fn read<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.reader.is_in_transaction() {
            return work(&self.reader);
        }
        self.reader.begin_read()?;
        let done = work(&self.reader);
        self.reader.roll_back()?;
        done
    }

    pub(super) fn query<E: From<Error>>(
        &self,
        query: &Guarded,
        each: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.read(|reader| reader.query(query, each))
    }

    /// Runs a statement, in a transaction of its own where none is open.
    pub(super) fn change(&self, statement: Statement<'_>) -> Result<(), Error> {
        if self.reader.is_in_transaction() {
            return self.reader.change(statement).map(|_| ());
        }
        self.transaction(|| self.reader.change(statement).map(|_| ()))
    }

    /// Runs `work` in a transaction. What fails stays open, and goes with the connection.
    pub(super) fn transaction<T, E: From<Error>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.reader.begin_unit()?;
        self.take_turn()?;
        let value = work()?;
        self.reader.commit()?;
        Ok(value)
    }

    /// Where others can reach the target, it may have been completed by another process, if this
    /// one slept too long to be waited for.
    fn take_turn(&self) -> Result<(), Error> {
        let Some(link) = self.reader.postgres() else { return Ok(()) };
        let status = link.take_turn()?.and_then(|it| Status::parse(&it.status));
        match status {
            Some(Status::Incoming) => Ok(()),
            status => Err(Error::Closed { status: status.unwrap_or(Status::Making) }),
        }
    }

    /// Closes it; what it wrote is durable then.
    pub(super) fn close(self) -> Result<(), Error> {
        self.reader.sqlite().map_or(Ok(()), Connection::checkpoint)
    }
}
