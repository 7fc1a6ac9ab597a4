//! Things by what people call them.

use serde::de::DeserializeOwned;

use super::{Client, Pages};
use crate::failure::Failure;

/// So many characters of an id are enough, where no other begins with them.
const LEAST_PREFIX: usize = 4;

/// Something that has an id and is called something.
pub trait Named: DeserializeOwned {
    /// `scan`
    const WHAT: &'static str;
    /// The list that has all of them: `scans`, also the name of the command.
    const LIST: &'static str;
    /// Its id.
    fn id(&self) -> &str;
    /// What people call it.
    fn name(&self) -> &str;
}

/// The one with this name, this id, or an id that begins so.
pub async fn find<T: Named>(client: &Client, wanted: &str) -> Result<T, Failure> {
    let mut call = client.get(&[T::LIST]);
    if T::LIST == "agents" {
        call = call.query("hidden", &true);
    }
    let all: Vec<T> = Pages::of(call).all().await?;
    let ways: [&dyn Fn(&T) -> bool; 3] = [&|one| one.id() == wanted, &|one| one.name() == wanted, &|one| {
        wanted.len() >= LEAST_PREFIX && one.id().starts_with(wanted)
    }];
    for is_it in ways {
        let found: Vec<&T> = all.iter().filter(|one| is_it(one)).collect();
        if found.len() > 1 {
            let ids = found.iter().take(5).map(|one| one.id()).collect::<Vec<_>>().join(", ");
            let message = format!("{} {}s are called {wanted}", found.len(), T::WHAT);
            return Err(Failure::new("ambiguous", message).hint(format!("Give the id: {ids}.")));
        }
        if !found.is_empty() {
            break;
        }
    }
    let place = ways.iter().find_map(|is_it| all.iter().position(is_it));
    place.and_then(|place| all.into_iter().nth(place)).ok_or_else(|| {
        Failure::new("unknown", format!("there is no {} {wanted}", T::WHAT))
            .hint(format!("`portdelta {} list` shows what there is.", T::LIST))
    })
}

macro_rules! named {
    ($($type:ident: $what:literal in $list:literal, $name:expr;)*) => {$(
        impl Named for portdelta_protocol::admin::$type {
            const WHAT: &'static str = $what;
            const LIST: &'static str = $list;
            fn id(&self) -> &str {
                &self.id
            }
            fn name(&self) -> &str {
                let name: fn(&Self) -> &str = $name;
                name(self)
            }
        }
    )*};
}

named! {
    Scan: "scan" in "scans", |scan| &scan.draft.name;
    Agent: "agent" in "agents", |agent| &agent.name;
    User: "user" in "users", |user| &user.name;
    Token: "token" in "tokens", |token| &token.name;
    Expectation: "expectation" in "expectations", |expectation| &expectation.id;
    Channel: "channel" in "channels", |channel| &channel.name;
}
