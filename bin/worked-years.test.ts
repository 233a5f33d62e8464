// A complete fictional year for each standard, expected by hand, through the chain of slots, ledger and standard; and an empty one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { Calendar, hour, slotLength } from '../core/calendar.ts';
import { loadSite } from '../core/config/site.ts';
import { readYaml } from '../core/config/yaml-file.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { isPointId, type PointId, toSteps } from '../core/points.ts';
import { findProgram } from '../core/real-programs.ts';
import { seriesName } from '../core/sample.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { findTrace, type Trace } from '../core/trace.ts';
import { startScoring } from '../scoring/main.ts';
import { packFiles } from '../scoring/pack.ts';
import type { Score } from '../scoring/score.ts';
import { importLedgerFile } from '../store/ledger/import-file.ts';
import { SqliteLedger } from '../store/ledger/sqlite-ledger.ts';
import { projectFolder } from './context.ts';

const cases = join(projectFolder, 'scoring/cases');
const year = 2025;
const period = new Calendar('Asia/Shanghai').year(year);

const readingsSchema = z.record(z.string(), z.array(z.tuple([z.number(), z.number(), z.number()])));
const row = z.strictObject({ is: z.string(), value: z.number(), unit: z.string() });
const expectedSchema = z.strictObject({
  pack: z.string(),
  year: z.literal(year),
  sheet: z.array(z.union([row.extend({ id: z.string() }), row.extend({ row: z.string() })])),
  indicators: z.array(
    row.extend({
      id: z.string(),
      met: z.boolean().nullable(),
      target: z.boolean().optional(),
      points: z.string().optional(),
      score: z.number().optional(),
    }),
  ),
  silent: z.record(z.string(), z.string()).default({}),
  total: z.strictObject({ is: z.string(), value: z.number() }).optional(),
  verdict: z.strictObject({ is: z.enum(['met', 'not_met', 'not_assessable', 'none']), level: z.string().optional() }),
});

/** The quarters of an hour of a day that repeats: a quarter of each hour's amount. */
function quarters(point: PointId, blocks: readonly (readonly [number, number, number])[]): Slot[] {
  const list: Slot[] = [];
  for (let start = period.start; start < period.end; start += slotLength) {
    const hourOfDay = ((start - period.start) / hour) % 24;
    const block = blocks.find(([from, to]) => from <= hourOfDay && hourOfDay < to);
    assert.ok(block, `${point} says nothing of hour ${hourOfDay}`);
    const steps = toSteps(block[2], point) / 4;
    assert.ok(Number.isInteger(steps), `${point}: ${block[2]} does not divide by four`);
    list.push({ ...emptySlot(start), value: steps, covered: slotLength, readings: 15 });
  }
  return list;
}

async function scoreOf(pack: string, told: boolean): Promise<Score> {
  const folder = join(cases, pack);
  const site = loadSite(folder);
  const temporary = mkdtempSync(join(tmpdir(), 'tanbiao-year-'));
  const ledger = new SqliteLedger(join(temporary, 'ledger.sqlite'));
  try {
    const readings = told ? (readYaml(join(folder, 'readings.yaml'), readingsSchema).value ?? {}) : {};
    const slots = new Map(
      Object.entries(readings).map(([name, blocks]) => {
        const point = name.split('.')[1] ?? '';
        assert.ok(isPointId(point), name);
        return [name, quarters(point, blocks)];
      }),
    );
    if (told) importLedgerFile(ledger, folder, period.end);
    const asked = new Set<string>();
    const store: Parameters<typeof startScoring>[0]['store'] = {
      slots: (keys) => {
        for (const key of keys) asked.add(seriesName(key));
        return Promise.resolve(keys.map((key) => slots.get(seriesName(key)) ?? []));
      },
      facts: () => Promise.resolve([]),
    };
    const score = await startScoring({ site, store, ledger, clock: new FakeClock(period.end) }).score(pack, year);
    for (const name of slots.keys()) assert.ok(asked.has(name), `${name} was given and never read`);
    return score;
  } finally {
    ledger.close();
    rmSync(temporary, { recursive: true });
  }
}

/** Anywhere in the score: of the account, of a step, of what stands behind an indicator. */
function figureOf(score: Score, id: string): Trace | undefined {
  const roots = [...Object.values(score.account), ...score.reported, ...score.indicators.map(({ trace }) => trace)];
  return score.account[id] ?? roots.map((root) => findTrace(root, id)).find((found) => found !== undefined);
}

