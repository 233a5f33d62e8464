// The same statements on a real influxd and on our own /query, over the same golden plant, give the same rows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findProgram } from '../../core/real-programs.ts';
import { type Answer, ask, goldenTwins, type Row } from '../api/golden-twins.fixture.ts';
import { build } from '../grafana/build.ts';
import { expand, targetsOf, variablesOf } from '../grafana/expand.fixture.ts';
import { boards } from '../grafana/files.ts';

const { skip } = findProgram('influxd');

/** Of one instant, rows of different series have no order. */
function inOrder(values: Row[]): Row[] {
  return values
    .map((row, index) => ({ row, index }))
    .sort((a, b) =>
      a.row[0] === b.row[0] ? JSON.stringify(a.row).localeCompare(JSON.stringify(b.row)) : a.index - b.index,
    )
    .map(({ row }) => row);
}

type Table = NonNullable<NonNullable<Answer['results']>[number]['series']>[number];

/** Of an integral, influxd 1.6 gives a series in pieces, and these in no particular order. */
function wholeSeries(series: readonly Table[]): Table[] {
  const byTags = [...Map.groupBy(series, ({ tags }) => JSON.stringify(tags))].sort(([a], [b]) => a.localeCompare(b));
  return byTags.map(([, pieces]) => ({
    ...(pieces[0] as Table),
    values: pieces.flatMap(({ values }) => values).sort((a, b) => Number(a[0]) - Number(b[0])),
  }));
}

function assertSame(ours: Answer, theirs: Answer, statement: string): void {
  assert.equal(theirs.error ?? theirs.results?.[0]?.error, undefined, statement);
  assert.equal(ours.error ?? ours.results?.[0]?.error, undefined, statement);
  const [mine, other] = [ours, theirs].map(({ results }) => {
    const series = results?.flatMap((result) => result.series ?? []) ?? [];
    return statement.includes('integral(') ? wholeSeries(series) : series;
  }) as [Table[], Table[]];
  const heads = (list: readonly Table[]) => list.map(({ values: _, ...head }) => head);
  assert.deepEqual(heads(mine), heads(other), statement);
  for (const [index, { values }] of mine.entries()) {
    const [rows, expected] = [inOrder(values), inOrder(other[index]?.values ?? [])];
    assert.equal(rows.length, expected.length, `${statement}: rows of series ${index}`);
    for (const [at, row] of rows.entries()) {
      const wanted = expected[at] as Row;
      const same = row.every((value, column) => {
        const one = wanted[column];
        if (column === 0 || typeof value !== 'number' || typeof one !== 'number') return value === one;
        return Math.abs(value - one) <= 1e-9 * Math.max(1, Math.abs(one));
      });
      assert.ok(same, `${statement}: ${JSON.stringify(row)}, and not ${JSON.stringify(wanted)}`);
    }
  }
}

const year = "time >= '2025-01-01' AND time < '2026-01-01'";
const afternoon = "time >= '2025-12-31T03:30:00Z' AND time < '2025-12-31T11:00:00Z'";

/** When something of the golden year is to be seen on each dashboard. */
const ranges: Record<string, [string, string]> = {
  live: ['2025-12-31T03:30Z', '2025-12-31T11:00Z'],
  gateways: ['2025-12-31T03:30Z', '2025-12-31T11:00Z'],
  energy: ['2025-12-01T00:00Z', '2026-01-01T00:00Z'],
  quality: ['2025-12-01T00:00Z', '2026-01-01T00:00Z'],
  carbon: ['2024-06-01T00:00Z', '2026-01-01T00:00Z'],
  indicators: ['2024-06-01T00:00Z', '2026-01-01T00:00Z'],
};

