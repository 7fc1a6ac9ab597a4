// The options of a scan as a text and as fields, in step. The server reads the one and writes the other, so that nothing
// here has to know nmap's spelling, and nothing can be understood in two ways.

import { api, ok, type Problem, problem, type Schemas } from "../api/client";

export type Fields = Schemas["OptionFields"];
type Ask = Schemas["AskOptions"];
type Preview = Schemas["OptionsPreview"];

/** Who types is not asked about each letter. */
const PAUSE_MS = 250;

export class ScanOptions {
  /** What is saved. */
  text = $state("");
  /** What could be read of it, and what somebody chose since. */
  fields = $state.raw<Fields>({});
  /** What could not. */
  mistakes = $state.raw<Schemas["OptionMistake"][]>([]);
  /** What the options of pace take, in words. */
  ranges = $state.raw<Record<string, string>>({});
  /** Scripts to choose from. */
  scripts = $state.raw<string[]>([]);
  /** Why text and fields are not in step. */
  error = $state.raw<Problem>();

  #ask: (ask: Ask) => Promise<Preview>;
  /** What goes behind the fields, as nobody could read it. */
  #rest = "";
  /** The text was written, and not read since. */
  #unread = false;
  /** What was chosen, and not written since. */
  #chosen: Partial<Fields> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #going: Promise<void> | undefined;

  constructor(ask: (ask: Ask) => Promise<Preview> = (body) => ok(api.POST("/scan-options/preview", { body }))) {
    this.#ask = ask;
  }

  /** Somebody writes; the fields follow. */
  write(text: string, pause = PAUSE_MS) {
    this.text = text;
    this.#unread = true;
    // What is written last counts.
    this.#chosen = undefined;
    this.#wake(pause);
  }

  /** Somebody chooses; the text follows. */
  choose(changes: Partial<Fields>) {
    this.fields = { ...this.fields, ...changes };
    this.#chosen = { ...this.#chosen, ...changes };
    this.#wake(0);
  }

  /** Until the text says what was chosen; `false` where it does not. */
  async settled(): Promise<boolean> {
    clearTimeout(this.#timer);
    await this.#going;
    if (this.#unread || this.#chosen) await this.#begin();
    return this.#chosen === undefined;
  }

  #wake(pause: number) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#begin(), pause);
  }

  #begin(): Promise<void> {
    this.#going ??= this.#catchUp().finally(() => {
      this.#going = undefined;
    });
    return this.#going;
  }

  async #catchUp() {
    try {
      while (this.#unread || this.#chosen) await (this.#unread ? this.#readText() : this.#writeText());
      this.error = undefined;
    } catch (error) {
      this.error = problem(error);
    }
  }

  async #readText() {
    const text = this.text;
    const read = await this.#ask({ text });
    if (text !== this.text) return;
    this.#unread = false;
    this.#rest = read.rest ?? "";
    this.#take(read);
    this.fields = { ...read.fields, ...this.#chosen };
  }

  async #writeText() {
    const chosen = this.#chosen;
    const written = await this.#ask({ text: this.#rest, fields: this.fields });
    if (this.#unread || chosen !== this.#chosen) return;
    this.#chosen = undefined;
    this.text = written.text;
    this.#take(written);
    // A field that is wrong keeps what somebody wrote there.
    if (this.mistakes.length > 0) return;
    this.#rest = "";
    this.fields = written.fields;
  }

  #take(said: Preview) {
    this.mistakes = said.mistakes ?? [];
    this.ranges = said.ranges ?? {};
    this.scripts = said.suggested_scripts ?? [];
  }
}
