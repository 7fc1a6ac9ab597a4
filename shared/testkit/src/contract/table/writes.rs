//! What transactions do.

use portdelta_app::ports::table::{Attribute, Change};
use portdelta_app::ports::{Action, Condition, Item, Key, Query, TableError};

use super::{TableUnderTest, failed_positions};

/// Every part of an item survives, whatever its bytes.
pub async fn an_item_is_read_back_whole(t: TableUnderTest) {
    let every_byte: Vec<u8> = (0..=255).collect();
    let full = Item::new(t.key("whole", "full"), every_byte)
        .with("least", i64::MIN)
        .with("most", i64::MAX)
        .with("zero", 0)
        .with("text", "quote \" backslash \\ ä \u{1f600}")
        .expiring(t.clock_now().shifted(60))
        .indexed(t.key("whole-index", "1"));
    let bare = Item::new(t.key("whole", "bare"), Vec::new());
    for item in [full, bare] {
        t.put(item.clone()).await;
        assert_eq!(t.get(&item.key).await, Some(item));
    }
}

/// What the new item does not have is gone.
pub async fn a_put_replaces_the_whole_item(t: TableUnderTest) {
    let key = t.key("replace", "1");
    let expiring = Item::new(key.clone(), *b"old").with("n", 1).expiring(t.clock_now().shifted(60));
    t.put(expiring.indexed(t.key("replace-index", "1"))).await;
    let bare = Item::new(key.clone(), *b"new");
    t.put(bare.clone()).await;
    assert_eq!(t.get(&key).await, Some(bare));
}

/// Reading and deleting what is not there are no errors.
pub async fn absent_items_are_none(t: TableUnderTest) {
    let key = t.key("absent", "1");
    assert_eq!(t.get(&key).await, None);
    t.table.transact(vec![Action::delete(key.clone())]).await.expect("deleting nothing is fine");
    t.fill("absent", &["1"]).await;
    for _ in 0..2 {
        t.table.transact(vec![Action::delete(key.clone())]).await.expect("deleting twice is fine");
        assert_eq!(t.get(&key).await, None);
    }
}

/// A transaction without actions is done.
pub async fn nothing_to_do_is_a_success(t: TableUnderTest) {
    t.table.transact(Vec::new()).await.expect("no actions are fine");
}

/// A message that is delivered again finds its mark.
pub async fn a_repeated_creation_is_refused(t: TableUnderTest) {
    let mark = t.key("repeat", "mark");
    let count = t.key("repeat", "count");
    let delivery = || {
        vec![
            Action::put(Item::new(mark.clone(), *b"once")).when(Condition::MustNotExist),
            Action::add(count.clone(), "done", 1),
        ]
    };
    t.table.transact(delivery()).await.expect("the first delivery is applied");
    for _ in 0..3 {
        assert_eq!(failed_positions(t.table.transact(delivery()).await), [0]);
    }
    assert_eq!(t.get(&count).await.and_then(|item| item.number("done")), Some(1));
}

/// Each condition, on each kind of item, with each kind of action.
pub async fn conditions_look_at_presence_and_attributes(t: TableUnderTest) {
    let there = Item::new(t.key("condition", "there"), *b"v").with("n", 7).with("s", "7").with("empty", "");
    let absent = t.key("condition", "absent");
    let cases = [
        (Condition::Always, true, true),
        (Condition::MustExist, true, false),
        (Condition::MustNotExist, false, true),
        (Condition::equals("n", 7), true, false),
        (Condition::equals("n", 8), false, false),
        (Condition::equals("n", "7"), false, false),
        (Condition::equals("s", "7"), true, false),
        (Condition::equals("s", 7), false, false),
        (Condition::equals("empty", ""), true, false),
        (Condition::equals("other", 0), false, false),
        (Condition::lacks("n"), false, false),
        (Condition::lacks("other"), true, false),
    ];
    for (condition, of_there, of_absent) in cases {
        for (key, expected) in [(&there.key, of_there), (&absent, of_absent)] {
            let changes = [
                Change::Check(key.clone()),
                Change::Put(Item::new(key.clone(), *b"w")),
                Change::Add { key: key.clone(), attribute: "n".to_owned(), by: 1, expires: None },
                Change::Delete(key.clone()),
            ];
            for change in changes {
                t.put(there.clone()).await;
                t.table.transact(vec![Action::delete(absent.clone())]).await.expect("a delete succeeds");
                let action = Action::from(change).when(condition.clone());
                match t.table.transact(vec![action.clone()]).await {
                    Ok(()) => assert!(expected, "{action:?} should have failed"),
                    Err(error) if expected => panic!("{action:?} failed: {error:?}"),
                    failure => assert_eq!(failed_positions(failure), [0]),
                }
            }
        }
    }
}

