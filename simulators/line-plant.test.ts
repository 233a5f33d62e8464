// A plant whose switchroom is one line: DL/T 645 behind transformers, CJ/T 188 and RTU, read live and in its past.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hour, minute } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import { loadSite } from '../core/config/site.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { silentLog } from '../core/log.ts';
import { openConnection } from '../gateway/connection.ts';
import { Memory } from '../gateway/memory.ts';
import { isPolled } from '../gateway/source.ts';
import { History } from './history.ts';
import { simulateDevices, startPlant } from './main.ts';

const site = `site: mill
name: {zh: 轧钢厂, en: Rolling mill}
gateways:
  - id: gw-1
    connections: [{id: bus, protocol: line, endpoint: sim}]
meters:
  - {id: main, name: {zh: 总表, en: Main}, connection: bus, address: "000012345678", ratios: {ct: 200, vt: 10}, template: dlt645.three-phase, role: grid}
  - {id: shop, name: {zh: 车间, en: Shop}, connection: bus, unit: 3, template: acrel.adw300, role: feeder}
  - {id: heat, name: {zh: 热力, en: Heat}, connection: bus, address: "00550020210001", template: cjt188.heat, role: heat, carrier: heat}
`;
const plant = `seed: 1
start: 2025-01-01
step: 1h
swing: 0.15
signals:
  - {id: shop, kind: electricity, load: {day: {base: 500}, stopped: 1}}
  - {id: heat, kind: heat, load: {day: {base: 2}, stopped: 1}}
meters: {main: grid, shop: [shop], heat: [heat]}
firstReadings: {main: 1000, shop: 2000, heat: 4000}
`;

test('a line of three protocols shows what the plant has, and its past is what a gateway would have read', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-line-'));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'site.yaml'), site);
  writeFileSync(join(folder, 'plant.yaml'), plant);
  const loaded = loadSite(folder);
  const clock = new FakeClock(Date.parse('2025-03-05T11:00:00+08:00'));
  const running = await startPlant(loaded, folder, clock);
  context.after(() => running.stop());
  const [connection] = running.site.gateways[0]?.connections ?? [];
  assert.ok(connection);
  const parts = {
    pkiFolder: folder,
    clock: systemClock,
    log: silentLog,
    memory: new Memory(),
    onFacts: () => undefined,
  };
  const opened = openConnection(connection, parts);
  context.after(() => opened.close());

  const history = new History(loaded, running.plant, simulateDevices(loaded, running.plant));
  const past = [...history.samples(clock.now(), clock.now(), 15 * minute, new Map())];
  assert.equal(past.length, history.series.length);
  let compared = 0;
  for (const meter of loaded.meters) {
    const source = opened.sourceOf(meter);
    assert.ok(isPolled(source));
    for (const { point, value, quality } of [...(await source.read('fast')), ...(await source.read('slow'))]) {
      const then = past.find((sample) => sample.meter === meter.id && sample.point === point);
      if (then === undefined) continue;
      assert.deepEqual([point, value, quality], [point, then.value, then.quality]);
      // The heat meter has counted a million kWh, which are 3600 GJ, and begun anew.
      const truth = running.plant.reading(meter.id, point, clock.now()) % (point === 'heat_energy' ? 3_600 : Infinity);
      // The meter's own step is 0.01 kWh or 0.0001 kW, here behind ratios of 2000.
      assert.ok(Math.abs((value ?? 0) - truth) <= 20, `${meter.id} ${point}: ${value} instead of ${truth}`);
      compared++;
    }
  }
  assert.equal(compared, past.length);
  assert.ok(
    past.some(({ meter, value }) => meter === 'main' && value !== null && value > 1_000 + (60 * 24 * hour) / hour),
  );
});