const near = (what: string, actual: number | null | undefined, expected: number) =>
  assert.ok(
    actual != null && Math.abs(actual - expected) <= 1e-10 * Math.max(1, Math.abs(expected)),
    `${what} is ${actual}, by hand ${expected}`,
  );

const names = [...packFiles().keys()];

test('every standard of the product has a worked year', () =>
  assert.deepEqual(
    names,
    readdirSync(cases, { withFileTypes: true })
      .filter((one) => one.isDirectory())
      .map(({ name }) => name)
      .sort(),
  ));

for (const pack of names) {
  test(`${pack}: the fictional year comes out as it does by hand, row by row`, async () => {
    const { value: expected, problems } = readYaml(join(cases, pack, 'expected.yaml'), expectedSchema);
    assert.deepEqual(problems, []);
    assert.ok(expected);
    const score = await scoreOf(pack, true);
    assert.deepEqual(score.ledgerFindings, []);
    for (const line of expected.sheet) {
      if (!('id' in line)) continue;
      const figure = figureOf(score, line.id);
      near(`${line.id} = ${line.is}`, figure?.value, line.value);
      assert.equal(figure?.unit, line.unit, line.id);
    }
    const silent = Object.keys(expected.silent);
    assert.deepEqual(
      score.indicators.map(({ id }) => id),
      [...expected.indicators.map(({ id }) => id), ...silent],
    );
    for (const { id, is, value, unit, met, target, score: points } of expected.indicators) {
      const found = score.indicators.find((one) => one.id === id);
      near(`${id} = ${is}`, found?.value, value);
      assert.equal(found?.unit, unit, id);
      assert.equal(found?.met, met, id);
      if (target !== undefined) assert.equal(found?.target?.met, target, `${id} target`);
      if (points !== undefined) near(`points of ${id}`, found?.score, points);
    }
    for (const id of silent) {
      const found = score.indicators.find((one) => one.id === id);
      assert.deepEqual([found?.value, found?.met], [null, null]);
      assert.match(found?.notApplicable?.en ?? '', new RegExp(expected.silent[id] ?? ''));
    }
    if (expected.total === undefined) assert.equal(score.total?.score ?? null, null);
    else near('total', score.total?.score, expected.total.value);
    assert.deepEqual([score.verdict, score.verdictName?.zh], [expected.verdict.is, expected.verdict.level]);
  });

  test(`${pack}: the same plant without readings and without a ledger is not assessable anywhere, and nothing is zero`, async () => {
    const score = await scoreOf(pack, false);
    assert.equal(score.verdict, score.noVerdict === null ? 'not_assessable' : 'none');
    assert.equal(score.total?.score ?? null, null);
    for (const { id, value, met, score: points, target } of score.indicators)
      assert.deepEqual([id, value, met, points, target?.met ?? null], [id, null, null, null, null]);
    for (const { met } of score.prerequisites) assert.equal(met, null);
    for (const [id, { value, notes }] of Object.entries(score.account)) {
      assert.equal(value, null, id);
      assert.ok(notes.length > 0, `${id} does not say why`);
    }
    for (const { id, value } of score.reported) assert.equal(value, null, id);
    for (const value of [...Object.values(score.emissions), ...Object.values(score.energy)]) assert.equal(value, null);
  });
}

const python = findProgram('python3');
test('the arithmetic of every worked year holds, and a wrong figure is found', { skip: python.skip }, (context) => {
  const run = (...files: string[]) =>
    spawnSync(python.path, [join(cases, 'sheet.py'), ...files], { encoding: 'utf8', timeout: 600_000 });
  const sheets = names.map((name) => join(cases, name, 'expected.yaml'));
  const sound = run(...sheets);
  assert.equal(sound.status, 0, sound.stdout + sound.stderr);
  assert.ok(Number(/^(\d+) rows, 0 wrong/m.exec(sound.stdout)?.[1]) > 200, sound.stdout);
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-sheet-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const spoiled = join(folder, 'expected.yaml');
  writeFileSync(spoiled, readFileSync(sheets.at(-1) as string, 'utf8').replace('value: 3759500,', 'value: 3759501,'));
  const found = run(spoiled);
  assert.equal(found.status, 1);
  assert.match(found.stdout, /expected\.yaml:\d+: grid_import .* is 3759500\.0, not 3759501/);
});
