// What is told to the person: short messages, and questions before something that can't be taken back.

import { problem } from "../api/client";

interface Toast {
  id: number;
  text: string;
  hint?: string | undefined;
  bad: boolean;
  href?: string | undefined;
  link?: string | undefined;
}

class Toasts {
  all = $state<Toast[]>([]);
  #next = 0;

  add(toast: Omit<Toast, "id">) {
    this.#next += 1;
    const id = this.#next;
    this.all.push({ ...toast, id });
    setTimeout(() => this.remove(id), toast.bad ? 9000 : 4500);
  }

  remove(id: number) {
    this.all = this.all.filter((other) => other.id !== id);
  }
}

export const toasts = new Toasts();

export function tell(text: string, link?: { text: string; href: string }) {
  toasts.add({ text, bad: false, href: link?.href, link: link?.text });
}

/** Does something, and says what came of it; whether it worked. */
export async function attempt(what: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await what();
    if (done) tell(done);
    return true;
  } catch (error) {
    const said = problem(error);
    toasts.add({ text: said.message, hint: said.hint, bad: true });
    return false;
  }
}

interface Question {
  title: string;
  text: string;
  yes: string;
  danger: boolean;
  answer: (yes: boolean) => void;
}

class Questions {
  current = $state.raw<Question>();
}

export const question = new Questions();

export function sure(title: string, text: string, yes: string, danger = true): Promise<boolean> {
  return new Promise((resolve) => {
    question.current = {
      title,
      text,
      yes,
      danger,
      answer: (answer) => {
        question.current = undefined;
        resolve(answer);
      },
    };
  });
}
