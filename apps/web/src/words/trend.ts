/** A run that looked at hosts at some time. */
export interface Looked {
  /** When: what is imported was scanned before. */
  evidence: string;
  /** When its report was written. */
  finished: string;
}

/**
 * Runs in the order in which they looked. One that came late, after what was seen later than it, is left out: what stands
 * with it is what stood later. Of those that came within a second nobody knows which was first.
 */
export function inTime<T extends Looked>(runs: readonly T[]): T[] {
  const shown: T[] = [];
  const came = runs.toSorted((a, b) => Date.parse(a.finished) - Date.parse(b.finished) || Date.parse(a.evidence) - Date.parse(b.evidence));
  for (const run of came) {
    const last = shown.at(-1);
    if (!last || Date.parse(run.evidence) >= Date.parse(last.evidence)) shown.push(run);
  }
  return shown;
}
