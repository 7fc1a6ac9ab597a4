//! Forgets addresses: as if nothing had ever looked at them.

use crate::evidence::BlockEvidence;
use crate::scope::Hosts;
use crate::state::BlockState;

/// Takes hosts out of a block: what is believed of them, what covered them, and what waits for more results that agree.
/// The next result that covers one of them is a first look. Whether there was anything to forget.
pub fn forget(state: &mut BlockState, hosts: &Hosts) -> bool {
    let known = state.hosts.len();
    state.hosts.retain(|&index, _| !hosts.contains(index));
    let mut changed = state.hosts.len() < known;
    changed |= state.layers.forget(hosts);
    for view in state.lenses.values_mut() {
        let before = *view;
        view.up.subtract(hosts);
        view.down.subtract(hosts);
        changed |= *view != before;
    }
    state.lenses.retain(|_, view| !view.up.is_empty() || !view.down.is_empty());
    // What layers said of all of them together is not what the rest is known by.
    state.number += u64::from(changed);
    changed
}

impl BlockState {
    /// Whether nothing is known of any address.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.hosts.is_empty() && self.lenses.is_empty() && self.layers.is_empty()
    }
}

impl BlockEvidence {
    /// Takes out what it says about some hosts: it does not cover them.
    pub fn leave_out(&mut self, hosts: &Hosts) {
        self.hosts.retain(|host| !hosts.contains(host.index));
        self.unlisted_down.subtract(hosts);
    }

    /// The hosts that it says anything about.
    #[must_use]
    pub fn covered(&self) -> Hosts {
        let mut covered: Hosts = self.hosts.iter().map(|host| host.index).collect();
        covered.add(&self.unlisted_down);
        covered
    }
}
