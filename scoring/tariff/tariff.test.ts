// Tariffs: tables as their sources count them, prices to the last digit, every kWh in its band, and nothing made up.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { Calendar, slotLength } from '../../core/calendar.ts';
import { loadSite, sitesFolder } from '../../core/config/site.ts';
import { Fault } from '../../core/fault.ts';
import { Rational, sum } from '../../core/rational.ts';
import type { SeriesKey } from '../../core/sample.ts';
import { emptySlot, type Slot } from '../../core/slots.ts';
import { type Band, bands } from './bands.ts';
import { bandsOfDay, isoDate } from './calendar.ts';
import { bandStretches, costOf, doubtfulHolidays } from './cost.ts';
import { decimalText, roundHalfUp } from './decimal.ts';
import { loadTariffs, type TariffPlan } from './plan.ts';
import { priceOf, ratiosOf } from './price.ts';
import { tariffReport } from './report.ts';
import type { TariffTable } from './schema.ts';
import { shiftCost } from './shift.ts';
import { loadHolidays, loadTables } from './tables.ts';

const calendar = new Calendar('Asia/Shanghai');
const tables = loadTables();
const tableOf = (id: string): TariffTable => {
  const found = tables.find((one) => one.id === id);
  assert.ok(found);
  return found;
};
const plain = { days: new Map(), years: new Set<number>() };
const rulesOf = (id: string) => ({ table: tableOf(id), who: 'large_industry' as const, sharpDays: new Set<string>() });
const hoursOf = (day: readonly Band[], band: Band) => day.filter((one) => one === band).length / 2;

function planOf(context: TestContext, yaml: string): TariffPlan {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-tariff-'));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'tariffs.yaml'), yaml);
  const plan = loadTariffs({ folder, timezone: 'Asia/Shanghai' });
  assert.ok(plan);
  return plan;
}

const shanxi = `tariffs:
  - {table: SX-2021-479, from: 2025-01-01, who: large_industry, prices: [{base: 0.4, fixed: 0.1}]}
  - {table: SX-2026-15, from: 2026-05-01, who: large_industry, prices: [{from: 2026-05, base: 0.3}, {from: 2026-06, base: 0.35, fixed: 0.05}]}
`;

