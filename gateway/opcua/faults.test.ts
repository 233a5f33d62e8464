// Row 26 of the failure matrix, with the OPC UA side of other rows: what goes wrong with a server, and what is right then.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Clock, systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import type { PointId } from '../../core/points.ts';
import { levelOf, qualityOf } from '../../core/quality.ts';
import type { Sample } from '../../core/sample.ts';
import { OpcuaFaults, startOpcuaServer } from '../../simulators/opcua-server.ts';
import { OpcuaConnection } from './connection.ts';
import { follow, once, startServerProcess, unsecured, until } from './opcua.fixture.ts';
import { OpcuaSource } from './opcua-source.ts';

const hour = 3_600_000;
/** For an answer that comes: only a machine that does much else needs so long. */
const patient = 30_000;

/** Keys are made once: theirs and ours. */
const folder = mkdtempSync(join(tmpdir(), 'tanbiao-opcua-'));
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** A server in this process, whose variables show what they are given. */
async function serve(context: TestContext, values: Record<string, number>, port = 0) {
  const faults = new OpcuaFaults();
  const variable = (name: string) => ({ node: `ns=1;s=${name}`, name, read: () => values[name] ?? 0 });
  const server = await startOpcuaServer(Object.keys(values).map(variable), { folder, port, faults });
  const close = once(() => server.close());
  context.after(close);
  return { server, close, faults, variable, to: { endpoint: server.endpoint, pkiFolder: folder } };
}

const nodes = (...points: PointId[]): Partial<Record<PointId, string>> =>
  Object.fromEntries(points.map((point) => [point, `ns=1;s=${point}`]));

const isGood = (sample: Sample | undefined): boolean => sample !== undefined && levelOf(sample.quality) === 'good';
const qualities = (samples: readonly Sample[]) => samples.map(({ quality }) => qualityOf(quality));
const grows = (samples: readonly Sample[]) =>
  samples.every(({ time }, at) => at === 0 || time > (samples[at - 1]?.time ?? 0));

