// Owns finding the real programs that tests run against; without them such a test is skipped by name, or fails in CI.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const programs = {
  chromium: { names: ['chromium', 'chromium-browser', 'google-chrome'], get: 'apt install chromium fonts-noto-cjk' },
} as const;

export type Program = keyof typeof programs;

/** Where a program is. A test without it passes `skip: reason`; with REQUIRE_REAL=1 it must fail instead. */
export function findProgram(program: Program): { path: string; skip: false } | { path: ''; skip: string } {
  const { names, get } = programs[program];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined) return { path: found, skip: false };
  }
  const reason = `${program} is not installed: ${get}`;
  if (process.env.REQUIRE_REAL === '1') throw new Error(reason);
  return { path: '', skip: reason };
}
