//! Order, ranges, pages, expiry and the index.

use portdelta_app::ports::table::{Change, SortRange};
use portdelta_app::ports::{Action, Condition, Cursor, Item, Query, TableError};

use super::{Source, TableUnderTest, at_most, failed_positions, sorts};

/// Sort keys in the order of their bytes; UTF-16 or a locale would order them otherwise.
const ASCENDING: [&str; 14] =
    [" ", "#", "%", "A", "Z", "_", "a", "a#1", "a%", "aa", "b", "ä", "\u{ffff}", "\u{10000}"];

/// Bytes decide, forward and backward.
pub async fn sort_keys_are_ordered_by_bytes(t: TableUnderTest) {
    let mut shuffled = ASCENDING;
    shuffled.reverse();
    shuffled.swap(2, 9);
    t.fill("order", &shuffled).await;
    let query = Query::partition(t.partition("order"));
    assert_eq!(sorts(&t.all(query.clone()).await), ASCENDING);
    let mut descending = ASCENDING;
    descending.reverse();
    assert_eq!(sorts(&t.all(query.backward()).await), descending);
}

/// Every kind of range selects what it says, from both ends.
pub async fn ranges_select_sort_keys(t: TableUnderTest) {
    t.fill("range", &ASCENDING).await;
    let between = |from: &str, to: &str| SortRange::Between(from.to_owned(), to.to_owned());
    let ranges = [
        SortRange::All,
        SortRange::Prefix(String::new()),
        SortRange::Prefix("a".to_owned()),
        SortRange::Prefix("%".to_owned()),
        SortRange::Prefix("_".to_owned()),
        SortRange::Prefix("\u{ffff}".to_owned()),
        SortRange::Prefix("none".to_owned()),
        between("a", "b"),
        between("a", "a"),
        between("B", "Y"),
        between("b", "a"),
        SortRange::AtLeast("aa".to_owned()),
        SortRange::AtLeast("\u{10ffff}".to_owned()),
        SortRange::Below("aa".to_owned()),
        SortRange::Below(" ".to_owned()),
    ];
    for range in ranges {
        let mut expected: Vec<_> = ASCENDING.into_iter().filter(|sort| range.contains(sort)).collect();
        let query = Query::partition(t.partition("range")).range(range.clone());
        assert_eq!(sorts(&t.all(query.clone()).await), expected, "{range:?}");
        expected.reverse();
        assert_eq!(sorts(&t.all(query.backward()).await), expected, "{range:?} backward");
    }
}

/// A partition is named exactly.
pub async fn partitions_are_apart(t: TableUnderTest) {
    for partition in ["apart", "apart2", "Apart", "apar", "apart "] {
        t.fill(partition, &[partition]).await;
    }
    assert_eq!(sorts(&t.all(Query::partition(t.partition("apart"))).await), ["apart"]);
    assert!(t.all(Query::partition(t.partition("nothing here"))).await.is_empty());
}

/// Whatever the limit, nothing is lost or repeated where one page ends and the next begins.
pub async fn pages_join_to_the_whole(t: TableUnderTest) {
    t.fill("pages", &ASCENDING).await;
    let whole = Query::partition(t.partition("pages"));
    let queries = [
        whole.clone(),
        whole.clone().backward(),
        whole.clone().prefix("a"),
        whole.clone().prefix("a").backward(),
        whole.range(SortRange::Below("b".to_owned())),
    ];
    for query in queries {
        let expected = t.all(query.clone()).await;
        for limit in 1..=expected.len() + 1 {
            assert_eq!(
                t.all(query.clone().limit(at_most(limit))).await,
                expected,
                "{limit} a page: {query:?}"
            );
        }
    }
}

/// The item that a cursor names need not exist any more.
pub async fn pages_go_on_where_the_last_item_was_deleted(t: TableUnderTest) {
    t.fill("deleted", &["1", "2", "3", "4"]).await;
    let query = Query::partition(t.partition("deleted")).limit(at_most(2));
    let first = t.table.query(&query).await.expect("a query succeeds");
    assert_eq!(sorts(&first.items), ["1", "2"]);
    t.table.transact(vec![Action::delete(t.key("deleted", "2"))]).await.expect("a delete succeeds");
    t.fill("deleted", &["15", "25"]).await;
    let rest = t.all(query.after(first.next)).await;
    assert_eq!(sorts(&rest), ["25", "3", "4"]);
}

/// A cursor that came over the network reads nothing else than its query.
pub async fn foreign_cursors_are_refused(t: TableUnderTest) {
    t.fill("cursor", &["a1", "a2", "b1"]).await;
    let query = Query::partition(t.partition("cursor")).prefix("a");
    let place = |partition: &str, sort: &str| t.key(partition, sort);
    let tables = [
        Cursor { key: place("other", "a1"), index: None },
        Cursor { key: place("cursor", "b1"), index: None },
        Cursor { key: place("cursor", "a1"), index: Some(place("cursor", "a1")) },
    ];
    for cursor in tables {
        let error = t.table.query(&query.clone().after(Some(cursor))).await.expect_err("it is foreign");
        assert!(matches!(error, TableError::BadCursor), "{error:?}");
    }
    let indexes = [
        Cursor { key: place("cursor", "a1"), index: None },
        Cursor { key: place("cursor", "a1"), index: Some(place("other", "a1")) },
        Cursor { key: place("cursor", "a1"), index: Some(place("cursor", "b1")) },
    ];
    for cursor in indexes {
        let error = t.table.query_index(&query.clone().after(Some(cursor))).await.expect_err("it is foreign");
        assert!(matches!(error, TableError::BadCursor), "{error:?}");
    }
}

