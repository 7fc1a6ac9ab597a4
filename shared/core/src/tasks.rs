//! Cuts what a scan asks for into tasks, addressed by number and never held all at once.
//!
//! A task lies in one block and has at most 256 addresses and 300,000 probes, and takes at worst as long as it is
//! given. Where one address alone takes longer, its ports are cut too.

mod time;

use serde::{Deserialize, Serialize};

use crate::address::{AddressRange, AddressSet, Block};
use crate::nmap_options::NmapOptions;
use crate::port_spec::PortSpec;
use crate::ports::PortSet;
use time::{PortCounts, worst_case_seconds};

/// The most of a task, and of all together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskLimits {
    /// Addresses × ports of one task.
    pub probes: u64,
    /// Seconds that one task takes at worst.
    pub seconds: u64,
    /// Tasks of one run.
    pub tasks: u64,
}

impl TaskLimits {
    /// 300,000 probes, four hours, 99,999 tasks: their numbers have five digits.
    pub const USUAL: Self = Self { probes: 300_000, seconds: 4 * 3_600, tasks: 99_999 };
}

/// How things are cut. Stored with a run, so that its tasks stay the same when the reckoning changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Most addresses of a task: a power of two up to 256.
    pub addresses: u32,
    /// Most ports of a task; 0 where they are not cut.
    pub ports: u32,
}

/// Why a scan can't be cut into tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CutProblem {
    /// There are no addresses.
    #[error("there is no address to scan")]
    NoAddresses,
    /// One address takes too long, and its ports can't be cut.
    #[error("one address alone takes up to {seconds} seconds, and a task may take {limit}")]
    TooSlow {
        /// How long.
        seconds: u64,
        /// How long it may.
        limit: u64,
    },
    /// There are too many tasks.
    #[error("it falls into {tasks} tasks, and a run may have {limit}")]
    TooMany {
        /// How many.
        tasks: u64,
        /// How many it may.
        limit: u64,
    },
}

impl CutProblem {
    /// A stable word for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoAddresses => "no_targets_left",
            Self::TooSlow { .. } => "task_too_slow",
            Self::TooMany { .. } => "tasks_too_many",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::NoAddresses => "exclude less, or name other targets",
            Self::TooSlow { .. } => {
                "ask for a faster pace (-T4, --max-rate) or a longer deadline, or name ports"
            }
            Self::TooMany { .. } => "make several scans of it, or ask for fewer ports or a faster pace",
        }
    }
}

/// One task: these addresses × these ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskPart {
    /// In one block; never empty.
    pub addresses: AddressSet,
    /// `None` where ports are not probed.
    pub ports: Option<PortSpec>,
}

impl TaskPart {
    /// What it counts for: its addresses × its ports.
    #[must_use]
    pub fn weight(&self) -> u64 {
        let addresses = u64::try_from(self.addresses.count()).unwrap_or(u64::MAX);
        addresses.saturating_mul(PortCounts::of(self.ports.as_ref()).all().max(1))
    }
}

/// Blocks that follow each other and fall into equally many pieces.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    first: Block,
    /// Pieces of all stretches before.
    before: u64,
    /// Pieces of one block.
    pieces: u64,
    blocks: u64,
}

/// A plan of tasks. Takes memory by the ranges of its targets, not by their addresses.
#[derive(Clone, Debug)]
pub struct TaskCutter {
    addresses: AddressSet,
    ports: Option<PortSpec>,
    cut: Cut,
    stretches: Vec<Stretch>,
    pieces: u64,
    port_parts: u64,
}

impl TaskCutter {
    /// Decides how to cut; `ports` is `None` where none are probed.
    pub fn plan(
        addresses: AddressSet,
        ports: Option<PortSpec>,
        options: &NmapOptions,
        limits: TaskLimits,
    ) -> Result<Self, CutProblem> {
        if addresses.is_empty() {
            return Err(CutProblem::NoAddresses);
        }
        let counts = PortCounts::of(ports.as_ref());
        let seconds = |addresses, parts| worst_case_seconds(options, addresses, counts.part(parts));
        let fits = |addresses: u64, parts: u64| {
            addresses.saturating_mul(counts.part(parts).all()) <= limits.probes
                && seconds(addresses, parts) <= limits.seconds
        };
        let can_cut = matches!(ports, Some(PortSpec::Set(_)));
        let most_parts = if can_cut { counts.all() } else { 1 };
        if !fits(1, most_parts) {
            return Err(CutProblem::TooSlow { seconds: seconds(1, most_parts), limit: limits.seconds });
        }
        // Fewest parts: more of them never take longer.
        let (mut low, mut high) = (1, most_parts);
        while low < high {
            let middle = u64::midpoint(low, high);
            if fits(1, middle) { high = middle } else { low = middle + 1 }
        }
        let most = [256, 128, 64, 32, 16, 8, 4, 2].into_iter().find(|&addresses| fits(addresses, low));
        let part = if low == 1 { 0 } else { counts.all().div_ceil(low) };
        let cut = Cut {
            addresses: u32::try_from(most.unwrap_or(1)).unwrap_or(1),
            ports: u32::try_from(part).unwrap_or(0),
        };
        let cutter = Self::by(addresses, ports, cut);
        let tasks = cutter.pieces.saturating_mul(cutter.port_parts);
        if tasks > limits.tasks {
            return Err(CutProblem::TooMany { tasks, limit: limits.tasks });
        }
        Ok(cutter)
    }

