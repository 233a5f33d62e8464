// Owns how often one may try: a measure of requests for each caller, and a growing wait after failed sign-ins. Both forget the oldest.
import { Fault } from '../../core/fault.ts';

export class TooManyRequests extends Fault {
  readonly seconds: number;

  constructor(seconds: number) {
    super(
      'too_many_requests',
      { zh: `请求过于频繁，请在 ${seconds} 秒后再试`, en: `too many requests: try again in ${seconds} s` },
      { retry: true },
    );
    this.seconds = seconds;
  }
}

/** Who comes with ever new names must not fill the memory. */
const mostKnown = 10_000;

function keep<T>(known: Map<string, T>, name: string, value: T): void {
  known.delete(name);
  known.set(name, value);
  const [oldest] = known.keys();
  if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
}

export type Allowance = { burst: number; perSecond: number };

export class Buckets {
  readonly #allowance: Allowance;
  readonly #known = new Map<string, { left: number; at: number }>();

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  /** `now` is monotonic, in milliseconds. */
  take(name: string, now: number): void {
    const { burst, perSecond } = this.#allowance;
    const { left, at } = this.#known.get(name) ?? { left: burst, at: now };
    const filled = Math.min(burst, left + ((now - at) / 1_000) * perSecond);
    keep(this.#known, name, { left: Math.max(0, filled - 1), at: now });
    if (filled < 1) throw new TooManyRequests(Math.ceil((1 - filled) / perSecond));
  }

  get size(): number {
    return this.#known.size;
  }
}

const forgottenAfter = 3_600_000;

/** After some free tries each further one waits twice as long as the one before. */
export class Failures {
  readonly #free: number;
  readonly #longest: number;
  readonly #known = new Map<string, { count: number; until: number; at: number }>();

  constructor(free: number, longestSeconds: number) {
    this.#free = free;
    this.#longest = longestSeconds * 1_000;
  }

  /** Counts a try as failed before it is known, so that many at once do not slip through. */
  begin(name: string, now: number): void {
    const last = this.#known.get(name);
    const fresh = last === undefined || now - last.at > forgottenAfter ? { count: 0, until: 0 } : last;
    if (now < fresh.until) throw new TooManyRequests(Math.ceil((fresh.until - now) / 1_000));
    const count = fresh.count + 1;
    const wait = count < this.#free ? 0 : Math.min(this.#longest, 1_000 * 2 ** (count - this.#free));
    keep(this.#known, name, { count, until: now + wait, at: now });
  }

  succeeded(name: string): void {
    this.#known.delete(name);
  }

  get size(): number {
    return this.#known.size;
  }
}
