// Owns the way of a message into the store: subscribed to, checked, committed with others, then acknowledged, or kept apart with its reason.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { decodeBatch } from '../core/batch-codec.ts';
import { type BrokerAddress, BrokerLink } from '../core/broker-link.ts';
import { hour } from '../core/calendar.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { Fault, messageOf } from '../core/fault.ts';
import { gapsOf } from '../core/gaps.ts';
import type { Log } from '../core/log.ts';
import type { Range } from '../core/ranges.ts';
import type { Batch } from '../core/sample.ts';
import type { Store } from '../core/store.ts';
import { type Ack, type Channel, parseBirth, parseTopic, refuse, topicOf } from '../core/wire.ts';
import { Committer } from './committer.ts';
import { ForeignReadings, readingOf } from './foreign.ts';
import { withoutClockNonsense } from './quarantine.ts';
import { RefusedMessages, refusedFile, sequenceOf } from './refused.ts';
import { ProofOfSharing } from './sharing.ts';
import type { RollUp } from './slots/roll-up.ts';

export type ReceiverOptions = {
  site: Site;
  dataFolder: string;
  broker: BrokerAddress;
  store: Store;
  clock: Clock;
  log: Log;
  /** The name under which several receivers share the messages of a broker between them. */
  share?: string | undefined;
  /** What follows the readings into slots, if anything here does. */
  slots?: Pick<RollUp, 'learn' | 'foresee' | 'follow'> | undefined;
};

export type Receiver = {
  committer: Committer;
  refused: RefusedMessages;
  /** Resolves when messages come. */
  ready: Promise<void>;
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
};

