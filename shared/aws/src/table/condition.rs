//! Conditions as expressions.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use portdelta_app::ports::table::{Change, names};
use portdelta_app::ports::{Action, Condition};
use portdelta_core::UnixTime;

use super::item::{attribute, time};

/// Expressions of one call, with what their placeholders stand for. DynamoDB refuses placeholders that are not used.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Expressions {
    pub condition: Option<String>,
    /// Of a counter; else `None`.
    pub update: Option<String>,
    pub names: HashMap<String, String>,
    pub values: HashMap<String, AttributeValue>,
}

impl Expressions {
    /// What an action does and on what condition, at `now`.
    ///
    /// An item that has expired does not exist, whether or not DynamoDB has removed it: that is a part of every
    /// condition.
    pub(super) fn of(action: &Action, now: UnixTime) -> Self {
        let mut expressions = Self::default();
        let mut terms = Vec::new();
        match &action.condition {
            Condition::Always => {}
            Condition::MustNotExist => {
                let key = expressions.name("#pk", names::PARTITION);
                let mut term = format!("attribute_not_exists({key})");
                // A counter is not added to what has expired either.
                if !matches!(action.change, Change::Add { .. }) {
                    let ended = format!("{} <= {}", expressions.expiry(), expressions.now(now));
                    term = format!("({term} OR {ended})");
                }
                terms.push(term);
            }
            Condition::MustExist => {
                let key = expressions.name("#pk", names::PARTITION);
                terms.push(format!("attribute_exists({key})"));
                terms.push(expressions.alive(now));
            }
            Condition::Equals { attribute: name, value } => {
                let name = expressions.name("#a", name);
                let value = expressions.value(":a", attribute(value));
                terms.push(format!("{name} = {value}"));
                terms.push(expressions.alive(now));
            }
            Condition::Lacks { attribute: name } => {
                let key = expressions.name("#pk", names::PARTITION);
                let name = expressions.name("#a", name);
                terms.push(format!("attribute_exists({key}) AND attribute_not_exists({name})"));
                terms.push(expressions.alive(now));
            }
        }
        if let Change::Add { attribute: name, by, expires, .. } = &action.change {
            if action.condition == Condition::Always {
                terms.push(expressions.alive(now));
            }
            expressions.add(name, *by, *expires, &mut terms);
        }
        expressions.condition = (!terms.is_empty()).then(|| terms.join(" AND "));
        expressions
    }

    /// A counter that stays a 64-bit number. Comparing a text with a number is false, so that is refused as well.
    fn add(&mut self, name: &str, by: i64, expires: Option<UnixTime>, terms: &mut Vec<String>) {
        let name = self.name("#n", name);
        let (comparison, bound) = if by < 0 { (">=", i64::MIN - by) } else { ("<=", i64::MAX - by) };
        let bound = self.value(":bound", AttributeValue::N(bound.to_string()));
        terms.push(format!("(attribute_not_exists({name}) OR {name} {comparison} {bound})"));
        let by = self.value(":by", AttributeValue::N(by.to_string()));
        let mut update = format!("ADD {name} {by}");
        if let Some(expires) = expires {
            let until = self.value(":until", time(expires));
            update = format!("{update} SET {} = {until}", self.expiry());
        }
        self.update = Some(update);
    }

    /// Has not expired; also true of what is not there.
    fn alive(&mut self, now: UnixTime) -> String {
        let (expiry, now) = (self.expiry(), self.now(now));
        format!("(attribute_not_exists({expiry}) OR {expiry} > {now})")
    }

    fn expiry(&mut self) -> &'static str {
        self.name("#ttl", names::EXPIRES)
    }

    fn now(&mut self, now: UnixTime) -> &'static str {
        self.value(":now", time(now))
    }

    fn name(&mut self, placeholder: &'static str, name: &str) -> &'static str {
        self.names.insert(placeholder.to_owned(), name.to_owned());
        placeholder
    }

    fn value(&mut self, placeholder: &'static str, value: AttributeValue) -> &'static str {
        self.values.insert(placeholder.to_owned(), value);
        placeholder
    }
}

/// DynamoDB refuses an empty map of placeholders.
pub(super) fn some<T>(placeholders: HashMap<String, T>) -> Option<HashMap<String, T>> {
    (!placeholders.is_empty()).then_some(placeholders)
}

#[cfg(test)]
mod tests {
    use portdelta_app::ports::{Item, Key};

    use super::*;

    fn conditions(action: &Action) -> (String, String) {
        let found = Expressions::of(action, UnixTime::EPOCH);
        let text = [found.condition.clone(), found.update.clone()].map(Option::unwrap_or_default);
        let all = text.concat();
        for placeholder in found.names.keys().chain(found.values.keys()) {
            assert!(all.contains(placeholder.as_str()), "{placeholder} is not used in {all}");
        }
        let [condition, update] = text;
        (condition, update)
    }

    #[test]
    fn what_has_expired_does_not_exist() {
        let key = || Key::new("p", "s");
        let put = || Action::put(Item::new(key(), *b"v"));
        let alive = "(attribute_not_exists(#ttl) OR #ttl > :now)";
        let cases = [
            (put(), String::new()),
            (put().when(Condition::MustNotExist), "(attribute_not_exists(#pk) OR #ttl <= :now)".to_owned()),
            (Action::delete(key()).when(Condition::MustExist), format!("attribute_exists(#pk) AND {alive}")),
            (Action::check(key(), Condition::equals("x", 1)), format!("#a = :a AND {alive}")),
            (
                put().when(Condition::lacks("x")),
                format!("attribute_exists(#pk) AND attribute_not_exists(#a) AND {alive}"),
            ),
        ];
        for (action, expected) in cases {
            assert_eq!(conditions(&action), (expected, String::new()), "{action:?}");
        }
    }

    #[test]
    fn counters_stay_in_range_and_are_not_added_to_what_has_expired() {
        let add = |by| Action::add(Key::new("p", "s"), "x", by);
        let alive = "(attribute_not_exists(#ttl) OR #ttl > :now)";
        let up = "(attribute_not_exists(#n) OR #n <= :bound)";
        assert_eq!(conditions(&add(1)), (format!("{alive} AND {up}"), "ADD #n :by".to_owned()));
        let (condition, _) = conditions(&add(-1).when(Condition::MustNotExist));
        assert_eq!(condition, "attribute_not_exists(#pk) AND (attribute_not_exists(#n) OR #n >= :bound)");
        for (by, bound) in [(i64::MIN, "0"), (i64::MAX, "0"), (0, "9223372036854775807")] {
            let found = Expressions::of(&add(by), UnixTime::EPOCH);
            assert_eq!(found.values[":bound"], AttributeValue::N(bound.to_owned()), "{by}");
        }
        let expires = Some(UnixTime::EPOCH);
        let change = Change::Add { key: Key::new("p", "s"), attribute: "x".to_owned(), by: 1, expires };
        assert_eq!(conditions(&change.into()).1, "ADD #n :by SET #ttl = :until");
    }
}
