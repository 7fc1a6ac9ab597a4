//! The suites of the ports that tell time and make ids.

use std::collections::BTreeSet;
use std::sync::Arc;

use portdelta_app::ports::{Clock, Ids};
use portdelta_core::UnixTime;

/// As the port says: 36 characters, lower case, version 7.
pub fn an_id_is_a_uuid_of_version_7(ids: &Arc<dyn Ids>) {
    let id = ids.new_id();
    assert_eq!(id.len(), 36, "{id}");
    for (at, character) in id.chars().enumerate() {
        let right = match at {
            8 | 13 | 18 | 23 => character == '-',
            14 => character == '7',
            19 => matches!(character, '8' | '9' | 'a' | 'b'),
            _ => matches!(character, '0'..='9' | 'a'..='f'),
        };
        assert!(right, "{id} at {at}");
    }
}

/// So that what is listed by id is listed by age.
pub fn later_ids_sort_after_earlier_ones(ids: &Arc<dyn Ids>) {
    let made: Vec<_> = (0..5_000).map(|_| ids.new_id()).collect();
    assert!(made.is_sorted_by(|one, next| one < next));
}

/// Also where many ask at once.
pub fn no_id_is_made_twice(ids: &Arc<dyn Ids>) {
    let made: Vec<String> = std::thread::scope(|scope| {
        let makers: Vec<_> =
            (0..8).map(|_| scope.spawn(|| (0..2_000).map(|_| ids.new_id()).collect::<Vec<_>>())).collect();
        makers.into_iter().flat_map(|maker| maker.join().expect("a maker does not panic")).collect()
    });
    assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), 16_000);
}

/// 2020 to 9999: a machine whose clock was never set makes no results that look recent.
pub fn the_time_is_of_these_years(clock: &Arc<dyn Clock>) {
    let now = clock.now();
    let year_2020 = UnixTime::EPOCH.shifted(1_577_836_800);
    let year_9999 = UnixTime::EPOCH.shifted(253_370_764_800);
    assert!((year_2020..year_9999).contains(&now), "{now:?}");
}

/// Seconds, not milliseconds.
pub fn time_does_not_run_away(clock: &Arc<dyn Clock>) {
    let first = clock.now();
    let last = (0..1_000).fold(first, |_, _| clock.now());
    // Unless somebody sets it meanwhile.
    assert!((0..60).contains(&last.since(first)), "{first:?} to {last:?}");
}

/// All who hold it read the same time.
pub fn time_is_the_same_for_all(clock: &Arc<dyn Clock>) {
    let other = Arc::clone(clock);
    let theirs = std::thread::spawn(move || other.now()).join().expect("it can be asked anywhere");
    assert!(clock.now().since(theirs).abs() < 60);
}

/// Makes a test of every case. Takes a function without arguments that gives an `Arc<dyn Ids>`.
#[macro_export]
macro_rules! ids_contract {
    ($fixture:path) => {
        $crate::ids_contract!(@tests $fixture, [
            an_id_is_a_uuid_of_version_7,
            later_ids_sort_after_earlier_ones,
            no_id_is_made_twice,
        ]);
    };
    (@tests $fixture:path, [$($case:ident,)*]) => {
        $(
            #[test]
            fn $case() {
                $crate::contract::ids::$case(&$fixture());
            }
        )*
    };
}

/// Makes a test of every case. Takes a function without arguments that gives an `Arc<dyn Clock>`.
#[macro_export]
macro_rules! clock_contract {
    ($fixture:path) => {
        $crate::ids_contract!(@tests $fixture, [
            the_time_is_of_these_years,
            time_does_not_run_away,
            time_is_the_same_for_all,
        ]);
    };
}
