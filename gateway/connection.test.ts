// What a connection owes to the devices behind it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { connectionSchema } from '../core/config/site-schema.ts';
import { silentLog } from '../core/log.ts';
import { addressEcho, serveModbus } from '../simulators/serve-modbus.ts';
import { openConnection, settleOf } from './connection.ts';
import { Memory } from './memory.ts';
import { isPolled } from './source.ts';

const meter = (id: string, template: string, unit: number) =>
  ({
    id,
    connection: 'a',
    unit,
    template,
    role: 'none',
    carrier: 'electricity',
    name: { zh: '表', en: 'meter' },
  }) as const;

test('a device that needs a pause after connecting is not asked before', async (context) => {
  const inverter = meter('pv', 'huawei.sun2000', 1);
  assert.equal(settleOf([meter('main', 'acrel.adw300', 2)]), 0);
  assert.equal(settleOf([meter('main', 'acrel.adw300', 2), inverter]), 1_000);

  let asked = 0;
  const unit = {
    answer: (address: number, count: number) => {
      asked ||= performance.now();
      return addressEcho.answer(address, count, 0, { since: 0 }, 3);
    },
  };
  const server = await serveModbus({ units: new Map([[1, unit]]) });
  const connection = connectionSchema.parse({ id: 'a', protocol: 'modbus-tcp', endpoint: server.endpoint });
  const parts = { pkiFolder: '', clock: systemClock, log: silentLog, memory: new Memory(), onFacts: () => undefined };
  const opened = openConnection(connection, parts, settleOf([inverter]));
  context.after(async () => {
    await opened.close();
    await server.close();
  });
  const source = opened.sourceOf(inverter);
  assert.ok(isPolled(source));
  const began = performance.now();
  await source.read('fast');
  assert.ok(asked - began >= 990, `asked after ${asked - began} ms`);
});
