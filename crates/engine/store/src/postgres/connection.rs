//! One connection: statements out, answers in, several at a time.
//!
//! Statements are *put* and stay here until something asks for an answer; then they go out
//! together with a Sync after them, up to which the server skips what follows an error. What is
//! still unanswered stands in `asked`, in order. A read's end is sent without waiting for its
//! answer, which whoever uses the connection next reads first.
//!
//! Rows are handed out as they arrive, in portions of [`ROWS_MAX`]. A query that begins while
//! another one hands out its rows takes the rest of that one's portion into memory first.
//!
//! **Invariant.** An error inside a transaction is kept until the transaction, or a part of it,
//! is taken back: whatever is asked of it until then has that error for an answer.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{BufMut, BytesMut};
use fallible_iterator::FallibleIterator;
use postgres_protocol::Oid;
use postgres_protocol::message::backend::{DataRowBody, Message, RowDescriptionBody};
use postgres_protocol::message::frontend;
use sql::ValueRef;

use super::bind::{Params, Row, Slice};
use super::classify;
use super::options::PostgresOptions;
use super::statement::{self, Key, Statements};
use super::wire::{Fault, Refusal, Wire, malformed};
use crate::{Error, clock};

/// Rows of one portion. Below it a query runs in one go, and may run on several processors.
const ROWS_MAX: u32 = 4096;

/// What is put is sent before it grows beyond this.
const OUTPUT_LEN_MAX: usize = 1 << 20;

/// How many answers may be outstanding: they have to fit into the buffers between us, or both
/// sides would wait for the other one to read.
const ASKED_MAX: usize = 256;

/// How much longer than a statement may take we wait for its answer.
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) struct Connection {
    wire: Wire,
    place: Arc<str>,
    statements: Statements,
    asked: VecDeque<Asked>,
    streams: Vec<Stream>,
    transaction: Transaction,
    /// Why the transaction can only be taken back.
    failure: Option<Error>,
    /// Whether that was for another unit's sake.
    conflict: bool,
    lost: bool,
    /// The command of the last answer, and how many rows it was about.
    done: (String, u64),
    timeouts: Option<Timeouts>,
    patience: Duration,
    tables: HashSet<Key>,
    born: Instant,
    n_answers: u64,
}

/// How long a statement may take, and how long it may wait for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeouts {
    pub(crate) statement: Duration,
    pub(crate) lock: Duration,
}

/// What was sent, or is about to be, and has no answer yet.
enum Asked {
    Statement {
        /// Whether the server is to keep it; its text otherwise.
        kept: Result<Key, String>,
        /// Whether it is being prepared with this.
        is_new: bool,
    },
    Sync,
}

/// What the server says of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    Open,
    Failed,
}

/// A query whose rows are being handed out.
struct Stream {
    types: Option<Arc<[Oid]>>,
    /// Rows that had to be taken in at once.
    rows: VecDeque<DataRowBody>,
    state: State,
    rows_max: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its answer is the next to arrive.
    Live,
    /// The server waits to be asked for more.
    Suspended,
    Done,
}

enum Event {
    Row(DataRowBody),
    Done,
    Suspended,
    Ready,
}

/// What a query is about to be asked with.
pub(crate) struct Ask<'a> {
    pub(crate) text: &'a str,
    pub(crate) params: Params,
    /// Whether the same text may come again.
    pub(crate) keep: bool,
    /// Whether there are few rows, whatever the tables hold.
    pub(crate) few: bool,
}

impl Connection {
    pub(crate) fn open(options: &PostgresOptions, place: &Arc<str>) -> Result<Self, Error> {
        let wire = Wire::connect(options).map_err(|fault| match fault {
            Fault::Lost(error) => classify::unavailable(place, error),
            Fault::Server(refusal) => classify::unavailable(place, refusal),
        })?;
        Ok(Self {
            wire,
            place: Arc::clone(place),
            statements: Statements::default(),
            asked: VecDeque::new(),
            streams: Vec::new(),
            transaction: Transaction::None,
            failure: None,
            conflict: false,
            lost: false,
            done: (String::new(), 0),
            timeouts: None,
            patience: Duration::ZERO,
            tables: HashSet::new(),
            born: clock::instant(),
            n_answers: 0,
        })
    }

