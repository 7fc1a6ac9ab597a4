//! Clocks and makers of ids: the machine's, and those that tests steer.

mod system {
    use std::sync::Arc;

    use portdelta_app::ports::{Clock, Ids};
    use portdelta_system::{SystemClock, SystemIds};

    fn clock() -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    fn ids() -> Arc<dyn Ids> {
        Arc::new(SystemIds)
    }

    portdelta_testkit::clock_contract!(clock);
    portdelta_testkit::ids_contract!(ids);
}

mod steered {
    use std::sync::Arc;

    use portdelta_app::ports::{Clock, Ids};
    use portdelta_testkit::{CountedIds, TestClock};

    fn clock() -> Arc<dyn Clock> {
        Arc::new(TestClock::default())
    }

    fn ids() -> Arc<dyn Ids> {
        Arc::new(CountedIds::default())
    }

    portdelta_testkit::clock_contract!(clock);
    portdelta_testkit::ids_contract!(ids);
}
