import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { goldenFile } from '../golden.ts';
import { devicesFolder } from '../template.ts';
import { goldenBeside, lintTemplate } from './lint.ts';

/** A copy of a template of the library in a folder of its own, changed. */
function copied(context: TestContext, change: (yaml: string) => string, { golden = true } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-lint-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'acrel.adw300.yaml');
  writeFileSync(file, change(readFileSync(join(devicesFolder, 'acrel.adw300.yaml'), 'utf8')));
  if (golden) copyFileSync(goldenFile('acrel.adw300'), goldenBeside(file));
  return file;
}

test('a sound template of a user is sound, with or without golden file', (context) => {
  const { problems, cases } = lintTemplate(copied(context, (yaml) => yaml));
  assert.deepEqual(problems, []);
  assert.ok(cases > 0);
  assert.deepEqual(lintTemplate(copied(context, (yaml) => yaml, { golden: false })).problems, []);
});

test('a mistake is told with its line, and what is allowed', (context) => {
  const file = copied(context, (yaml) => yaml.replace('type: uint16', 'type: uint17'));
  const { problems } = lintTemplate(file);
  const line =
    readFileSync(file, 'utf8')
      .split('\n')
      .findIndex((one) => one.includes('uint17')) + 1;
  assert.equal(problems[0]?.line, line);
  assert.match(problems[0]?.text.en ?? '', /uint16/);
});

test('a wrong scale shows in the golden file, at the value that it spoils', (context) => {
  const file = copied(context, (yaml) => yaml.replace(/(point: voltage_l1.*?)scale: 0\.1/, '$1scale: 0.01'));
  const { problems } = lintTemplate(file);
  assert.ok(problems.length > 0);
  assert.ok(problems.every(({ file: where, path }) => where === goldenBeside(file) && path.endsWith('voltage_l1')));
  assert.match(problems[0]?.text.en ?? '', /the template reads .* the golden file says/);
});
