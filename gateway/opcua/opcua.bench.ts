// Measures the OPC UA side of the gateway: ten thousand changes a second without loss, and what each costs beside the bare client.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { median, report, row } from '../../bin/bench-report.ts';
import { systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import { points as catalogue, pointIds } from '../../core/points.ts';
import type { Sample } from '../../core/sample.ts';
import { Follower } from '../follow.ts';
import { startServerProcess, unsecured, until } from './opcua.fixture.ts';
import { SubscribedSource } from './opcua-source.ts';
import { openSession } from './session.ts';
import { OpcuaSubscriber } from './subscriber.ts';

const gauges = pointIds.filter((point) => catalogue[point].kind === 'gauge').slice(0, 30);
const meters = 100;
const variables = meters * gauges.length;
/** The server looks at every variable so often, and each look is a change: 12,000 a second. */
const every = 250;
const rarely = 86_400_000;
const seconds = 10;

/** What came, and from which number to which: what is missing between them was lost. */
class Tally {
  received = 0;
  readonly #first = new Map<string, number>();
  readonly #last = new Map<string, number>();

  add(name: string, value: number): void {
    if (!this.#first.has(name)) this.#first.set(name, value);
    this.#last.set(name, value);
    this.received++;
  }

  get series(): number {
    return this.#first.size;
  }

  get lost(): number {
    const told = [...this.#first].reduce((sum, [name, first]) => sum + (this.#last.get(name) ?? 0) - first + 1, 0);
    return told - this.received;
  }
}

type Round = { rate: number; lost: number; cpu: number };

/** `begin` starts what is measured and gives the way to stop it. */
async function measure(begin: (tally: Tally) => Promise<() => Promise<void>>): Promise<Round> {
  const tally = new Tally();
  const stop = await begin(tally);
  await until('every variable', () => tally.series === variables, 60_000);
  await pause(1_000);
  const [received, began, before] = [tally.received, performance.now(), process.cpuUsage()];
  await pause(1_000 * seconds);
  const { user, system } = process.cpuUsage(before);
  const changes = tally.received - received;
  const rate = changes / ((performance.now() - began) / 1_000);
  await stop();
  return { rate, lost: tally.lost, cpu: (user + system) / changes };
}

const folder = mkdtempSync(join(tmpdir(), 'tanbiao-bench-'));
const peer = await startServerProcess({ folder, variables });
const server = {
  ...{ ...unsecured, endpoint: peer.said, timeout: 10_000, pkiFolder: folder, clock: systemClock, log: silentLog },
  periods: { fast: every, slow: rarely },
  heartbeat: rarely,
};
const nodeOf = (meter: number, index: number): string => `ns=1;s=v${meter * gauges.length + index}`;

/** Sources, their values, times and qualities, and what of it is news. */
async function whole(tally: Tally): Promise<() => Promise<void>> {
  const subscriber = new OpcuaSubscriber(server);
  const stop = new AbortController();
  const deliver = (samples: readonly Sample[]) => {
    for (const { meter, point, value } of samples) tally.add(`${meter}.${point}`, value ?? Number.NaN);
  };
  const follower = new Follower({ clock: systemClock, log: silentLog, deliver });
  const running = follower.run(stop.signal);
  const limits = { deadband: {}, heartbeat: rarely };
  const sources = Array.from({ length: meters }, (_, meter) => {
    const nodes = gauges.map((point, index) => ({ point, node: nodeOf(meter, index), scale: 1 }));
    const device = { meter: `m${meter}`, endpoint: peer.said, clock: systemClock, nodes };
    return { source: new SubscribedSource(device, subscriber), limits };
  });
  await follower.set(sources);
  return async () => {
    stop.abort();
    await running;
    await subscriber.close();
  };
}

/** The client alone, with the same subscription. */
async function bare(tally: Tally): Promise<() => Promise<void>> {
  const session = await openSession(server, new AbortController().signal);
  const subscription = await session.subscribe(every, () => undefined);
  for (let meter = 0; meter < meters; meter++) {
    const nodes = gauges.map((_, index) => nodeOf(meter, index));
    await subscription.monitor(nodes, every, (index, value) => tally.add(nodes[index] ?? '', value.value.value));
  }
  return () => session.close();
}

const rounds: { ours: Round; theirs: Round }[] = [];
try {
  await measure(bare); // until it is compiled
  for (let round = 0; round < 3; round++) rounds.push({ ours: await measure(whole), theirs: await measure(bare) });
} finally {
  await peer.end();
  rmSync(folder, { recursive: true, force: true });
}
const rates = rounds.map(({ ours }) => ours.rate);
const losses = rounds.map(({ ours }) => ours.lost);
const alone = median(rounds.map(({ theirs }) => theirs.cpu));
const cost = rounds.map(({ ours }) => ours.cpu);
const ratio = median(cost) / alone;
report([
  row(`OPC UA, ${variables} nodes for ${seconds} s: changes received`, '/s', rates, {
    ...{ target: '≥ 10,000 /s', met: Math.min(...rates) >= 10_000 },
  }),
  row(`OPC UA, ${variables} nodes for ${seconds} s: changes lost`, '', losses, {
    ...{ target: '0', met: losses.every((lost) => lost === 0) },
  }),
  row('OPC UA, from the message to the reading: CPU', 'µs/change', cost, {
    against: `node-opcua-client alone (${alone.toFixed(1)} µs)`,
    ...{ ratio, target: '≤ 2×', met: ratio <= 2 },
  }),
]);
