// DL/T 645 and CJ/T 188 meters by hand: found, read with their bytes, and explained when they are silent.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { FieldMeter } from '../../simulators/cjt188-server.ts';
import { IdentifierMeter } from '../../simulators/dlt645-server.ts';
import { type LineSetup, serveLine } from '../../simulators/serve-line.ts';
import { addressEcho } from '../../simulators/serve-modbus.ts';
import { type Cjt188Template, type Dlt645Template, loadTemplate } from '../template.ts';
import { startConversation } from './conversation.ts';
import { diagnose } from './diagnosis.ts';
import { parseEndpoint } from './endpoint.ts';
import { investigate } from './investigate.ts';
import { findMeters } from './meter-reader.ts';
import { lineFaultOf, readerOf } from './reader.ts';

const electricity = loadTemplate('dlt645.three-phase') as Dlt645Template;
const water = loadTemplate('cjt188.water') as Cjt188Template;
const meterOf = (value: number) =>
  new IdentifierMeter(electricity, (point) => (point === 'voltage_l1' ? 220.5 : value));

async function lineTo(context: TestContext, setup: LineSetup, timeout = 1_000) {
  const server = await serveLine(setup);
  const parts = { clock: systemClock, timeout };
  const conversation = startConversation(parseEndpoint(server.endpoint, undefined, electricity), parts);
  context.after(async () => {
    conversation.close();
    await server.close();
  });
  const target = (address?: string) => ({ bus: conversation.bus, unit: 1, address, ...parts });
  return { conversation, parts, target };
}

test('a DL/T 645 meter is read without its address where it is alone, bytes as they came', async (context) => {
  const { target } = await lineTo(context, { identifiers: new Map([['000102030425', meterOf(12.5)]]) });
  const points = await readerOf(electricity, target()).read();
  const voltage = points.find(({ point }) => point === 'voltage_l1');
  assert.deepEqual(voltage, {
    ...{ point: 'voltage_l1', value: 220.5, quality: 'good', place: '02010100', raw: '05 22', unverified: false },
  });
  const energy = points.find(({ point }) => point === 'energy_import');
  assert.deepEqual([energy?.value, energy?.raw], [12.5, '50 12 00 00']);
  assert.deepEqual(
    points.map(({ point }) => point),
    electricity.points.map(({ point }) => point),
  );
});

test('a CJ/T 188 meter is read by its address, beside others on the line', async (context) => {
  const address = '33001122334455';
  const meters = {
    fields: new Map([[address, new FieldMeter(water, () => 7.25)]]),
    units: new Map([[1, addressEcho]]),
  };
  const { target } = await lineTo(context, meters);
  const [volume] = await readerOf(water, target(address)).read();
  assert.deepEqual([volume?.value, volume?.quality, volume?.place.startsWith(water.di)], [7.25, 'good', true]);
  assert.match(volume?.raw ?? '', /^[0-9A-F]{2}( [0-9A-F]{2})+$/);
});

test('meters are found by the address that all of them answer to', async (context) => {
  const { conversation } = await lineTo(context, { identifiers: new Map([['000102030425', meterOf(1)]]) });
  const found = await findMeters(conversation.bus.line, 200);
  assert.deepEqual(found, [{ protocol: 'dlt645', address: '000102030425' }]);
});

test('a wrong address is told together with the one that answers', async (context) => {
  const { conversation, target, parts } = await lineTo(
    context,
    { identifiers: new Map([['000102030425', meterOf(1)]]) },
    150,
  );
  const address = '999999999999';
  const fault = await readerOf(electricity, target(address))
    .read()
    .then(() => assert.fail(), lineFaultOf);
  const { code, checks } = diagnose(await investigate(conversation, 1, fault, parts, { address }));
  assert.equal(code, 'address_absent');
  assert.match(checks[0]?.en ?? '', /--address 000102030425/);
});

test('a line without meters is silent', async (context) => {
  const { conversation, target, parts } = await lineTo(context, { units: new Map([[1, addressEcho]]) }, 150);
  const fault = await readerOf(electricity, target())
    .read()
    .then(() => assert.fail(), lineFaultOf);
  const evidence = await investigate(conversation, 1, fault, parts, { address: undefined });
  assert.equal(diagnose(evidence).code, 'silent');
});
