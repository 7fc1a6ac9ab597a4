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
      this.#take(await ok(api.GET("/session")));
    } catch (error) {
      const said = problem(error);
      if (said.status === 401) await this.#askHow();
      else this.error = said;
    }
    this.known = this.error === undefined;
  }

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
    this.forget();
    go("/sign-in");
  }

  /** The server does not know them any more. */
  forget() {
    this.user = undefined;
    credentials.csrf = undefined;
    live.stop();
  }
}

/** Pages for who has not signed in. */
export const PUBLIC = ["/sign-in", "/setup", "/invitation", "/register", "/api-reference"];

export const who = new Who();

lost.session = () => {
  if (who.user === undefined) return;
  who.forget();
  const here = place.path + place.search;
  go(`/sign-in?to=${encodeURIComponent(here)}&error=session.ended`, { replace: true });
};
