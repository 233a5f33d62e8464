import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Fault } from '../../core/fault.ts';
import { importLedgerFile } from './import-file.ts';
import { SqliteLedger } from './sqlite-ledger.ts';

const holding =
  '{kind: certificate, id: gec, generationYear: 2025, count: 10, retired: 0, tradable: true, technology: pv}';
const retire = (id: string, count: number) =>
  `{kind: retirement, id: ${id}, certificate: gec, count: ${count}, forYear: 2025, date: 2026-01-10}`;

function start(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-import-'));
  const ledger = new SqliteLedger(':memory:');
  context.after(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });
  const take = (...entries: string[]): number => {
    writeFileSync(join(folder, 'ledger.yaml'), ['entries:', ...entries.map((entry) => `  - ${entry}`), ''].join('\n'));
    return importLedgerFile(ledger, folder, 1);
  };
  const refusal = (...entries: string[]): string => {
    let said = '';
    assert.throws(
      () => take(...entries),
      (error) => {
        if (!(error instanceof Fault)) return false;
        said = error.text.en;
        return /[一-龥]/.test(error.text.zh);
      },
    );
    return said;
  };
  return { ledger, take, refusal };
}

test('a file that retires certificates twice is refused at its line, and nothing of it is taken in', (context) => {
  const { ledger, take, refusal } = start(context);
  assert.match(refusal(holding, retire('a', 6), retire('b', 6)), /ledger\.yaml:2:\d+ .*12 are retired, 10 are held/);
  assert.match(refusal(holding, retire('a', 1), retire('a', 2)), /ledger\.yaml:4:\d+ .*the id "a" is used twice/);
  assert.deepEqual(ledger.history(), []);
  assert.equal(take(holding, retire('a', 6)), 2);
  assert.equal(take(holding, retire('a', 6)), 0);
});

test('what the file contradicts in the ledger is told; what was wrong before does not stop a start', (context) => {
  const { ledger, take, refusal } = start(context);
  take(holding, retire('a', 6));
  assert.match(refusal(retire('b', 6)), /ledger\.yaml:\d+:\d+ .*gec: 12 are retired, 10 are held/);
  const entry = ledger.current().find(({ entry: { id } }) => id === 'a')?.entry;
  assert.ok(entry);
  ledger.append({ ...entry, id: 'c' }, 'li', 'entered by a version that did not check', 2);
  assert.equal(take(holding, retire('a', 6)), 0);
});

test('what somebody revised or withdrew stays so at the next start; the file speaks when its words change', (context) => {
  const { ledger, take } = start(context);
  take(holding, retire('a', 6));
  const entry = ledger.current().find(({ entry: { id } }) => id === 'a')?.entry;
  assert.ok(entry?.kind === 'retirement');
  ledger.append({ ...entry, count: 5 }, 'li', 'typing error', 2);
  assert.equal(take(holding, retire('a', 6)), 0);
  ledger.append({ ...entry, withdrawn: true }, 'li', 'not retired', 3);
  assert.equal(take(holding, retire('a', 6)), 0);
  assert.equal(ledger.current().length, 1);
  assert.equal(take(holding, retire('a', 7)), 1);
  assert.equal(ledger.current().length, 2);
});