/// From its second on, an expired item is gone for reads and conditions, and can be made anew.
pub async fn expired_items_are_gone(t: TableUnderTest) {
    let key = t.key("expiry", "1");
    let item = Item::new(key.clone(), *b"v").with("n", 1).expiring(t.clock_now().shifted(10));
    t.put(item.clone().indexed(t.key("expiry-index", "1"))).await;
    let table = Query::partition(t.partition("expiry"));
    let index = Query::partition(t.partition("expiry-index"));
    t.clock.advance(9);
    assert!(t.get(&key).await.is_some());
    assert_eq!(sorts(&t.all(table.clone()).await), ["1"]);
    t.index_settles(index.clone(), &["1"]).await;
    t.clock.advance(1);
    assert_eq!(t.get(&key).await, None);
    assert!(t.all(table).await.is_empty());
    t.index_settles(index, &[]).await;
    let later = Some(t.clock_now().shifted(10));
    let count = Change::Add { key: key.clone(), attribute: "n".to_owned(), by: 1, expires: later };
    let refused = vec![
        Action::check(key.clone(), Condition::MustExist),
        Action::check(key.clone(), Condition::equals("n", 1)),
        count.into(),
    ];
    for action in refused {
        assert_eq!(failed_positions(t.table.transact(vec![action]).await), [0]);
    }
    let anew = Item::new(key.clone(), *b"w");
    let create = Action::put(anew.clone()).when(Condition::MustNotExist);
    t.table.transact(vec![create]).await.expect("an expired item does not exist");
    assert_eq!(t.get(&key).await, Some(anew));
}

/// Pages of expired items lead on to the living ones.
pub async fn expired_items_do_not_end_a_query(t: TableUnderTest) {
    let soon = t.clock_now().shifted(1);
    for sort in ["1", "2", "3", "4", "5"] {
        t.put(Item::new(t.key("stale", sort), *b"v").expiring(soon)).await;
    }
    t.fill("stale", &["6", "7"]).await;
    t.clock.advance(1);
    let query = Query::partition(t.partition("stale")).limit(at_most(1));
    assert_eq!(sorts(&t.all(query.clone()).await), ["6", "7"]);
    assert_eq!(sorts(&t.all(query.backward()).await), ["7", "6"]);
}

/// Items of several partitions come together in the index, whole.
pub async fn the_index_is_ordered_by_its_own_key(t: TableUnderTest) {
    let places = [
        ("x", "1", "c"),
        ("y", "2", "a#1"),
        ("x", "3", "\u{10000}"),
        ("z", "4", "a#2"),
        ("y", "5", "\u{ffff}"),
    ];
    for (partition, sort, index) in places {
        let item = Item::new(t.key(&format!("index-{partition}"), sort), *b"v").with("n", 1);
        t.put(item.indexed(t.key("index", index))).await;
    }
    t.fill("index-x", &["not indexed"]).await;
    let query = Query::partition(t.partition("index"));
    t.index_settles(query.clone(), &["2", "4", "1", "5", "3"]).await;
    t.index_settles(query.clone().backward(), &["3", "5", "1", "4", "2"]).await;
    t.index_settles(query.clone().prefix("a#"), &["2", "4"]).await;
    let page = t.table.query_index(&query.limit(at_most(1))).await.expect("a query succeeds");
    let whole = Item::new(t.key("index-y", "2"), *b"v").with("n", 1).indexed(t.key("index", "a#1"));
    assert_eq!(page.items, [whole]);
}

/// Moved, unindexed and deleted items leave their place.
pub async fn the_index_follows_its_items(t: TableUnderTest) {
    let indexed = |sort: &str, place: &str| {
        Item::new(t.key("moving", sort), *b"v").indexed(t.key("moving-index", place))
    };
    let query = Query::partition(t.partition("moving-index"));
    for (sort, place) in [("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")] {
        t.put(indexed(sort, place)).await;
    }
    t.index_settles(query.clone(), &["1", "2", "3", "4"]).await;
    t.put(indexed("1", "e")).await;
    t.fill("moving", &["2"]).await;
    t.table.transact(vec![Action::delete(t.key("moving", "3"))]).await.expect("a delete succeeds");
    t.table.transact(vec![Action::add(t.key("moving", "4"), "n", 1)]).await.expect("adding succeeds");
    t.index_settles(query, &["4", "1"]).await;
}

/// Equal index keys are no obstacle to paging.
pub async fn index_pages_join_to_the_whole(t: TableUnderTest) {
    for (partition, sort, place) in
        [("p", "1", "a"), ("q", "2", "b"), ("p", "3", "b"), ("q", "4", "b"), ("p", "5", "b"), ("r", "6", "c")]
    {
        let key = t.key(&format!("tied-{partition}"), sort);
        t.put(Item::new(key, *b"v").indexed(t.key("tied", place))).await;
    }
    let first = Query::partition(t.partition("tied")).prefix("a");
    t.index_settles(first, &["1"]).await;
    let last = Query::partition(t.partition("tied")).prefix("c");
    t.index_settles(last, &["6"]).await;
    let whole = Query::partition(t.partition("tied"));
    for query in [whole.clone(), whole.clone().backward(), whole.clone().prefix("b")] {
        let expected: Vec<_> = t.pages(query.clone(), Source::Index).await.concat();
        assert!(expected.len() >= 4, "{expected:?}");
        for limit in 1..=7 {
            let joined = t.pages(query.clone().limit(at_most(limit)), Source::Index).await.concat();
            assert_eq!(sorts(&joined), sorts(&expected), "{limit} a page");
        }
    }
}
