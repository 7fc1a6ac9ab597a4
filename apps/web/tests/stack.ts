// A stack of template.yaml that was deployed before the tests, and that nobody has set up.

import type { Installation } from "./portdelta";

export class Stack implements Installation {
  readonly hasAgent = false;

  private constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  static async found(): Promise<Stack> {
    const url = process.env["PORTDELTA_STACK_URL"];
    const token = process.env["PORTDELTA_STACK_TOKEN"];
    if (!url || !token) throw new Error("no stack was deployed: `cargo xtask cloud test` does it");
    return new Stack(url, token);
  }

  log(): string {
    return "";
  }

  /** It ends with the emulator. */
  async stop() {}
}
