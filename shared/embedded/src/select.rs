//! Queries of the port as SQL.

use portdelta_app::ports::Query;
use portdelta_app::ports::table::Direction;
use portdelta_core::UnixTime;
use rusqlite::types::Value;

use crate::rows::COLUMNS;

/// A statement and what to bind to its `?`, in order.
pub(crate) struct Select {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

/// The items of a partition.
pub(crate) fn of_partition(query: &Query, now: UnixTime) -> Select {
    let mut select = Select::begin("pk", query);
    // One bound an end: with two, SQLite might walk up from the one that is farther away.
    let after = query.after.as_ref().map(|cursor| cursor.key.sort.clone());
    match (query.direction, after) {
        (Direction::Forward, Some(after)) => {
            select.also(" AND sk > ?", [after]);
            select.below("sk", query);
        }
        (Direction::Backward, Some(after)) => {
            select.from("sk", query);
            select.also(" AND sk < ?", [after]);
        }
        (_, None) => {
            select.from("sk", query);
            select.below("sk", query);
        }
    }
    select.end(now, query, &["sk"])
}

/// The items of a partition of the index.
pub(crate) fn of_index(query: &Query, now: UnixTime) -> Select {
    let mut select = Select::begin("ipk", query);
    let after = query.after.as_ref().and_then(|cursor| {
        let index = cursor.index.as_ref()?;
        Some([index.sort.clone(), cursor.key.partition.clone(), cursor.key.sort.clone()])
    });
    match (query.direction, after) {
        (Direction::Forward, Some(after)) => {
            select.also(" AND (isk, pk, sk) > (?, ?, ?)", after);
            select.below("isk", query);
        }
        (Direction::Backward, Some(after)) => {
            select.from("isk", query);
            select.also(" AND (isk, pk, sk) < (?, ?, ?)", after);
        }
        (_, None) => {
            select.from("isk", query);
            select.below("isk", query);
        }
    }
    select.end(now, query, &["isk", "pk", "sk"])
}

impl Select {
    fn begin(column: &str, query: &Query) -> Self {
        let sql = format!("SELECT {COLUMNS} FROM items WHERE {column} = ?");
        Self { sql, values: vec![query.partition.clone().into()] }
    }

    fn also<const N: usize>(&mut self, sql: &str, values: [String; N]) {
        self.sql.push_str(sql);
        self.values.extend(values.map(Value::from));
    }

    fn from(&mut self, column: &str, query: &Query) {
        self.also(&format!(" AND {column} >= ?"), [query.range.start().to_owned()]);
    }

    fn below(&mut self, column: &str, query: &Query) {
        if let Some(end) = query.range.end() {
            self.also(&format!(" AND {column} < ?"), [end]);
        }
    }

    fn end(mut self, now: UnixTime, query: &Query, order: &[&str]) -> Self {
        let direction = match query.direction {
            Direction::Forward => "ASC",
            Direction::Backward => "DESC",
        };
        let order: Vec<_> = order.iter().map(|column| format!("{column} {direction}")).collect();
        self.sql.push_str(" AND (expires IS NULL OR expires > ?) ORDER BY ");
        self.sql.push_str(&order.join(", "));
        self.values.push(now.seconds().into());
        self
    }
}
