// Troubles of the demo plant: at their times of the day, and never at the cost of its energy.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Calendar, hour, minute } from '../core/calendar.ts';
import { loadSite } from '../core/config/site.ts';
import { Faults } from './faults.ts';
import { loadPlant } from './main.ts';
import { followTroubles, isTroubled } from './troubles.ts';

const demo = loadSite(join(import.meta.dirname, '../deploy/sites/demo'));
const calendar = new Calendar(demo.timezone);
const plant = loadPlant(demo);
const noon = calendar.startOf(2026, 7, 1) + 12.5 * hour; // a Wednesday

test('a meter is silent at its times and answers between them', (context) => {
  const faults = new Map([['workshop-bus', new Faults(() => 0)]]);
  const [silent] = plant.description.troubles.filter(({ meter }) => meter === 'painting');
  assert.ok(silent);
  const [first = ''] = silent.at;
  const start = calendar.dayOf(noon).start + Number(first.slice(0, 2)) * hour + Number(first.slice(3)) * minute;
  assert.equal(isTroubled(silent, start - 1, calendar), false);
  assert.equal(isTroubled(silent, start, calendar), true);
  assert.equal(isTroubled(silent, start + silent.for, calendar), false);
  context.mock.timers.enable({ apis: ['setInterval'] });
  let now = start;
  const end = followTroubles([silent], { site: demo, faults, calendar, now: () => now });
  assert.equal(faults.get('workshop-bus')?.take(13).silent, true);
  assert.equal(faults.get('workshop-bus')?.take(11).silent, undefined, 'only the meter itself');
  now = start + silent.for;
  context.mock.timers.tick(1_000);
  assert.equal(faults.get('workshop-bus')?.take(13).silent, undefined);
  end();
});

test('a meter that is not simulated is refused by name', () => {
  const trouble = { meter: 'nobody', at: ['01:00'], for: minute, faults: { silent: true } };
  assert.throws(() => followTroubles([trouble], { site: demo, faults: new Map(), calendar, now: () => 0 }), /nobody/);
});

test('when the inverter trips the grid gives what the sun does not: energy is conserved', () => {
  assert.equal(plant.reading('pv-roof', 'power', noon), 0);
  assert.ok(plant.reading('pv-roof', 'power', noon - hour) > 0);
  assert.ok(plant.reading('pv-roof', 'power', noon - 24 * hour) > 0, 'not on a Tuesday');
  const feeders = demo.meters.filter(({ role }) => role === 'feeder').map(({ id }) => id);
  const between = (meter: string, point: 'energy_import' | 'energy_export' | 'energy_generated') =>
    plant.reading(meter, point, noon + hour) - plant.reading(meter, point, noon - hour);
  const inside = feeders.reduce((sum, meter) => sum + between(meter, 'energy_import'), 0);
  const supplied =
    between('main', 'energy_import') - between('main', 'energy_export') + between('pv-roof', 'energy_generated');
  const unmetered = supplied - inside;
  assert.ok(unmetered > 0 && unmetered < 0.1 * supplied, `${unmetered} of ${supplied} kWh are nobody's`);
});

test('the past before its dips began is as it was', () => {
  const before = calendar.startOf(2026, 5, 27) + 12.5 * hour; // a Wednesday
  assert.ok(plant.reading('pv-roof', 'power', before) > 0);
});
