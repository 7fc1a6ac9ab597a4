// What a form offers to choose from.

export interface Choice {
  value: string;
  text: string;
}

/** All that there is, and behind it what was chosen before and is no more: else nobody could take it away. */
export function choicesOf(there: Choice[], chosen: string[], gone: (value: string) => string): Choice[] {
  const values = new Set(there.map((one) => one.value));
  return there.concat([...new Set(chosen)].filter((value) => !values.has(value)).map((value) => ({ value, text: gone(value) })));
}
