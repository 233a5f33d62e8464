// Owns a second way to a year's activity data: straight from raw readings by SQL, knowing nothing of how slots are made.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Period } from '../../core/calendar.ts';
import { type PointId, points } from '../../core/points.ts';
import { quote } from './months.ts';
import { databaseFile } from './operations.ts';

/** Which counter goes into which quantity of which plant. */
export type Counted = { plant: string; quantity: string; meter: string; point: PointId };

/** In the points' units, by plant and quantity; `self_used` is generation less export, never below nought in any quarter. */
export type Activity = Map<string, Record<string, number>>;

/** Of a store that is closed: its file has one owner. */
export async function annualActivity(folder: string, counted: readonly Counted[], period: Period): Promise<Activity> {
  const instance = await DuckDBInstance.create(join(folder, databaseFile), { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const tables = await connection.runAndReadAll(
      "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'samples_%'",
    );
    const months = globSync(join(folder, 'months', '*.parquet')).map(quote);
    const readings = [
      ...tables.getRows().map(([name]) => `SELECT sid, ts, v, q FROM ${name}`),
      ...(months.length === 0 ? [] : [`SELECT sid, ts, v * scale, q FROM read_parquet([${months.join(', ')}])`]),
    ].join(' UNION ALL ');
    const asked = counted.map(({ plant, quantity, meter, point }) => {
      const steps = 10 ** points[point].decimals;
      return `(${[plant, quantity, meter, point].map(quote).join(', ')}, ${steps})`;
    });
    const rows = await connection.runAndReadAll(sqlFor(readings, asked.join(', '), period));
    const activity: Activity = new Map();
    for (const [plant, quantity, amount] of rows.getRows()) {
      const known = activity.get(String(plant)) ?? {};
      activity.set(String(plant), { ...known, [String(quantity)]: Number(amount) });
    }
    return activity;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * As the decisions say, and nothing else: the best reading of an instant; what cannot be trusted moves no total; no difference
 * across two devices (0003, 0004); a fall is a wrap, a reset, or one reading that its neighbours on both sides deny.
 */
const sqlFor = (readings: string, asked: string, { start, end }: Period): string => `
  WITH asked(plant, quantity, meter, point, steps) AS (VALUES ${asked}),
  counter AS (
    SELECT sid, plant, quantity, steps, facts::JSON AS facts,
      (facts->>'$.modulus')::DOUBLE * steps AS modulus, (facts->>'$.maxPerHour')::DOUBLE * steps AS most
    FROM series JOIN asked USING (meter, point)
  ),
  device AS (
    SELECT sid, n, CASE WHEN n = 1 THEN 0 ELSE coalesce((d->>'from')::BIGINT, 0) END AS since,
      coalesce((d->>'multiplier')::DOUBLE, 1) AS times,
      round(round((d->>'initial')::DOUBLE * steps) * coalesce((d->>'multiplier')::DOUBLE, 1)) AS initial,
      round(round((d->>'final')::DOUBLE * steps) * coalesce((d->>'multiplier')::DOUBLE, 1)) AS final
    FROM (
      SELECT sid, steps, unnest(ds) AS d, unnest(range(1, len(ds) + 1)) AS n FROM (
        SELECT sid, steps, CASE WHEN json_array_length(facts->'$.installations') > 0
          THEN (facts->'$.installations')::JSON[] ELSE ['{}'::JSON] END AS ds FROM counter
      )
    )
  ),
  reading AS (
    SELECT sid, ts, v, q FROM (${readings}) WHERE sid IN (SELECT sid FROM counter)
    QUALIFY row_number() OVER (PARTITION BY sid, ts ORDER BY q, v DESC NULLS LAST) = 1
  ),
  shown AS (
    SELECT r.sid, r.ts, round(r.v * d.times) AS v, d.n, c.modulus * d.times AS modulus, c.most * d.times AS most
    FROM reading r ASOF JOIN device d ON r.sid = d.sid AND r.ts >= d.since JOIN counter c ON r.sid = c.sid
    WHERE r.v IS NOT NULL AND r.q < 128 AND r.q NOT IN (64, 66)
  ),
  doubted AS (
    SELECT *, v0 IS NOT NULL AND NOT ${grew('v0', 'v', 'ts - t0')} AND (v2 IS NULL OR ${grew('v0', 'v2', 't2 - t0')}) AS denied
    FROM (
      SELECT *, lag(v) OVER device AS v0, lag(ts) OVER device AS t0, lead(v) OVER device AS v2, lead(ts) OVER device AS t2
      FROM shown WINDOW device AS (PARTITION BY sid, n ORDER BY ts)
    )
  ),
  believed AS (
    -- What follows a reading that was denied is not denied by it.
    SELECT sid, ts, v, n, modulus, most FROM doubted
    QUALIFY NOT denied OR coalesce(lag(denied) OVER (PARTITION BY sid, n ORDER BY ts), false)
  ),
  pair AS (
    SELECT *, lag(v) OVER series AS v0, lag(ts) OVER series AS t0, lag(n) OVER series AS n0
    FROM believed WINDOW series AS (PARTITION BY sid ORDER BY ts) QUALIFY t0 IS NOT NULL
  ),
  stretch AS (
    SELECT sid, t0 AS a, ts AS b, CASE
      WHEN ${grew('v0', 'v', 'ts - t0')} THEN v - v0
      WHEN v > v0 THEN NULL
      WHEN v0 < modulus AND ${can('v + modulus - v0', 'ts - t0')} AND (most IS NOT NULL OR v + modulus - v0 <= modulus / 10)
        THEN v + modulus - v0
      WHEN ${can('v', 'ts - t0')} THEN v END AS amount
    FROM pair WHERE n = n0
    UNION ALL
    SELECT p.sid, least(t0, d.since - 1), d.since, CASE WHEN old.final >= v0 THEN old.final - v0 END
    FROM pair p JOIN device d ON d.sid = p.sid AND d.n = p.n JOIN device old ON old.sid = p.sid AND old.n = p.n0 WHERE p.n > n0
    UNION ALL
    SELECT p.sid, least(d.since, ts - 1), ts, CASE WHEN v >= d.initial THEN v - d.initial END
    FROM pair p JOIN device d ON d.sid = p.sid AND d.n = p.n WHERE p.n > n0
  ),
  part AS (
    SELECT sid, quarter, round(amount * (least(b, quarter + 900000) - a) / (b - a))
      - round(amount * (greatest(a, quarter) - a) / (b - a)) AS amount
    FROM (SELECT *, unnest(range(a // 900000 * 900000, b, 900000)) AS quarter FROM stretch)
    WHERE quarter >= ${start} AND quarter < ${end}
  ),
  quarter AS (
    SELECT plant, quantity, quarter, sum(coalesce(amount, 0)) AS whole, any_value(steps) AS steps
    FROM part JOIN counter USING (sid) GROUP BY ALL
  )
  SELECT plant, quantity, sum(whole) / any_value(steps) FROM quarter GROUP BY ALL
  UNION ALL
  SELECT g.plant, 'self_used', sum(greatest(0, g.whole - x.whole)) / any_value(g.steps)
  FROM quarter g JOIN quarter x ON g.plant = x.plant AND g.quarter = x.quarter
  WHERE g.quantity = 'generated' AND x.quantity = 'export' GROUP BY g.plant`;

/** What a device can deliver in a time: a minute's worth at least, because coarse registers move in jumps. */
const can = (amount: string, elapsed: string): string =>
  `coalesce(${amount} <= most * greatest(${elapsed}, 60000) / 3600000 + 1, true)`;
const grew = (before: string, after: string, elapsed: string): string =>
  `(${after} >= ${before} AND ${can(`${after} - ${before}`, elapsed)})`;
