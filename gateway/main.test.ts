// What a gateway keeps when something of ours in it goes wrong.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { siteSchema } from '../core/config/site-schema.ts';
import { freePort } from '../core/free-port.ts';
import { type Log, silentLog } from '../core/log.ts';
import { addressEcho, serveModbus } from '../simulators/serve-modbus.ts';
import { pause, until } from './device-faults.fixture.ts';
import { startGateway } from './main.ts';
import { Spool } from './spool.ts';
import { spoolFile } from './spool-bounds.ts';

test('beside a meter that fails by a mistake the others are read on, and a stop ends all of them and keeps what they said', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-gateway-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const server = await serveModbus({ units: new Map([[1, addressEcho]]) });
  context.after(() => server.close());
  const connection = (id: string, endpoint: string) => ({
    id,
    protocol: 'modbus-tcp',
    endpoint,
    poll: { fast: '200ms', slow: '1s' },
  });
  const meter = (id: string) => ({ id, name: { zh: id, en: id }, connection: id, unit: 1, template: 'eastron.sdm630' });
  const connections = [connection('good', server.endpoint), connection('gone', 'tcp://127.0.0.1:1')];
  const site = siteSchema.parse({
    ...{ site: 'mill', name: { zh: '厂', en: 'mill' }, gateways: [{ id: 'gw-1', connections }] },
    meters: ['good', 'gone'].map((id) => ({ ...meter(id), role: 'feeder' })),
  });
  let hasFailed = false;
  const log = {
    ...silentLog,
    warn: ({ event }: { event: string }) => {
      if (event === 'source_down') throw new TypeError('a mistake of ours');
    },
    error: ({ event }: { event: string }) => {
      hasFailed ||= event === 'read_failed';
    },
  } as unknown as Log;
  const running = startGateway({
    ...{ site: { ...site, folder }, gateway: site.gateways[0] as (typeof site.gateways)[number], dataFolder: folder },
    ...{ broker: { url: 'mqtt://127.0.0.1:1', username: 'gw-1', password: '' }, clock: systemClock, log },
  });
  const asked = () => server.asked.get(1) ?? 0;
  await until('the mistake is told', () => hasFailed);
  const before = asked();
  await until('the others are read on', () => asked() > before + 2);
  await running.stop();
  const atStop = asked();
  await pause(2_500); // more than two periods
  assert.equal(asked(), atStop, 'a meter is read after the stop');
  const spool = new Spool(spoolFile(folder, 'gw-1'), 1);
  assert.ok(spool.size.batches > 0, 'what was read is not in the spool');
  spool.close();
});

test('a gateway in which something of ours failed still puts what it has read into the spool when it ends', async (context) => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'tanbiao-gateway-'));
  context.after(() => rmSync(dataFolder, { recursive: true }));
  const endpoint = `tcp://127.0.0.1:${await freePort()}`;
  const site = {
    folder: '/',
    ...siteSchema.parse({
      site: 'mill',
      name: { zh: '厂', en: 'mill' },
      gateways: [
        {
          id: 'gw-1',
          connections: [{ id: 'a', protocol: 'modbus-tcp', endpoint, poll: { fast: '20ms', slow: '20ms' } }],
        },
      ],
      meters: [
        {
          ...{ id: 'm1', name: { zh: '表', en: 'meter' }, connection: 'a', unit: 1 },
          ...{ template: 'eastron.sdm630', role: 'feeder' },
        },
      ],
    }),
  };
  const [gateway] = site.gateways;
  assert.ok(gateway);
  // The batcher's pause fails: it gathers, and never writes.
  const sleep = (milliseconds: number, signal?: AbortSignal) =>
    milliseconds === 250 ? Promise.reject(new TypeError('a mistake')) : systemClock.sleep(milliseconds, signal);
  const broker = { url: endpoint.replace('tcp:', 'mqtt:'), username: 'gw-1', password: 'none' };
  const clock = { ...systemClock, sleep };
  const running = startGateway({ site, gateway, dataFolder, broker, clock, log: silentLog });
  while (running.poller.counts.reads === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await assert.rejects(running.stop(), /a mistake/);
  const spool = new Spool(spoolFile(dataFolder, 'gw-1'), 0);
  assert.ok(spool.size.batches > 0);
  spool.close();
});
