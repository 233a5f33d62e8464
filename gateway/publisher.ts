// Owns the way of batches from the spool to the store: sends in order, keeps a window open, forgets only what is stored.
import { type BrokerAddress, BrokerLink } from '../core/broker-link.ts';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import type { SeriesFacts } from '../core/sample.ts';
import { type Birth, parseAck, type State, topicOf } from '../core/wire.ts';
import type { Spool } from './spool.ts';

export type PublisherOptions = {
  site: string;
  gateway: string;
  broker: BrokerAddress;
  spool: Spool;
  facts: () => SeriesFacts[];
  clock: Clock;
  log: Log;
  /** Batches that may be on their way at once: bounds what ingest must hold in memory. */
  window?: number;
  /** After this long without an acknowledgement everything not stored is sent again: batches are idempotent. */
  patience?: number;
};

export class Publisher {
  readonly #options: Required<PublisherOptions>;
  readonly #link: BrokerLink;
  readonly #inFlight = new Set<number>();
  #sent = 0;
  #lastProgress: number;
  #pumping = false;

  constructor(options: PublisherOptions) {
    this.#options = { window: 64, patience: 10_000, ...options };
    const { site, gateway, broker, clock, log } = this.#options;
    this.#lastProgress = clock.monotonic();
    this.#link = new BrokerLink({
      broker,
      clientId: `${site}-${gateway}`,
      will: { topic: topicOf(site, gateway, 'state'), payload: this.#state('offline') },
      subscribe: [topicOf(site, gateway, 'ack')],
      onMessage: (_, payload) => this.#onAck(payload),
      onUp: () => this.#onUp(),
      clock,
      log,
    });
  }

  get backlog(): number {
    return this.#options.spool.size.batches;
  }

  /** Tells ingest about the series again: a device was met and more is known about it. */
  announce(): void {
    const { site, gateway, spool, facts, clock } = this.#options;
    const birth: Birth = { v: 1, gw: gateway, epoch: spool.epoch, at: clock.now(), series: facts() };
    this.#send('birth', JSON.stringify(birth));
    this.#link.publish(topicOf(site, gateway, 'state'), this.#state('online'), true).catch(ignoreLoss);
  }

  /** New batches are in the spool. */
  wake(): void {
    if (!this.#pumping) void this.#pump();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, patience, log } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(1_000, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
      if (this.#inFlight.size === 0 || clock.monotonic() - this.#lastProgress < patience) continue;
      log.warn({ event: 'resend', batches: this.#inFlight.size }, 'no acknowledgement: sending again');
      this.#rewind();
    }
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  #state(state: State['state']): string {
    return JSON.stringify({ v: 1, state, at: this.#options.clock.now() } satisfies State);
  }

  #onUp(): void {
    this.announce();
    this.#rewind();
  }

  #rewind(): void {
    this.#inFlight.clear();
    this.#sent = 0;
    this.#lastProgress = this.#options.clock.monotonic();
    this.wake();
  }

  #onAck(payload: Uint8Array): void {
    const { epoch, stored } = parseAck(payload);
    const { spool, clock } = this.#options;
    if (epoch !== spool.epoch) return;
    spool.trim(stored);
    this.#lastProgress = clock.monotonic();
    for (const seq of this.#inFlight)
      if (stored.some(([from, to]) => seq >= from && seq <= to)) this.#inFlight.delete(seq);
    this.wake();
  }

  async #pump(): Promise<void> {
    const { spool, window } = this.#options;
    this.#pumping = true;
    try {
      while (this.#link.connected && this.#inFlight.size < window) {
        const batches = spool.after(this.#sent, window - this.#inFlight.size);
        if (batches.length === 0) break;
        if (this.#inFlight.size === 0) this.#lastProgress = this.#options.clock.monotonic();
        for (const { seq, payload } of batches) {
          this.#inFlight.add(seq);
          this.#sent = seq;
          this.#send('data', payload);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.#pumping = false;
    }
  }

  #send(channel: 'data' | 'birth', payload: string): void {
    const { site, gateway } = this.#options;
    this.#link.publish(topicOf(site, gateway, channel), payload).catch(ignoreLoss);
  }
}

/** A lost link is no loss: the batch is in the spool, and everything is sent again when the link is back. */
function ignoreLoss(error: unknown): void {
  if (!(error instanceof Fault && error.code === 'broker_unavailable')) throw error;
}
