// Owns the thread in which the embedded store runs: takes one call a message, answers with a result or a failure.
import { parentPort, workerData } from 'node:worker_threads';
import { hasGivenUp } from './database.ts';
import { Operations } from './operations.ts';

export type Call = { [Name in CallName]: { id: number; name: Name; args: Parameters<Operations[Name]> } }[CallName];
export type CallName =
  | 'opened'
  | 'replaceReceipts'
  | 'commit'
  | 'losses'
  | 'putFacts'
  | 'samples'
  | 'since'
  | 'closedBy'
  | 'compact'
  | 'stats'
  | 'check'
  | 'months'
  | 'countsIn'
  | 'forget'
  | 'pinCopy'
  | 'copied'
  | 'putSlots'
  | 'slots'
  | 'totals'
  | 'close';
export type Reply = { id: number; result?: unknown; failure?: string };

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');

const { folder } = workerData as { folder: string };

// Messages that come before the file is open wait for it here.
let operations = Operations.open(folder);
let wasOpen = false;
operations.then(
  () => {
    wasOpen = true;
  },
  () => undefined, // every call answers with the failure
);

/** A full disk ends the database, not the work: the next call finds it opened again, as after a crash. */
async function openAgain(failed: Promise<Operations>): Promise<void> {
  if (operations !== failed) return; // another call was here before
  operations = failed.then(
    async (old) => {
      await old.close();
      return Operations.open(folder);
    },
    () => Operations.open(folder),
  );
  await operations;
}

/** Columns go over as they are: a year of them is too much to be copied twice. */
const columnsIn = (result: unknown): ArrayBuffer[] =>
  Array.isArray(result)
    ? result.flatMap((one) => (one instanceof Float64Array ? [one.buffer as ArrayBuffer] : []))
    : [];

port.on('message', async ({ id, name, args }: Call) => {
  const current = operations;
  try {
    const method = (await current)[name] as (...values: unknown[]) => unknown;
    const result = await method.apply(await current, args);
    port.postMessage({ id, result } satisfies Reply, columnsIn(result));
  } catch (error) {
    const isOpen = await current.then(
      () => true,
      () => false, // it could not be opened again: by the next call there may be room
    );
    if (wasOpen && (!isOpen || hasGivenUp(error))) openAgain(current).catch(() => undefined); // the next call answers with this failure
    port.postMessage({ id, failure: error instanceof Error ? error.message : String(error) } satisfies Reply);
  }
});
