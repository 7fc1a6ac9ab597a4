//! What a result looked for: pairs and attributes, and sets of hosts in a block.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ports::PortSet;

/// Attributes that a result looked for, besides pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attributes(u8);

impl Attributes {
    /// Whether hosts are up.
    pub const STATUS: Self = Self(1);
    /// PTR names.
    pub const NAMES: Self = Self(2);
    /// Services.
    pub const SERVICES: Self = Self(4);
    /// Operating systems.
    pub const OS: Self = Self(8);
    /// Scripts.
    pub const SCRIPTS: Self = Self(16);
    /// MAC addresses; looked for where one was seen.
    pub const MAC: Self = Self(32);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// `self` where `condition` holds, else none.
    #[must_use]
    pub const fn when(self, condition: bool) -> Self {
        if condition { self } else { Self(0) }
    }

    /// Whether all of `other` are in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A normalised set of protocol/port pairs and looked-for attributes; stored once per site under its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The pairs.
    pub pairs: PortSet,
    /// The attributes.
    pub attributes: Attributes,
}

impl Scope {
    /// Whether all that `other` looks for is looked for here.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.attributes.contains(other.attributes) && self.pairs.contains_all(&other.pairs)
    }

    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attributes == Attributes::default() && self.pairs.is_empty()
    }

    /// The hash under which the scope is stored.
    #[must_use]
    pub fn id(&self) -> ScopeId {
        let mut hash = Sha256::new();
        hash.update([self.attributes.0]);
        for range in self.pairs.ranges() {
            hash.update([range.protocol as u8]);
            hash.update(range.first.to_be_bytes());
            hash.update(range.last.to_be_bytes());
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        ScopeId(id)
    }
}

/// The hash of a [`Scope`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScopeId(pub [u8; 16]);

/// 32 hexadecimal digits.
impl std::fmt::Display for ScopeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Some of the 256 hosts of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hosts([u64; 4]);

impl Hosts {
    /// All 256.
    pub const ALL: Self = Self([u64::MAX; 4]);

    /// Whether the host at `index` is among them.
    #[must_use]
    pub fn contains(&self, index: u8) -> bool {
        self.0[usize::from(index >> 6)] >> (index & 63) & 1 == 1
    }

    /// Adds the host at `index`; says whether it is new.
    pub fn insert(&mut self, index: u8) -> bool {
        let new = !self.contains(index);
        self.0[usize::from(index >> 6)] |= 1 << (index & 63);
        new
    }

    /// Takes the host at `index` out; says whether it was there.
    pub fn remove(&mut self, index: u8) -> bool {
        let there = self.contains(index);
        self.0[usize::from(index >> 6)] &= !(1 << (index & 63));
        there
    }

    /// Takes all hosts of `other` out.
    pub fn subtract(&mut self, other: &Self) {
        for (ours, theirs) in self.0.iter_mut().zip(other.0) {
            *ours &= !theirs;
        }
    }

    /// The hosts that are also in `other`.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        let mut both = *self;
        for (ours, theirs) in both.0.iter_mut().zip(other.0) {
            *ours &= theirs;
        }
        both
    }

    /// Adds all hosts of `other`.
    pub fn add(&mut self, other: &Self) {
        for (ours, theirs) in self.0.iter_mut().zip(other.0) {
            *ours |= theirs;
        }
    }

    /// Whether there is no host.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The indexes, ascending.
    pub fn indexes(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|&index| self.contains(index))
    }
}

impl FromIterator<u8> for Hosts {
    fn from_iter<I: IntoIterator<Item = u8>>(indexes: I) -> Self {
        let mut hosts = Self::default();
        for index in indexes {
            hosts.insert(index);
        }
        hosts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Port;

    #[test]
    fn hosts_behave_like_a_set() {
        let mut hosts: Hosts = [0, 63, 64, 255].into_iter().collect();
        assert_eq!(hosts.indexes().collect::<Vec<_>>(), [0, 63, 64, 255]);
        assert!(!hosts.insert(63) && hosts.insert(65) && hosts.remove(0) && !hosts.remove(1));
        hosts.subtract(&[64, 65].into_iter().collect());
        assert_eq!((hosts.count(), hosts.is_empty()), (2, false));
    }

    #[test]
    fn a_scope_without_services_does_not_contain_one_with_them() {
        let pairs: PortSet = [Port::tcp(22)].into_iter().collect();
        let plain = Scope { pairs: pairs.clone(), attributes: Attributes::STATUS };
        let deep = Scope { pairs, attributes: Attributes::STATUS.and(Attributes::SERVICES) };
        assert!(deep.contains(&plain) && !plain.contains(&deep));
        assert_ne!(deep.id(), plain.id());
    }
}
