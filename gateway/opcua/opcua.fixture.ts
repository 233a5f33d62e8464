// Owns peers for tests of OPC UA: a server in a process of its own, a meter that follows a server, waiting with a deadline.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Clock, systemClock } from '../../core/clock.ts';
import { type Log, silentLog } from '../../core/log.ts';
import type { PointId } from '../../core/points.ts';
import type { Sample } from '../../core/sample.ts';
import { startOpcuaServer } from '../../simulators/opcua-server.ts';
import { type Peer, startPeer } from '../peers/peers.fixture.ts';
import { SubscribedSource } from './opcua-source.ts';
import type { OpcuaServer } from './session.ts';
import { OpcuaSubscriber } from './subscriber.ts';

export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-opcua-'));
  context.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

export async function until(what: string, reached: () => boolean, patience = 60_000): Promise<void> {
  for (const end = performance.now() + patience; !reached(); await pause(10))
    if (performance.now() > end) throw new Error(`${what}: not within ${patience} ms`);
}

/** For what a test may do, and must be done after it. */
export function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

export type ServerOrder = { folder: string; port?: number; variables: number };

/** Variables `ns=1;s=v0`, `v1`, …, each of which counts how often it was looked at. */
export const startServerProcess = (order: ServerOrder): Promise<Peer> =>
  startPeer(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', import.meta.filename],
    `${JSON.stringify(order)}\n`,
  );

async function serve(): Promise<void> {
  const lines = createInterface(process.stdin);
  const [line] = (await new Promise<string[]>((resolve) => lines.once('line', (one) => resolve([one])))) as [string];
  const { folder, port, variables } = JSON.parse(line) as ServerOrder;
  const counts = new Float64Array(variables);
  const { endpoint } = await startOpcuaServer(
    Array.from({ length: variables }, (_, index) => ({
      node: `ns=1;s=v${index}`,
      name: `v${index}`,
      read: () => {
        counts[index] = (counts[index] ?? 0) + 1;
        return counts[index] ?? 0;
      },
    })),
    { folder, ...(port === undefined ? {} : { port }) },
  );
  lines.once('close', () => process.exit());
  process.stdout.write(`${endpoint}\n`);
}

export const unsecured = { security: { mode: 'None', policy: 'None' }, user: undefined } as const;

export type Following = {
  samples: Sample[];
  source: SubscribedSource;
  subscriber: OpcuaSubscriber;
  of: (point: PointId) => Sample[];
  stop(): Promise<void>;
};

/** A meter that follows a server with short periods. */
export function follow(
  context: TestContext,
  nodes: Partial<Record<PointId, string>>,
  server: Pick<OpcuaServer, 'endpoint' | 'pkiFolder'> & Partial<OpcuaServer>,
  given: { heartbeat?: number; subscriber?: OpcuaSubscriber; log?: Log; clock?: Clock } = {},
): Following {
  const { heartbeat = 60_000, log = silentLog, clock = systemClock } = given;
  const subscriber =
    given.subscriber ??
    new OpcuaSubscriber({
      ...unsecured,
      timeout: 5_000,
      clock,
      log,
      periods: { fast: 100, slow: 300 },
      heartbeat,
      random: () => 0.1,
      ...server,
    });
  const source = new SubscribedSource(
    {
      meter: 'm',
      endpoint: server.endpoint,
      clock,
      nodes: Object.entries(nodes).map(([point, node]) => ({ point: point as PointId, node, scale: 1 })),
    },
    subscriber,
  );
  const samples: Sample[] = [];
  const leave = new AbortController();
  const following = source.follow((told) => samples.push(...told), leave.signal);
  const stop = once(async () => {
    leave.abort();
    await following;
    if (given.subscriber === undefined) await subscriber.close();
  });
  context.after(stop);
  return { samples, source, subscriber, of: (point) => samples.filter((one) => one.point === point), stop };
}

if (import.meta.main) await serve();
