//! Statements on their way to the server.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use postgres_protocol::Oid;
use postgres_protocol::message::frontend;

use super::super::bind::Slice;
use super::super::statement::{self, Key};
use super::super::wire::Fault;
use super::{Ask, Asked, Connection};
use crate::Error;

/// How a statement is put.
pub(super) struct Put<'a> {
    /// The name of the place where the server keeps its rows.
    pub(super) portal: &'a str,
    pub(super) wants_rows: bool,
    /// Whether the server is to keep the statement.
    pub(super) keep: bool,
    /// The size of a portion; 0 for all.
    pub(super) rows_max: i32,
}

/// What the protocol counts in two bytes.
const PARAMS_MAX: usize = u16::MAX as usize;

impl Connection {
    pub(super) fn put_query(
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
        let put = Put { portal, wants_rows: true, keep: ask.keep, rows_max };
        self.put_statement(ask.text, ask.params.as_slice(), &put)
    }

    /// Returns the types of its columns, where they are wanted and known already.
    pub(super) fn put_statement(
        &mut self,
        text: &str,
        params: Slice<'_>,
        put: &Put<'_>,
    ) -> Result<Option<Arc<[Oid]>>, Error> {
        if PARAMS_MAX < params.formats.len() {
            return Err(Error::bug(text, "it has more parameters than a message holds"));
        }
        let put = self.try_put(text, params, put);
        put.map_err(|error| self.fault(Fault::Lost(error)))
    }

    fn try_put(
        &mut self,
        text: &str,
        params: Slice<'_>,
        put: &Put<'_>,
    ) -> std::io::Result<Option<Arc<[Oid]>>> {
        let &Put { portal, wants_rows, keep, rows_max } = put;
        let out = &mut self.wire.output;
        if matches!(self.asked.back(), None | Some(Asked::Sync)) {
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
                if wants_rows && prepared.types.is_none() {
                    frontend::describe(b'S', &prepared.name, out)?;
                }
                bind(out, portal, &prepared.name, params);
                prepared.types.clone()
            }
            None => {
                touch(&mut self.tables, text);
                let name = if keep { self.statements.add(key, text) } else { "" };
                frontend::parse(name, text, [], out)?;
                if wants_rows {
                    frontend::describe(b'S', name, out)?;
                }
                bind(out, portal, name, params);
                None
            }
        };
        frontend::execute(portal, rows_max, out)?;
        let kept = if keep { Ok(key) } else { Err(text.to_owned()) };
        self.asked.push_back(Asked::Statement { kept, is_new, one: false });
        Ok(types)
    }

    pub(super) fn sync(&mut self) -> Result<(), Error> {
        if self.wire.output.is_empty() {
            return Ok(());
        }
        if !matches!(self.asked.back(), Some(Asked::Sync)) {
            self.divide();
        }
        self.flush()
    }

    /// Ends what the server takes as one.
    pub(super) fn divide(&mut self) {
        frontend::sync(&mut self.wire.output);
        self.asked.push_back(Asked::Sync);
    }

    pub(super) fn flush(&mut self) -> Result<(), Error> {
        let flushed = self.wire.flush();
        flushed.map_err(|fault| self.fault(fault))
    }
}

fn bind(out: &mut BytesMut, portal: &str, name: &str, params: Slice<'_>) {
    let n_params = u16::try_from(params.formats.len()).expect("invariant: checked before");
    out.put_u8(b'B');
    let start = out.len();
    out.put_i32(0);
    for name in [portal, name] {
        out.put_slice(name.as_bytes());
        out.put_u8(0);
    }
    out.put_u16(n_params);
    params.formats.iter().for_each(|it| out.put_i16(*it));
    out.put_u16(n_params);
    out.put_slice(params.bytes);
    // One format for all columns of the result: binary.
    out.put_u16(1);
    out.put_i16(1);
    let len = i32::try_from(out.len() - start).unwrap_or(i32::MAX);
    out[start..start + 4].copy_from_slice(&len.to_be_bytes());
}

/// Notes the tables that `text` names: `"schema"."table"`, as only they are written.
pub(super) fn touch(tables: &mut HashSet<Key>, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find("\".\"") {
        let begin = rest[..at].rfind('"').unwrap_or(0);
        let end = rest[at + 3..].find('"').map_or(rest.len(), |it| at + 3 + it);
        tables.insert(statement::key(&rest[begin..end]));
        rest = &rest[end..];
    }
}