    /// Whether nothing more can be done with it.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }

    /// How many statements it has answered.
    pub(crate) fn n_answers(&self) -> u64 {
        self.n_answers
    }

    /// Whether the last failure was for another unit's sake.
    pub(crate) fn is_conflict(&self) -> bool {
        self.conflict
    }

    pub(crate) fn age(&self) -> Duration {
        self.born.elapsed()
    }

    /// How many tables it has touched; the server keeps something for each.
    pub(crate) fn n_tables(&self) -> usize {
        self.tables.len()
    }

    /// Whether somebody else may use it: no transaction is open, or its end is on the way.
    pub(crate) fn is_free(&self) -> bool {
        !self.lost && (self.transaction == Transaction::None || !self.asked.is_empty())
    }

    /// Gives the statements to come their time, from now on.
    pub(crate) fn set_timeouts(&mut self, timeouts: Timeouts) -> Result<(), Error> {
        self.set_patience(timeouts.statement.max(timeouts.lock))?;
        if self.timeouts == Some(timeouts) {
            return Ok(());
        }
        let millis = |it: Duration| it.as_millis().max(1).to_string();
        let (statement, lock) = (millis(timeouts.statement), millis(timeouts.lock));
        // A process that stops in the middle of a transaction must not stop the others.
        let idle = millis(timeouts.statement.saturating_mul(2).max(Duration::from_secs(300)));
        let values = [&statement, &lock, &idle].map(|it| ValueRef::Text(it));
        let text = "SELECT set_config('statement_timeout', $1, false), \
                    set_config('lock_timeout', $2, false), \
                    set_config('idle_in_transaction_session_timeout', $3, false)";
        self.put(text, Params::of(values.into_iter()).as_slice(), true)?;
        // A transaction of its own: the one to come must begin with its beginning.
        self.divide();
        self.timeouts = Some(timeouts);
        Ok(())
    }

    /// Waits for answers as long as a statement that takes `time` may need.
    pub(crate) fn set_patience(&mut self, time: Duration) -> Result<(), Error> {
        if self.patience == time {
            return Ok(());
        }
        self.patience = time;
        let set = self.wire.set_patience(time.saturating_add(PATIENCE));
        set.map_err(|fault| self.fault(fault))
    }

    /// Puts a statement whose rows nobody wants.
    pub(crate) fn put(
        &mut self,
        text: &str,
        params: Slice<'_>,
        keep: bool,
    ) -> Result<(), Error> {
        self.quiesce()?;
        if ASKED_MAX <= self.asked.len() || OUTPUT_LEN_MAX <= self.wire.output.len() {
            self.exchange()?;
        }
        self.put_statement("", text, params, keep, 0).map(|_| ())
    }

    /// Sends what was put, and returns when all of it is answered.
    pub(crate) fn exchange(&mut self) -> Result<(), Error> {
        self.quiesce()?;
        self.sync()?;
        self.read_answers()
    }

    /// Sends what was put, and leaves its answers to whoever asks next.
    pub(crate) fn send(&mut self) -> Result<(), Error> {
        self.quiesce()?;
        self.sync()
    }

    /// Runs a statement after what was put, and returns the number of rows.
    pub(crate) fn run(&mut self, text: &str, params: &Params, keep: bool) -> Result<u64, Error> {
        self.put(text, params.as_slice(), keep)?;
        self.exchange()?;
        Ok(self.done.1)
    }

    /// Whether the last statement that was answered says to have been `command`. A commit of
    /// what has failed is none.
    pub(crate) fn was(&self, command: &str) -> bool {
        self.done.0 == command
    }