export function startReceiver(options: ReceiverOptions): Receiver {
  const { site, dataFolder, broker, store, clock, log, share, slots } = options;
  const refused = new RefusedMessages(refusedFile(dataFolder));
  const foreign = new ForeignReadings(join(dataFolder, 'foreign.sqlite'), clock.now());

  const acknowledge = (gateway: string, epoch: number, ranges: Range[]): void => {
    const ack: Ack = { v: 1, epoch, stored: ranges };
    // A lost acknowledgement costs a repetition: the gateway sends again, and gets another one.
    link.publish(topicOf(site.site, gateway, 'ack'), JSON.stringify(ack)).catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
      log.debug({ event: 'ack_lost', gateway }, 'acknowledgement lost');
    });
  };
  const committer = new Committer({
    store,
    clock,
    log,
    acknowledge: (stored) => {
      foreign.stored(stored);
      acknowledge(stored.gateway, stored.epoch, stored.ranges);
    },
    refuse: (batch, reason) => keepReadings(batch, reason),
    beforeCommit: (batches) => slots?.foresee(batches),
    onCommitted: (batches, { late }) => slots?.follow(batches, late),
  });

  const keepReadings = (batch: Batch, reason: Fault): void => {
    refused.keepReadings(site.site, batch, reason, clock.now());
    const { gateway, index } = batch;
    log.warn(
      { event: 'readings_refused', gateway, readings: index.length, reason: reason.message },
      'readings refused',
    );
  };
  /** What is kept apart is so before the batch can count as stored. */
  const addSound = (batch: Batch): void => {
    const { sound, apart } = withoutClockNonsense(batch, clock.now());
    for (const { batch: part, reason } of apart) keepReadings(part, reason);
    committer.add(sound);
  };
  const onData = (gateway: string, payload: Uint8Array): void => {
    const batch = decodeBatch(payload);
    if (batch.gateway !== gateway)
      refuse('gateway', `消息自称来自 ${batch.gateway}`, `the message says that it comes from ${batch.gateway}`);
    addSound(batch);
  };
  const onReading = (gateway: string, payload: Uint8Array): void => {
    addSound(foreign.take(gateway, readingOf(site, payload, clock.now())));
  };
  const onBirth = async (gateway: string, payload: Uint8Array): Promise<void> => {
    const { epoch, series } = parseBirth(payload);
    slots?.learn(series);
    await store.putFacts(series);
    const known = (await store.receipts()).find((receipts) => receipts.gateway === gateway && receipts.epoch === epoch);
    acknowledge(gateway, epoch, known?.ranges.map(({ first, last }): Range => [first, last]) ?? []);
  };
  const keepRefused = (topic: string, payload: Uint8Array, { code, message: reason }: Fault): void => {
    const batch = sequenceOf(payload);
    const sender = parseTopic(topic)?.gateway;
    const number = batch === undefined || sender === undefined ? undefined : { gateway: sender, ...batch };
    refused.keep({ at: clock.now(), topic, code, reason, payload }, number);
    log.warn({ event: 'message_refused', topic, code, reason }, 'message refused');
    // What is kept here is as durable as what is stored: without an acknowledgement it would come back for ever.
    if (number !== undefined) acknowledge(number.gateway, number.epoch, [[number.seq, number.seq]]);
  };
  const onFailure = (topic: string, payload: Uint8Array, error: unknown): void => {
    try {
      if (!(error instanceof Fault) || error.retry) throw error;
      keepRefused(topic, payload, error);
    } catch (unanswered) {
      if (!(unanswered instanceof Fault) || !unanswered.retry) throw unanswered;
      // Nobody has an answer: a gateway sends it again. A single reading that no disk takes is lost, and this is the record of it.
      log.error({ event: 'message_lost', topic, reason: unanswered.message }, 'message not stored');
    }
  };

  const name = share === undefined ? `${site.site}-ingest` : `${site.site}-ingest-${randomUUID().slice(0, 8)}`;
  const shared = (channel: Channel) =>
    `${share === undefined ? '' : `$share/${share}/`}${topicOf(site.site, '+', channel)}`;
  const proof = share === undefined ? undefined : new ProofOfSharing(site.site, name);
  const up = Promise.withResolvers<void>();
  const link = new BrokerLink({
    broker,
    clientId: name,
    // Births are retained, and what is retained is not delivered to those who share: everyone hears them.
    subscribe: [shared('data'), shared('reading'), topicOf(site.site, '+', 'birth'), ...(proof?.subscribe ?? [])],
    onMessage: (topic, payload) => {
      const parsed = parseTopic(topic);
      if (parsed === undefined) return;
      try {
        if (parsed.channel === 'data') onData(parsed.gateway, payload);
        else if (parsed.channel === 'reading') onReading(parsed.gateway, payload);
        else if (parsed.channel === 'cmd') proof?.hear(topic);
        else onBirth(parsed.gateway, payload).catch((error) => onFailure(topic, payload, error));
      } catch (error) {
        onFailure(topic, payload, error);
      }
    },
    onUp: () => {
      up.resolve();
      if (proof !== undefined) void link.publish(proof.topic, '{}').catch(() => undefined); // the next session asks again
    },
    clock,
    log,
  });
  for (const batch of foreign.waiting()) addSound(batch);
  return {
    committer,
    refused,
    ready: proof?.within(clock, broker.url) ?? up.promise,
    async run(signal) {
      const tell = () => tellGaps(store, refused, log);
      await Promise.all([committer.run(signal), everyHour(tell, clock, log, signal)]);
    },
    async close() {
      await link.close();
      foreign.close();
      refused.close();
    },
  };
}

/** Numbers that have not come: of a backlog they are on their way, and the next hour no longer tells them. */
async function tellGaps(store: Store, refused: RefusedMessages, log: Log): Promise<void> {
  const gaps = gapsOf(await store.receipts(), await store.losses(), refused.batches());
  for (const { gateway, batches, after, before, why } of gaps) {
    if (why !== 'missing') continue;
    const [from, to] = [after, before].map((time) => (time === null ? null : new Date(time).toISOString()));
    log.warn({ event: 'batches_missing', gateway, batches, from, to }, 'batches of a gateway are missing');
  }
}

async function everyHour(work: () => Promise<void>, clock: Clock, log: Log, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(hour, signal).catch((error) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    await work().catch((error) => log.error({ event: 'gaps_unknown', reason: messageOf(error) }, 'gaps not told'));
  }
}
