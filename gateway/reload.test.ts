// A configuration that changes while the gateway reads: what did not change misses nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Site } from '../core/config/site.ts';
import { type GatewayConfig, siteSchema } from '../core/config/site-schema.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { silentLog } from '../core/log.ts';
import { Connections } from './connections.ts';
import { Memory } from './memory.ts';

function configured(
  change: (raw: { gateways: unknown[]; meters: Record<string, unknown>[] }) => void = () => undefined,
): {
  site: Site;
  gateway: GatewayConfig;
} {
  const connection = (id: string, port: number) => ({
    id,
    protocol: 'modbus-tcp',
    endpoint: `tcp://127.0.0.1:${port}`,
  });
  const meter = (id: string, on: string, unit: number) => ({
    id,
    name: { zh: id, en: id },
    connection: on,
    unit,
    template: 'eastron.sdm630',
    role: 'feeder',
  });
  const raw = {
    site: 'mill',
    name: { zh: '厂', en: 'mill' },
    gateways: [{ id: 'gw-1', connections: [connection('a', 1502), connection('b', 1503)] }] as unknown[],
    meters: [meter('m1', 'a', 1), meter('m2', 'a', 2), meter('m3', 'b', 1)] as Record<string, unknown>[],
  };
  change(raw);
  const site = { ...siteSchema.parse(raw), folder: '/' };
  return { site, gateway: site.gateways[0] as GatewayConfig };
}

function opened() {
  const connections = new Connections({
    pkiFolder: '/nowhere',
    clock: new FakeClock(0),
    log: silentLog,
    memory: new Memory(),
    onFacts: () => undefined,
  });
  const { site, gateway } = configured();
  connections.apply(site, gateway);
  const sources = () => new Map(connections.polled().map(({ source }) => [source.meter, source]));
  return { connections, sources };
}

const kept = (before: Map<string, unknown>, after: Map<string, unknown>): string[] =>
  [...before.keys()].filter((meter) => before.get(meter) === after.get(meter));

test('the same configuration again changes nothing', () => {
  const { connections, sources } = opened();
  const before = sources();
  const { site, gateway } = configured();
  connections.apply(site, gateway);
  assert.deepEqual(kept(before, sources()), ['m1', 'm2', 'm3']);
});

test('a meter that changes is opened anew, and its neighbours on the same line are not', () => {
  const { connections, sources } = opened();
  const before = sources();
  const { site, gateway } = configured(({ meters }) => {
    (meters[1] as { unit: number }).unit = 9;
  });
  connections.apply(site, gateway);
  assert.deepEqual(kept(before, sources()), ['m1', 'm3']);
});

test('a connection that changes takes its meters with it, and no others', () => {
  const { connections, sources } = opened();
  const before = sources();
  const { site, gateway } = configured((raw) => {
    (raw.gateways[0] as { connections: { timeout?: string }[] }).connections[0] = {
      ...(raw.gateways[0] as { connections: object[] }).connections[0],
      timeout: '2s',
    };
  });
  connections.apply(site, gateway);
  assert.deepEqual(kept(before, sources()), ['m3']);
});

test('meters come and go', () => {
  const { connections, sources } = opened();
  const { site, gateway } = configured(({ meters }) => {
    meters.splice(0, 1);
    meters.push({ ...meters[0], id: 'm4', unit: 7 });
  });
  connections.apply(site, gateway);
  assert.deepEqual([...sources().keys()], ['m2', 'm4', 'm3']);
});

test('a mistake leaves everything as it was', () => {
  const { connections, sources } = opened();
  const before = sources();
  const { site, gateway } = configured(({ meters }) => {
    meters.push({ ...meters[0], id: 'm4', unit: 7, template: 'nobody.nothing' });
  });
  assert.throws(() => connections.apply(site, gateway), /nobody\.nothing/);
  assert.deepEqual(kept(before, sources()), ['m1', 'm2', 'm3']);
});

test('meters that tell are kept and opened anew like those that are asked', () => {
  const { connections } = opened();
  const site = (topic: string) =>
    configured((raw) => {
      (raw.gateways[0] as { connections: object[] }).connections.push(
        { id: 'plc', protocol: 'opcua', endpoint: 'opc.tcp://127.0.0.1:4840' },
        { id: 'cloud', protocol: 'mqtt-json', endpoint: 'mqtt://127.0.0.1:1883' },
      );
      const meter = (id: string, on: string) => ({ id, name: { zh: id, en: id }, connection: on, role: 'none' });
      raw.meters.push(
        { ...meter('gas', 'plc'), nodes: { gas_flow: 'ns=2;s=F' } },
        { ...meter('air', 'cloud'), topic, fields: { power: { path: 'p' } } },
      );
    });
  const sources = () => new Map(connections.pushed().map(({ source }) => [source.meter, source]));
  const apply = ({ site: next, gateway }: ReturnType<typeof site>) => connections.apply(next, gateway);
  apply(site('hall/1'));
  const before = sources();
  assert.deepEqual([...before.keys()], ['gas', 'air']);
  assert.equal(connections.facts().filter(({ meter }) => before.has(meter)).length, 2);
  apply(site('hall/2'));
  assert.deepEqual(kept(before, sources()), ['gas']);
});
