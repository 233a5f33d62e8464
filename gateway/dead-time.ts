// Owns the ration of a line's time that dead devices may cost the living ones.
import type { Clock } from '../core/clock.ts';

type Line = { readonly wasted: number };
type Account = { left: number; wasted: number; at: number };

const share = 0.2;
/** What may be saved up while everything works: enough to ask a slow device twice. */
const most = 6_000;

export class DeadTime {
  readonly #clock: Clock;
  readonly #accounts = new WeakMap<Line, Account>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isLeft(line: Line): boolean {
    const at = this.#clock.monotonic();
    const account = this.#accounts.get(line) ?? { left: most, wasted: line.wasted, at };
    account.left = Math.min(most, account.left + (at - account.at) * share) - (line.wasted - account.wasted);
    account.wasted = line.wasted;
    account.at = at;
    this.#accounts.set(line, account);
    return account.left > 0;
  }
}
