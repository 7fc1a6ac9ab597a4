use proptest::prelude::*;

use super::*;

/// What the world around a run may do next.
#[derive(Clone, Copy, Debug)]
enum Move {
    /// A dispatcher sends the next `slice` tasks from where it read the cursor, `behind` moves ago.
    Send { slice: u32, behind: usize },
    /// A task ends: 0 complete, 1 partial, 2 unscannable.
    End { task: u32, how: u8 },
    /// Somebody reads the counters as they were `behind` ends ago.
    Count { behind: usize },
    /// The deadline passes.
    Deadline,
    /// Somebody cancels.
    Cancel,
    /// The report is written.
    Report,
}

fn moves(total: u32) -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (1..=total, 0..4_usize).prop_map(|(slice, behind)| Move::Send { slice, behind }),
        8 => (0..total, 0..3_u8).prop_map(|(task, how)| Move::End { task, how }),
        4 => (0..4_usize).prop_map(|behind| Move::Count { behind }),
        1 => Just(Move::Deadline),
        1 => Just(Move::Cancel),
        3 => Just(Move::Report),
    ];
    prop::collection::vec(one, 0..60)
}

/// Marks of a run and everything that was ever read of them.
#[derive(Default)]
struct World {
    ends: std::collections::BTreeMap<u32, u8>,
    counts: Vec<TaskCounts>,
    cursors: Vec<u32>,
}

impl World {
    /// The first end counts, and a complete one takes the place of any.
    fn end(&mut self, task: u32, how: u8) {
        let end = self.ends.entry(task).or_insert(how);
        *end = if how == 0 { 0 } else { *end };
        self.counts.push(self.now());
    }

    fn now(&self) -> TaskCounts {
        let of = |how: u8| u32::try_from(self.ends.values().filter(|end| **end == how).count()).unwrap_or(0);
        TaskCounts { complete: of(0), partial: of(1), unscannable: of(2) }
    }
}

fn earlier<T: Copy + Default>(all: &[T], behind: usize) -> T {
    all.len().checked_sub(behind + 1).map(|place| all[place]).unwrap_or_default()
}

proptest! {
    #[test]
    fn a_run_finishes_once_and_never_complete_while_a_task_is_not(
        (total, moves) in (1..6_u32).prop_flat_map(|total| (Just(total), moves(total)))
    ) {
        let (mut machine, mut world, mut told) = (RunMachine::planned(total), World::default(), 0);
        let (mut cancelled, mut closed) = (false, None);
        for one in moves {
            let event = match one {
                Move::Send { slice, behind } => {
                    let from = earlier(&world.cursors, behind);
                    RunEvent::SliceSent { from, to: total.min(from + slice) }
                }
                Move::End { task, how } => {
                    // A mark is written only while the run is open.
                    if machine.is_open() { world.end(task, how) }
                    continue;
                }
                Move::Count { behind } => RunEvent::Counted(earlier(&world.counts, behind)),
                Move::Deadline => RunEvent::Overdue,
                Move::Cancel => RunEvent::Cancel,
                Move::Report => RunEvent::Reported(world.now()),
            };
            cancelled |= machine.is_open() && matches!(one, Move::Cancel);
            let before = machine;
            let (after, effects) = step(machine, event);
            // The same again changes nothing and asks for nothing.
            prop_assert_eq!(step(after, event), (after, Vec::new()), "{:?}", event);
            prop_assert!(before.outcome().is_none() || after == before);
            told += effects.iter().filter(|effect| **effect == RunEffect::Tell).count();
            if let Some(cursor) = after.cursor() {
                prop_assert!(before.cursor().is_some_and(|old| old <= cursor));
                world.cursors.push(cursor);
            }
            prop_assert!(closed.is_none() || after.closed() == closed);
            closed = after.closed();
            machine = after;
        }
        prop_assert!(told <= 1);
        prop_assert_eq!(told == 1, machine.outcome().is_some());
        prop_assert!(!cancelled || machine.outcome().is_none_or(|outcome| outcome == RunOutcome::Cancelled));
        if machine.outcome() == Some(RunOutcome::Complete) {
            prop_assert_eq!(world.now().complete, total);
        }
    }

    #[test]
    fn every_order_and_repetition_of_counts_finishes_alike(
        (total, order, ends) in (1..6_u32).prop_flat_map(|total| {
            let numbers: Vec<u32> = (0..total).collect();
            (Just(total), Just(numbers).prop_shuffle(), prop::collection::vec(0..3_u8, total as usize))
        }),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..30),
    ) {
        let mut world = World::default();
        for task in order {
            world.end(task, ends[task as usize]);
        }
        let last = world.now();
        let finish = |order: Vec<TaskCounts>| {
            let mut machine = RunMachine::planned(total);
            for counts in order.into_iter().chain([last]) {
                machine = step(machine, RunEvent::Counted(counts)).0;
            }
            step(machine, RunEvent::Reported(last)).0
        };
        let shuffled = picks.iter().map(|pick| *pick.get(&world.counts)).collect();
        prop_assert_eq!(finish(shuffled), finish(world.counts.clone()));
    }

    #[test]
    fn later_counts_win_in_any_order(ends in prop::collection::vec((0..4_u32, 0..3_u8), 1..20)) {
        let mut world = World::default();
        for (task, how) in ends {
            world.end(task, how);
        }
        let sum = |counts: &[TaskCounts]| counts.iter().fold(TaskCounts::default(), |sum, next| sum.later(*next));
        let mut backward = world.counts.clone();
        backward.reverse();
        prop_assert_eq!(sum(&world.counts), world.now());
        prop_assert_eq!(sum(&backward), world.now());
    }
}

#[test]
fn outcomes_follow_what_was_applied() {
    let counts = |complete, partial, unscannable| TaskCounts { complete, partial, unscannable };
    for (event, counts, expected) in [
        (RunEvent::Counted(counts(2, 0, 0)), counts(2, 0, 0), RunOutcome::Complete),
        (RunEvent::Counted(counts(1, 1, 0)), counts(1, 1, 0), RunOutcome::Partial),
        (RunEvent::Counted(counts(1, 0, 1)), counts(1, 0, 1), RunOutcome::Partial),
        (RunEvent::Counted(counts(0, 0, 2)), counts(0, 0, 2), RunOutcome::Expired),
        (RunEvent::Overdue, counts(0, 0, 0), RunOutcome::Expired),
        (RunEvent::Overdue, counts(1, 0, 0), RunOutcome::Partial),
        // The last mark was written just before the deadline closed the run.
        (RunEvent::Overdue, counts(2, 0, 0), RunOutcome::Complete),
        (RunEvent::Cancel, counts(2, 0, 0), RunOutcome::Cancelled),
        (RunEvent::Replace, counts(1, 0, 0), RunOutcome::Cancelled),
    ] {
        let (closing, effects) = step(RunMachine::planned(2), event);
        assert_eq!(effects, [RunEffect::Report]);
        let (finished, effects) = step(closing, RunEvent::Reported(counts));
        assert_eq!((finished.outcome(), &effects[..]), (Some(expected), &[RunEffect::Tell][..]), "{event:?}");
    }
}
