// Owns asking a running site for what only it can do, because it holds the store: on loopback, with a secret that only the owner can read.
import { timingSafeEqual } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { z } from 'zod';
import { sha256 } from '../core/canonical.ts';
import type { Site } from '../core/config/site.ts';
import { exitCodes, Fault, messageOf } from '../core/fault.ts';
import { loadCredentials } from '../ingest/credentials.ts';
import type { Chain } from './chain.ts';
import { whoRuns } from './running.ts';
import { snapshotActions } from './snapshot-work.ts';

type Actions = Record<string, (argument: string) => Promise<unknown>>;

/** What a process that stores readings does for others. */
export const actionsOf = (site: Site, dataFolder: string, { store, ingest: { rollUp } }: Chain): Actions => ({
  async backup(target) {
    const { writeBackup } = await import('./backup.ts');
    return writeBackup({ site, dataFolder, store, rollUp }, target);
  },
  ...snapshotActions(site, dataFolder, store),
});

/** Commands of this machine show it to the process that runs. */
export const secretOf = (dataFolder: string): string => loadCredentials(dataFolder, ['control']).control ?? '';
const beatEvery = 2_000;
const longestSilence = 30_000;

const answer = z.union([
  z.strictObject({ result: z.unknown() }),
  z.strictObject({ failure: z.strictObject({ zh: z.string(), en: z.string() }) }),
]);

/** Gives where it listens and the way to stop it; an action that runs then is not waited for. */
export async function startControl(dataFolder: string, actions: Actions): Promise<{ url: string; stop(): void }> {
  const secret = sha256(`Bearer ${secretOf(dataFolder)}`);
  const serve: RequestListener = async (request, response) => {
    const given = sha256(request.headers.authorization ?? '');
    const name = (request.url ?? '').slice(1);
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    const isOwner = timingSafeEqual(Buffer.from(given), Buffer.from(secret));
    if (!isOwner || request.method !== 'POST' || action === undefined) {
      response.writeHead(isOwner ? 404 : 401).end();
      return;
    }
    let argument = '';
    for await (const piece of request) if (argument.length < 10_000) argument += String(piece);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const beat = setInterval(() => response.write('\n'), beatEvery); // long work is told from a process that is gone
    const said: z.infer<typeof answer> = await action(argument).then(
      (result) => ({ result: result ?? null }),
      (error) => ({ failure: { zh: messageOf(error, 'zh'), en: messageOf(error, 'en') } }),
    );
    clearInterval(beat);
    response.end(`${JSON.stringify(said)}\n`);
  };
  const server = createServer((request, response) => {
    // Who goes away while he asks must not end the plant's process.
    Promise.resolve(serve(request, response)).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Asks the process that runs; gives undefined when none does. */
export async function askRunning(
  dataFolder: string,
  action: string,
  argument: string,
): Promise<{ result: unknown } | undefined> {
  const running = whoRuns(dataFolder);
  if (running?.control === undefined) return undefined;
  const silence = new AbortController();
  const gone = () => silence.abort();
  let patience = setTimeout(gone, longestSilence);
  try {
    const response = await fetch(`${running.control}/${action}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secretOf(dataFolder)}` },
      body: argument,
      signal: silence.signal,
    });
    let text = '';
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece as Uint8Array).toString();
      clearTimeout(patience);
      patience = setTimeout(gone, longestSilence);
    }
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const said = answer.parse(JSON.parse(text));
    if ('result' in said) return { result: said.result };
    throw new Fault('process_failed', said.failure, { exitCode: exitCodes.unavailable });
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault(
      'process_silent',
      {
        zh: `运行中的进程（${running.pid}）没有答复：${messageOf(cause)}`,
        en: `the process that runs (${running.pid}) does not answer: ${messageOf(cause)}`,
      },
      { cause, exitCode: exitCodes.unavailable, retry: true },
    );
  } finally {
    clearTimeout(patience);
  }
}