suite('an OPC UA server', { concurrency: 3 }, () => {
  test('row 26: a server that stands still is known by its silence; one that is killed is bad at once; back again, everything is read anew', async (context) => {
    const process_ = await startServerProcess({ folder, variables: 2 });
    context.after(() => process_.end());
    const { child, said: endpoint } = process_;
    const { of, source } = follow(
      context,
      { power: 'ns=1;s=v0', energy_import: 'ns=1;s=v1' },
      { endpoint, pkiFolder: folder },
    );
    const areGood = () => isGood(of('power').at(-1)) && isGood(of('energy_import').at(-1));
    const areBad = () => [of('power'), of('energy_import')].every((told) => told.at(-1)?.value === null);
    await until('values', () => areGood() && of('power').length > 5);
    child.kill('SIGSTOP');
    context.after(() => child.kill('SIGCONT'));
    await until('silence', areBad);
    assert.equal(qualityOf(of('power').at(-1)?.quality ?? 0), 'bad_timeout');
    child.kill('SIGCONT');
    await until('it moves again', areGood);

    const killedAt = Date.now();
    const before = of('power').length;
    child.kill('SIGKILL');
    await until('the gap', areBad);
    const gap = of('power')
      .slice(before)
      .find(({ value }) => value === null);
    assert.ok(gap !== undefined && gap.time <= Date.now());
    assert.ok(gap.time > killedAt - 5_000, 'the gap begins with the last sign of life');
    assert.ok(source.fault !== undefined);

    const again = await startServerProcess({ folder, port: Number(new URL(endpoint).port), variables: 2 });
    context.after(() => again.end());
    await until('it is back', areGood);
    assert.equal(source.fault, undefined);
    assert.ok(grows(of('power')) && grows(of('energy_import')));
    const after_ = of('energy_import').slice(of('energy_import').findLastIndex(({ value }) => value === null));
    assert.ok(
      after_.every(({ time }) => time > killedAt - 5_000),
      'a value of before the gap came after it',
    );
  });

  test('row 26: a session that the server ends is made anew, with all its items', async (context) => {
    const { server, to } = await serve(context, { power: 1, frequency: 50 });
    const { of } = follow(context, nodes('power', 'frequency'), to);
    await until('values', () => isGood(of('power').at(-1)) && isGood(of('frequency').at(-1)));
    server.endSessions(); // node-opcua mends this by itself, and does not tell what it missed
    await until('the gap is marked', () => !isGood(of('power').at(-1)));
    await until('all is back', () => isGood(of('power').at(-1)) && isGood(of('frequency').at(-1)));
  });

  test('row 26: a node that does not exist is bad alone and named; when it appears it is told', async (context) => {
    const { server, variable, to } = await serve(context, { power: 1 });
    const { of, source } = follow(context, nodes('power', 'frequency'), to, { heartbeat: 500 });
    const isRefused = () => qualities(of('frequency')).includes('bad_exception') && isGood(of('power').at(-1));
    await until('the node is refused', isRefused);
    // A machine that is too slow for a session loses it, and then both are told so.
    const isLost = (sample: Sample) => ['bad_timeout', 'bad_connection'].includes(qualityOf(sample.quality) ?? '');
    const kept = (point: PointId) => of(point).filter((sample) => !isLost(sample));
    assert.deepEqual([...new Set(qualities(kept('frequency')))], ['bad_exception']);
    assert.equal(of('frequency').filter(isLost).length, of('power').filter(isLost).length);
    assert.equal(source.fault?.code, 'opcua_nodes_refused');
    assert.match(source.fault?.text.en ?? '', /ns=1;s=frequency \(BadNodeIdUnknown\)/);
    assert.match(source.fault?.text.zh ?? '', /nodes/);
    assert.ok(kept('power').every(isGood));
    server.add([variable('frequency')]);
    await until('it is told', () => isGood(of('frequency').at(-1)) && source.fault === undefined);
  });

  test('row 26: status codes become qualities, wrong clocks do not move values', async (context) => {
    const values = { power: 1, frequency: 50 };
    const { faults, to } = await serve(context, values);
    const { of } = follow(context, nodes('power', 'frequency'), { ...to, timeout: patient });
    await until('values', () => isGood(of('power').at(-1)));
    const said = async (status: string, quality: string) => {
      faults.statuses.set('ns=1;s=power', status);
      await until(status, () => qualityOf(of('power').at(-1)?.quality ?? 0) === quality);
      return of('power').at(-1)?.value;
    };
    assert.equal(await said('BadSensorFailure', 'bad_source'), null);
    assert.equal(await said('UncertainLastUsableValue', 'uncertain_stale'), 1);
    assert.equal(await said('BadNoCommunication', 'bad_connection'), null);
    faults.statuses.clear();
    await until('good again', () => isGood(of('power').at(-1)));
    assert.ok(of('frequency').every(isGood), 'another point suffered');

    for (const offset of [8 * hour, -8 * hour]) {
      faults.sourceOffset = offset;
      values.power += 1;
      await until(`the value with an offset of ${offset}`, () => of('power').at(-1)?.value === values.power);
      const { time, quality } = of('power').at(-1) as Sample;
      assert.ok(Math.abs(time - Date.now()) < 60_000, `dated ${time - Date.now()} ms from now`);
      assert.equal(qualityOf(quality), 'uncertain_clock');
    }
    assert.ok(grows(of('power')));
  });

  test('row 26: a value that stands still is asked for by its heartbeat, and told as what it is now', async (context) => {
    const { faults, to } = await serve(context, { power: 5, energy_import: 9 });
    for (const node of Object.values(nodes('power', 'energy_import'))) faults.frozen.add(node);
    const server = { ...to, timeout: patient };
    const { of } = follow(context, nodes('power', 'energy_import'), server, { heartbeat: 400 });
    await until('four times', () => of('power').length >= 4 && of('energy_import').length >= 4);
    for (const point of ['power', 'energy_import'] as const) {
      assert.ok(of(point).every(isGood) && grows(of(point)));
      assert.equal(new Set(of(point).map(({ value }) => value)).size, 1);
    }
    const [first, last] = [of('power')[0]?.time ?? 0, of('power').at(-1)?.time ?? 0];
    assert.ok(last - first >= 3 * 400 - 50, `four readings within ${last - first} ms`);
  });

  test('row 26: a server whose own clock stands still is frozen, not quiet: it is left and met anew', async (context) => {
    const { faults, to } = await serve(context, { power: 5 });
    faults.frozen.add('ns=1;s=power');
    const { of, source } = follow(context, nodes('power'), to, { heartbeat: 300 });
    await until('values', () => of('power').length > 2);
    faults.clockStopped = true;
    await until('frozen', () => source.fault?.code === 'opcua_frozen');
    assert.equal(qualityOf(of('power').at(-1)?.quality ?? 0), 'bad_timeout');
    faults.clockStopped = false;
    await until('back', () => isGood(of('power').at(-1)) && source.fault === undefined);
  });

  test('row 26: a server that is not there is said so, tried with growing waits, and stopped at once', async (context) => {
    const waits: number[] = [];
    const clock: Clock = {
      ...systemClock,
      sleep(time, signal) {
        waits.push(time);
        return systemClock.sleep(waits.length < 4 ? 10 : time * 100, signal);
      },
    };
    const server = { endpoint: 'opc.tcp://127.0.0.1:1/plant', pkiFolder: folder, random: () => 1 };
    const { source, samples, stop } = follow(context, nodes('power'), server, { clock });
    await until('four attempts', () => waits.length === 4);
    assert.deepEqual(waits, [600, 1_100, 2_100, 4_100]);
    assert.equal(samples.length, 4);
    assert.equal(source.fault?.code, 'opcua_unreachable');
    assert.match(source.fault?.text.en ?? '', /cannot connect \(ECONNREFUSED\): check address, port/);
    const began = performance.now();
    await stop();
    assert.ok(performance.now() - began < 60_000, 'it waited for its next attempt');
  });

  test('row 26: a meter that comes or goes touches no other on the same server', async (context) => {
    const values = { power: 1, frequency: 50 };
    const { to } = await serve(context, values);
    const stays = follow(context, nodes('power'), { ...to, timeout: patient });
    await until('values', () => isGood(stays.of('power').at(-1)));
    const { subscriber } = stays;
    const comes = follow(context, nodes('frequency'), to, { subscriber });
    await until('the new one', () => isGood(comes.of('frequency').at(-1)));
    await comes.stop();
    const told = comes.samples.length;
    const before = stays.samples.length;
    await until('the old one goes on', () => {
      values.power += 1;
      return stays.samples.length > before + 5;
    });
    assert.equal(comes.samples.length, told);
    assert.ok(stays.samples.every(isGood));
  });

  test('row 26: asked instead of told: counters and states at their own speeds; a server that went is met anew', async (context) => {
    const { close, to } = await serve(context, { power: 3, energy_import: 7 });
    const { endpoint } = to;
    const clock = systemClock;
    const connection = new OpcuaConnection({ ...unsecured, ...to, timeout: 10_000, clock, log: silentLog });
    context.after(() => connection.close());
    const node = (point: PointId) => ({ point, node: `ns=1;s=${point}`, scale: 1 });
    const device = { meter: 'm', endpoint, clock, nodes: [node('power'), node('energy_import')] };
    const source = new OpcuaSource(device, connection);
    const read = async (pollClass: 'fast' | 'slow') => (await source.read(pollClass)).map(({ value }) => value);
    assert.deepEqual([await read('fast'), await read('slow')], [[3], [7]]);
    await close();
    assert.deepEqual(await read('fast'), [null]);
    assert.ok(source.fault !== undefined);
    await serve(context, { power: 4, energy_import: 7 }, Number(new URL(endpoint).port));
    for (const end = performance.now() + 60_000; (await read('fast'))[0] !== 4; await pause(50))
      assert.ok(performance.now() < end, 'it was not met anew');
    assert.equal(source.fault, undefined);
  });
});