const statements = [
  `SELECT sum(value) / 1000 AS kWh FROM slots WHERE resolution = 'day' AND meter = 'main' AND ${year} GROUP BY time(1d), point tz('Asia/Shanghai')`,
  `SELECT sum(value) FROM slots WHERE resolution = 'hour' AND point =~ /^energy_(import|export)$/ AND ${year} GROUP BY time(30d), meter, point`,
  `SELECT mean(value), max("max"), min("min") FROM slots WHERE resolution = 'quarter' AND "point" = 'power' AND ${afternoon} GROUP BY time(1h), "meter" fill(null)`,
  ...['none', 'null', 'previous', '0', '-3', 'linear'].flatMap((fill) => [
    `SELECT mean(v), count(v), last(q) FROM telemetry WHERE point = 'power' AND q < 64 AND ${afternoon} GROUP BY time(5m), meter fill(${fill})`,
    `SELECT last(v) FROM telemetry WHERE meter !~ /^(main|x)$/ AND ${afternoon} GROUP BY time(17m, 4m), meter, point fill(${fill}) ORDER BY time DESC`,
    `SELECT difference(mean(v)) FROM telemetry WHERE point = 'power' AND ${afternoon} GROUP BY time(10m), meter fill(${fill})`,
  ]),
  `SELECT v, q FROM telemetry WHERE point = 'power' AND ${afternoon} GROUP BY meter LIMIT 7 OFFSET 3`,
  `SELECT v FROM telemetry WHERE point = 'power' AND ${afternoon} GROUP BY meter ORDER BY time DESC LIMIT 4 SLIMIT 1 SOFFSET 1`,
  `SELECT q FROM telemetry WHERE q >= 128 AND ${afternoon}`,
  `SELECT v, q FROM telemetry WHERE (meter = 'main' OR meter = 'pv-roof' AND q != 0) AND point = 'power' AND ${afternoon}`,
  `SELECT v FROM telemetry WHERE meter = 'nobody'`,
  `SELECT mean(v) FROM telemetry WHERE time > '2031-01-01' AND time < '2031-01-02' GROUP BY time(1h)`,
  `SELECT max(v) FROM telemetry WHERE point = 'power' AND ${afternoon} GROUP BY meter`,
  `SELECT first(v), last(v), spread(v) FROM telemetry WHERE point = 'power' AND ${afternoon} GROUP BY meter`,
  `SELECT integral(v, 1h) FROM telemetry WHERE meter = 'main' AND point = 'power' AND ${afternoon} GROUP BY time(15m), meter, point`,
  `SELECT integral(v, 1h) FROM telemetry WHERE point = 'power' AND ${afternoon} GROUP BY meter, point`,
  `SELECT derivative(v, 1h) FROM telemetry WHERE point = 'energy_import' AND ${afternoon} GROUP BY meter, point`,
  `SELECT derivative(last(v), 1h), non_negative_difference(last(v)) FROM telemetry WHERE point = 'energy_import' AND ${year} GROUP BY time(7d), meter`,
  `SELECT value, unit, threshold, met FROM indicators GROUP BY pack, indicator`,
  `SELECT value, name_zh, name_en FROM account WHERE figure =~ /^emissions_/ GROUP BY figure`,
  `SELECT last(verdict) FROM scores GROUP BY *`,
  `SELECT max(newest), count("last") FROM receipts GROUP BY gateway`,
  `SELECT lost FROM losses GROUP BY gateway`,
  'SHOW DATABASES',
  'SHOW RETENTION POLICIES ON golden',
  'SHOW FIELD KEYS FROM slots',
  'SHOW TAG KEYS FROM slots',
  'SHOW TAG VALUES FROM slots WITH KEY = "meter"',
  `SHOW TAG VALUES FROM "slots" WITH KEY IN ("meter", "point") WHERE "resolution" = 'day' AND meter =~ /main/`,
  'SHOW TAG VALUES FROM telemetry WITH KEY = "point"',
  'SHOW TAG VALUES FROM slots WITH KEY = "nothing"',
];

