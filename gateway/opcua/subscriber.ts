// Owns being told by one OPC UA server: one subscription for all its meters, watched, and rebuilt whole after any doubt.
import type { DataValue } from 'node-opcua-client';
import { aborted, backoff } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { PollClass } from '../source.ts';
import { type OpcuaServer, type OpcuaSession, openSession, type Subscription } from './session.ts';
import { hasOverflow, isRefusal, type OpcuaNode, pollClassOf } from './value.ts';

export type Heard = { index: number; value: DataValue; change: boolean };

/** One meter: what it wants to hear, and who listens. */
export type Listener = {
  nodes: readonly OpcuaNode[];
  hear: (heard: readonly Heard[]) => void;
  /** Nothing is known since then. */
  lose: (fault: Fault, since: number) => void;
};

export type SubscriberOptions = OpcuaServer & {
  /** How often the server looks at its values. */
  periods: Record<PollClass, number>;
  /** A state that was not told for so long is asked for. */
  heartbeat: number;
  open?: typeof openSession;
};

type Listening = Listener & {
  /** When each node was heard last, on the monotonic clock, and what it said. */
  heardAt: number[];
  last: (DataValue | undefined)[];
  /** Heard, and not yet handed on. */
  fresh: Heard[];
  /** Nodes that the server told us it will tell. */
  told: Set<number>;
  stops: (() => Promise<void>)[];
};

type Live = { session: OpcuaSession; subscription: Subscription };

/** Server_ServerStatus_CurrentTime: what always moves in a server that is alive. */
const serverTime = 'i=2258';
/** Some servers set it only once a second. */
const stillClock = 3_000;
const tick = 250;
/** A session shorter than this was none: the way back is not shorter after it. */
const shortSession = 10_000;

export class OpcuaSubscriber {
  readonly #options: SubscriberOptions;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<Listening>();
  #running: Promise<void> | undefined;
  #live: Live | undefined;
  /** The last sign of life: on the monotonic clock, and as a time. */
  #aliveAt = 0;
  #aliveTime = 0;
  /** What the server's clock showed last, and since when it shows that. */
  #serverTime: { shown: number; since: number } | undefined;
  #overflowTold = false;
  #mistake = unmade();

  constructor(options: SubscriberOptions) {
    this.#options = options;
  }

