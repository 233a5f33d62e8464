// A small share of every fuzzing at every test; `npm run test:fuzz` does all of it.
import { globSync } from 'node:fs';
import { join } from 'node:path';

process.env.TANBIAO_FUZZ_FRAMES ??= '5000';
for (const file of globSync('**/*.fuzz.ts', { cwd: import.meta.dirname }).sort())
  await import(join(import.meta.dirname, file));
