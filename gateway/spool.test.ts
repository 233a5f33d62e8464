import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Loss } from '../core/sample.ts';
import { type Content, Spool } from './spool.ts';

const content: Content = { kind: 'states', readings: 1, from: 1_000, to: 1_000 };

function fileFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-spool-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'spool.sqlite');
}

test('batches come back in order, and go only when they are trimmed', (context) => {
  const spool = new Spool(fileFor(context), 7);
  context.after(() => spool.close());
  for (let n = 1; n <= 5; n++)
    assert.equal(
      spool.append(content, (epoch, seq) => `${epoch}/${seq}`),
      n,
    );
  assert.deepEqual(
    spool.after(1, 2).map(({ payload }) => payload),
    ['7/2', '7/3'],
  );
  spool.trim([
    [1, 2],
    [4, 4],
  ]);
  assert.deepEqual(
    spool.after(0, 10).map(({ seq }) => seq),
    [3, 5],
  );
  assert.deepEqual({ ...spool.size }, { batches: 2, newest: 5 });
});

test('sequence numbers are never used twice, also when the spool was emptied before a restart', (context) => {
  const file = fileFor(context);
  const first = new Spool(file, 100);
  first.append(content, () => 'a');
  first.append(content, () => 'b');
  first.trim([[1, 2]]);
  first.close();
  const second = new Spool(file, 200);
  context.after(() => second.close());
  assert.equal(second.epoch, 100);
  assert.equal(
    second.append(content, (epoch, seq) => `${epoch}/${seq}`),
    3,
  );
});

test('a batch that could not be made leaves no number behind', (context) => {
  const spool = new Spool(fileFor(context), 1);
  context.after(() => spool.close());
  assert.throws(
    () =>
      spool.append(content, () => {
        throw new Error('disk');
      }),
    /disk/,
  );
  assert.equal(
    spool.append(content, () => 'a'),
    1,
  );
});

test('a spool that was lost begins another epoch', (context) => {
  const [one, two] = [new Spool(fileFor(context), 1), new Spool(fileFor(context), 2)];
  context.after(() => {
    one.close();
    two.close();
  });
  assert.notEqual(one.epoch, two.epoch);
});

const encodeLosses = (epoch: number, seq: number, lost: Loss[]) => JSON.stringify({ epoch, seq, lost });
const told = (spool: Spool): Loss[] =>
  spool.after(0, 10_000).flatMap(({ payload }) => (payload.startsWith('{') ? (JSON.parse(payload).lost ?? []) : []));

test('what is given up is the oldest, of the kind asked for, without what may be stored, and on record', (context) => {
  const spool = new Spool(fileFor(context), 1);
  context.after(() => spool.close());
  for (let n = 1; n <= 6; n++) {
    const kind = n % 3 === 0 ? 'counters' : 'states';
    spool.append({ kind, readings: 10, from: n * 100, to: n * 100 + 50 }, () => 'x'.repeat(1_000));
  }
  const lost = spool.giveUp({ kind: 'states', bytes: 2_000, reason: 'spool_full' }, new Set([1]), encodeLosses);
  const expected = { reason: 'spool_full', kind: 'states', readings: 20, from: 200, to: 450, batches: [2, 4] };
  assert.deepEqual(lost, [expected]);
  assert.deepEqual(
    spool.after(0, 10).map(({ seq }) => seq),
    [1, 3, 5, 6, 7],
  );
  assert.deepEqual(told(spool), [expected]);
  assert.equal(spool.newest, 650);
});

test('what may have been sent is known after a restart, and is given up batch by batch', (context) => {
  const file = fileFor(context);
  const first = new Spool(file, 1);
  for (let n = 1; n <= 120; n++) first.append({ ...content, from: n, to: n }, () => 'x');
  first.aboutToSend(first.after(0, 2));
  first.close();
  const second = new Spool(file, 1);
  context.after(() => second.close());
  const lost = second.giveUp({ kind: 'states', bytes: 1_000, reason: 'spool_old' }, new Set(), encodeLosses);
  const ofOne = (seq: number) => ({
    reason: 'spool_old',
    kind: 'states',
    readings: 1,
    from: seq,
    to: seq,
    batches: [seq, seq],
  });
  assert.deepEqual(lost.slice(0, 2), [1, 2].map(ofOne));
  // Numbers are noted ahead; behind them nothing was sent, and one record is enough.
  assert.deepEqual(lost.at(-1), { ...ofOne(103), readings: 18, to: 120, batches: [103, 120] });
  assert.equal(lost.length, 103);
  assert.deepEqual(told(second), lost);
});

test('records of losses are added up before they fill the spool themselves, and nothing is lost of their sum', (context) => {
  const spool = new Spool(':memory:', 1);
  context.after(() => spool.close());
  for (const _ of [1, 2]) spool.append({ kind: 'states', readings: 3, from: 0, to: 0 }, () => 'x');
  spool.giveUp({ kind: 'states', bytes: 2, reason: 'spool_full' }, new Set(), encodeLosses);
  const sent = spool.after(2, 1);
  spool.aboutToSend(sent);
  for (let n = 2; n < 1_200; n++) {
    spool.append({ kind: 'states', readings: 3, from: n, to: n }, () => 'x');
    spool.giveUp({ kind: 'states', bytes: 1, reason: 'spool_full' }, new Set(), encodeLosses);
  }
  const losses = told(spool);
  assert.ok(losses.length <= 502, `${losses.length} records`);
  assert.equal(
    losses.reduce((sum, { readings }) => sum + readings, 0),
    3_600,
  );
  assert.deepEqual(spool.after(2, 1), sent, 'a record that may be stored would be told twice');
});