  /** Until the signal; rejects only on a mistake of ours. */
  async follow(listener: Listener, signal: AbortSignal): Promise<void> {
    const listening: Listening = { ...listener, ...nothingHeard() };
    const left = aborted(signal);
    this.#listeners.add(listening);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined; // after a mistake whoever follows next begins anew
      this.#mistake = unmade();
    });
    const live = this.#live;
    if (live !== undefined) this.#attach(listening, live).catch((error) => this.#doubt(live, error));
    try {
      await Promise.race([left, this.#running.then(() => left)]);
    } finally {
      this.#listeners.delete(listening);
    }
    const last = this.#live;
    if (last !== undefined)
      await Promise.all(listening.stops.map((stop) => stop())).catch((error) => this.#doubt(last, error));
  }

  /** A session in doubt ends, and is made anew. */
  #doubt({ session }: Live, error: unknown): void {
    if (error instanceof Fault) void session.close();
    else this.#mistake.reject(error);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random = Math.random } = this.#options;
    const signal = this.#stop.signal;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const began = clock.monotonic();
      const fault = await this.#session();
      if (fault === undefined) return;
      for (const listening of this.#listeners) listening.lose(fault, this.#aliveTime || clock.now());
      this.#aliveTime = 0;
      if (clock.monotonic() - began > shortSession) attempt = 0;
      await clock.sleep(100 + backoff(attempt, 500, 30_000, random), signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  /** From connect to the end. Gives the reason of the end, when it was not us who ended it. */
  async #session(): Promise<Fault | undefined> {
    const { signal } = this.#stop;
    const { open = openSession } = this.#options;
    const ended = new AbortController();
    let session: OpcuaSession | undefined;
    try {
      session = await open(this.#options, signal);
      const listening = this.#listen(session, AbortSignal.any([signal, ended.signal]));
      return await Promise.race([session.over, listening, this.#mistake.promise]);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof Fault) return error;
      throw error;
    } finally {
      ended.abort();
      this.#live = undefined;
      const closing = session?.close();
      if (signal.aborted) await closing; // otherwise nobody waits for a server that is gone
    }
  }

  async #listen(session: OpcuaSession, signal: AbortSignal): Promise<never> {
    const { clock, periods, endpoint } = this.#options;
    const subscription = await session.subscribe(Math.min(1_000, periods.fast), () => this.#isAlive());
    const live = { session, subscription };
    this.#live = live;
    this.#isAlive();
    this.#serverTime = undefined;
    for (const listening of this.#listeners) Object.assign(listening, nothingHeard());
    // One after the other: a small server has its time for each.
    for (const listening of [...this.#listeners]) await this.#attach(listening, live);
    for (;;) {
      await clock.sleep(tick, signal);
      const silent = clock.monotonic() - this.#aliveAt;
      if (silent > subscription.patience) {
        // Perhaps it was us who slept: what waits in the socket is heard before the answer.
        await session.read([serverTime]);
        if (clock.monotonic() - this.#aliveAt > subscription.patience) throw gone('opcua_deaf', endpoint, silent);
      }
      for (const listening of this.#listeners) await this.#refresh(listening, live);
    }
  }

  #isAlive(): void {
    const { clock } = this.#options;
    this.#aliveAt = clock.monotonic();
    this.#aliveTime = clock.now();
  }

  async #attach(listening: Listening, live: Live): Promise<void> {
    const { periods, clock, timeout } = this.#options;
    // The server tells each value once at the beginning; what it does not tell soon is asked for.
    const soon = clock.monotonic() + timeout + 2 * Math.min(1_000, periods.fast);
    listening.heardAt = listening.nodes.map(({ point }) => soon - this.#mostSilence(point));
    for (const pollClass of ['fast', 'slow'] as const) {
      const wanted = [...listening.nodes.entries()].filter(([, { point }]) => pollClassOf(point) === pollClass);
      if (wanted.length === 0 || !this.#listeners.has(listening)) continue;
      const indexes = wanted.map(([index]) => index);
      const { statuses, stop } = await live.subscription.monitor(
        wanted.map(([, { node }]) => node),
        periods[pollClass],
        (at, value) => this.#heard(listening, live, { index: indexes[at] ?? -1, value, change: true }),
      );
      listening.stops.push(stop);
      if (!this.#listeners.has(listening)) await stop(); // it left meanwhile
      for (const [at, status] of statuses.entries()) if (status >>> 30 === 0) listening.told.add(indexes[at] ?? -1);
    }
  }

  #mostSilence(point: OpcuaNode['point']): number {
    return pollClassOf(point) === 'slow' ? this.#options.periods.slow : this.#options.heartbeat;
  }

  /** What comes together is handed on together: many values of one message are one delivery. */
  #heard(listening: Listening, live: Live, { index, value, change }: Heard): void {
    if (this.#live !== live || !this.#listeners.has(listening)) return; // late words of what is over
    if (hasOverflow(value.statusCode.value)) this.#tellOverflow();
    // The first value after a silence is what the server has, not what it saw change.
    const first = listening.last[index] === undefined;
    listening.heardAt[index] = this.#options.clock.monotonic();
    listening.last[index] = value;
    if (listening.fresh.push({ index, value, change: change && !first }) > 1) return;
    queueMicrotask(() => {
      const heard = listening.fresh;
      listening.fresh = [];
      try {
        listening.hear(heard);
      } catch (mistake) {
        this.#mistake.reject(mistake);
      }
    });
  }

  #tellOverflow(): void {
    if (this.#overflowTold) return;
    this.#overflowTold = true;
    const { log, endpoint } = this.#options;
    log.warn({ event: 'opcua_overflow', endpoint }, 'the server threw values away: its queues are too short');
  }

  /**
   * Asks for what was not told for long. A quiet value is told to be what it was; a server whose own time stands still is
   * frozen, and one that did not tell what it has is deaf: both are left.
   */
  async #refresh(listening: Listening, live: Live): Promise<void> {
    const { clock, endpoint, periods } = this.#options;
    const now = clock.monotonic();
    const due = [...listening.nodes.entries()].filter(
      ([index, { point }]) => now - (listening.heardAt[index] ?? now) >= this.#mostSilence(point),
    );
    if (due.length === 0) return;
    const [time, ...values] = await live.session.read([serverTime, ...due.map(([, { node }]) => node)]);
    if (this.#live !== live) return;
    this.#checkServerTime(time);
    let untold = 0;
    for (const [at, [index, { point }]] of due.entries()) {
      const value = values[at];
      if (value === undefined) continue;
      const before = listening.last[index];
      const grace = 3 * (periods[pollClassOf(point)] + 1_000);
      if (before !== undefined && listening.told.has(index) && isOtherSince(value, before, grace)) untold++;
      // A node that was refused is there now: the server must be asked anew to tell it.
      if (before !== undefined && isRefusal(before.statusCode.value) && !isRefusal(value.statusCode.value)) untold++;
      this.#heard(listening, live, { index, value, change: false });
    }
    if (untold > 0) throw gone('opcua_deaf', endpoint, now - this.#aliveAt);
  }

  #checkServerTime(answer: DataValue | undefined): void {
    const shown = answer?.value.value instanceof Date ? answer.value.value.getTime() : undefined;
    if (shown === undefined) return; // a server without a clock
    const now = this.#options.clock.monotonic();
    if (shown !== this.#serverTime?.shown) this.#serverTime = { shown, since: now };
    else if (now - this.#serverTime.since > stillClock) throw gone('opcua_frozen', this.#options.endpoint, 0);
  }
}

function unmade(): PromiseWithResolvers<never> {
  const mistake = Promise.withResolvers<never>();
  mistake.promise.catch(() => undefined); // heard by the session
  return mistake;
}

const nothingHeard = (): Omit<Listening, keyof Listener> => ({
  heardAt: [],
  last: [],
  fresh: [],
  told: new Set(),
  stops: [],
});

/** The server has another value, and has had it for so long that it should have told it. */
function isOtherSince(now: DataValue, before: DataValue, grace: number): boolean {
  const [source, server] = [now.sourceTimestamp?.getTime(), now.serverTimestamp?.getTime()];
  if (source === undefined || server === undefined || server - source < grace) return false;
  return String(now.value.value) !== String(before.value.value);
}

const gone = (code: 'opcua_deaf' | 'opcua_frozen', endpoint: string, silent: number): Fault => {
  const seconds = Math.round(silent / 1_000);
  const text =
    code === 'opcua_frozen'
      ? {
          zh: `${endpoint}：服务器的时钟停止不动；重新建立连接`,
          en: `${endpoint}: the server's clock stands still: connecting anew`,
        }
      : {
          zh: `${endpoint}：订阅不再送来数据（${seconds} 秒）；重新建立连接`,
          en: `${endpoint}: the subscription tells nothing any more (${seconds} s): connecting anew`,
        };
  return new Fault(code, text, { retry: true });
};
