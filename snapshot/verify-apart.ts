// Owns verifying a bundle in a thread of its own: a plant's process goes on reading meters meanwhile.
import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Fault } from '../core/fault.ts';
import type { Text } from '../core/text.ts';
import type { Software } from './compose.ts';
import { type Verification, verifyBundle } from './verify.ts';

type Said = { found: Verification } | { refused: Text };

const longest = 600_000;

export function verifyApart(file: string, program?: Software): Promise<Verification> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { file, program },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  return new Promise<Verification>((resolve, reject) => {
    const patience = setTimeout(
      () => reject(new Fault('verify_slow', { zh: '核验超时', en: 'verifying took too long' })),
      longest,
    );
    patience.unref();
    worker.once('error', reject);
    worker.once('message', (said: Said) => {
      clearTimeout(patience);
      if ('found' in said) resolve(said.found);
      else reject(new Fault('bundle_refused', said.refused));
    });
  }).finally(() => worker.terminate());
}

if (!isMainThread && typeof workerData?.file === 'string') {
  let said: Said;
  try {
    said = { found: verifyBundle(readFileSync(workerData.file), undefined, workerData.program) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    said = { refused: error.text };
  }
  parentPort?.postMessage(said);
}
