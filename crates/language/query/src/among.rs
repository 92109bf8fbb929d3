//! A query of records that something else has found, a search for one.

use access::Guarded;
use base::RecordId;
use sql::{Alias, Expr, Nulls, OrderBy, Select, Source, Value};

use crate::Compiled;

impl Compiled {
    /// Which of `ids` the query finds, LIMIT and OFFSET aside: one column, in this order. Each id
    /// must be given once.
    pub fn ids_among(&self, ids: &[RecordId]) -> Guarded {
        let order = OrderBy {
            expr: Expr::Column(LISTED, "c0".to_owned()),
            descending: false,
            nulls: Nulls::Never,
        };
        self.guard(Select { order_by: vec![order], ..self.among(ids) })
    }

    /// The same in the query's own order.
    pub fn ordered_among(&self, ids: &[RecordId]) -> Guarded {
        self.guard(Select { order_by: self.order_by.clone(), ..self.among(ids) })
    }

    fn among(&self, ids: &[RecordId]) -> Select {
        let place = |(n, id): (usize, &RecordId)| vec![Value::Int(n as i64), Value::Int(id.raw())];
        let values = Source::Values(ids.iter().enumerate().map(place).collect());
        let mut select = self.over(values, LISTED, "c1");
        select.columns = vec![Expr::Column(self.root, "id".to_owned())];
        select.where_ = self.where_.clone();
        select
    }
}

/// The list of ids.
const LISTED: Alias = Alias(u16::MAX);
