//! Steps that are done again and again.

use std::fmt::Display;
use std::time::Duration;

use portdelta_core::escape::escape;
use tokio_util::sync::CancellationToken;

/// The first pause after a failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Does `turn` until `stop`, with a pause between two; a step that has begun is not broken off.
///
/// A step that fails is logged and tried again after a pause that grows.
pub(crate) async fn again_and_again<E: Display>(
    name: &'static str,
    pause: Duration,
    stop: CancellationToken,
    mut turn: impl AsyncFnMut(&CancellationToken) -> Result<(), E>,
) {
    let mut failures = 0_u32;
    while !stop.is_cancelled() {
        let wait = match turn(&stop).await {
            Ok(()) => {
                if failures > 0 {
                    tracing::info!(name, "{name} works again");
                }
                failures = 0;
                pause
            }
            Err(error) => {
                let wait = after_failures(failures);
                failures = failures.saturating_add(1);
                let error = escape(&error.to_string()).into_owned();
                tracing::error!(name, failures, error, wait_s = wait.as_secs(), "{name} failed");
                wait
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// The pause after so many failures before this one.
fn after_failures(before: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1_u32.checked_shl(before).unwrap_or(u32::MAX)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn pauses_grow_and_end_at_a_minute() {
        let pauses: Vec<u64> = [0, 1, 2, 5, 6, 40].map(|before| after_failures(before).as_secs()).to_vec();
        assert_eq!(pauses, [1, 2, 4, 32, 60, 60]);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_do_not_end_a_loop() {
        let steps = AtomicU32::new(0);
        let stop = CancellationToken::new();
        again_and_again("test", Duration::ZERO, stop.clone(), async |stop| {
            match steps.fetch_add(1, Ordering::SeqCst) {
                0 | 1 => Err("it did not work"),
                _ => {
                    stop.cancel();
                    Ok(())
                }
            }
        })
        .await;
        assert_eq!(steps.load(Ordering::SeqCst), 3);
    }
}