    /// The plan that was cut like this before.
    #[must_use]
    pub fn by(addresses: AddressSet, ports: Option<PortSpec>, cut: Cut) -> Self {
        let piece = u64::from(cut.addresses.clamp(1, 256));
        let (stretches, pieces) = stretches(&addresses, piece);
        let port_parts = match (&ports, cut.ports) {
            (Some(PortSpec::Set(set)), part @ 1..) => u64::from(set.count().div_ceil(part)),
            _ => 1,
        };
        Self { addresses, ports, cut, stretches, pieces, port_parts }
    }

    /// How it is cut.
    #[must_use]
    pub fn cut(&self) -> Cut {
        self.cut
    }

    /// How many tasks there are; their numbers begin with 0.
    #[must_use]
    pub fn tasks(&self) -> u32 {
        u32::try_from(self.pieces.saturating_mul(self.port_parts)).unwrap_or(u32::MAX)
    }

    /// Addresses × ports of all tasks.
    #[must_use]
    pub fn weight(&self) -> u64 {
        TaskPart { addresses: self.addresses.clone(), ports: self.ports.clone() }.weight()
    }

    /// The task of this number; `None` from [`Self::tasks`] on. All ports of some addresses follow each other.
    #[must_use]
    pub fn task(&self, number: u32) -> Option<TaskPart> {
        let (piece, part) = (u64::from(number) / self.port_parts, u64::from(number) % self.port_parts);
        if piece >= self.pieces {
            return None;
        }
        let stretch = self.stretches[self.stretches.partition_point(|stretch| stretch.before <= piece) - 1];
        let inside = piece - stretch.before;
        let block = moved(stretch.first, inside / stretch.pieces);
        let count = usize::try_from(self.cut.addresses.clamp(1, 256)).unwrap_or(1);
        let skipped = usize::try_from(inside % stretch.pieces).unwrap_or(0) * count;
        let within = self.addresses.within(block);
        let addresses = within.addresses().skip(skipped).take(count).collect();
        Some(TaskPart { addresses, ports: self.ports_of(part) })
    }

    fn ports_of(&self, part: u64) -> Option<PortSpec> {
        match &self.ports {
            Some(PortSpec::Set(set)) if self.cut.ports > 0 => {
                let first = usize::try_from(part * u64::from(self.cut.ports)).unwrap_or(usize::MAX);
                let count = usize::try_from(self.cut.ports).unwrap_or(usize::MAX);
                Some(PortSpec::Set(set.ports().skip(first).take(count).collect::<PortSet>()))
            }
            ports => ports.clone(),
        }
    }

    /// How long a task takes at worst, in seconds.
    #[must_use]
    pub fn worst_case_seconds(task: &TaskPart, options: &NmapOptions) -> u32 {
        let addresses = u64::try_from(task.addresses.count()).unwrap_or(u64::MAX);
        let seconds = worst_case_seconds(options, addresses, PortCounts::of(task.ports.as_ref()));
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }
}

/// Stretches of blocks that fall into equally many pieces of `piece` addresses, and how many pieces there are.
fn stretches(addresses: &AddressSet, piece: u64) -> (Vec<Stretch>, u64) {
    let mut all: Vec<Stretch> = Vec::new();
    let mut pieces_before = 0;
    let mut push = |first: Block, blocks: u64, pieces: u64| {
        all.push(Stretch { first, before: pieces_before, pieces, blocks });
        pieces_before += blocks * pieces;
    };
    // A block that several ranges share, with its addresses so far.
    let mut shared: Option<(Block, u64)> = None;
    for range in addresses.ranges() {
        for (first, blocks, count) in parts_of(*range) {
            match &mut shared {
                Some((block, sum)) if *block == first => *sum += count,
                _ => {
                    if let Some((block, sum)) = shared.take() {
                        push(block, 1, sum.div_ceil(piece));
                    }
                    if blocks > 1 || count == 256 {
                        push(first, blocks, 256_u64.div_ceil(piece));
                    } else {
                        shared = Some((first, count));
                    }
                }
            }
        }
    }
    if let Some((block, sum)) = shared {
        push(block, 1, sum.div_ceil(piece));
    }
    let pieces = all.last().map_or(0, |last| last.before + last.blocks * last.pieces);
    (all, pieces)
}

/// A range as (first block, number of blocks, addresses of each): at most a beginning, whole blocks, and an end.
fn parts_of(range: AddressRange) -> impl Iterator<Item = (Block, u64, u64)> {
    let (first, last) = (Block::of(range.first()), Block::of(range.last()));
    let (from, to) = (u64::from(Block::index_of(range.first())), u64::from(Block::index_of(range.last())));
    let blocks = distance(first, last) + 1;
    let mut parts = [None; 3];
    if blocks == 1 {
        parts[0] = Some((first, 1, to - from + 1));
    } else {
        let (cut_first, cut_last) = (from > 0, to < 255);
        let whole = blocks - u64::from(cut_first) - u64::from(cut_last);
        parts[0] = cut_first.then_some((first, 1, 256 - from));
        parts[1] = (whole > 0).then(|| (moved(first, u64::from(cut_first)), whole, 256));
        parts[2] = cut_last.then_some((last, 1, to + 1));
    }
    parts.into_iter().flatten()
}

fn distance(first: Block, last: Block) -> u64 {
    match (first, last) {
        (Block::V4(first), Block::V4(last)) => u64::from(last.saturating_sub(first)),
        (Block::V6(first), Block::V6(last)) => {
            u64::try_from(last.saturating_sub(first)).unwrap_or(u64::MAX / 512)
        }
        // A range is of one family.
        _ => 0,
    }
}

fn moved(block: Block, by: u64) -> Block {
    match block {
        Block::V4(upper) => Block::V4(upper.saturating_add(u32::try_from(by).unwrap_or(u32::MAX))),
        Block::V6(upper) => Block::V6(upper.saturating_add(u128::from(by))),
    }
}

#[cfg(test)]
mod tests;
