// Owns scoring beside the work of its process: in a thread of its own, so that a year's figures keep nobody waiting who asks for something else.
import { Worker } from 'node:worker_threads';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { Fault } from '../core/fault.ts';
import type { Ledger } from '../core/ledger.ts';
import { columnsFrom } from '../core/slots.ts';
import type { Reader } from './inputs.ts';
import type { Scorer } from './main.ts';
import { standardsOf } from './pack.ts';
import type { Asked, FromThread, Question, ToThread } from './worker.ts';

type Waiting = { resolve: (result: never) => void; reject: (error: unknown) => void };

export type ScoringThread = Scorer & { stop(): Promise<void> };

/** The same as `startScoring`. The thread begins when something is asked, and has from here what it reads. */
export function startScoringThread(options: {
  site: Site;
  store: Reader;
  ledger: Pick<Ledger, 'current'>;
  clock: Clock;
}): ScoringThread {
  const { site, store, ledger, clock } = options;
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let thread: Worker | undefined;
  let isOver = false;

  const end = (which: Worker, cause: unknown): void => {
    if (thread !== which) return;
    thread = undefined; // the next question begins another one
    for (const { reject } of waiting.values()) reject(threadEnded(cause));
    waiting.clear();
  };
  const send = (to: Worker, message: ToThread, transfer: ArrayBuffer[] = []): void => to.postMessage(message, transfer);
  const read = async (to: Worker, question: Question): Promise<void> => {
    const { id } = question;
    try {
      if (question.read === 'facts') return send(to, { id, facts: await store.facts() });
      const { keys, period } = question;
      const columns =
        (await store.slotColumns?.(keys, 'quarter', period)) ??
        (await store.slots(keys, 'quarter', period)).map(columnsFrom);
      send(
        to,
        { id, columns },
        columns.flatMap((list) => list.map(({ buffer }) => buffer)),
      );
    } catch (error) {
      send(to, { id, failure: told(error) });
    }
  };
  const begin = (): Worker => {
    const made = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { site } });
    made.on('message', (message: FromThread) => {
      if ('read' in message) return void read(made, message);
      const { id, failure, result } = message;
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (failure === undefined) resolve?.(result as never);
      else reject?.(failureOf(failure));
    });
    made.on('error', (error) => end(made, error));
    made.on('exit', () => end(made, undefined));
    return made;
  };
  const ask = <T>(asked: Asked, asOf?: number): Promise<T> => {
    if (isOver) return Promise.reject(threadEnded(undefined));
    thread ??= begin();
    const to = thread;
    const id = ++last;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      const time = { now: clock.now(), monotonic: clock.monotonic() };
      send(to, { id, asked, ledger: ledger.current(asOf), asOf, time });
    });
  };
  return {
    packs: standardsOf(site).map(({ id, name }) => ({ id, name })),
    score: (pack, year, asOf) => ask({ name: 'score', args: [pack, year, asOf] }, asOf),
    way: (pack, year) => ask({ name: 'way', args: [pack, year] }),
    carbon: (year) => ask({ name: 'carbon', args: [year] }),
    whatIf: (year, next) => ask({ name: 'whatIf', args: [year, next] }),
    forget() {
      if (thread !== undefined) send(thread, { forget: true });
    },
    async stop() {
      isOver = true;
      await thread?.terminate();
    },
  };
}

/** What of a failure goes from one thread to another. */
export type Failure = { message: string } & Partial<Pick<Fault, 'code' | 'text' | 'exitCode' | 'retry'>>;

export function told(error: unknown): Failure {
  if (!(error instanceof Fault))
    return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  const { message, code, text, exitCode, retry } = error;
  return { message, code, text, exitCode, retry };
}

export function failureOf({ message, code, text, exitCode, retry }: Failure): Error {
  if (code === undefined || text === undefined) return new Error(message);
  return new Fault(code, text, { ...(exitCode !== undefined && { exitCode }), ...(retry !== undefined && { retry }) });
}

const threadEnded = (cause: unknown): Fault =>
  new Fault(
    'scoring_ended',
    {
      zh: '评价计算意外终止：请重试；若再次发生，请检查内存',
      en: 'scoring ended before its answer: ask again; if it does again, look at the memory',
    },
    { retry: true, cause },
  );