    /// Runs several statements at once that take no values, as one transaction.
    pub(crate) fn run_script(&mut self, text: &str) -> Result<(), Error> {
        self.exchange()?;
        let put = frontend::query(text, &mut self.wire.output);
        put.map_err(|error| self.fault(Fault::Lost(error)))?;
        // Each of its statements answers, and one error ends them all; only the end counts.
        self.asked.push_back(Asked::Statement { kept: Err(text.to_owned()), is_new: false });
        self.asked.push_back(Asked::Sync);
        self.flush()?;
        loop {
            match self.advance()? {
                Event::Ready => return Ok(()),
                Event::Done => {
                    let kept = Err(text.to_owned());
                    self.asked.push_front(Asked::Statement { kept, is_new: false });
                }
                Event::Row(_) | Event::Suspended => {}
            }
        }
    }

    /// Asks a query, and returns when its first answer is there.
    pub(crate) fn query(&mut self, ask: &Ask<'_>) -> Result<Rows, Error> {
        self.quiesce()?;
        let rows_max = if ask.few { 0 } else { ROWS_MAX.cast_signed() };
        let depth = self.streams.len();
        let types = self.put_query(ask, &portal(depth), rows_max)?;
        self.sync()?;
        // Up to the query's own: two remain, the query and the Sync.
        while 2 < self.asked.len() {
            if let Err(error) = self.advance() {
                // What follows from it is read, and not told.
                let _follows = self.read_answers();
                return Err(error);
            }
        }
        self.streams.push(Stream { types, rows: VecDeque::new(), state: State::Live, rows_max });
        Ok(Rows { depth, row: None, is_at_end: false })
    }

