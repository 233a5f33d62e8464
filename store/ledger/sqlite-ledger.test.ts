import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { Fault } from '../../core/fault.ts';
import type { LedgerEntry } from '../../core/ledger.ts';
import { SqliteLedger } from './sqlite-ledger.ts';

function fileFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-ledger-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'ledger.sqlite');
}

const credit = (tonnes: number): LedgerEntry => ({
  kind: 'credit',
  id: 'ccer-1',
  program: 'CCER',
  vintage: 2024,
  tonnes,
});

test('an entry is revised, never changed, and every revision stays', (context) => {
  const file = fileFor(context);
  const ledger = new SqliteLedger(file);
  ledger.append(credit(100), 'li', 'bought', 1);
  assert.equal(ledger.append(credit(100), 'li', 'again', 2), undefined);
  ledger.append(credit(120), 'wang', 'typing error', 3);
  ledger.close();
  const again = new SqliteLedger(file);
  context.after(() => again.close());
  assert.deepEqual(
    again.current().map(({ entry }) => entry),
    [credit(120)],
  );
  assert.deepEqual(
    again.current(2).map(({ entry }) => entry),
    [credit(100)],
  );
  assert.deepEqual(
    again.history().map(({ number, author }) => [number, author]),
    [
      [1, 'li'],
      [2, 'wang'],
    ],
  );
});

test('the file itself refuses updates, and an alteration behind its back is found', (context) => {
  const file = fileFor(context);
  const ledger = new SqliteLedger(file);
  ledger.append(credit(100), 'li', 'bought', 1);
  ledger.append(credit(120), 'li', 'corrected', 2);
  ledger.close();
  const database = new DatabaseSync(file);
  assert.throws(() => database.exec('UPDATE revision SET at = 5'), /append-only/);
  assert.throws(() => database.exec('DELETE FROM revision'), /append-only/);
  database.exec(`DROP TRIGGER no_update; UPDATE revision SET entry = replace(entry, '100', '900') WHERE number = 1`);
  database.close();
  assert.throws(
    () => new SqliteLedger(file),
    (error) => error instanceof Fault && /revision 1 of the ledger/.test(error.text.en),
  );
});

test('two processes may have the ledger open: each appends to what the other wrote', (context) => {
  const file = fileFor(context);
  const [plant, command] = [new SqliteLedger(file), new SqliteLedger(file)];
  plant.append(credit(100), 'plant', 'bought', 1);
  command.append({ ...credit(50), id: 'ccer-2' }, 'command', 'imported', 2);
  assert.equal(plant.append({ ...credit(50), id: 'ccer-2' }, 'plant', 'the same', 3), undefined);
  plant.append(credit(120), 'plant', 'corrected', 4);
  const authors = [plant, command].map((ledger) => ledger.history().map(({ author }) => author));
  assert.deepEqual(authors, Array(2).fill(['plant', 'command', 'plant']));
  for (const ledger of [plant, command]) ledger.close();
  const again = new SqliteLedger(file);
  context.after(() => again.close());
  assert.equal(again.history().length, 3);
});

test('what is withdrawn is not current, was so before, and can be entered again', (context) => {
  const ledger = new SqliteLedger(fileFor(context));
  context.after(() => ledger.close());
  ledger.append(credit(100), 'li', 'bought', 1);
  ledger.append({ ...credit(100), withdrawn: true }, 'li', 'sold', 2);
  assert.equal(ledger.append({ ...credit(100), withdrawn: true }, 'li', 'again', 3), undefined);
  assert.deepEqual(ledger.current(), []);
  assert.equal(ledger.current(1).length, 1);
  assert.equal(ledger.append(credit(100), 'li', 'bought again', 4)?.number, 3);
  assert.equal(ledger.current().length, 1);
});

test('what is altered on the disk while the ledger is open is found when it is verified', (context) => {
  const file = fileFor(context);
  const ledger = new SqliteLedger(file);
  context.after(() => ledger.close());
  ledger.append(credit(100), 'li', 'bought', 1);
  ledger.verify();
  const other = new DatabaseSync(file);
  other.exec("DROP TRIGGER no_update; UPDATE revision SET author = 'wang'");
  other.close();
  assert.throws(
    () => ledger.verify(),
    (error) => error instanceof Fault && error.code === 'ledger_broken',
  );
});
