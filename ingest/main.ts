// Composition roots of ingest: alone with its slots, one of several that share the readings, and the one that makes the slots of what these store.
import { join } from 'node:path';
import { Calendar, minute } from '../core/calendar.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { messageOf } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import type { ChangeSource, Store } from '../core/store.ts';
import { type Receiver, type ReceiverOptions, startReceiver } from './receiver.ts';
import { followChanges } from './slots/follow-changes.ts';
import { LateNotes } from './slots/late-notes.ts';
import { RollUp } from './slots/roll-up.ts';

export type IngestOptions = Omit<ReceiverOptions, 'share' | 'slots'>;

export type RunningIngest = Pick<Receiver, 'committer' | 'refused' | 'ready'> & {
  rollUp: RollUp;
  stop(): Promise<void>;
};

/** The only one who writes readings of this site. */
export async function startIngest(options: IngestOptions): Promise<RunningIngest> {
  const { site, dataFolder, store, clock, log } = options;
  const notes = new LateNotes(join(dataFolder, 'late.sqlite'));
  const rollUp = new RollUp(store, new Calendar(site.timezone), log, notes);
  await rollUp.start();
  const receiver = startReceiver({ ...options, slots: rollUp });
  const stop = new AbortController();
  const running = Promise.all([receiver.run(stop.signal), rollUp.run(clock, stop.signal)]);
  running.catch((error) => log.error({ event: 'ingest_failed', err: error }, 'ingest failed'));
  const { committer, refused, ready } = receiver;
  return {
    committer,
    rollUp,
    refused,
    ready,
    async stop() {
      stop.abort();
      await running;
      await receiver.close();
      await writeLast(rollUp, log);
      notes.close();
    },
  };
}

/** At the end; what cannot be written now is made of the readings at the next start. */
const writeLast = (rollUp: RollUp, log: Log): Promise<void> =>
  rollUp.flush().catch((error: unknown) => {
    log.error({ event: 'slots_failed', reason: messageOf(error) }, 'slots could not be written');
  });

export type RunningWorker = Pick<Receiver, 'committer' | 'refused' | 'ready'> & { stop(): Promise<void> };

/** One of several: each sees a part of the readings, so none of them can make slots. */
export function startWorker(options: IngestOptions & { share: string }): RunningWorker {
  const receiver = startReceiver(options);
  const stop = new AbortController();
  const running = receiver.run(stop.signal);
  running.catch((error) => options.log.error({ event: 'ingest_failed', err: error }, 'ingest failed'));
  const { committer, refused, ready } = receiver;
  return {
    committer,
    refused,
    ready,
    async stop() {
      stop.abort();
      await running;
      await receiver.close();
    },
  };
}

export type SlotKeeperOptions = {
  site: Site;
  dataFolder: string;
  store: Store & ChangeSource;
  clock: Clock;
  log: Log;
};

const followEvery = 2_000;

/** Makes the slots of what several workers store; it hears nothing from the broker. */
export async function startSlotKeeper({ site, dataFolder, store, clock, log }: SlotKeeperOptions): Promise<{
  /** Resolves when the slots are those of everything that was stored until now. */
  catchUp(): Promise<void>;
  stop(): Promise<void>;
}> {
  const notes = new LateNotes(join(dataFolder, 'late.sqlite'));
  const rollUp = new RollUp(store, new Calendar(site.timezone), log, notes);
  await rollUp.start();
  const follow = followChanges(store, rollUp, clock);
  const learn = async () => rollUp.learn(await store.facts());
  const stop = new AbortController();
  const following = async () => {
    for (let learnt = clock.monotonic(); !stop.signal.aborted; ) {
      await clock.sleep(followEvery, stop.signal).catch((error) => {
        if (!stop.signal.aborted) throw error;
      });
      if (stop.signal.aborted) return;
      try {
        await follow();
        if (clock.monotonic() - learnt < minute) continue;
        await learn();
        learnt = clock.monotonic();
      } catch (error) {
        // What was not followed is found again: the store remembers how far it was.
        log.error({ event: 'slots_behind', reason: messageOf(error) }, 'changes of the store not followed');
      }
    }
  };
  const running = Promise.all([following(), rollUp.run(clock, stop.signal)]);
  running.catch((error) => log.error({ event: 'slots_failed', err: error }, 'slots failed'));
  return {
    async catchUp() {
      await learn();
      await follow();
      await rollUp.flush();
    },
    async stop() {
      stop.abort();
      await running;
      await writeLast(rollUp, log);
      notes.close();
    },
  };
}