    /// Asks several queries of few rows at once, each of which sees what the one before did.
    pub(crate) fn query_all(&mut self, asks: &[Ask<'_>]) -> Result<Vec<Vec<Row>>, Error> {
        self.quiesce()?;
        for ask in asks {
            self.put_query(ask, "", 0)?;
        }
        self.sync()?;
        let mut bodies: Vec<Vec<DataRowBody>> = asks.iter().map(|_| Vec::new()).collect();
        while !self.asked.is_empty() {
            // Those from before come first, and the Sync last.
            let left = self.asked.len() - 1;
            match self.advance() {
                Ok(Event::Row(body)) if left <= asks.len() => {
                    bodies[asks.len() - left].push(body);
                }
                Ok(_) => {}
                Err(error) => {
                    let _follows = self.read_answers();
                    return Err(error);
                }
            }
        }
        let mut all = Vec::new();
        for (ask, bodies) in asks.iter().zip(bodies) {
            let prepared = self.statements.get(statement::key(ask.text), ask.text);
            let types = prepared.and_then(|it| it.types.clone()).unwrap_or_default();
            let rows = bodies.into_iter().map(|body| {
                let mut row = Row::new(Arc::clone(&types));
                row.fill(body).map(|()| row)
            });
            let rows: Result<Vec<Row>, Fault> = rows.collect();
            all.push(rows.map_err(|fault| self.fault(fault))?);
        }
        Ok(all)
    }

    /// Goes to the next row of `rows`, the first one at first.
    pub(crate) fn next(&mut self, rows: &mut Rows) -> Result<(), Error> {
        let Some(body) = self.next_body(rows.depth)? else {
            rows.is_at_end = true;
            return Ok(());
        };
        let types = || self.streams[rows.depth].types.clone().unwrap_or_default();
        let row = rows.row.get_or_insert_with(|| Row::new(types()));
        row.fill(body).map_err(|fault| self.fault(fault))
    }

    /// Ends a query, whether all its rows were asked for or not.
    pub(crate) fn end(&mut self, rows: &Rows) {
        // Those inside it that a panic left are over with it.
        while rows.depth < self.streams.len() {
            let is_live = |it: &Stream| it.state == State::Live;
            if !self.lost && self.streams.last().is_some_and(is_live) {
                // What goes wrong now is known to who asks next.
                let _known_later = self.read_answers();
            }
            self.streams.pop();
        }
    }

    /// Forgets why the transaction failed: it, or the part that did, is being taken back.
    pub(crate) fn forgive(&mut self) {
        self.failure = None;
    }

    /// Forgets that a unit made way for another one.
    pub(crate) fn forget_conflict(&mut self) {
        self.conflict = false;
    }

    fn next_body(&mut self, depth: usize) -> Result<Option<DataRowBody>, Error> {
        loop {
            let stream = &mut self.streams[depth];
            if let Some(body) = stream.rows.pop_front() {
                return Ok(Some(body));
            }
            match stream.state {
                State::Done => return Ok(None),
                State::Suspended => self.resume(depth)?,
                State::Live => {
                    if let Some(body) = self.next_live(depth)? {
                        return Ok(Some(body));
                    }
                }
            }
        }
    }

    /// The next row that arrives for a query; none at the end of its portion.
    fn next_live(&mut self, depth: usize) -> Result<Option<DataRowBody>, Error> {
        let mut state = State::Done;
        loop {
            match self.advance() {
                Ok(Event::Row(body)) => return Ok(Some(body)),
                Ok(Event::Suspended) => state = State::Suspended,
                Ok(Event::Done) => {}
                Ok(Event::Ready) => {
                    self.streams[depth].state = state;
                    return Ok(None);
                }
                Err(error) => {
                    self.streams[depth].state = State::Done;
                    return Err(error);
                }
            }
        }
    }

    /// Asks for the next portion.
    fn resume(&mut self, depth: usize) -> Result<(), Error> {
        self.quiesce()?;
        self.exchange()?;
        let rows_max = self.streams[depth].rows_max;
        let put = frontend::execute(&portal(depth), rows_max, &mut self.wire.output);
        put.map_err(|error| self.fault(Fault::Lost(error)))?;
        self.asked.push_back(Asked::Statement { kept: Err(String::new()), is_new: false });
        self.sync()?;
        self.streams[depth].state = State::Live;
        Ok(())
    }

    /// Takes in what a query's portion still has to bring, so that something else can be asked.
    fn quiesce(&mut self) -> Result<(), Error> {
        if let Some(error) = &self.failure {
            return Err(error.clone());
        }
        let Some(depth) = self.streams.len().checked_sub(1) else { return Ok(()) };
        while self.streams[depth].state == State::Live {
            if let Some(body) = self.next_live(depth)? {
                self.streams[depth].rows.push_back(body);
            }
        }
        Ok(())
    }

    fn put_query(
        &mut self,
        ask: &Ask<'_>,
        portal: &str,
        rows_max: i32,
    ) -> Result<Option<Arc<[Oid]>>, Error> {
        if !portal.is_empty() {
            // One that an earlier query left.
            let put = frontend::close(b'P', portal, &mut self.wire.output);
            put.map_err(|error| self.fault(Fault::Lost(error)))?;
        }
        self.put_statement(portal, ask.text, ask.params.as_slice(), ask.keep, rows_max)
    }

    /// Returns the types of its columns, where they are known already.
    fn put_statement(
        &mut self,
        portal: &str,
        text: &str,
        params: Slice<'_>,
        keep: bool,
        rows_max: i32,
    ) -> Result<Option<Arc<[Oid]>>, Error> {
        let put = self.try_put(portal, text, params, keep, rows_max);
        put.map_err(|error| self.fault(Fault::Lost(error)))
    }

    fn try_put(
        &mut self,
        portal: &str,
        text: &str,
        params: Slice<'_>,
        keep: bool,
        rows_max: i32,
    ) -> std::io::Result<Option<Arc<[Oid]>>> {
        let out = &mut self.wire.output;
        if self.asked.is_empty() {
            // First of all: nothing that fails can keep the server from it.
            for name in self.statements.take_dropped() {
                frontend::close(b'S', &name, out)?;
            }
        }
        let key = statement::key(text);
        let known = if keep { self.statements.get(key, text) } else { None };
        let is_new = known.is_none();
        let types = match known {
            Some(prepared) => {
                bind(out, portal, &prepared.name, params);
                prepared.types.clone()
            }
            None => {
                touch(&mut self.tables, text);
                let name = if keep { self.statements.add(key, text) } else { "" };
                frontend::parse(name, text, [], out)?;
                frontend::describe(b'S', name, out)?;
                bind(out, portal, name, params);
                None
            }
        };
        frontend::execute(portal, rows_max, out)?;
        let kept = if keep { Ok(key) } else { Err(text.to_owned()) };
        self.asked.push_back(Asked::Statement { kept, is_new });
        Ok(types)
    }

    fn sync(&mut self) -> Result<(), Error> {
        if self.wire.output.is_empty() {
            return Ok(());
        }
        if !matches!(self.asked.back(), Some(Asked::Sync)) {
            self.divide();
        }
        self.flush()
    }

    /// Ends what the server takes as one.
    fn divide(&mut self) {
        frontend::sync(&mut self.wire.output);
        self.asked.push_back(Asked::Sync);
    }

    fn flush(&mut self) -> Result<(), Error> {
        let flushed = self.wire.flush();
        flushed.map_err(|fault| self.fault(fault))
    }

    fn read_answers(&mut self) -> Result<(), Error> {
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
    fn advance(&mut self) -> Result<Event, Error> {
        loop {
            let message = match self.wire.receive() {
                Ok(message) => message,
                Err(Fault::Server(refusal)) => return Err(self.refused(refusal)),
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
                    self.asked.pop_front();
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

    fn ready(&mut self, status: u8) {
        // A script's last statement stands before it.
        while let Some(Asked::Statement { .. }) = self.asked.front() {
            self.asked.pop_front();
        }
        self.asked.pop_front();
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
    fn described(&mut self, body: &RowDescriptionBody) -> Result<(), Error> {
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
    fn refused(&mut self, refusal: Refusal) -> Error {
        let conflict = classify::is_conflict(&refusal);
        let stale = classify::is_stale(&refusal);
        let mut error = None;
        while let Some(Asked::Statement { .. }) = self.asked.front() {
            let Some(Asked::Statement { kept, is_new }) = self.asked.pop_front() else { break };
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

    /// The connection is of no use any more.
    fn fault(&mut self, fault: Fault) -> Error {
        self.lost = true;
        self.asked.clear();
        let error = match fault {
            Fault::Lost(error) => classify::unavailable(&self.place, error),
            Fault::Server(refusal) => classify::unavailable(&self.place, refusal),
        };
        self.failure.get_or_insert(error).clone()
    }
}

/// The rows of a query under way.
pub(crate) struct Rows {
    depth: usize,
    row: Option<Row>,
    is_at_end: bool,
}

impl Rows {
    /// The row that they are at; none at the end.
    pub(crate) fn row(&self) -> Option<&Row> {
        self.row.as_ref().filter(|_| !self.is_at_end)
    }
}

/// The name of the place where the server keeps a query of this depth.
fn portal(depth: usize) -> String {
    if depth == 0 { String::new() } else { format!("p{depth}") }
}

fn bind(out: &mut BytesMut, portal: &str, name: &str, params: Slice<'_>) {
    let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    out.put_u8(b'B');
    let start = out.len();
    out.put_i32(0);
    for name in [portal, name] {
        out.put_slice(name.as_bytes());
        out.put_u8(0);
    }
    out.put_u16(count(params.formats.len()));
    params.formats.iter().for_each(|it| out.put_i16(*it));
    out.put_u16(count(params.formats.len()));
    out.put_slice(params.bytes);
    // One format for all columns of the result: binary.
    out.put_u16(1);
    out.put_i16(1);
    let len = i32::try_from(out.len() - start).unwrap_or(i32::MAX);
    out[start..start + 4].copy_from_slice(&len.to_be_bytes());
}

/// `INSERT 0 5` is an INSERT of 5 rows.
fn command(tag: &str) -> (String, u64) {
    let name = tag.split(' ').next().unwrap_or_default();
    let rows = tag.rsplit(' ').next().and_then(|it| it.parse().ok());
    (name.to_owned(), rows.unwrap_or(0))
}

/// Notes the tables that `text` names: `"schema"."table"`, as only they are written.
fn touch(tables: &mut HashSet<Key>, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find("\".\"") {
        let begin = rest[..at].rfind('"').unwrap_or(0);
        let end = rest[at + 3..].find('"').map_or(rest.len(), |it| at + 3 + it);
        tables.insert(statement::key(&rest[begin..end]));
        rest = &rest[end..];
    }
}