/// All failures are told, and none of the actions is done.
pub async fn a_failed_transaction_changes_nothing(t: TableUnderTest) {
    t.fill("atomic", &["old", "kept"]).await;
    let before = t.all(Query::partition(t.partition("atomic"))).await;
    let result = t
        .table
        .transact(vec![
            Action::put(Item::new(t.key("atomic", "new"), *b"n")).when(Condition::MustNotExist),
            Action::put(Item::new(t.key("atomic", "old"), *b"n")).when(Condition::MustNotExist),
            Action::delete(t.key("atomic", "kept")),
            Action::add(t.key("atomic", "count"), "n", 1),
            Action::check(t.key("atomic", "missing"), Condition::MustExist),
        ])
        .await;
    assert_eq!(failed_positions(result), [1, 4]);
    assert_eq!(t.all(Query::partition(t.partition("atomic"))).await, before);
}

/// Different actions over several partitions take effect together.
pub async fn a_transaction_does_all_of_its_actions(t: TableUnderTest) {
    t.fill("together-a", &["gone", "there"]).await;
    let put = Item::new(t.key("together-b", "new"), *b"n");
    t.table
        .transact(vec![
            Action::delete(t.key("together-a", "gone")).when(Condition::MustExist),
            Action::check(t.key("together-a", "there"), Condition::MustExist),
            Action::put(put.clone()),
            Action::add(t.key("together-c", "count"), "n", 5),
        ])
        .await
        .expect("all conditions hold");
    assert_eq!(t.get(&t.key("together-a", "gone")).await, None);
    assert_eq!(t.get(&put.key).await, Some(put));
    assert_eq!(t.get(&t.key("together-c", "count")).await.and_then(|item| item.number("n")), Some(5));
}

/// A counter makes its item, and otherwise changes one attribute and perhaps the expiry.
pub async fn counters_begin_at_zero_and_leave_the_rest_alone(t: TableUnderTest) {
    let add = async |key: &Key, by| {
        t.table.transact(vec![Action::add(key.clone(), "n", by)]).await.expect("adding succeeds");
        t.get(key).await.expect("the item is there")
    };
    let new = t.key("counter", "new");
    assert_eq!(add(&new, 3).await, Item::new(new.clone(), Vec::new()).with("n", 3));
    assert_eq!(add(&new, -5).await.number("n"), Some(-2));
    let expires = Some(t.clock_now().shifted(60));
    let expiring = Change::Add { key: new.clone(), attribute: "n".to_owned(), by: 0, expires };
    t.table.transact(vec![expiring.into()]).await.expect("adding succeeds");
    assert_eq!(t.get(&new).await.and_then(|item| item.expires), expires);
    let full = Item::new(t.key("counter", "full"), *b"v").with("s", "text").with("n", 40);
    let full = full.expiring(t.clock_now().shifted(60)).indexed(t.key("counter-index", "1"));
    t.put(full.clone()).await;
    assert_eq!(add(&full.key, 2).await, full.with("n", Attribute::Number(42)));
}

/// Adding to a text fails, together with the rest of the transaction.
pub async fn a_text_can_not_be_counted(t: TableUnderTest) {
    let text = Item::new(t.key("no-counter", "text"), *b"v").with("n", "1");
    t.put(text.clone()).await;
    let other = t.key("no-counter", "other");
    let actions = vec![Action::put(Item::new(other.clone(), *b"v")), Action::add(text.key.clone(), "n", 1)];
    let error = t.table.transact(actions).await.expect_err("a text is no number");
    assert!(matches!(error, TableError::NotACounter { .. }), "{error:?}");
    assert_eq!(t.get(&text.key).await, Some(text));
    assert_eq!(t.get(&other).await, None);
}
