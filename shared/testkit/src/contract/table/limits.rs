//! Refusals of what is too much.

use portdelta_app::ports::table::Change;
use portdelta_app::ports::{Action, Condition, Item, Key, Query, TableError, TableLimits};

use super::{Source, TableUnderTest};

const LIMITS: TableLimits = TableLimits::DYNAMODB;

fn sized(key: Key, bytes: usize) -> Item {
    let mut item = Item::new(key, Vec::new());
    item.value = vec![0xa5; bytes - item.size_bytes()];
    item
}

/// The largest item is taken, one byte more is not, wherever the byte is.
pub async fn items_have_a_largest_size(t: TableUnderTest) {
    let largest = sized(t.key("large", "1"), LIMITS.item_bytes);
    t.put(largest.clone()).await;
    assert_eq!(t.get(&largest.key).await, Some(largest.clone()));
    let mut by_value = largest.clone();
    by_value.value.push(0);
    for item in [by_value, largest.clone().with("x", ""), largest.clone().indexed(t.key("large-index", "1"))]
    {
        let error = t.table.transact(vec![Action::put(item.clone())]).await.expect_err("it is too large");
        match error {
            TableError::ItemTooLarge { key, bytes, limit } => {
                assert_eq!((key, bytes, limit), (item.key.clone(), item.size_bytes(), LIMITS.item_bytes));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(t.get(&largest.key).await, Some(largest));
}

/// A counter can't make an item larger than it may be, by a new name or by one more digit.
pub async fn counters_do_not_outgrow_their_item(t: TableUnderTest) {
    let mut largest = sized(t.key("grown", "1"), LIMITS.item_bytes - 3).with("n", 99);
    assert_eq!(largest.size_bytes(), LIMITS.item_bytes);
    t.put(largest.clone()).await;
    let other = t.key("grown", "2");
    for attribute in ["n", "m"] {
        let actions =
            vec![Action::add(other.clone(), "n", 1), Action::add(largest.key.clone(), attribute, 2)];
        let error = t.table.transact(actions).await.expect_err("the item is too large then");
        assert!(matches!(error, TableError::ItemTooLarge { .. }), "{error:?}");
    }
    assert_eq!(t.get(&other).await, None);
    assert_eq!(t.get(&largest.key).await, Some(largest.clone()));
    t.table.transact(vec![Action::add(largest.key.clone(), "n", -1)]).await.expect("the size stays");
    largest.attributes.insert("n".to_owned(), 98.into());
    assert_eq!(t.get(&largest.key).await, Some(largest));
}

/// A hundred actions are done, and of a hundred and one none.
pub async fn transactions_have_most_actions(t: TableUnderTest) {
    let puts = |count: usize, partition: &str| {
        (0..count).map(|n| Action::put(Item::new(t.key(partition, &format!("{n:03}")), *b"v"))).collect()
    };
    t.table.transact(puts(100, "many")).await.expect("a hundred are allowed");
    assert_eq!(t.all(Query::partition(t.partition("many"))).await.len(), 100);
    let error = t.table.transact(puts(101, "too-many")).await.expect_err("it is one too many");
    assert!(matches!(error, TableError::TooManyActions { actions: 101, limit: 100 }), "{error:?}");
    assert!(t.all(Query::partition(t.partition("too-many"))).await.is_empty());
}

/// Ten of the largest items are written, of eleven none.
pub async fn transactions_have_a_largest_size(t: TableUnderTest) {
    let puts = |count: usize, partition: &str| {
        (0..count)
            .map(|n| Action::put(sized(t.key(partition, &format!("{n:03}")), LIMITS.item_bytes)))
            .collect()
    };
    t.table.transact(puts(10, "heavy")).await.expect("4,000 KiB are allowed");
    assert_eq!(t.all(Query::partition(t.partition("heavy"))).await.len(), 10);
    let error = t.table.transact(puts(11, "too-heavy")).await.expect_err("it is too heavy");
    assert!(matches!(error, TableError::TransactionTooLarge { .. }), "{error:?}");
    assert!(t.all(Query::partition(t.partition("too-heavy"))).await.is_empty());
}

/// Two actions about one item are refused, whatever they are.
pub async fn one_item_is_acted_on_once_a_transaction(t: TableUnderTest) {
    let key = t.key("twice", "1");
    let other = Action::put(Item::new(t.key("twice", "2"), *b"v"));
    let check = || Action::check(key.clone(), Condition::MustNotExist);
    let seconds = [
        Action::put(Item::new(key.clone(), *b"v")),
        Action::delete(key.clone()),
        Action::add(key.clone(), "n", 1),
        check(),
    ];
    for second in seconds {
        let actions = vec![check(), other.clone(), second];
        let error = t.table.transact(actions).await.expect_err("two actions are about one item");
        assert!(matches!(error, TableError::DuplicateAction { first: 0, second: 2, .. }), "{error:?}");
    }
    assert_eq!(t.get(&t.key("twice", "2")).await, None);
}

/// Lengths count in bytes; the longest key is usable, the empty one is not.
pub async fn keys_have_a_length(t: TableUnderTest) {
    let filler = "p".repeat(LIMITS.partition_bytes - t.salt.len());
    let longest = t.key(&filler, &"ä".repeat(LIMITS.sort_bytes / 2));
    let item = Item::new(longest.clone(), *b"v");
    t.put(item.clone()).await;
    assert_eq!(t.get(&longest).await, Some(item));
    let refused = [
        Key::new(format!("{}p", longest.partition), "1"),
        t.key("key", &"ä".repeat(LIMITS.sort_bytes / 2 + 1)),
        t.key("key", ""),
        Key::new("", "1"),
    ];
    for key in refused {
        let item = Item::new(key.clone(), *b"v");
        let indexed = Item::new(t.key("key", "1"), *b"v").indexed(key.clone());
        let errors = [
            t.table.get(&key).await.expect_err("the key is invalid"),
            t.table.transact(vec![Action::put(item)]).await.expect_err("the key is invalid"),
            t.table.transact(vec![Action::put(indexed)]).await.expect_err("the index key is invalid"),
            t.table.transact(vec![Action::delete(key)]).await.expect_err("the key is invalid"),
        ];
        for error in errors {
            assert!(matches!(error, TableError::InvalidKey { .. }), "{error:?}");
        }
    }
    for query in
        [t.table.query(&Query::partition("")).await, t.table.query_index(&Query::partition("")).await]
    {
        assert!(matches!(query, Err(TableError::InvalidKey { .. })), "{query:?}");
    }
}

/// An attribute can't take the place of a part of the item.
pub async fn attributes_have_plain_names(t: TableUnderTest) {
    let key = t.key("attribute", "1");
    t.put(Item::new(key.clone(), *b"v").with("a_1", 1).with("a".repeat(64), 1)).await;
    for name in ["pk", "sk", "v", "ttl", "ipk", "isk", "", "A", "a-b", "a.b", "a b", "ä", &"a".repeat(65)] {
        let add = Change::Add { key: key.clone(), attribute: name.to_owned(), by: 1, expires: None };
        let actions = [
            Action::put(Item::new(key.clone(), *b"w").with(name, 1)),
            Action::check(key.clone(), Condition::equals(name, 1)),
            add.into(),
        ];
        for action in actions {
            let error = t.table.transact(vec![action]).await.expect_err("the name is invalid");
            assert!(matches!(error, TableError::InvalidAttribute { .. }), "{error:?}");
        }
    }
    assert_eq!(t.get(&key).await.map(|item| item.value), Some(b"v".to_vec()));
}

/// A page ends before a megabyte is exceeded, and the rest follows.
pub async fn pages_have_a_largest_size(t: TableUnderTest) {
    for sort in ["1", "2", "3", "4", "5", "6", "7"] {
        let item = sized(t.key("page", sort), 300 * 1024);
        t.put(item).await;
    }
    let forward = Query::partition(t.partition("page"));
    for query in [forward.clone(), forward.backward()] {
        let pages = t.pages(query, Source::Table).await;
        assert_eq!(pages.iter().map(Vec::len).sum::<usize>(), 7);
        assert_eq!(pages[0].len(), 3);
        for page in pages {
            assert!(page.iter().map(Item::size_bytes).sum::<usize>() <= LIMITS.page_bytes);
        }
    }
}
