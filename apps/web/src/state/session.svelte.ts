// Who sits here.

import { api, credentials, lost, ok, type Problem, problem } from "../api/client";
import type { Role, Session, SignIn } from "../api/names";
import { live } from "./live.svelte";
import { go, place, safePath } from "./router.svelte";

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

class Who {
  user = $state.raw<Session["user"]>();
  /** It is known whether somebody is signed in. */
  known = $state(false);
  error = $state.raw<Problem>();
  signIn = $state.raw<SignIn>({ needs_set_up: false, self_registration: false, single_sign_on: null });

  /** Whether they may do what needs this role. */
  may(role: Role): boolean {
    return this.user !== undefined && RANK[this.user.role] >= RANK[role];
  }

  /** Asks the server who sits here. */
  async find() {
    this.error = undefined;
    try {
      await this.#look();
    } catch (error) {
      this.error = problem(error);
    }
    this.known = this.error === undefined;
  }

  async #look() {
    try {
      this.#take(await ok(api.GET("/session")));
    } catch (error) {
      if (problem(error).status !== 401) throw error;
      await this.#askHow();
    }
  }

  /** How one can come in here. */
  async #askHow() {
    this.signIn = await ok(api.GET("/sign-in"));
    if (this.signIn.needs_set_up && !PUBLIC.includes(place.path)) go("/setup", { replace: true });
  }

  async in(name: string, password: string) {
    this.begin(await ok(api.POST("/session", { body: { name, password } })));
  }

  /** Takes a session that the server has just given, and goes where they wanted to. */
  begin(session: Session) {
    this.#take(session);
    go(safePath(place.query.get("to")), { replace: true });
  }

  #take(session: Session) {
    this.user = session.user;
    credentials.csrf = session.csrf;
    live.start();
  }

  async out(everywhere = false) {
    await ok(everywhere ? api.DELETE("/sessions") : api.DELETE("/session"));
    this.#leave();
    go("/sign-in");
  }

  /** The server does not know them any more. */
  lose() {
    if (this.user === undefined) return;
    this.#leave();
    const here = place.path + place.search;
    go(`/sign-in?to=${encodeURIComponent(here)}&error=session.ended`, { replace: true });
  }

  #leave() {
    this.user = undefined;
    credentials.csrf = undefined;
    live.stop();
    // Who came with a session that was there already has not been told, and it may have changed since. Name and password
    // do without.
    this.#askHow().catch(() => undefined);
  }
}

/** Pages for who has not signed in. */
export const PUBLIC = ["/sign-in", "/setup", "/invitation", "/register", "/api-reference"];

/** Of these, the ones that are of no use to who has signed in. */
export const WAYS_IN = ["/sign-in", "/setup", "/register"];

export const who = new Who();

lost.session = () => who.lose();
