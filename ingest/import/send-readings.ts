// Owns sending imported readings by the way on which a gateway's readings come: checked, stored and acknowledged like any others.

import { encodeBatch } from '../../core/batch-codec.ts';
import { type BrokerAddress, BrokerLink } from '../../core/broker-link.ts';
import type { Clock } from '../../core/clock.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { retriedEpoch } from '../../core/gaps.ts';
import type { Log } from '../../core/log.ts';
import { BatchBuilder, type Sample } from '../../core/sample.ts';
import { parseAck, topicOf } from '../../core/wire.ts';

/** The name under which imported readings are stored. */
export const importGateway = 'import';

export type SenderOptions = { site: string; broker: BrokerAddress; clock: Clock; log: Log };

const batchSize = 5_000;
const patience = 30_000;

/** Every run has numbers of its own: what an earlier run stored is found by its readings, and what it did not send is no gap. */
export class ReadingsSender {
  readonly #options: SenderOptions;
  readonly #link: BrokerLink;
  readonly #up = Promise.withResolvers<void>();
  readonly #waiting = new Map<number, () => void>();
  #seq: number;

  constructor(options: SenderOptions) {
    const { site, broker, clock, log } = options;
    this.#options = options;
    this.#seq = clock.now() * 1_000; // more than a thousand batches a millisecond nobody sends
    this.#link = new BrokerLink({
      broker,
      clientId: `${site}-${importGateway}-${this.#seq}`,
      subscribe: [topicOf(site, importGateway, 'ack')],
      onMessage: (_, payload) => {
        const { epoch, stored } = parseAck(payload);
        if (epoch === retriedEpoch) for (const [from, to] of stored) this.#hear(from, to);
      },
      onUp: () => this.#up.resolve(),
      clock,
      log,
    });
  }

  #hear(from: number, to: number): void {
    for (const [seq, heard] of this.#waiting) if (seq >= from && seq <= to) heard();
  }

  /** Resolves when all of them are stored. */
  async send(samples: readonly Sample[]): Promise<void> {
    const sent: Promise<void>[] = [];
    for (let from = 0; from < samples.length; from += batchSize) {
      const builder = new BatchBuilder();
      for (const sample of samples.slice(from, from + batchSize)) builder.add(sample);
      sent.push(this.#sendOne(builder, ++this.#seq));
    }
    await Promise.all(sent);
  }

  async #sendOne(builder: BatchBuilder, seq: number): Promise<void> {
    const { site, clock } = this.#options;
    const heard = Promise.withResolvers<void>();
    this.#waiting.set(seq, heard.resolve);
    const late = Promise.withResolvers<never>();
    const callOff = clock.after(patience, () => late.reject(unanswered()));
    try {
      const topic = topicOf(site, importGateway, 'data');
      const payload = encodeBatch(builder.build(importGateway, retriedEpoch, seq));
      const sent = this.#up.promise.then(() => this.#link.publish(topic, payload));
      await Promise.race([sent.then(() => heard.promise), late.promise]);
    } finally {
      callOff();
      this.#waiting.delete(seq);
    }
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}

const unanswered = (): Fault =>
  new Fault(
    'import_unanswered',
    {
      zh: '没有收到入库确认：检查 ingest 与消息代理是否在运行，然后重新导入；已入库的不会重复',
      en: 'no answer that the readings are stored: see that ingest and broker run, then import again; what is stored is not stored twice',
    },
    { exitCode: exitCodes.unavailable, retry: true },
  );
