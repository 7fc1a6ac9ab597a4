//! The queue of a site's tasks is made with the site, and removed when nobody uses it any more.

use portdelta_app::Due;
use portdelta_app::ports::{Queue, QueueError, QueueName};
use portdelta_testkit::MemoryServer;

#[tokio::test]
async fn a_queue_comes_and_goes_with_its_site() {
    let server = MemoryServer::new().await;
    let (service, app) = (&server.service, server.service.app());
    let office = service.create_site("office".parse().expect("an id"), "", "").await.expect("it is new").id;
    let queue = QueueName::Tasks(office.clone());
    let is_there = async || match server.queue.depth(&queue).await {
        Ok(_) => true,
        Err(QueueError::NoQueue { .. }) => false,
        Err(error) => panic!("{error}"),
    };
    let swept = async || {
        let report = service.sweep(app.now()).await;
        assert!(report.failures.is_empty(), "{report:?}");
        is_there().await
    };
    assert!(is_there().await, "it is there before the first run");
    let agent = server.agent(&office, "one").await;
    // A name of another length has another key.
    let other = server.agent(&office, "another").await;
    let scan = server.scan(&office, "192.0.2.1", "22").await;
    service.begin_run(&scan.id, &office, &Due::Now("k".to_owned())).await.expect("it begins");
    let run = app.open_runs().await.expect("runs").remove(0);
    service.dispatch_slice(&run).await.expect("it is sent");
    app.deactivate_site(&office).await.expect("it is there");
    app.revoke_agent(&agent).await.expect("it is there");
    assert!(swept().await, "a run goes on");
    service.cancel_run(&run).await.expect("it is cancelled");
    assert!(swept().await, "a task waits");
    server.take_tasks(&office).await;
    assert!(swept().await, "an agent would make it again");
    app.revoke_agent(&other).await.expect("it is there");
    assert!(!swept().await);
    assert!(!swept().await, "once more is fine");
    // Somebody needs it after all.
    let known = app.site(&office).await.expect("readable").expect("it is there");
    app.edit_site(&portdelta_app::repositories::Site { active: true, ..known }, None)
        .await
        .expect("it is active");
    let run = service.begin_run(&scan.id, &office, &Due::Now("l".to_owned())).await.expect("it begins");
    let portdelta_app::RunBegun::Begun(run) = run else { panic!("{run:?}") };
    assert_eq!(service.dispatch_slice(&run).await.expect("it is sent").tasks, 1);
    assert!(swept().await);
}
