//! What is selected.
//!
//! ```text
//! items   = item { "," item }
//! item    = path [ alias ] | function [ alias ] | "(" query ")" | typeof
//!         | "FIELDS" "(" ( "ALL" | "STANDARD" | "CUSTOM" ) ")" | "COUNT" "(" ")" [ alias ]
//! alias   = [ "AS" ] name
//! typeof  = "TYPEOF" path { "WHEN" name "THEN" paths } [ "ELSE" paths ] "END"
//! ```

use crate::ast::{FieldsKind, Function, FunctionKind, Operand, SelectItem, TypeOf, When};
use crate::error::Error;
use crate::lex::Kind;

use super::cursor::Parser;

impl Parser<'_> {
    pub(super) fn select_items(&mut self) -> Result<Vec<SelectItem>, Error> {
        // `COUNT()` stands alone: with another item, the comma or the parenthesis is unexpected.
        if self.is_count_rows() {
            let start = self.bump().span;
            self.bump();
            self.bump();
            let function = Function { kind: FunctionKind::CountRows, span: self.since(start) };
            return Ok(vec![SelectItem::Function { function, alias: self.alias()? }]);
        }
        self.list(Self::select_item)
    }

    fn is_count_rows(&self) -> bool {
        self.is_word(0, "COUNT") && self.is(1, Kind::Open) && self.is(2, Kind::Close)
    }

    fn select_item(&mut self) -> Result<SelectItem, Error> {
        if self.eat(Kind::Open) {
            return self.subquery().map(SelectItem::Subquery);
        }
        // A field may be called so, too: then no name follows.
        if self.is_word(0, "TYPEOF") && self.is(1, Kind::Word) && !self.is_word(1, "FROM") {
            return self.type_of().map(SelectItem::TypeOf);
        }
        if self.is_word(0, "FIELDS") && self.is(1, Kind::Open) {
            return self.fields();
        }
        if self.is_count_rows() {
            self.bump();
            self.bump();
            return Err(self.unexpected());
        }
        Ok(match self.operand()? {
            Operand::Path(path) => SelectItem::Path { path, alias: self.alias()? },
            Operand::Function(function) => SelectItem::Function { function, alias: self.alias()? },
        })
    }

    fn type_of(&mut self) -> Result<TypeOf, Error> {
        let start = self.bump().span;
        let path = self.path()?;
        let mut whens = Vec::new();
        while whens.is_empty() || self.is_word(0, "WHEN") {
            self.expect_word("WHEN")?;
            let object = self.ident()?;
            self.expect_word("THEN")?;
            whens.push(When { object, fields: self.list(Self::path)? });
        }
        let otherwise = if self.eat_word("ELSE") { self.list(Self::path)? } else { Vec::new() };
        self.expect_word("END")?;
        Ok(TypeOf { path, whens, otherwise, span: self.since(start) })
    }

    fn fields(&mut self) -> Result<SelectItem, Error> {
        let start = self.bump().span;
        self.expect(Kind::Open)?;
        let kind = match () {
            () if self.eat_word("ALL") => FieldsKind::All,
            () if self.eat_word("STANDARD") => FieldsKind::Standard,
            () if self.eat_word("CUSTOM") => FieldsKind::Custom,
            () => return Err(self.unexpected()),
        };
        self.expect(Kind::Close)?;
        Ok(SelectItem::Fields { kind, span: self.since(start) })
    }
}
