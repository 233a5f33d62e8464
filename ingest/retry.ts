// Owns sending again what was refused: by the way on which it came, so that it is checked, stored and acknowledged like anything else.

import { encodeBatch } from '../core/batch-codec.ts';
import { type BrokerAddress, BrokerLink } from '../core/broker-link.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { Fault } from '../core/fault.ts';
import { retriedEpoch } from '../core/gaps.ts';
import type { Log } from '../core/log.ts';
import { BatchBuilder } from '../core/sample.ts';
import { parseAck, parseTopic, topicOf } from '../core/wire.ts';
import { readingOf } from './foreign.ts';
import { type Refused, type RefusedMessages, sequenceOf } from './refused.ts';

export type RetryOptions = {
  site: Site;
  refused: RefusedMessages;
  messages: readonly Refused[];
  brokerFor: (gateway: string) => BrokerAddress;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  onProgress?: (done: number) => void;
};

/** unnumbered: nothing in it says which batch it is, so nobody could answer for it. */
export type RetryOutcome = 'stored' | 'refused' | 'unanswered' | 'unnumbered';

const patience = 20_000;

export async function retryRefused(options: RetryOptions): Promise<Map<number, RetryOutcome>> {
  const { messages, signal, onProgress } = options;
  const outcomes = new Map<number, RetryOutcome>();
  for (const [gateway, some] of Map.groupBy(messages, ({ topic }) => parseTopic(topic)?.gateway)) {
    if (gateway === undefined) {
      for (const { id } of some) outcomes.set(id, 'unnumbered');
      continue;
    }
    const sender = new Sender(options, gateway);
    try {
      for (const message of some) {
        if (signal.aborted) return outcomes;
        outcomes.set(message.id, await sender.send(message));
        onProgress?.(outcomes.size);
      }
    } finally {
      await sender.close();
    }
  }
  return outcomes;
}

class Sender {
  readonly #options: RetryOptions;
  readonly #gateway: string;
  readonly #link: BrokerLink;
  readonly #up = Promise.withResolvers<void>();
  #heard: (epoch: number, ranges: readonly (readonly [number, number])[]) => void = () => undefined;

  constructor(options: RetryOptions, gateway: string) {
    const { site, brokerFor, clock, log } = options;
    this.#options = options;
    this.#gateway = gateway;
    this.#link = new BrokerLink({
      broker: brokerFor(gateway),
      clientId: `${site.site}-${gateway}-retry`,
      subscribe: [topicOf(site.site, gateway, 'ack')],
      onMessage: (_, payload) => {
        const { epoch, stored } = parseAck(payload);
        this.#heard(epoch, stored);
      },
      onUp: () => this.#up.resolve(),
      clock,
      log,
    });
  }

  async send(message: Refused): Promise<RetryOutcome> {
    const { refused, site, clock } = this.#options;
    const payload = this.#numbered(message);
    const number = payload === undefined ? undefined : sequenceOf(payload);
    if (payload === undefined || number === undefined) return 'unnumbered';
    const since = clock.now();
    const answered = new Promise<void>((resolve) => {
      this.#heard = (epoch, ranges) => {
        if (epoch === number.epoch && ranges.some(([from, to]) => number.seq >= from && number.seq <= to)) resolve();
      };
    });
    const late = Promise.withResolvers<'late'>();
    const callOff = clock.after(patience, () => late.resolve('late'));
    try {
      const sent = this.#up.promise.then(() => this.#link.publish(topicOf(site.site, this.#gateway, 'data'), payload));
      if ((await Promise.race([sent.then(() => answered), late.promise])) === 'late') return 'unanswered';
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return 'unanswered';
    } finally {
      callOff();
    }
    const again = refused.ofBatch({ gateway: this.#gateway, ...number }, since);
    if (!again.includes(message.id)) refused.forget(message.id);
    return again.length > 0 ? 'refused' : 'stored';
  }

  /** A foreign device's reading gets a number, because without one nobody answers. */
  #numbered({ id, at, topic, payload }: Refused): string | undefined {
    if (parseTopic(topic)?.channel !== 'reading') return new TextDecoder().decode(payload);
    try {
      const builder = new BatchBuilder();
      builder.add(readingOf(this.#options.site, payload, at));
      return encodeBatch(builder.build(this.#gateway, retriedEpoch, at + id));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return undefined; // as wrong as it was
    }
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}
