import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
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
