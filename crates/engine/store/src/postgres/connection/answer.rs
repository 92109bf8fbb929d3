//! What the server answers, statement by statement.

use std::sync::Arc;

use fallible_iterator::FallibleIterator;
use postgres_protocol::Oid;
use postgres_protocol::message::backend::{Message, RowDescriptionBody};

use super::super::classify;
use super::super::statement::Key;
use super::super::wire::{Fault, Refusal, malformed};
use super::{Asked, Connection, Doubt, Event, State, Transaction};
use crate::Error;

impl Connection {
    pub(super) fn read_answers(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        while !self.asked.is_empty() {
            if let Err(error) = self.advance() {
                // The first error is what the others follow from.
                result = result.and(Err(error));
            }
        }
        result
    }

    /// Reads the next answer.
    pub(super) fn advance(&mut self) -> Result<Event, Error> {
        loop {
            let message = match self.wire.receive() {
                Ok(message) => message,
                Err(Fault::Server(refusal)) => return Err(self.refused(*refusal)),
                Err(fault) => return Err(self.fault(fault)),
            };
            match message {
                Message::ParseComplete
                | Message::BindComplete
                | Message::CloseComplete
                | Message::NoData
                | Message::ParameterDescription(_) => {}
                Message::RowDescription(body) => self.described(&body)?,
                Message::DataRow(body) => return Ok(Event::Row(body)),
                Message::CommandComplete(body) => {
                    let tag = body.tag().map_err(|error| self.fault(Fault::Lost(error)))?;
                    self.done = command(tag);
                    self.n_answers += 1;
                    let answered = self.asked.pop_front();
                    if let Some(Asked::Statement { kept, one: true, .. }) = answered
                        && self.done.1 != 1
                    {
                        return Err(self.miscounted(kept));
                    }
                    return Ok(Event::Done);
                }
                Message::EmptyQueryResponse => {
                    self.asked.pop_front();
                    return Ok(Event::Done);
                }
                Message::PortalSuspended => {
                    self.asked.pop_front();
                    return Ok(Event::Suspended);
                }
                Message::ReadyForQuery(body) => {
                    self.ready(body.status());
                    return Ok(Event::Ready);
                }
                _ => return Err(self.fault(malformed("the server sent what nobody asked for"))),
            }
        }
    }

    pub(super) fn ready(&mut self, status: u8) {
        // A script's last statement stands before it.
        while let Some(Asked::Statement { .. }) = self.asked.front() {
            self.asked.pop_front();
        }
        self.asked.pop_front();
        if self.asked.is_empty() {
            self.doubt = Doubt::None;
        }
        self.transaction = match status {
            b'I' => Transaction::None,
            b'T' => Transaction::Open,
            _ => Transaction::Failed,
        };
        if self.transaction == Transaction::None {
            self.failure = None;
        }
    }

    /// The types of a statement's columns arrive after it was prepared, and before its rows.
    pub(super) fn described(&mut self, body: &RowDescriptionBody) -> Result<(), Error> {
        let types: std::io::Result<Vec<Oid>> = body.fields().map(|it| Ok(it.type_oid())).collect();
        let types: Arc<[Oid]> = types.map_err(|error| self.fault(Fault::Lost(error)))?.into();
        if let Some(Asked::Statement { kept: Ok(key), .. }) = self.asked.front() {
            self.statements.describe(*key, Arc::clone(&types));
        }
        if let Some(stream) = self.streams.last_mut()
            && stream.state == State::Live
        {
            stream.types = Some(types);
        }
        Ok(())
    }

    /// The server refused the statement that is next in `asked`, and skips the others up to the
    /// Sync. What they were to prepare is not there.
    pub(super) fn refused(&mut self, refusal: Refusal) -> Error {
        let conflict = classify::is_conflict(&refusal);
        let stale = classify::is_stale(&refusal);
        self.outdated |= classify::is_read_only(&refusal);
        let mut error = None;
        while let Some(Asked::Statement { .. }) = self.asked.front() {
            let Some(Asked::Statement { kept, is_new, .. }) = self.asked.pop_front() else { break };
            let text = match &kept {
                Ok(key) => self.statements.text(*key).unwrap_or_default(),
                Err(text) => text,
            };
            let is_first = error.is_none();
            error.get_or_insert_with(|| classify::refusal(refusal.clone(), &self.place, text));
            if let Ok(key) = kept
                && (is_new || (stale && is_first))
            {
                self.statements.remove(key);
            }
        }
        let error = error.unwrap_or_else(|| classify::refusal(refusal, &self.place, ""));
        self.conflict |= conflict;
        match self.advance() {
            Ok(Event::Ready) => {}
            Ok(_) => return self.fault(malformed("the server answers what it has skipped")),
            Err(error) => return error,
        }
        if self.transaction == Transaction::Failed {
            self.failure.get_or_insert_with(|| error.clone());
        }
        error
    }

    /// A statement that was to be about one row was not; its transaction must not be kept.
    pub(super) fn miscounted(&mut self, kept: Result<Key, String>) -> Error {
        let text = match &kept {
            Ok(key) => self.statements.text(*key).unwrap_or_default(),
            Err(text) => text,
        };
        let error = Error::not_one(text, self.done.1);
        self.failure.get_or_insert(error).clone()
    }

    /// The connection is of no use any more.
    pub(super) fn fault(&mut self, fault: Fault) -> Error {
        self.lost = true;
        self.asked.clear();
        let error = match fault {
            Fault::Lost(error) => classify::unavailable(&self.place, error),
            Fault::Server(refusal) => classify::unavailable(&self.place, *refusal),
        };
        self.failure.get_or_insert(error).clone()
    }
}

/// `INSERT 0 5` is an INSERT of 5 rows.
fn command(tag: &str) -> (String, u64) {
    let name = tag.split(' ').next().unwrap_or_default();
    let rows = tag.rsplit(' ').next().and_then(|it| it.parse().ok());
    (name.to_owned(), rows.unwrap_or(0))
}
