// Owns answers that are kept for a while: asked for once by however many, and gone when they are old, wrong or no longer true.
import type { Clock } from '../core/clock.ts';

export class Kept<T> {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #longest: number;
  readonly #answers = new Map<string, { at: number; answer: Promise<T> }>();

  constructor(clock: Pick<Clock, 'monotonic'>, longest: number) {
    this.#clock = clock;
    this.#longest = longest;
  }

  of(question: string, make: () => Promise<T>): Promise<T> {
    const at = this.#clock.monotonic();
    // Also those that nobody asks for again: a ledger can be asked for as it was at any moment.
    for (const [name, one] of this.#answers) if (at - one.at >= this.#longest) this.#answers.delete(name);
    const known = this.#answers.get(question);
    if (known !== undefined) return known.answer;
    const made = { at, answer: make() };
    this.#answers.set(question, made);
    made.answer.catch(() => {
      // Who asked has the failure; the next one asks anew.
      if (this.#answers.get(question) === made) this.#answers.delete(question);
    });
    return made.answer;
  }

  get size(): number {
    return this.#answers.size;
  }

  forget(): void {
    this.#answers.clear();
  }
}
