// Keeps docs/failure-matrix.md true: each row names the tests that make its fault happen, and no such test goes unnamed.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = import.meta.dirname;
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

test('every row of the failure matrix has its tests, and every such test has its row', () => {
  const written = [...textOf('docs/failure-matrix.md').matchAll(/^\| (\d+) +\|.*\|([^|]*)\|$/gm)].flatMap(
    ([, row, files = '']) => [...files.matchAll(/`([^`]+)`/g)].map(([, file]) => `row ${row}: ${file}`),
  );
  const found = globSync('{bin,core,gateway,ingest,store}/**/*.test.ts', { cwd: root }).flatMap((file) =>
    [...textOf(file).matchAll(/['`]row (\d+): /g)].map(([, row]) => `row ${row}: ${file}`),
  );
  assert.deepEqual([...new Set(found)].sort(), written.sort());
});
