// Owns the way of batches from the spool to the store: what is new first, what waited behind it, forgotten only when stored.
import { type BrokerAddress, BrokerLink } from '../core/broker-link.ts';
import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
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
  /** Batches a second of what waited: many gateways that come back together must not drown the store. */
  pace?: number;
};

/** What waited may take this part of the window; the rest is for what is new. */
const backlogShare = 0.5;
const paceTick = 100;

export class Publisher {
  readonly #options: Required<PublisherOptions>;
  readonly #link: BrokerLink;
  /** Sent in this session, and not known to be stored. */
  readonly #inFlight = new Set<number>();
  /** From here on numbers may be used already: the first that this process gave out, until ingest has told what it has. */
  #firstUnproven: number;
  /** Ingest has told what it has of this spool since the last silence: until then nothing is sent. */
  #met = false;
  /** Numbers from here on are new since the link came up; those before it waited. */
  #liveFrom = 1;
  #liveSent = 0;
  #backlogSent = 0;
  #allowance = 0;
  #lastProgress: number;
  #pumping = false;
  /** Told once, not at every attempt. */
  #trouble: string | undefined;

  constructor(options: PublisherOptions) {
    this.#options = { window: 64, patience: 10_000, pace: 200, ...options };
    const { site, gateway, broker, clock, log, spool } = this.#options;
    this.#lastProgress = clock.monotonic();
    this.#firstUnproven = spool.size.newest + 1;
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

  get inFlight(): ReadonlySet<number> {
    return this.#inFlight;
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  /** Tells ingest about the series: at every start, and when a device was met and more is known about it. */
  announce(): void {
    const { gateway, spool, facts, clock } = this.#options;
    const birth: Birth = { v: 1, gw: gateway, epoch: spool.epoch, at: clock.now(), series: facts() };
    // Retained: an ingest that starts later must know the series, too.
    this.#send('birth', JSON.stringify(birth), true);
    this.#send('state', this.#state('online'), true);
  }

  /** New batches are in the spool. */
  wake(): void {
    if (!this.#pumping) void this.#pump();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, patience, pace, log } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(paceTick, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
      this.#allowance = Math.min(pace, this.#allowance + (pace * paceTick) / 1_000);
      this.wake();
      const waits = !this.#met || this.#inFlight.size > 0;
      if (!this.#link.connected || !waits || clock.monotonic() - this.#lastProgress < patience) continue;
      log.warn({ event: 'resend', batches: this.#inFlight.size }, 'no acknowledgement: sending again');
      this.#meet();
    }
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  #state(state: State['state']): string {
    return JSON.stringify({ v: 1, state, at: this.#options.clock.now() } satisfies State);
  }

  #onUp(): void {
    this.#meet();
  }

  /** Asks first: what is stored is not sent again, and no more is on its way to an ingest that is not there than one window. */
  #meet(): void {
    this.#met = false;
    this.announce();
    this.#startOver();
  }

  /** What is not stored by now waited; what comes from now on goes before it. */
  #startOver(): void {
    this.#liveFrom = this.#options.spool.size.newest + 1;
    this.#inFlight.clear();
    this.#backlogSent = 0;
    this.#liveSent = this.#liveFrom - 1;
    this.#lastProgress = this.#options.clock.monotonic();
    this.wake();
  }

  #onAck(payload: Uint8Array): void {
    const { epoch, stored } = parseAck(payload);
    const { spool, clock, log } = this.#options;
    if (epoch !== spool.epoch) return;
    this.#met = true;
    const newestStored = Math.max(0, ...stored.map(([, to]) => to));
    if (newestStored >= this.#firstUnproven) {
      log.error(
        { event: 'spool_behind', spooled: this.#firstUnproven - 1, stored: newestStored },
        'the spool forgot numbers that were used: going on behind them',
      );
      spool.renumber(this.#firstUnproven, newestStored);
      this.#startOver();
    }
    this.#firstUnproven = Number.POSITIVE_INFINITY;
    spool.trim(stored);
    this.#lastProgress = clock.monotonic();
    for (const seq of this.#inFlight)
      if (stored.some(([from, to]) => seq >= from && seq <= to)) this.#inFlight.delete(seq);
    this.wake();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      while (this.#link.connected && this.#met) {
        const sent = this.#sendLive() + this.#sendBacklog();
        this.#trouble = undefined;
        if (sent === 0) break;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      // A full disk takes no note of what would be sent. It waits, and the next tick tries again.
      const reason = messageOf(error);
      if (reason !== this.#trouble)
        this.#options.log.error({ event: 'not_sent', reason }, 'the spool takes no note: nothing is sent');
      this.#trouble = reason;
    } finally {
      this.#pumping = false;
    }
  }

  #sendLive(): number {
    const { spool, window } = this.#options;
    const batches = spool.after(this.#liveSent, window - this.#inFlight.size);
    spool.aboutToSend(batches);
    for (const { seq, payload } of batches) {
      this.#liveSent = seq;
      this.#sendBatch(seq, payload);
    }
    return batches.length;
  }

  #sendBacklog(): number {
    const { spool, window } = this.#options;
    const room = Math.min(Math.floor(window * backlogShare) - this.#inFlight.size, Math.floor(this.#allowance));
    if (room <= 0 || this.#backlogSent >= this.#liveFrom - 1) return 0;
    const batches = spool.after(this.#backlogSent, room, this.#liveFrom);
    spool.aboutToSend(batches);
    this.#allowance -= batches.length;
    // At its end, what waited is on its way as a whole: nobody asks for it again.
    this.#backlogSent = batches.at(-1)?.seq ?? this.#liveFrom - 1;
    for (const { seq, payload } of batches) this.#sendBatch(seq, payload);
    return batches.length;
  }

  #sendBatch(seq: number, payload: string): void {
    if (this.#inFlight.size === 0) this.#lastProgress = this.#options.clock.monotonic();
    this.#inFlight.add(seq);
    this.#send('data', payload);
  }

  #send(channel: 'data' | 'birth' | 'state', payload: string, retain = false): void {
    const { site, gateway } = this.#options;
    this.#link.publish(topicOf(site, gateway, channel), payload, retain).catch(ignoreLoss);
  }
}

/** A lost link is no loss: the batch is in the spool, and everything is sent again when the link is back. */
function ignoreLoss(error: unknown): void {
  if (!(error instanceof Fault && error.code === 'broker_unavailable')) throw error;
}
