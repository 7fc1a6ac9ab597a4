// Addresses as numbers, for order and pictures.

/** The bytes of an address; `undefined` where it is none. */
export function addressBytes(text: string): number[] | undefined {
  if (text.includes(":")) return sixteenBytes(text);
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = parts.map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}

function sixteenBytes(text: string): number[] | undefined {
  let words = text;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const four = addressBytes(dotted[2] ?? "");
    if (!four) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = four;
    words = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = words.split("::");
  if (halves.length > 2) return undefined;
  const read = (half: string | undefined) => (half ? half.split(":") : []);
  const before = read(halves[0]);
  const after = read(halves[1]);
  const missing = 8 - before.length - after.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...before, ...Array<string>(halves.length === 1 ? 0 : missing).fill("0"), ...after];
  const bytes: number[] = [];
  for (const word of all) {
    if (!/^[0-9a-f]{1,4}$/i.test(word)) return undefined;
    const value = Number.parseInt(word, 16);
    bytes.push(value >> 8, value & 255);
  }
  return bytes;
}

/** IPv4 before IPv6, each by number. */
export function compareAddresses(one: string, other: string): number {
  const a = addressBytes(one) ?? [];
  const b = addressBytes(other) ?? [];
  if (a.length !== b.length) return a.length - b.length;
  for (const [index, byte] of a.entries()) {
    const difference = byte - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
