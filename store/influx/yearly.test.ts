// Yearly figures in a real influxd say what the score says: a value that is withheld later does not stay.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findProgram } from '../../core/real-programs.ts';
import type { YearlyPoint } from '../../core/yearly.ts';
import { InfluxClient } from './influx-client.ts';
import { optionsFor, startInfluxd } from './influxd.fixture.ts';
import { putYearly } from './yearly.ts';

const { skip } = findProgram('influxd');
const time = Date.UTC(2024, 11, 31, 16);

const indicator = (id: string, value: number | null, met: number | null): YearlyPoint => ({
  measurement: 'indicators',
  time,
  tags: { indicator: id, pack: 'tcace' },
  fields: { coverage: 1, met, name_en: `say "${id}"`, name_zh: '指标', threshold: null, unit: '%', value },
});

test('what is withheld, or gone, is taken out; what stays is written over; other plants are left alone', {
  skip,
}, async (context) => {
  const influxd = await startInfluxd();
  context.after(() => influxd.end());
  await influxd.query('CREATE DATABASE years');
  const client = new InfluxClient(optionsFor(influxd.url, 'years'));
  const there = async (site: string) => {
    const [tables = []] = await client.query([
      `SELECT met, name_en, value FROM indicators WHERE site = '${site}' GROUP BY indicator`,
    ]);
    return tables.map(({ tags, rows }) => [tags.indicator, ...(rows[0] ?? [])]);
  };
  await putYearly(client, 'mill', [indicator('a', 1.5, 1), indicator('b', 2, 0), indicator('c', 3, null)]);
  await putYearly(client, 'other', [indicator('a', 9, 1)]);
  assert.deepEqual(await there('mill'), [
    ['a', time, 1, 'say "a"', 1.5],
    ['b', time, 0, 'say "b"', 2],
    ['c', time, null, 'say "c"', 3],
  ]);
  await putYearly(client, 'mill', [indicator('a', 1.75, 1), indicator('b', null, null)]);
  assert.deepEqual(await there('mill'), [
    ['a', time, 1, 'say "a"', 1.75],
    ['b', time, null, 'say "b"', null],
  ]);
  assert.deepEqual(await there('other'), [['a', time, 1, 'say "a"', 9]]);
});
