// Where a text that knows no spaces may go on in the next line: lists of ports and addresses, mail addresses.

export interface Piece {
  text: string;
  /** `whole` stays in one line, `long` has no room in one and may break anywhere, `words` break at their spaces. */
  breaks: "whole" | "long" | "words";
}

/** What a narrow column has room for, in characters. */
const ROOM = 24;

/** Cuts after commas and semicolons and before an at sign, never inside a word or a number. */
export function pieces(text: string): Piece[] {
  const cut = text.split(/(?<=[,;])(?=[^\s,;])|(?=@)/);
  return cut.map((text) => ({ text, breaks: breaksOf(text) }));
}

function breaksOf(text: string): Piece["breaks"] {
  const words = text.split(/\s+/);
  if (words.some((word) => word.length > ROOM)) return "long";
  return words.length > 1 ? "words" : "whole";
}
