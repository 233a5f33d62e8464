// What a figure stands on: a second way to it from raw readings, and a trace that changes with each of them.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Calendar, day, hour, minute } from '../core/calendar.ts';
import { canonicalHash } from '../core/canonical.ts';
import type { MeterConfig } from '../core/config/site-schema.ts';
import { silentLog } from '../core/log.ts';
import { type PointId, quantise, toSteps } from '../core/points.ts';
import { BatchBuilder, type Sample, type SeriesFacts } from '../core/sample.ts';
import { RollUp } from '../ingest/slots/roll-up.ts';
import { SeriesSlots } from '../ingest/slots/series-slots.ts';
import { accountFor } from '../scoring/emissions.ts';
import { site as golden, inputs } from '../scoring/golden.fixture.ts';
import { gatherInputs } from '../scoring/inputs.ts';
import { loadPack } from '../scoring/pack.ts';
import { scoreSite } from '../scoring/score.ts';
import { annualActivity, type Counted } from '../store/duckdb/annual-activity.fixture.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';

/** 200 take a quarter of a minute. */
const plants = Number(process.env.TANBIAO_CASES ?? 50);
const calendar = new Calendar('Asia/Shanghai');
const year = calendar.year(2025);

/** The same plants every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const kinds = [
  ['grid_import', 'main', 'energy_import', 'grid', 'electricity'],
  ['export', 'main', 'energy_export', 'grid', 'electricity'],
  ['generated', 'pv', 'energy_generated', 'generation', 'electricity'],
  ['natural_gas', 'gas', 'gas_volume', 'fuel', 'natural_gas'],
  ['heat', 'steam', 'heat_energy', 'heat', 'heat'],
] as const;

/** `late`: some readings come twice, and some after all others, as from a spool that was cut off. */
type Series = { facts: SeriesFacts; samples: Sample[]; seen: Set<string>; late: boolean };

/** Some days of one counter around a New Year, with what happens to counters: no two mishaps within five readings. */
function history(meter: string, point: PointId, next: () => number): Series {
  const late = next() < 0.05;
  const pick = <T>(...choices: T[]): T => choices[Math.floor(next() * choices.length)] as T;
  const step = pick(minute, 7 * minute, 15 * minute);
  const length = step === minute ? day : 4 * day;
  const begin = pick(year.start, year.end, year.start + 90 * day) - length / 2 + Math.floor(next() * minute);
  const swap = next() < 0.3 ? begin + length * (0.3 + 0.4 * next()) : Number.POSITIVE_INFINITY;
  let value = 60_000 + next() * 30_000;
  const modulus = next() < 0.4 ? Math.ceil(value + 400) : null;
  const facts: SeriesFacts = {
    meter,
    point,
    template: 't',
    modulus,
    maxPerHour: 2_000,
    source: '',
    installations: [{ serial: 'a', from: begin + hour, multiplier: pick(1, 2, 40) }],
  };
  const samples: Sample[] = [];
  const seen = new Set<string>();
  const say = (time: number, shown: number | null, quality = 0) =>
    samples.push({ meter, point, time, value: shown === null ? null : quantise(shown, point), quality });
  let [quiet, swapped] = [5, false];
  for (let time = begin; time < begin + length; time += step + Math.floor(next() * minute)) {
    value += next() < 0.2 ? 0 : (next() * 40 * step) / hour;
    if (modulus !== null && value >= modulus) {
      value -= modulus;
      quiet = 5;
      seen.add('wrap');
    }
    if (!swapped && time >= swap && quiet <= 0) {
      const [old] = facts.installations;
      const known = next() < 0.7;
      if (old !== undefined && known) old.final = quantise(value, point);
      value = 50_000 + next() * 100;
      const from = Math.floor(time - step / 2);
      facts.installations.push({ serial: 'b', from, multiplier: pick(1, 3), ...(known && { initial: 50_000 }) });
      [swapped, quiet] = [true, 5];
      seen.add('replaced');
    }
    const luck = quiet-- > 0 || time > begin + length - 6 * step ? 1 : next();
    if (luck < 0.08) quiet = 5;
    if (luck < 0.01) {
      value = next() * 5;
      seen.add('reset');
    } else if (luck < 0.02) {
      const gap = Math.floor(next() * 12 * hour);
      value += (20 * gap) / hour;
      time += gap;
      seen.add('gap');
    }
    if (luck >= 0.02 && luck < 0.03) say(time, null, 128);
    else if (luck >= 0.03 && luck < 0.04) say(time, value + 5_000, 64);
    else if (luck >= 0.04 && luck < 0.05) say(time, 0);
    else if (luck >= 0.05 && luck < 0.06) say(time, value + 2_000_000);
    else say(time, value);
    if (late && luck >= 0.06 && luck < 0.1) say(time, value + 1, 67);
    if (luck >= 0.04 && luck < 0.06) seen.add('glitch');
  }
  return { facts, samples, seen, late };
}

