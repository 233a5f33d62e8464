// Owns the thread in which the embedded store runs: takes one call a message, answers with a result or a failure.
import { parentPort, workerData } from 'node:worker_threads';
import { Operations } from './operations.ts';

export type Call = { [Name in CallName]: { id: number; name: Name; args: Parameters<Operations[Name]> } }[CallName];
export type CallName =
  | 'opened'
  | 'replaceReceipts'
  | 'commit'
  | 'losses'
  | 'putFacts'
  | 'samples'
  | 'putSlots'
  | 'slots'
  | 'close';
export type Reply = { id: number; result?: unknown; failure?: string };

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');

// Messages that come before the file is open wait for it here.
const operations = Operations.open((workerData as { file: string }).file);
operations.catch(() => undefined); // every call answers with the failure

port.on('message', async ({ id, name, args }: Call) => {
  try {
    const method = (await operations)[name] as (...values: unknown[]) => unknown;
    const result = await method.apply(await operations, args);
    port.postMessage({ id, result } satisfies Reply);
  } catch (error) {
    port.postMessage({ id, failure: error instanceof Error ? error.message : String(error) } satisfies Reply);
  }
});
