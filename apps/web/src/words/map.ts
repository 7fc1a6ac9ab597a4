// The map of a network as the API writes it: a letter for each address of a block, and the rest by its place in it.

import type { Schemas } from "../api/client";

export type CellState = "up" | "gone" | "never_up" | "unknown";

/** An address of a map. */
export interface Cell {
  address: string;
  state: CellState;
  /** How many ports are open. */
  open: number;
  changed?: string;
  covered?: string;
  name?: string;
}

/** Whether somebody is there, or was. */
export function isHost(cell: Cell): boolean {
  return cell.state === "up" || cell.state === "gone";
}

/** 256 addresses, each at its place; nothing where one belongs elsewhere. */
export interface DrawnBlock {
  name: string;
  cells: (Cell | undefined)[];
}

/** All addresses of some blocks, in order. */
export function cellsOf(blocks: DrawnBlock[]): Cell[] {
  return blocks.flatMap((block) => block.cells.filter((cell) => cell !== undefined));
}

const STATES: Record<string, CellState> = { u: "up", g: "gone", n: "never_up", "?": "unknown" };

/** The address at a place of a block, from its name: `192.0.2.0/24`, `2001:db8::aa00/120`. */
export function addressIn(block: string, place: number): string {
  const first = block.slice(0, block.indexOf("/"));
  if (!first.includes(":")) return first.replace(/\d+$/, String(place));
  const cut = first.lastIndexOf(":") + 1;
  const high = Number.parseInt(first.slice(cut) || "0", 16) & 0xff00;
  const word = high + place;
  return word === 0 && cut === first.length ? first : first.slice(0, cut) + word.toString(16);
}

/** The places in `0-127,200`. */
function* placesOf(text: string): Generator<number> {
  for (const range of text.split(",")) {
    const [first = 0, last = first] = range.split("-").map(Number);
    for (let place = first; place <= last; place += 1) yield place;
  }
}

/** A block, address by address. */
export function drawn(block: Schemas["MapBlock"]): DrawnBlock {
  let ups = 0;
  const cells = [...block.states].map((letter, place): Cell | undefined => {
    const state = STATES[letter];
    if (!state) return undefined;
    const open = state === "up" ? (block.open[ups++] ?? 0) : 0;
    return { address: addressIn(block.block, place), state, open };
  });
  for (const field of ["changed", "covered"] as const) {
    for (const { time, places } of block[field]) {
      for (const place of placesOf(places)) {
        const cell = cells[place];
        if (cell) cell[field] = time;
      }
    }
  }
  for (const [place, name] of Object.entries(block.names)) {
    const cell = cells[Number(place)];
    if (cell) cell.name = name;
  }
  return { name: block.block, cells };
}
