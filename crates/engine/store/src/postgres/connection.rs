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

mod ask;
mod answer;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use postgres_protocol::Oid;
use postgres_protocol::message::backend::DataRowBody;
use postgres_protocol::message::frontend;
use sql::ValueRef;

use super::bind::{Params, Row, Slice};
use super::classify;
use super::options::PostgresOptions;
use super::statement::{self, Key, Statements};
use super::wire::{Fault, Wire};
use crate::{Error, clock};
use ask::Put;

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
    /// Whether its server takes no changes any more.
    outdated: bool,
    /// The command of the last answer, and how many rows it was about.
    done: (String, u64),
    timeouts: Option<Timeouts>,
    patience: Duration,
    tables: HashSet<Key>,
    born: Instant,
    n_answers: u64,
    /// What of the unanswered may be refused.
    doubt: Doubt,
}

/// Whether something unanswered may be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doubt {
    /// Nothing but beginnings and ends of transactions and their parts.
    None,
    /// By the server, which then refuses what follows.
    Server,
    /// By us, who count rows: the server would go on.
    Us,
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
        /// Whether it must be about exactly one row.
        one: bool,
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
            Fault::Server(refusal) => classify::unavailable(place, *refusal),
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
            outdated: false,
            done: (String::new(), 0),
            timeouts: None,
            patience: Duration::ZERO,
            tables: HashSet::new(),
            born: clock::instant(),
            n_answers: 0,
            doubt: Doubt::None,
        })
    }

    /// Whether nothing more can be done with it.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Whether another one would reach a server that takes changes, maybe.
    pub(crate) fn is_outdated(&self) -> bool {
        self.outdated
    }

    /// How many statements it has answered.
    pub(crate) fn n_answers(&self) -> u64 {
        self.n_answers
    }

    /// How many statements it still has to answer.
    pub(crate) fn n_unanswered(&self) -> u64 {
        let statements = self.asked.iter().filter(|it| matches!(it, Asked::Statement { .. }));
        statements.count() as u64
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

    /// Whether something unanswered may be refused.
    pub(crate) fn doubt(&self) -> Doubt {
        self.doubt
    }

    /// Puts a statement that begins or ends a transaction, or a part of one.
    pub(crate) fn put_control(&mut self, text: &str) -> Result<(), Error> {
        let doubt = self.doubt;
        self.put(text, Params::default().as_slice(), true)?;
        self.doubt = self.doubt.min(doubt);
        Ok(())
    }

    /// Puts a statement whose rows nobody wants.
    pub(crate) fn put(&mut self, text: &str, params: Slice<'_>, keep: bool) -> Result<(), Error> {
        self.quiesce()?;
        if ASKED_MAX <= self.asked.len() || OUTPUT_LEN_MAX <= self.wire.output.len() {
            self.exchange()?;
        }
        self.doubt = self.doubt.max(Doubt::Server);
        let put = Put { portal: "", wants_rows: false, keep, rows_max: 0 };
        self.put_statement(text, params, &put).map(|_| ())
    }

    /// Puts a statement that must change exactly one row: another number is an error.
    pub(crate) fn put_one(
        &mut self,
        text: &str,
        params: Slice<'_>,
        keep: bool,
    ) -> Result<(), Error> {
        self.put(text, params, keep)?;
        if let Some(Asked::Statement { one, .. }) = self.asked.back_mut() {
            *one = true;
        }
        self.doubt = Doubt::Us;
        Ok(())
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
        ask::touch(&mut self.tables, text);
        let put = frontend::query(text, &mut self.wire.output);
        put.map_err(|error| self.fault(Fault::Lost(error)))?;
        // Each of its statements answers, and one error ends them all; only the end counts.
        self.asked.push_back(Asked::Statement {
            kept: Err(text.to_owned()),
            is_new: false,
            one: false,
        });
        self.asked.push_back(Asked::Sync);
        self.flush()?;
        loop {
            match self.advance()? {
                Event::Ready => return Ok(()),
                Event::Done => {
                    let kept = Err(text.to_owned());
                    self.asked.push_front(Asked::Statement { kept, is_new: false, one: false });
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
        self.asked.push_back(Asked::Statement {
            kept: Err(String::new()),
            is_new: false,
            one: false,
        });
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
