//! Several writers at once, over both ways to the table.

use std::sync::Arc;

use portdelta_app::ports::{Action, Condition, ErrorClass, Item, Key, Query, Table, TableError};
use tokio::task::JoinSet;

use super::TableUnderTest;

const WRITERS: usize = 12;

/// Runs one task a writer, and gives their results in no particular order.
async fn compete<T, F>(t: &TableUnderTest, work: impl Fn(usize, Arc<dyn Table>) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let table = if number % 2 == 0 { &t.table } else { &t.second };
        writers.spawn(work(number, Arc::clone(table)));
    }
    writers.join_all().await
}

/// Repeats a transaction while it meets others.
async fn insist(table: &dyn Table, actions: &[Action]) {
    for _ in 0..1000 {
        match table.transact(actions.to_vec()).await {
            Ok(()) => return,
            Err(TableError::Conflict) => tokio::task::yield_now().await,
            Err(error) => panic!("only conflicts were expected, not {error:?}"),
        }
    }
    panic!("a transaction gets through within a thousand attempts");
}

fn one_winner(results: Vec<Result<(), TableError>>) {
    let losers: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert_eq!(losers.len(), WRITERS - 1, "exactly one wins");
    for loser in losers {
        assert_eq!(loser.class(), ErrorClass::Retry, "{loser:?}");
    }
}

/// A run that is begun twice at once is begun once.
pub async fn of_several_creations_one_wins(t: TableUnderTest) {
    let key = t.key("create-race", "1");
    let results = compete(&t, |number, table| {
        let item = Item::new(key.clone(), number.to_string());
        async move { table.transact(vec![Action::put(item).when(Condition::MustNotExist)]).await }
    })
    .await;
    one_winner(results);
    assert!(t.get(&key).await.is_some());
}

/// The optimistic lock of a block.
pub async fn of_several_updates_of_one_version_one_wins(t: TableUnderTest) {
    let head = t.key("update-race", "head");
    t.put(Item::new(head.clone(), *b"0").with("version", 1)).await;
    let results = compete(&t, |number, table| {
        let new = Item::new(head.clone(), number.to_string()).with("version", 2);
        let body = Item::new(Key::new(head.partition.as_str(), "body"), number.to_string());
        let actions = vec![Action::put(new).when(Condition::equals("version", 1)), Action::put(body)];
        async move { table.transact(actions).await }
    })
    .await;
    one_winner(results);
    let items = t.all(Query::partition(t.partition("update-race"))).await;
    assert_eq!(items[0].value, items[1].value, "head and body are the same writer's");
}

/// Every addition counts once.
pub async fn concurrent_counting_loses_nothing(t: TableUnderTest) {
    let key = t.key("count-race", "1");
    compete(&t, |_, table| {
        let actions = vec![Action::add(key.clone(), "n", 1)];
        async move {
            for _ in 0..10 {
                insist(table.as_ref(), &actions).await;
            }
        }
    })
    .await;
    let count = t.get(&key).await.and_then(|item| item.number("n"));
    assert_eq!(count, i64::try_from(WRITERS * 10).ok());
}

/// Money moved between two accounts is never made nor lost.
pub async fn transactions_that_share_an_item_never_interleave(t: TableUnderTest) {
    let (one, other) = (t.key("transfer", "a"), t.key("transfer", "b"));
    compete(&t, |number, table| {
        let (from, to) = if number % 3 == 0 { (&one, &other) } else { (&other, &one) };
        let actions = vec![Action::add(from.clone(), "n", -1), Action::add(to.clone(), "n", 1)];
        async move {
            for _ in 0..5 {
                insist(table.as_ref(), &actions).await;
            }
        }
    })
    .await;
    let items = t.all(Query::partition(t.partition("transfer"))).await;
    let numbers: Vec<_> = items.iter().filter_map(|item| item.number("n")).collect();
    // 4 of 12 writers move from a to b, 8 back, 5 times each.
    assert_eq!(numbers, [20, -20]);
}

/// Reading is strong, also across processes.
pub async fn the_other_side_sees_a_write_at_once(t: TableUnderTest) {
    let key = t.key("fresh", "1");
    for round in 0..20 {
        let item = Item::new(key.clone(), *b"v").with("round", round);
        let (writer, reader) = if round % 2 == 0 { (&t.table, &t.second) } else { (&t.second, &t.table) };
        writer.transact(vec![Action::put(item.clone())]).await.expect("a put succeeds");
        assert_eq!(reader.get(&key).await.expect("a get succeeds"), Some(item.clone()));
        let page = reader.query(&Query::partition(t.partition("fresh"))).await.expect("a query succeeds");
        assert_eq!(page.items, [item]);
    }
}
