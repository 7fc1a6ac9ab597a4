//! A block as it is stored: a small head that every result reads, and a body that is read when something differs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use portdelta_core::PortSet;
use portdelta_core::evidence::EvidenceDigest;
use portdelta_core::ids::{LensId, Order};
use portdelta_core::layers::{Layer, LayerStatus, Layers};
use portdelta_core::scope::{Hosts, Scope, ScopeId};
use portdelta_core::state::{BlockState, HostState, LensView};
use serde::{Deserialize, Serialize};

use super::{StoredError, pack, unpack};

/// The newest format version of heads and bodies.
const VERSION: u8 = 1;

/// Scopes by their hash, as far as some layers need them.
pub type Scopes = HashMap<ScopeId, Arc<Scope>>;

/// How many of the newest layers stand in the head.
pub const HEAD_LAYERS: usize = 12;

/// The head of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredHead {
    /// The number of the state, see [`BlockState::number`].
    pub state_number: u64,
    /// Some change waits for more results that agree.
    pub pending: bool,
    /// Hosts that are up.
    pub up: u16,
    /// Ports that are open on at least one host of the block.
    pub open_ports: PortSet,
    /// The newest layers, newest first.
    pub layers: Vec<StoredLayer>,
    /// The body has more layers.
    pub more_layers: bool,
}

/// A layer whose scope is stored once per site, under its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLayer {
    scope: ScopeId,
    look_only: bool,
    status: LayerStatus,
    hosts: Hosts,
    order: Order,
    lens: LensId,
    digest: EvidenceDigest,
    state_number: Option<u64>,
}

/// The body of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBody {
    /// Layers that are not in the head, newest first.
    pub layers: Vec<StoredLayer>,
    /// What older layers left.
    pub folded: Vec<(ScopeId, Hosts)>,
    lenses: BTreeMap<LensId, LensView>,
    hosts: BTreeMap<u8, HostState>,
}

impl StoredLayer {
    fn of(layer: &Layer, scope: ScopeId) -> Self {
        Self {
            scope,
            look_only: layer.look_only,
            status: layer.status,
            hosts: layer.hosts,
            order: layer.order,
            lens: layer.lens,
            digest: layer.digest,
            state_number: layer.state_number,
        }
    }
}

impl StoredHead {
    /// The hashes of the scopes that the layers need.
    pub fn scopes(&self) -> impl Iterator<Item = ScopeId> + '_ {
        self.layers.iter().map(|layer| layer.scope)
    }

    /// Whether one of these results is the newest that covered something here.
    #[must_use]
    pub fn is_from(&self, results: &[portdelta_core::ids::ResultId]) -> bool {
        self.layers.iter().any(|layer| results.contains(&layer.order.result))
    }
}

impl StoredBody {
    /// The body as bytes: about 4.5 KB with 20 live hosts.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StoredError> {
        pack(VERSION, self)
    }

    /// A body from bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoredError> {
        unpack("block body", VERSION, bytes)
    }

    /// The hashes of the scopes that the layers need.
    pub fn scopes(&self) -> impl Iterator<Item = ScopeId> + '_ {
        self.layers.iter().map(|layer| layer.scope).chain(self.folded.iter().map(|(scope, _)| *scope))
    }
}

/// The same head with its layers moved in time; see [`portdelta_core::reconcile::renew`].
#[must_use]
pub fn with_layers(head: &StoredHead, layers: &Layers) -> StoredHead {
    let layers = layers.newest_first().iter().map(|layer| StoredLayer::of(layer, layer.scope.id())).collect();
    StoredHead { layers, ..head.clone() }
}

/// Splits a state into what is stored of it, with the scopes that it refers to.
#[must_use]
pub fn split(state: &BlockState) -> (StoredHead, StoredBody, BTreeMap<ScopeId, Arc<Scope>>) {
    let mut scopes = BTreeMap::new();
    // Layers share few scopes; hashing each once is enough.
    let mut known: HashMap<*const Scope, ScopeId> = HashMap::new();
    let mut intern = |scope: &Arc<Scope>| {
        let id = *known.entry(Arc::as_ptr(scope)).or_insert_with(|| scope.id());
        scopes.entry(id).or_insert_with(|| scope.clone());
        id
    };
    let mut layers: Vec<StoredLayer> = state
        .layers
        .newest_first()
        .iter()
        .map(|layer| StoredLayer::of(layer, intern(&layer.scope)))
        .collect();
    let folded = state.layers.folded().iter().map(|(scope, hosts)| (intern(scope), *hosts)).collect();
    let older = layers.split_off(layers.len().min(HEAD_LAYERS));
    let open: BTreeSet<_> =
        state.hosts.values().flat_map(|host| host.open_ports().map(|(port, _)| port)).collect();
    let head = StoredHead {
        state_number: state.number,
        pending: state.is_pending(),
        up: u16::try_from(state.up()).unwrap_or(256),
        open_ports: open.into_iter().collect(),
        layers,
        more_layers: !older.is_empty(),
    };
    let body = StoredBody { layers: older, folded, lenses: state.lenses.clone(), hosts: state.hosts.clone() };
    (head, body, scopes)
}

/// The layers of a head alone, for [`portdelta_core::reconcile::renew`].
pub fn head_layers(head: &StoredHead, scopes: &Scopes) -> Result<Layers, StoredError> {
    Ok(Layers::from_parts(restore(&head.layers, scopes)?, Vec::new()))
}

/// The state that [`split`] split.
pub fn join(head: &StoredHead, body: StoredBody, scopes: &Scopes) -> Result<BlockState, StoredError> {
    let mut layers = restore(&head.layers, scopes)?;
    layers.extend(restore(&body.layers, scopes)?);
    let folded = body
        .folded
        .iter()
        .map(|(scope, hosts)| Ok((find(scopes, *scope)?, *hosts)))
        .collect::<Result<_, StoredError>>()?;
    Ok(BlockState {
        number: head.state_number,
        layers: Layers::from_parts(layers, folded),
        lenses: body.lenses,
        hosts: body.hosts,
    })
}

fn restore(layers: &[StoredLayer], scopes: &Scopes) -> Result<Vec<Layer>, StoredError> {
    layers
        .iter()
        .map(|layer| {
            Ok(Layer {
                scope: find(scopes, layer.scope)?,
                look_only: layer.look_only,
                status: layer.status,
                hosts: layer.hosts,
                order: layer.order,
                lens: layer.lens,
                digest: layer.digest,
                state_number: layer.state_number,
            })
        })
        .collect()
}

fn find(scopes: &Scopes, id: ScopeId) -> Result<Arc<Scope>, StoredError> {
    scopes
        .get(&id)
        .cloned()
        .ok_or_else(|| StoredError::Damaged { what: "block", detail: format!("its scope {id} is missing") })
}