const pick = (...words: string[]) => fc.constantFrom(...words);
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** Of the part of InfluxQL that is answered. Beginnings and ends fall within buckets as often as on their edges. */
const generated = fc
  .record({
    source: pick('telemetry', 'slots'),
    resolution: pick('quarter', 'hour', 'day'),
    condition: pick(
      '',
      "AND meter = 'main'",
      "AND meter != 'workshop'",
      'AND meter =~ /^(main|pv-roof)$/',
      "AND (meter = 'main' OR point = 'power')",
      'AND point !~ /^energy/',
      "AND (point = 'power' AND meter <> 'main' OR meter =~ /gas/)",
    ),
    from: fc.integer({ min: 0, max: 1_100 }),
    length: fc.integer({ min: 1, max: 900 }),
    every: some(pick('5m', '7m', '15m', '1h', '6h', '1d', '1h, 20m', '1d, -7h')),
    by: pick('', 'meter', 'point', 'meter, point', 'point, meter'),
    calls: fc.array(pick('mean', 'sum', 'min', 'max', 'count', 'first', 'last', 'spread'), {
      minLength: 1,
      maxLength: 3,
    }),
    transform: some(pick('difference', 'non_negative_difference', 'derivative', 'integral')),
    field: pick('v', 'q'),
    slotField: pick('value', 'covered', 'quality', 'readings'),
    fill: some(pick('null', 'none', 'previous', 'linear', '0', '7')),
    times: some(pick(' / 1000', ' * 2', ' - 1')),
    zone: some(pick('Asia/Shanghai', 'Europe/Berlin', 'America/New_York')),
    descending: fc.boolean(),
    limit: some(fc.integer({ min: 1, max: 20 })),
    raw: fc.nat(4),
  })
  .map((one) => {
    const start = Date.UTC(2025, 11, 31, 2) + one.from * 37_000;
    const end = start + one.length * (one.every?.startsWith('1d') ? 3_600_000 : 41_000);
    const isArea = one.transform === 'integral';
    const field = one.source === 'telemetry' ? (isArea ? 'v' : one.field) : isArea ? 'value' : one.slotField;
    const where = `time >= ${start}ms AND time ${one.from % 2 === 0 ? '<' : '<='} ${end}ms ${
      one.source === 'slots' ? `AND resolution = '${one.resolution}'` : ''
    } ${one.condition}`;
    const tail = (descending: boolean) =>
      `${descending ? ' ORDER BY time DESC' : ''}${one.limit === undefined ? '' : ` LIMIT ${one.limit}`}${
        one.zone === undefined ? '' : ` tz('${one.zone}')`
      }`;
    const unit = one.transform === 'derivative' || one.transform === 'integral' ? ', 1h' : '';
    const all = 'GROUP BY meter, point';
    if (one.raw === 0)
      return `SELECT ${field}${one.times ?? ''} FROM ${one.source} WHERE ${where} ${all}${tail(one.descending)}`;
    if (one.transform !== undefined && (one.raw === 1 || one.transform === 'integral')) {
      const every = one.transform === 'integral' && one.every !== undefined ? `, time(${one.every})` : '';
      const end = isArea ? '' : tail(false);
      return `SELECT ${one.transform}(${field}${unit}) FROM ${one.source} WHERE ${where} ${all}${every}${end}`;
    }
    const isStep = one.transform !== undefined && one.every !== undefined;
    // Of several columns that have rows at different times, influxd cuts each by itself.
    const calls = isStep ? one.calls.slice(0, one.limit === undefined ? 3 : 1) : one.calls;
    const columns = calls.map((call) =>
      isStep ? `${one.transform}(${call}(${field})${unit})` : `${call}(${field})${one.times ?? ''}`,
    );
    // Which of several series' readings of one instant is the first or last, influxd leaves open.
    const by = calls.some((call) => call === 'first' || call === 'last') ? 'meter, point' : one.by;
    const groups = [by, one.every === undefined ? '' : `time(${one.every})`].filter((text) => text !== '').join(', ');
    const fill = one.every === undefined || one.fill === undefined ? '' : ` fill(${one.fill})`;
    return `SELECT ${columns.join(', ')} FROM ${one.source} WHERE ${where}${
      groups === '' ? '' : ` GROUP BY ${groups}`
    }${fill}${tail(one.descending && !isStep)}`;
  });

test('on influxd and on /query', { skip }, async (context) => {
  const twins = await goldenTwins(context);
  const compare = async (statement: string): Promise<Answer> => {
    const [ours, theirs] = await Promise.all([ask(twins.ours, statement), ask(twins.influx, statement)]);
    assertSame(ours, theirs, statement);
    return ours;
  };

  for (const statement of statements)
    await context.test(`the same rows: ${statement}`, async () => {
      await compare(statement);
    });

  for (const board of boards) {
    await context.test(
      `every query of the dashboard ${board.file} is answered alike, with at least one series`,
      async () => {
        const [from, to] = ranges[board.file] ?? [];
        assert.ok(from !== undefined && to !== undefined);
        for (const language of ['zh', 'en'] as const) {
          const dashboard = build(board, language);
          const asked = variablesOf(dashboard).filter(({ type }) => type === 'query');
          const queries = [
            ...asked.map(({ query }) => query),
            ...(dashboard.panels ?? []).flatMap((panel) => targetsOf(panel).map(({ query }) => query)),
          ];
          assert.ok(queries.length > asked.length);
          for (const query of queries) {
            const { results } = await compare(expand(query, Date.parse(from), Date.parse(to)));
            assert.ok((results?.[0]?.series?.[0]?.values.length ?? 0) > 0, `nothing is answered to ${query}`);
          }
        }
      },
    );
  }

  await context.test('times are written as dates of the zone, or in nanoseconds', async () => {
    const statement = `SELECT max(v) FROM telemetry WHERE meter = 'main' AND ${afternoon} GROUP BY time(2h)`;
    for (const epoch of ['ns', 'u', 's', 'm', 'h', '']) {
      const texts = await Promise.all(
        [twins.ours, twins.influx].map(async (url) => {
          const query = new URLSearchParams({
            db: 'golden',
            q: `${statement} tz('Asia/Shanghai')`,
            ...(epoch === '' ? {} : { epoch }),
          });
          return (await (await fetch(`${url}/query?${query}`)).text()).trim();
        }),
      );
      assert.equal(texts[0], texts[1]);
      assert.ok((texts[0]?.length ?? 0) > 150, texts[0]);
    }
  });

  await context.test('random statements of the subset give the same rows', async () => {
    const numRuns = Number(process.env.TANBIAO_CASES ?? 40);
    await fc.assert(
      fc.asyncProperty(generated, async (statement) => {
        await compare(statement);
      }),
      { seed: 7, numRuns },
    );
  });
});
