// The terminal output in the documents is what the commands print; `npm run generate` writes it anew.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commissioningDocuments, commissioningPages } from './commissioning-doc.ts';
import { projectFolder } from './context.ts';
import { widthOf } from './table.ts';

const read = (name: string): string => readFileSync(join(projectFolder, name), 'utf8');
const isShown = (pages: Record<string, string>) =>
  Object.keys(commissioningDocuments).every((name) => read(name) === pages[name]);

// A busy machine may miss the deadline of an answer, and a command then tells what it saw: once more.
let pages = await commissioningPages();
if (!isShown(pages)) pages = await commissioningPages();

for (const [name, language] of Object.entries(commissioningDocuments)) {
  test(`${name} shows what its commands print, and no line of it is too long`, () => {
    assert.equal(read(name), pages[name], 'run "npm run generate"');
    const blocks = [...read(name).matchAll(/```console\n\$ .*\n([\s\S]*?)```/g)].map(([, output = '']) => output);
    assert.ok(blocks.length > 5);
    for (const line of blocks.join('').split('\n')) assert.ok(widthOf(line) <= 96, line);
    if (language === 'en') assert.doesNotMatch(blocks.join('').replaceAll('电表 1', ''), /[\u4e00-\u9fff]/);
  });
}

test('both languages show the same commands', () => {
  const commands = (name: string) => [...read(name).matchAll(/^\$ (.*)$|^npm run (.*)$/gm)].map(([line]) => line);
  assert.deepEqual(commands('docs/commissioning.md'), commands('docs/commissioning.en.md'));
});
