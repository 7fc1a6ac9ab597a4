//! Lists of alerts, page by page.

use std::num::NonZeroUsize;

use portdelta_app::notify::AlertFilter;
use portdelta_core::alert::AlertState;
use portdelta_core::watch::Severity;

use super::office::{Office, scan};

#[tokio::test]
async fn pages_hold_every_alert_once_and_filters_hold() {
    let office = Office::new();
    office.run("first", &scan(0, &[("192.0.2.1", &[25]), ("192.0.2.2", &[25])])).await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[21, 22, 23]), ("192.0.2.2", &[22, 3389])])).await;
    office.run("third", &scan(2_000, &[("192.0.2.1", &[22, 23]), ("192.0.2.2", &[22])])).await;
    let service = office.service();
    let app = service.app();
    let all = AlertFilter { states: vec![AlertState::Open, AlertState::Resolved], ..AlertFilter::default() };
    for limit in 1..7 {
        let limit = NonZeroUsize::new(limit).expect("not zero");
        let (mut titles, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = app.alerts(&all, limit, after.as_deref()).await.expect("a page");
            assert!(page.alerts.len() <= limit.get());
            titles.extend(page.alerts.into_iter().map(|alert| alert.title));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut once = titles.clone();
        once.sort();
        once.dedup();
        assert_eq!((titles.len(), once.len()), (5, 5), "{limit} {titles:?}");
    }
    let count = async |filter: AlertFilter| {
        app.alerts(&filter, NonZeroUsize::MAX, None).await.expect("a page").alerts.len()
    };
    assert_eq!(count(AlertFilter::default()).await, 3);
    assert_eq!(count(AlertFilter { rule: Some("tcp-22".to_owned()), ..all.clone() }).await, 2);
    assert_eq!(count(AlertFilter { min_severity: Some(Severity::Critical), ..all.clone() }).await, 1);
    let address = Some("192.0.2.2".parse().expect("an address"));
    assert_eq!(count(AlertFilter { address, ..all.clone() }).await, 2);
    assert_eq!(count(AlertFilter { site: Some("dmz".parse().expect("an id")), ..all.clone() }).await, 0);
    assert_eq!(count(AlertFilter { network: Some("None".to_owned()), ..all.clone() }).await, 0);
    for cursor in ["", "x", "live:", "other:1"] {
        assert!(app.alerts(&all, NonZeroUsize::MIN, Some(cursor)).await.is_err(), "{cursor}");
    }
}
