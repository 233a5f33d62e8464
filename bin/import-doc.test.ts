// What docs/import.md shows is run here: its tables, mappings, commands and what they print.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseYaml } from '../core/config/yaml-file.ts';
import { mappingSchema } from '../ingest/import/mapping.ts';
import { projectFolder } from './context.ts';

const text = readFileSync(join(projectFolder, 'docs/import.md'), 'utf8');
const blocks = (kind: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block);
const program = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts')];

test('the worked example prints what the page says, and leaves the error file that it speaks of', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-doc-'));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'readings.csv'), blocks('csv')[0] ?? '');
  writeFileSync(join(folder, 'readings.yaml'), blocks('yaml')[0] ?? '');
  const [, ...args] = (blocks('sh')[0] ?? '').trim().split(' ');
  const place = ['--site', 'golden', '--data', join(folder, 'data'), '--lang', 'en'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...args, ...place], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 65);
  const [problem, summary] = (blocks('text')[0] ?? '').trim().split('\n');
  assert.equal(stderr.split('\n')[0], problem);
  assert.equal(stdout.split('\n')[0], summary);
  assert.ok(existsSync(join(folder, 'readings.csv.errors.csv')));
});

test('every mapping on the page is sound', () => {
  const kinds = blocks('yaml').map((source) => {
    const { value, problems } = parseYaml(source, 'import.md', mappingSchema);
    assert.deepEqual(problems, []);
    return value?.kind;
  });
  assert.deepEqual(kinds, ['readings', 'bills', 'production', 'bills']);
});

test('every command on the page has the options that it is shown with', () => {
  const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));
  assert.ok(commands.length >= 7);
  const helps = new Map<string, string>();
  for (const command of commands) {
    const names = command.split(' ').slice(1);
    const words = names[0] === 'corrections' ? names.slice(0, 2) : names.slice(0, 1);
    const known = helps.get(words.join(' '));
    const help = known ?? spawnSync(process.execPath, [...program, ...words, '--help'], { encoding: 'utf8' }).stdout;
    helps.set(words.join(' '), help);
    for (const [option] of command.matchAll(/--[a-z-]+/g)) assert.match(help, new RegExp(`${option}\\b`), command);
  }
});
