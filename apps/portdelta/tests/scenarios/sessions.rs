//! What an agent of a stack is lent, tried at services that hold everybody to their policies: the API's role lends it, the
//! role of agents in template.yaml bounds it.

use std::collections::BTreeMap;

use portdelta_app::ports::Clock;
use portdelta_protocol::PROTOCOL;
use portdelta_protocol::agent::{Access, AgentFacts, AskAccess, CloudAccess, Enrol, Enrolled, Lent};
use portdelta_protocol::enrolment::EnrolmentToken;
use portdelta_protocol::signature::{PrivateKey, access_message};
use portdelta_system::SystemClock;

use crate::api::Api;
use crate::cloud::Cloud;
use crate::runtime::Runtime;

/// What an agent does all day; anything else is refused it.
const MAY: [&str; 5] = [
    "delete a task of its site",
    "extend a task of its site",
    "put a result",
    "receive a task of its site",
    "receive from its site",
];

/// An agent works with its site's queue and puts results, and reaches nothing else of the stack: no result, no other site,
/// no other agent's folder, no table, no right of the functions.
pub fn an_agent_reaches_its_own_and_nothing_else(cloud: &mut Cloud) {
    let api = cloud.api();
    for site in ["office", "branch"] {
        api.add_site(site);
    }
    let lent = lent(api);
    assert!(lent.queue.ends_with("-site-office"), "{lent:?}");
    let tried: BTreeMap<String, String> = cloud.try_as_agent(&lent, &lent.queue.replace("office", "branch"));
    assert!(tried.len() >= 30, "{tried:?}");
    for (what, outcome) in &tried {
        let expected = if MAY.contains(&what.as_str()) { "done" } else { "refused" };
        assert_eq!(outcome, expected, "{what}: {tried:#?}");
    }
    assert!(MAY.iter().all(|what| tried.contains_key(*what)), "{tried:#?}");
}

/// What a new agent of the office gets, as its program asks for it.
fn lent(api: &Api) -> CloudAccess {
    let token: EnrolmentToken = api.enrolment("office").parse().expect("a token");
    let key = PrivateKey::from_bytes(&std::array::from_fn(|_| fastrand::u8(..)));
    let facts = AgentFacts::default();
    let enrol = Enrol {
        secret: token.secret,
        name: "curious".to_owned(),
        public_key: key.public(),
        protocol: PROTOCOL,
        facts: facts.clone(),
    };
    let Enrolled { agent, .. } = api.post("/agent/enrol", &enrol);
    api.approve(&agent);
    let (at, nonce) = (SystemClock.now().seconds(), format!("{:032x}", fastrand::u128(..)));
    let signature = key.sign(&access_message(&agent, at, &nonce, &token.server));
    let ask = AskAccess { agent, at, nonce, signature, protocol: PROTOCOL, facts };
    let access: Access = api.post("/agent/access", &ask);
    match access.lent {
        Some(Lent::Cloud(lent)) => *lent,
        other => panic!("a stack lends keys of its cloud: {other:?}"),
    }
}
