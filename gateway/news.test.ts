import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minute } from '../core/calendar.ts';
import type { PointId } from '../core/points.ts';
import { qualityCode } from '../core/quality.ts';
import type { Sample } from '../core/sample.ts';
import { News, type NewsLimits } from './news.ts';

const limits: NewsLimits = { deadband: { power: 1, energy_import: 5 }, heartbeat: minute };

const sample = (seconds: number, value: number | null, point: PointId = 'power', quality = 0): Sample => ({
  meter: 'main',
  point,
  time: seconds * 1_000,
  value,
  quality,
});

const published = (samples: Sample[]): number[] => {
  const news = new News();
  return samples.flatMap((one) => news.select([one], limits)).map(({ time }) => time / 1_000);
};

test('a slow drift is told when it has left the value published last, not the value read last', () => {
  const drift = Array.from({ length: 31 }, (_, n) => sample(n, n * 0.1));
  assert.deepEqual(published(drift), [0, 11, 22]);
});

test('a state that does not move is told by its heartbeat', () => {
  assert.deepEqual(published(Array.from({ length: 151 }, (_, n) => sample(n, 7))), [0, 60, 120]);
});

test('counters are always told, whatever deadband somebody gave them', () => {
  assert.deepEqual(published([0, 1, 2].map((n) => sample(n, n, 'energy_import'))), [0, 1, 2]);
});

test('a point without a deadband is always told', () => {
  assert.deepEqual(published([0, 1, 2].map((n) => sample(n, 50, 'frequency'))), [0, 1, 2]);
});

test('another quality is told at once, the same trouble once', () => {
  const timeout = qualityCode('bad_timeout');
  const samples = [
    sample(0, 7),
    sample(1, null, 'power', timeout),
    sample(2, null, 'power', timeout),
    sample(3, null, 'power', qualityCode('bad_connection')),
    sample(200, null, 'power', qualityCode('bad_connection')),
    sample(201, 7),
    sample(202, 7),
  ];
  assert.deepEqual(published(samples), [0, 1, 3, 201]);
});