const meterOf = (id: string, role: MeterConfig['role'], carrier: MeterConfig['carrier']): MeterConfig => ({
  id,
  name: { zh: id, en: id },
  connection: 'none',
  role,
  carrier,
});

test(`SQL over raw readings and the account made of slots agree to 1e-9, on ${plants} random plants`, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-second-way-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const next = random(2025);
  const counted: Counted[] = [];
  const series: Series[] = [];
  for (let plant = 0; plant < plants; plant++) {
    for (const [quantity, meter, point] of kinds) {
      const id = `${meter}-${plant}`;
      series.push(history(id, point, next));
      counted.push({ plant: String(plant), quantity, meter: id, point });
    }
  }
  const store = await DuckdbStore.open(folder);
  const rollUp = new RollUp(store, calendar, silentLog);
  await store.putFacts(series.map(({ facts }) => facts));
  rollUp.learn(series.map(({ facts }) => facts));
  const inTime: Sample[] = [];
  const after: Sample[] = [];
  for (const { samples, late } of series)
    for (const sample of samples) (late && next() < 0.03 ? after : inTime).push(sample);
  for (const [seq, samples] of [inTime, after].entries()) {
    const builder = new BatchBuilder();
    for (const sample of samples) builder.add(sample);
    const batch = builder.build('gw', 1, seq + 1);
    rollUp.foresee([batch]);
    await rollUp.follow([batch], (await store.commit([batch])).late);
  }
  await rollUp.flush();
  const accounts = [];
  for (let plant = 0; plant < plants; plant++) {
    const meters = [
      ...new Map(kinds.map(([, meter, , role, carrier]) => [meter, meterOf(`${meter}-${plant}`, role, carrier)])),
    ].map(([, meter]) => meter);
    const given = await gatherInputs({ ...golden, meters }, 2025, store, { current: () => [] });
    accounts.push(accountFor(given));
  }
  await store.close();
  const activity = await annualActivity(folder, counted, year);
  let compared = 0;
  for (const [plant, account] of accounts.entries()) {
    const sql = activity.get(String(plant)) ?? {};
    for (const [quantity, slots] of [
      ['grid_import', account.grid_import],
      ['export', account.grid_export],
      ['generated', account.electricity_generated],
      ['self_used', account.electricity_self_used],
      ['natural_gas', account.natural_gas_consumed],
      ['heat', account.heat_purchased],
    ] as const) {
      const [one, other] = [sql[quantity] ?? 0, slots.trace.value ?? 0];
      assert.ok(Math.abs(one - other) <= 1e-9 * Math.max(one, other), `plant ${plant} ${quantity}: ${one}, ${other}`);
      if (other > 0) compared++;
    }
  }
  const seen = new Set(series.flatMap((one) => [...one.seen]));
  assert.deepEqual([...seen].sort(), ['gap', 'glitch', 'replaced', 'reset', 'wrap']);
  assert.ok(compared > 2 * plants, `${compared} amounts were compared`);
});

test('one reading less is another trace, wherever it lay and whatever it added', () => {
  const next = random(7);
  const pack = loadPack('tcace');
  for (let round = 0; round < 12; round++) {
    const step = [minute, 5 * minute, 15 * minute][round % 3] as number;
    const flat = round % 2 === 0; // between two equal steps, the reading that is gone changes no amount
    const readings = [{ time: year.start, value: 1_000 }];
    for (let at = 1; at < 200; at++) {
      const grown = (readings[at - 1]?.value ?? 0) + (flat ? 1 : next());
      readings.push({ time: year.start + at * step, value: grown });
    }
    const hashesOf = (kept: typeof readings): string[] => {
      const slots = new SeriesSlots('energy_import', undefined, calendar);
      for (const { time, value } of kept) slots.push(time, toSteps(value, 'energy_import'), 0);
      const list = [...slots.takeClosed().quarter, ...slots.takeOpen().quarter];
      const { indicators, account } = scoreSite(inputs({ slots: { 'main.energy_import': list } }), pack);
      return [indicators.find(({ id }) => id === 'ca-2')?.trace, account.grid_import].map(canonicalHash);
    };
    const gone = Math.floor(next() * readings.length);
    const [whole, again, less] = [readings, readings, readings.toSpliced(gone, 1)].map(hashesOf);
    assert.deepEqual(again, whole);
    for (const [index, hash] of (less ?? []).entries()) assert.notEqual(hash, whole?.[index], `reading ${gone}`);
  }
});
