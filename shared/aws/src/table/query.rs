//! Pages.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use portdelta_app::ports::table::{Direction, PageBuilder, SortRange, names};
use portdelta_app::ports::{Page, Query, TableError};

use super::capacity::{Consumed, Operation};
use super::{DynamoTable, INDEX, error, item};

/// Where a query looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Table,
    Index,
}

impl DynamoTable {
    /// One page of DynamoDB's, without what has expired; so it may hold nothing and yet have a next one.
    pub(super) async fn read_page(&self, query: &Query, source: Source) -> Result<Page, TableError> {
        let nothing = Page { items: Vec::new(), next: None };
        let Some(terms) = Terms::of(&query.range) else { return Ok(nothing) };
        let (operation, verb, partition, sort) = match source {
            Source::Table => (Operation::Query, "query", names::PARTITION, names::SORT),
            Source::Index => {
                (Operation::QueryIndex, "query the index", names::INDEX_PARTITION, names::INDEX_SORT)
            }
        };
        let mut call = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression(terms.expression)
            .expression_attribute_names("#p", partition)
            .expression_attribute_values(":p", AttributeValue::S(query.partition.clone()))
            .scan_index_forward(query.direction == Direction::Forward)
            .set_limit(query.limit.map(|limit| i32::try_from(limit.get()).unwrap_or(i32::MAX)))
            .set_exclusive_start_key(query.after.as_ref().map(item::write_cursor))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if !terms.values.is_empty() {
            call = call.expression_attribute_names("#s", sort);
        }
        for (placeholder, value) in terms.values {
            call = call.expression_attribute_values(placeholder, AttributeValue::S(value.to_owned()));
        }
        call = match source {
            Source::Table => call.consistent_read(true),
            Source::Index => call.index_name(INDEX),
        };
        let found = call.send().await.map_err(|error| error::of(verb, error))?;
        self.capacity.consumed(&Consumed::read(operation, found.consumed_capacity.as_ref()));

        let now = self.clock.now();
        let mut page = match source {
            Source::Table => PageBuilder::new(query, &self.limits),
            Source::Index => PageBuilder::of_index(query, &self.limits),
        };
        for attributes in found.items.unwrap_or_default() {
            let item = item::read(attributes, &self.name)?;
            // DynamoDB counts a page a little otherwise than the port; what does not fit comes with the next one.
            if !item.is_expired(now) && !page.offer(item) {
                return Ok(page.finish());
            }
        }
        let next = found.last_evaluated_key.filter(|key| !key.is_empty());
        let next = next.map(|place| item::read_cursor(place, &self.name)).transpose()?;
        Ok(Page { next, ..page.finish() })
    }
}

/// A range as an expression.
struct Terms<'a> {
    expression: &'static str,
    values: Vec<(&'static str, &'a str)>,
}

impl<'a> Terms<'a> {
    /// `None` for a range that nothing lies in: DynamoDB refuses most of these.
    fn of(range: &'a SortRange) -> Option<Self> {
        let all = Self { expression: "#p = :p", values: Vec::new() };
        let one = |expression, bound| Some(Self { expression, values: vec![(":s", bound)] });
        match range {
            SortRange::All => Some(all),
            SortRange::Prefix(bound) | SortRange::AtLeast(bound) if bound.is_empty() => Some(all),
            SortRange::Prefix(prefix) => one("#p = :p AND begins_with(#s, :s)", prefix),
            SortRange::AtLeast(from) => one("#p = :p AND #s >= :s", from),
            SortRange::Between(from, to) if from > to || to.is_empty() => None,
            SortRange::Between(from, to) if from.is_empty() => one("#p = :p AND #s <= :s", to),
            SortRange::Between(from, to) => {
                let values = vec![(":s", from.as_str()), (":t", to)];
                Some(Self { expression: "#p = :p AND #s BETWEEN :s AND :t", values })
            }
            SortRange::Below(end) if end.is_empty() => None,
            SortRange::Below(end) => one("#p = :p AND #s < :s", end),
        }
    }
}
