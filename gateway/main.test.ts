import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { siteSchema } from '../core/config/site-schema.ts';
import { freePort } from '../core/free-port.ts';
import { silentLog } from '../core/log.ts';
import { startGateway } from './main.ts';
import { Spool } from './spool.ts';
import { spoolFile } from './spool-bounds.ts';

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
