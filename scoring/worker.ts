// Owns the thread in which years are scored: keeps what was gathered, asks the process that began it for slots, and answers one question a message.
import { parentPort, workerData } from 'node:worker_threads';
import type { Period } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { Revision } from '../core/ledger.ts';
import type { SeriesFacts, SeriesKey } from '../core/sample.ts';
import { type SlotColumns, slotsFrom } from '../core/slots.ts';
import { type Scorer, startScoring } from './main.ts';
import { type Failure, failureOf, told } from './thread.ts';

type AskedName = 'score' | 'way' | 'carbon' | 'whatIf';
export type Asked = { [Name in AskedName]: { name: Name; args: Parameters<Scorer[Name]> } }[AskedName];
type Given = { facts: SeriesFacts[] } | { columns: SlotColumns[] } | { failure: Failure };
type Time = { now: number; monotonic: number };

/** A question with the ledger as it is to be taken, the answer to one of the thread's own, or that what is kept is over. */
type ToAnswer = { id: number; asked: Asked; ledger: readonly Revision[]; asOf: number | undefined; time: Time };
export type ToThread = ToAnswer | ({ id: number } & Given) | { forget: true };
export type Question =
  | { id: number; read: 'slots'; keys: readonly SeriesKey[]; period: Period }
  | { id: number; read: 'facts' };
export type FromThread = Question | { id: number; result?: unknown; failure?: Failure };

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');
const { site } = workerData as { site: Site };

const waiting = new Map<number, { resolve(given: Given): void; reject(error: Error): void }>();
let last = 0;
type Unnumbered = { read: 'slots'; keys: readonly SeriesKey[]; period: Period } | { read: 'facts' };
const read = (question: Unnumbered): Promise<Given> =>
  new Promise((resolve, reject) => {
    const id = ++last;
    waiting.set(id, { resolve, reject });
    port.postMessage({ id, ...question } satisfies FromThread);
  });

let time: Time = { now: 0, monotonic: 0 };
/** Of the question that is being answered. */
let ledger: readonly Revision[] = [];
let newest = '';

const columnsOf = async (keys: readonly SeriesKey[], period: Period): Promise<SlotColumns[]> => {
  const given = await read({ read: 'slots', keys, period });
  return 'columns' in given ? given.columns : [];
};

const scorer = startScoring({
  site,
  clock: { ...systemClock, now: () => time.now, monotonic: () => time.monotonic },
  ledger: { current: () => [...ledger] },
  store: {
    slotColumns: (keys, _resolution, period) => columnsOf(keys, period),
    slots: async (keys, _resolution, period) => (await columnsOf(keys, period)).map((columns) => slotsFrom(columns)),
    async facts() {
      const given = await read({ read: 'facts' });
      return 'facts' in given ? given.facts : [];
    },
  },
});

async function answer({ id, asked, asOf, ...given }: ToAnswer): Promise<void> {
  ({ time, ledger } = given);
  const head = ledger.map(({ hash }) => hash).join();
  if (asOf === undefined && newest !== head) {
    scorer.forget();
    newest = head;
  }
  try {
    const ask = scorer[asked.name] as (...args: unknown[]) => Promise<unknown>;
    port?.postMessage({ id, result: await ask(...asked.args) } satisfies FromThread);
  } catch (error) {
    port?.postMessage({ id, failure: told(error) } satisfies FromThread);
  }
}

/** One question after another: each has its ledger and its time. */
let tail = Promise.resolve();

port.on('message', (message: ToThread) => {
  if ('forget' in message) return scorer.forget();
  if ('asked' in message) {
    tail = tail.then(() => answer(message));
    return;
  }
  const { resolve, reject } = waiting.get(message.id) ?? {};
  waiting.delete(message.id);
  if ('failure' in message) reject?.(failureOf(message.failure));
  else resolve?.(message);
});
