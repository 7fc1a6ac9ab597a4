//! What a run was made to do: its scan as it was when it began.

use portdelta_core::AddressSet;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::nmap_options::NmapOptions;
use portdelta_core::port_spec::PortSpec;
use portdelta_core::tasks::{Cut, TaskCutter};
use serde::{Deserialize, Serialize};

use super::scan_runs::run_partition;
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Item, Key};
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;

/// The plan of a run. Never changes: edits of the scan count from the next run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The scan; its lens.
    pub scan: String,
    /// Its version.
    pub scan_version: i64,
    /// Its name.
    pub scan_name: String,
    /// Where.
    pub site: SiteId,
    /// What is scanned, less exclusions.
    pub addresses: AddressSet,
    /// The ports; `None` where none are probed.
    pub ports: Option<PortSpec>,
    /// The options with a technique for each protocol.
    pub options: NmapOptions,
    /// How it is cut into tasks.
    pub cut: Cut,
    /// How many tasks there are.
    pub tasks: u32,
    /// Results that must agree on something new.
    pub confirm_open: u16,
    /// Results that must agree on something gone.
    pub confirm_close: u16,
    /// First looks are told of.
    pub first_look_digest: bool,
    /// The networks that it touches, by name.
    pub networks: Vec<String>,
}

impl Plan {
    /// Its tasks.
    #[must_use]
    pub fn cutter(&self) -> TaskCutter {
        TaskCutter::by(self.addresses.clone(), self.ports.clone(), self.cut)
    }
}

fn key(run: &RunId) -> Key {
    Key::new(run_partition(run), "PLAN")
}

impl App {
    /// The plan as an item; a very scattered one is put into a blob first.
    pub(crate) async fn plan_item(&self, run: &RunId, plan: &Plan) -> Result<Item, AppError> {
        let bytes = pack(VERSION, plan).during(|| format!("store the plan of run {run}"))?;
        self.item_or_blob(key(run), bytes, "plans").await
    }

    /// The plan of a run.
    pub async fn plan(&self, run: &RunId) -> Result<Option<Plan>, AppError> {
        let operation = || format!("read the plan of run {run}");
        let Some(item) = self.table.get(&key(run)).await.during(operation)? else { return Ok(None) };
        let bytes = self.item_value(&item).await?;
        unpack("plan", VERSION, &bytes).during(operation).map(Some)
    }

    /// The plan of a run that is there.
    pub(crate) async fn known_plan(&self, run: &RunId) -> Result<Plan, AppError> {
        self.plan(run).await?.ok_or_else(|| AppError::Missing { what: format!("the plan of run {run}") })
    }
}

/// Whether it can be read, as far as it is not in a blob.
pub(crate) fn check_plan(item: &Item) -> Result<(), crate::stored::StoredError> {
    let in_blob = item.text(super::BLOB).is_some();
    if in_blob { Ok(()) } else { unpack::<Plan>("plan", VERSION, &item.value).map(drop) }
}