test('in an outage of any length every number is in the spool or told of: a record newer than what was given up is not added up', () => {
  const spool = new Spool(':memory:', 1);
  const age = 60;
  let appended = 0;
  for (let now = 0; now < 1_500; now++) {
    for (const kind of ['states', 'counters'] as const) {
      const seq = spool.append({ kind, readings: 3, from: now, to: now }, () => 'x');
      appended += 3;
      const sparing = new Set([seq - 200, seq - 77]); // on their way when the link was lost, or records of losses
      spool.giveUp({ kind, bytes: 1_000, reason: 'spool_old', before: now - age }, sparing, encodeLosses);
    }
  }
  const losses = told(spool);
  const left = spool.after(0, 100_000);
  const known = new Set(left.map(({ seq }) => seq));
  for (const { batches } of losses) for (let seq = batches?.[0] ?? 1; seq <= (batches?.[1] ?? 0); seq++) known.add(seq);
  const nowhere = Array.from({ length: spool.size.newest }, (_, n) => n + 1).filter((seq) => !known.has(seq));
  assert.deepEqual(nowhere, []);
  const kept = 3 * left.filter(({ payload }) => payload === 'x').length;
  assert.equal(kept + losses.reduce((sum, { readings }) => sum + readings, 0), appended);
  assert.ok(losses.length < 600, `${losses.length} records`);
  spool.close();
});

test('what was held without a time is spooled with it, and what an earlier start held is given up on record', (context) => {
  const file = fileFor(context);
  const first = new Spool(file, 1);
  first.hold('boot-1', { kind: 'counters', readings: 4, from: 5, to: 9 }, 'held');
  first.close();
  const second = new Spool(file, 2);
  context.after(() => second.close());
  second.hold('boot-2', content, 'now');
  const lost = second.giveUpUndated('boot-2', encodeLosses);
  assert.deepEqual(lost, [{ reason: 'clock_unknown', kind: 'counters', readings: 4, from: 5, to: 9, batches: null }]);
  second.release('boot-2', (payload) => ({ content, encode: (_, seq) => `${payload} ${seq}` }));
  second.release('boot-2', () => assert.fail('released twice'));
  assert.deepEqual(told(second), lost);
  assert.equal(second.after(1, 10)[0]?.payload, 'now 2');
});

test('numbers that were used in a time that the disk forgot are not used again', (context) => {
  const spool = new Spool(fileFor(context), 1);
  context.after(() => spool.close());
  for (let n = 1; n <= 4; n++) spool.append(content, (_, seq) => JSON.stringify({ seq, n }));
  spool.renumber(3, 100);
  assert.deepEqual(
    spool.after(0, 10).map(({ payload }) => payload),
    [
      JSON.stringify({ seq: 1, n: 1 }),
      JSON.stringify({ seq: 2, n: 2 }),
      JSON.stringify({ seq: 101, n: 3 }),
      JSON.stringify({ seq: 102, n: 4 }),
    ],
  );
  assert.equal(
    spool.append(content, () => 'a'),
    103,
  );
});

test('a loss that was told under numbers of a forgotten time names none: under them other batches are stored', (context) => {
  const spool = new Spool(fileFor(context), 1);
  context.after(() => spool.close());
  for (let n = 1; n <= 4; n++) spool.append(content, (_, seq) => JSON.stringify({ seq }));
  spool.giveUp({ kind: 'states', bytes: 40, reason: 'spool_full' }, new Set([1, 2]), encodeLosses);
  assert.deepEqual(told(spool)[0]?.batches, [3, 4]);
  spool.renumber(3, 100);
  assert.deepEqual(
    told(spool).map(({ readings, batches }) => [readings, batches]),
    [[2, null]],
  );
});

test('a file whose end was cut or damaged keeps everything before it, and takes nothing for true that is not', (context) => {
  const file = fileFor(context);
  const spool = new Spool(file, 1);
  for (let n = 1; n <= 60; n++) spool.append(content, () => String(n).repeat(50));
  const log = readFileSync(`${file}-wal`);
  const main = readFileSync(file);
  spool.close();
  for (let position = 100; position < log.length; position += 3_301) {
    for (const damage of ['cut', 'flip'] as const) {
      const damaged = Buffer.from(damage === 'cut' ? log.subarray(0, position) : log);
      if (damage === 'flip') damaged[position] = (damaged[position] ?? 0) ^ 0x40;
      const copy = fileFor(context);
      writeFileSync(copy, main);
      writeFileSync(`${copy}-wal`, damaged);
      const reopened = new Spool(copy, 2);
      const kept = reopened.after(0, 100);
      assert.ok(
        kept.every(({ seq, payload }, index) => seq === index + 1 && payload === String(seq).repeat(50)),
        `${damage} at ${position}`,
      );
      reopened.close();
    }
  }
});
