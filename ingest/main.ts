// Composition root of ingest: subscribes, checks, commits, acknowledges, and keeps the slots.
import { join } from 'node:path';
import { type BrokerAddress, BrokerLink } from '../core/broker-link.ts';
import { Calendar } from '../core/calendar.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { Fault } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import type { Range } from '../core/ranges.ts';
import type { Store } from '../core/store.ts';
import { type Ack, decodeBatch, parseBirth, parseTopic, refuse, topicOf } from '../core/wire.ts';
import { Committer } from './committer.ts';
import { RefusedMessages } from './refused.ts';
import { LateNotes } from './slots/late-notes.ts';
import { RollUp } from './slots/roll-up.ts';

export type IngestOptions = {
  site: Site;
  dataFolder: string;
  broker: BrokerAddress;
  store: Store;
  clock: Clock;
  log: Log;
};

export type RunningIngest = {
  committer: Committer;
  rollUp: RollUp;
  refused: RefusedMessages;
  /** Resolves when ingest is subscribed. */
  ready: Promise<void>;
  stop(): Promise<void>;
};

export async function startIngest({
  site,
  dataFolder,
  broker,
  store,
  clock,
  log,
}: IngestOptions): Promise<RunningIngest> {
  const refused = new RefusedMessages(join(dataFolder, 'refused.sqlite'));
  const notes = new LateNotes(join(dataFolder, 'late.sqlite'));
  const rollUp = new RollUp(store, new Calendar(site.timezone), log, notes);
  await rollUp.start();

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
    acknowledge: ({ gateway, epoch, ranges }) => acknowledge(gateway, epoch, ranges),
    beforeCommit: (batches) => rollUp.foresee(batches),
    onCommitted: (batches, { late }) => rollUp.follow(batches, late),
  });

  const onData = (gateway: string, payload: Uint8Array): void => {
    const batch = decodeBatch(payload);
    if (batch.gateway !== gateway)
      refuse('gateway', `消息自称来自 ${batch.gateway}`, `the message says that it comes from ${batch.gateway}`);
    committer.add(batch);
  };
  const onBirth = async (gateway: string, payload: Uint8Array): Promise<void> => {
    const { epoch, series } = parseBirth(payload);
    rollUp.learn(series);
    await store.putFacts(series);
    const known = (await store.receipts()).find((receipts) => receipts.gateway === gateway && receipts.epoch === epoch);
    acknowledge(gateway, epoch, known?.ranges.map(({ first, last }): Range => [first, last]) ?? []);
  };
  const keepRefused = (topic: string, payload: Uint8Array, error: unknown): void => {
    if (!(error instanceof Fault)) throw error;
    if (error.retry) {
      log.error(
        { event: 'birth_lost', topic, reason: error.message },
        'birth not stored; the next one brings the same',
      );
      return;
    }
    refused.keep({ at: clock.now(), topic, code: error.code, reason: error.message, payload });
    log.warn({ event: 'message_refused', topic, code: error.code, reason: error.message }, 'message refused');
    // What is kept here is as durable as what is stored: without an acknowledgement it would come back for ever.
    const batch = sequenceOf(payload);
    const sender = parseTopic(topic)?.gateway;
    if (batch !== undefined && sender !== undefined) acknowledge(sender, batch.epoch, [[batch.seq, batch.seq]]);
  };

  const ready = Promise.withResolvers<void>();
  const link = new BrokerLink({
    broker,
    clientId: `${site.site}-ingest`,
    subscribe: [topicOf(site.site, '+', 'data'), topicOf(site.site, '+', 'birth')],
    onMessage: (topic, payload) => {
      const parsed = parseTopic(topic);
      if (parsed === undefined) return;
      try {
        if (parsed.channel === 'data') onData(parsed.gateway, payload);
        else onBirth(parsed.gateway, payload).catch((error) => keepRefused(topic, payload, error));
      } catch (error) {
        keepRefused(topic, payload, error);
      }
    },
    onUp: () => ready.resolve(),
    clock,
    log,
  });

  const stop = new AbortController();
  const running = Promise.all([committer.run(stop.signal), rollUp.run(clock, stop.signal)]);
  running.catch((error) => log.error({ event: 'ingest_failed', err: error }, 'ingest failed'));
  return {
    committer,
    rollUp,
    refused,
    ready: ready.promise,
    async stop() {
      stop.abort();
      await running;
      await link.close();
      await rollUp.flush();
      notes.close();
      refused.close();
    },
  };
}

/** Which batch a refused message was, when it still says so. */
function sequenceOf(payload: Uint8Array): { epoch: number; seq: number } | undefined {
  const text = new TextDecoder().decode(payload.subarray(0, 400));
  const match = /^\{"v":\d+,"gw":"[^"]*","epoch":(\d+),"seq":(\d+),/.exec(text);
  return match === null ? undefined : { epoch: Number(match[1]), seq: Number(match[2]) };
}