test('the hours of every season are those that its source counts, and peak never meets valley', () => {
  let counted = 0;
  for (const table of tables) {
    assert.deepEqual(
      table.seasons.flatMap(({ months }) => months).sort((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      `${table.id}: each month is in one season`,
    );
    for (const { months, counts, hours } of table.seasons) {
      for (const high of hours.peak ?? [])
        for (const low of hours.valley ?? []) assert.ok(high.to <= low.from || low.to <= high.from, table.id);
      if (counts === undefined) continue;
      counted++;
      const seasonal = { ...rulesOf(table.id), table: { ...table, exceptions: [] } };
      const day = bandsOfDay(seasonal, plain, { year: 2025, month: months[0] as number, day: 10 });
      const found = Object.fromEntries(bands.map((band) => [band, hoursOf(day, band)]));
      assert.deepEqual(found, { sharp: 0, deep_valley: 0, peak: 0, valley: 0, flat: 0, ...counts }, table.id);
      assert.equal(
        Object.values(counts).reduce((all, one) => all + one, 0),
        24,
      );
    }
  }
  assert.equal(counted, 6);
});

test('Guangzhou, October 2021: 67.25 becomes 25.56, 114.33 and 142.91 fen, as printed', () => {
  const ratios = ratiosOf(tableOf('GD-2021-331'), {});
  const fen = (band: Band) => {
    const price = { base: Rational.fromDecimal('0.6725'), fixed: Rational.zero };
    const found = priceOf(price, ratios[band], tableOf('GD-2021-331').rounding);
    return found === null ? null : decimalText(found.times(Rational.of(100)));
  };
  assert.deepEqual(
    ['flat', 'valley', 'peak', 'sharp'].map((band) => fen(band as Band)),
    ['67.25', '25.56', '114.33', '142.91'],
  );
});

test('what does not float is added after the ratio, and half of a step goes up, away from zero', () => {
  const price = { base: Rational.fromDecimal('0.4'), fixed: Rational.fromDecimal('0.1') };
  const peak = priceOf(price, ratiosOf(tableOf('SX-2021-479'), {}).peak, undefined);
  assert.equal(peak === null ? null : decimalText(peak), '0.74');
  const cent = Rational.fromDecimal('0.01');
  for (const [given, expected] of [
    ['0.005', '0.01'],
    ['0.0049', '0'],
    ['-0.005', '-0.01'],
    ['1.145', '1.15'],
  ] as const)
    assert.equal(decimalText(roundHalfUp(Rational.fromDecimal(given), cent)), expected);
});

test('a ratio that the notice does not state has no price until the plant supplies one', () => {
  const table = tableOf('CQ-2021-14');
  const silent = ratiosOf(table, {});
  assert.deepEqual([silent.peak.value, silent.sharp.value, silent.peak.by], [null, null, 'not_stated']);
  const supplied = ratiosOf(table, { peak: 1.6, valley: 0.4 });
  assert.equal(supplied.sharp.by, 'plant');
  assert.equal(decimalText(supplied.sharp.value ?? Rational.zero), '1.92');
});

test('seasons, users, holidays, weather and weekends decide the band of a half hour', () => {
  const at = (day: readonly Band[], clock: string) =>
    day[Number(clock.slice(0, 2)) * 2 + (clock.slice(3) === '30' ? 1 : 0)];
  const book = { days: new Map([['2026-10-03', 'national_day' as const]]), years: new Set([2026]) };
  const day = (id: string, date: string, change = {}) => {
    const [year = 0, month = 0, of = 0] = date.split('-').map(Number);
    return bandsOfDay({ ...rulesOf(id), ...change }, book, { year, month, day: of });
  };
  assert.equal(at(day('SX-2026-15', '2026-07-01'), '18:00'), 'sharp');
  assert.equal(at(day('SX-2026-15', '2026-07-01'), '21:00'), 'peak');
  assert.equal(at(day('SX-2026-15', '2026-09-01'), '18:00'), 'peak');
  assert.equal(at(day('SX-2026-15', '2026-10-03'), '13:30'), 'deep_valley');
  assert.equal(at(day('SX-2026-15', '2026-10-03'), '15:00'), 'flat');
  assert.equal(at(day('SX-2026-15', '2026-10-04'), '13:30'), 'valley');
  assert.equal(at(day('SX-2021-479', '2025-01-15'), '19:30'), 'sharp');
  assert.equal(at(day('SX-2021-479', '2025-01-15', { who: 'general' }), '19:30'), 'peak');
  assert.equal(at(day('GD-2021-331', '2025-06-20'), '15:00'), 'peak');
  assert.equal(at(day('GD-2021-331', '2025-06-20', { sharpDays: new Set(['2025-06-20']) }), '15:00'), 'sharp');
  const weekend = structuredClone(tableOf('SX-2026-15'));
  weekend.exceptions = [{ band: 'deep_valley', hours: [{ from: 0, to: 450 }], weekdays: [6, 7] }];
  const saturday = bandsOfDay({ ...rulesOf('SX-2026-15'), table: weekend }, book, { year: 2026, month: 9, day: 5 });
  assert.deepEqual([at(saturday, '07:00'), at(saturday, '07:30')], ['deep_valley', 'peak']);
  const monday = bandsOfDay({ ...rulesOf('SX-2026-15'), table: weekend }, book, { year: 2026, month: 9, day: 7 });
  assert.equal(at(monday, '00:00'), 'flat');
});

test('holidays are whole, in order, inside their year, and say where they come from; 2027 is not invented', () => {
  const years = loadHolidays();
  assert.deepEqual(
    years.map(({ year }) => year),
    [2023, 2024, 2025, 2026],
  );
  for (const { year, source, spring_festival, labour_day, national_day } of years) {
    assert.ok(source.length > 0);
    const dates = [...spring_festival, ...labour_day, ...national_day];
    assert.deepEqual(dates, dates.toSorted());
    assert.ok(dates.every((one) => one.startsWith(String(year))));
  }
});

const slot = (start: number, kWh: number, change: Partial<Slot> = {}): Slot => ({
  ...emptySlot(start),
  value: Math.round(kWh * 1_000),
  covered: slotLength,
  ...change,
});

const quarters = (start: number, end: number, kWh: (hour: number) => number): Slot[] =>
  Array.from({ length: (end - start) / slotLength }, (_, at) => {
    const time = start + at * slotLength;
    return slot(time, kWh(calendar.local(time).hour));
  });

const day = calendar.dayOf(Date.UTC(2025, 2, 3));

test('a day of the golden load costs what can be worked out by hand', (context) => {
  const plan = planOf(context, shanxi);
  const golden = (hour: number) => (hour >= 10 && hour < 15 ? 0 : hour >= 8 && hour < 20 ? 250 : 125);
  const { total, flat, rows } = costOf(plan, [quarters(day.start, day.end, golden)], day, day.end, calendar, 'day');
  assert.deepEqual(
    total.bands.map(({ band, energy, cost }) => [band, energy, cost]),
    [
      ['peak', 6_500, '4810'], // (2 000 + 4 500) × (0.4 × 1.6 + 0.1)
      ['valley', 3_500, '980'], // 3 500 × (0.4 × 0.45 + 0.1)
      ['flat', 3_000, '1500'],
    ],
  );
  assert.deepEqual([total.energy, total.cost, flat, total.coverage], [13_000, '7290', '6500', 1]);
  assert.deepEqual(rows, [{ ...total, start: day.start, end: day.end }]);
});

test('what came in is read from the counter that stands for it', async (context) => {
  const plan = planOf(context, shanxi);
  const site = loadSite(join(sitesFolder, 'golden'));
  const meters = site.meters.map((one) =>
    one.id === 'main'
      ? { ...one, role: 'grid_import' as const, reads: { energy_import: 'energy_export' as const } }
      : one,
  );
  const store = {
    slots: async (keys: readonly SeriesKey[]) =>
      keys.map(({ point }) => (point === 'energy_export' ? quarters(day.start, day.end, () => 100) : [])),
  };
  const asked = { meters: ['main'], ...day, by: 'day' as const, now: day.end + 3_600_000 };
  const { total } = await tariffReport({ ...site, meters }, plan, store, asked);
  assert.equal(total.energy, 9_600);
});

test('a missing slot is missing: it costs nothing, and the coverage of its band says so', (context) => {
  const plan = planOf(context, shanxi);
  const all = quarters(day.start, day.end, () => 10);
  const gone = all.filter(({ start }) => calendar.local(start).hour !== 8);
  const holed = gone.map((one) => (calendar.local(one.start).hour === 9 ? { ...one, estimated: 4_000 } : one));
  const { total } = costOf(plan, [holed], day, day.end, calendar, 'day');
  const peak = total.bands.find(({ band }) => band === 'peak');
  assert.deepEqual([peak?.energy, peak?.estimated, peak?.coverage], [320, 16, 8 / 9]);
  assert.equal(total.coverage, 23 / 24);
  const nothing = costOf(plan, [[]], day, day.end, calendar, 'day').total;
  assert.deepEqual([nothing.energy, nothing.cost, nothing.coverage], [null, null, 0]);
});

test('energy at a time without tariff or price has no cost, and neither has a sum over it', (context) => {
  const plan = planOf(
    context,
    shanxi
      .replace('2025-01-01', '2025-03-04')
      .replaceAll('from: 2026-05,', 'from: 2026-07,')
      .replace('2026-06', '2026-08'),
  );
  const two = { start: day.start, end: calendar.dayOf(day.end).end };
  const { rows, total } = costOf(plan, [quarters(two.start, two.end, () => 10)], two, two.end, calendar, 'day');
  assert.deepEqual(
    rows.map(({ cost, unassigned }) => [cost === null, unassigned]),
    [
      [true, 960],
      [false, 0],
    ],
  );
  assert.deepEqual([total.cost, total.energy, total.unassigned], [null, 1_920, 960]);
  const may = calendar.dayOf(Date.UTC(2026, 4, 20));
  const early = costOf(plan, [quarters(may.start, may.end, () => 10)], may, may.end, calendar, 'day').total;
  assert.deepEqual([early.cost, early.energy, early.unassigned], [null, 960, 0]);
});

test('where a table or a price changes inside a range, each part has its own', (context) => {
  const plan = planOf(context, shanxi);
  const range = { start: calendar.startOf(2026, 4, 30), end: calendar.startOf(2026, 6, 2) };
  const slots = quarters(range.start, range.end, () => 10);
  const { stretches, total, rows } = costOf(plan, [slots], range, range.end, calendar, 'month');
  assert.deepEqual(
    stretches.map(({ table, start, end, bands: of }) => [
      table,
      isoDate(calendar.local(start)),
      isoDate(calendar.local(end)),
      of.find(({ band }) => band === 'flat')?.price,
    ]),
    [
      ['SX-2021-479', '2026-04-30', '2026-05-01', '0.5'],
      ['SX-2026-15', '2026-05-01', '2026-06-01', '0.3'],
      ['SX-2026-15', '2026-06-01', '2026-06-02', '0.4'],
    ],
  );
  assert.equal(rows.length, 3);
  const deep = total.bands.find(({ band }) => band === 'deep_valley');
  assert.equal(deep?.energy, 5 * 2 * 40, 'five days of Labour Day, two hours each');
});

test('rows add up to the total exactly, by days and by months, whatever the load', (context) => {
  const plan = planOf(context, shanxi);
  const range = { start: calendar.startOf(2026, 4, 28), end: calendar.startOf(2026, 5, 4) };
  fc.assert(
    fc.property(fc.array(fc.nat(9_999_999), { minLength: 24, maxLength: 24 }), (steps) => {
      const slots = quarters(range.start, range.end, (hour) => (steps[hour] ?? 0) / 1_000);
      const [days, months] = (['day', 'month'] as const).map((by) =>
        costOf(plan, [slots], range, range.end, calendar, by),
      );
      const costs = (of: typeof days) =>
        decimalText(sum((of?.rows ?? []).map(({ cost }) => Rational.fromDecimal(cost ?? 'x'))));
      const parts = decimalText(sum((days?.total.bands ?? []).map(({ cost }) => Rational.fromDecimal(cost ?? 'x'))));
      assert.deepEqual([costs(days), costs(months), parts, months?.total.cost], Array(4).fill(days?.total.cost));
    }),
    { numRuns: 25 },
  );
});

test('moving load changes the cost by exactly the difference of prices, and all of it is a whole', (context) => {
  const plan = planOf(context, shanxi);
  const { stretches } = costOf(plan, [quarters(day.start, day.end, () => 10)], day, day.end, calendar, 'day');
  const moved = shiftCost(stretches, 'peak', 'valley', { energy: Rational.of(100) });
  assert.equal(moved === null ? null : decimalText(moved.change), '-46'); // 100 × (0.28 − 0.74)
  const share = shiftCost(stretches, 'peak', 'valley', { share: Rational.fromDecimal('0.1') });
  assert.deepEqual(share === null ? [] : [share.moved, share.change].map((one) => decimalText(one)), ['36', '-16.56']);
  assert.equal(shiftCost(stretches, 'peak', 'valley', { energy: Rational.of(361) }), null, 'more than there is');
  assert.equal(shiftCost(stretches, 'sharp', 'valley', { share: Rational.one }), null, 'nothing there');
  const back = shiftCost(stretches, 'valley', 'peak', { energy: Rational.of(100) });
  assert.equal(back === null ? null : decimalText(back.change), '46');
});

test('the demand of a month is read from whole slots only, and charged where the plant has a price for it', (context) => {
  const plan = planOf(
    context,
    shanxi.replace('who: large_industry, prices: [{base', 'who: large_industry, demandPrice: 36, prices: [{base'),
  );
  const slots = quarters(day.start, day.end, () => 10);
  slots[5] = slot(day.start + 5 * slotLength, 20);
  slots[9] = slot(day.start + 9 * slotLength, 90, { estimated: 1 });
  const { demand } = costOf(plan, [slots], day, day.end, calendar, 'day');
  assert.deepEqual(
    demand.map(({ kW, at, charge }) => [kW, at, charge]),
    [[80, day.start + 5 * slotLength, '2880']],
  );
});

test('the stretches of a day follow each other without a hole, and end where the table says', (context) => {
  const plan = planOf(context, shanxi);
  const list = bandStretches(plan, day, calendar);
  assert.deepEqual(
    list.map(({ band, start }) => `${calendar.local(start).hour} ${band}`),
    ['0 valley', '7 flat', '8 peak', '11 valley', '13 flat', '17 peak', '23 flat'],
  );
  for (const [at, { start }] of list.entries()) assert.equal(start, at === 0 ? day.start : list[at - 1]?.end);
});

test('a year whose holidays nobody gave is told, once a table needs them', (context) => {
  const plan = planOf(context, shanxi);
  const over = (from: number, to: number) =>
    doubtfulHolidays(
      plan.versions,
      plan.holidays,
      { start: calendar.startOf(from, 6), end: calendar.startOf(to, 6) },
      calendar,
    ).unknown;
  assert.deepEqual([over(2024, 2025), over(2026, 2028)], [[], [2027, 2028]]);
});

test('holidays that are only recalled are told with the cost, and those that a plant gives stand in their place', async (context) => {
  const early = (plan: TariffPlan): TariffPlan => ({
    ...plan,
    versions: plan.versions.slice(1).map((one) => ({ ...one, start: calendar.startOf(2024) })),
  });
  const [start, end] = [calendar.startOf(2024, 5), calendar.startOf(2024, 6)];
  const site = loadSite(join(sitesFolder, 'golden'));
  const notesOf = async (plan: TariffPlan) => {
    const store = { slots: async (keys: readonly SeriesKey[]) => keys.map(() => []) };
    const asked = { meters: ['main'], start, end, by: 'month' as const, now: end + 1 };
    return (await tariffReport(site, early(plan), store, asked)).notes.map(({ en }) => en).join('; ');
  };
  assert.match(await notesOf(planOf(context, shanxi)), /the holidays of 2024 are recalled \(RECALLED\)/);
  const days = 'spring_festival: [2024-02-10, 2024-02-17], labour_day: [2024-05-02, 2024-05-04]';
  const own = `${shanxi}holidays:\n  - {year: 2024, source: notice, ${days}, national_day: [2024-10-01, 2024-10-07]}\n`;
  const given = planOf(context, own);
  assert.equal(await notesOf(given), '');
  assert.deepEqual(
    ['2024-05-01', '2024-05-02'].map((date) => given.holidays.days.get(date)),
    [undefined, 'labour_day'],
  );
});

test("a plant's own table counts as one of the product, and is refused where it contradicts itself", (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-tariff-'));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'tariffs'));
  const given = readFileSync(join(import.meta.dirname, 'tables/SX-2026-15.yaml'), 'utf8').replace(
    'id: SX-2026-15',
    'id: XX-1',
  );
  const write = (text: string) => writeFileSync(join(folder, 'tariffs/own.yaml'), text);
  write(given);
  assert.ok(loadTables(folder).some(({ id }) => id === 'XX-1'));
  for (const [from, to, expected] of [
    ['months: [3, 4, 5]', 'months: [3, 4]', /month 5 must be in one season, and is in 0/],
    ['"09:00-15:00"', '"09:00-18:00"', /own\.yaml:\d+:\d+ .*peak and valley overlap/],
    [
      'counts: {peak: 9, valley: 7, flat: 8}',
      'counts: {peak: 9, valley: 8, flat: 7}',
      /valley has 7 hours, and the source counts 8/,
    ],
    ['"17:00-20:00"', '"17:15-20:00"', /half hours/],
  ] as const) {
    assert.ok(given.includes(from));
    write(given.replace(from, to));
    assert.throws(() => loadTables(folder), expected);
  }
});

test('every mistake of tariffs.yaml is told with its line and what to do, in both languages', (context) => {
  const refused = (yaml: string, zh: RegExp, en: RegExp) =>
    assert.throws(
      () => planOf(context, `tariffs:\n${yaml}`),
      (error: Fault) => {
        assert.ok(error instanceof Fault);
        assert.match(error.text.zh, zh);
        assert.match(error.text.en, en);
        return true;
      },
    );
  const prices = 'prices: [{base: 0.4}]';
  refused(`  - {table: XX-1, from: 2025-01-01, ${prices}}`, /:2:\d+ .*没有电价表/, /there are: CQ-2021-14, /);
  refused(`  - {table: SX-2021-479, from: 2025-01-01, ${prices}}`, /写明 who/, /say who you are/);
  refused(`  - {table: SX-2026-15, from: 2026-04-01, ${prices}}`, /执行期为 2026-05-01/, /holds from 2026-05-01/);
  refused(`  - {table: CQ-2021-14, from: 2025-01-01, ${prices}}`, /来源不一致/, /sources conflict: .*confirmed/);
  refused(
    `  - {table: GD-2021-331, from: 2025-01-01, ratio: {peak: 2}, ${prices}}`,
    /已载明该比例/,
    /:2:\d+ .*states this ratio/,
  );
  refused(
    `  - {table: GD-2021-331, from: 2025-01-01, prices: [{from: 2025-02, base: 1}, {from: 2025-01, base: 1}]}`,
    /月份先后/,
    /order of their months/,
  );
  refused(`  - {table: GD-2021-331, from: 2025-01-01, prices: [{base: -1}]}`, /:2:\d+/, /prices\.0\.base/);
  refused(
    `  - {table: GD-2021-331, from: 2025-02-01, ${prices}}\n  - {table: GD-2021-331, from: 2025-01-01, ${prices}}`,
    /:3:\d+ .*先后/,
    /in the order of their days/,
  );
});
