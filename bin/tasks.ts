// Owns the tasks of those who work on the code: test, faults, fuzz, chaos, check, generate, bench.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from './context.ts';
import { staleFiles, writeGenerated } from './generate.ts';
import { flagsOf } from './node-flags.mjs';

const rooms = 'bin,core,gateway,ingest,store,scoring,snapshot,dashboards,simulators,deploy';

function run(name: string, command: string, args: readonly string[]): boolean {
  const started = performance.now();
  const { status } = spawnSync(command, args, { cwd: projectFolder, stdio: 'inherit' });
  console.error(`${status === 0 ? '✓' : '✗'} ${name}  ${((performance.now() - started) / 1_000).toFixed(1)} s`);
  return status === 0;
}

const tool = (script: string, ...args: string[]): [string, string[]] => [
  process.execPath,
  [join(projectFolder, 'node_modules', script), ...args],
];

/** Dots for what passes, everything about what fails or is skipped. */
function test(patterns: readonly string[]): boolean {
  const files =
    patterns.length > 0
      ? patterns
      : [
          ...globSync([`{${rooms}}/**/*.test.ts`, '*.test.ts'], {
            cwd: projectFolder,
            exclude: (name) => name.includes('node_modules'),
          }),
        ].sort();
  return run(`${files.length} test files`, process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-timeout=900000',
    // Most tests wait for others; one at a time, as Node does it on two cores, is half an hour.
    `--test-concurrency=${Math.max(3, availableParallelism() - 1)}`,
    ...files,
  ]);
}

/** The failure matrix, row by row (docs/failure-matrix.md). */
function faults(): boolean {
  const files = globSync(`{${rooms}}/**/*.test.ts`, { cwd: projectFolder }).filter((file) =>
    /['`]row \d+: /.test(readFileSync(join(projectFolder, file), 'utf8')),
  );
  return run('failure matrix', process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-timeout=300000',
    '--test-reporter=spec',
    '--test-name-pattern=^row ',
    ...files.sort(),
  ]);
}

/** A million spoiled frames and more: TANBIAO_FUZZ_FRAMES and TANBIAO_FUZZ_SEED say how many, and which. */
function fuzz(): boolean {
  process.env.TANBIAO_FUZZ_SEED ??= String(Math.floor(Date.now() / 1_000));
  const files = globSync('gateway/**/*.fuzz.ts', { cwd: projectFolder }).sort();
  return run(`fuzz, seed ${process.env.TANBIAO_FUZZ_SEED}`, process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--test',
    ...files,
  ]);
}

/** Real processes, killed at random: TANBIAO_ROUNDS and TANBIAO_SEED say how often, and which. */
function chaos(): boolean {
  process.env.TANBIAO_SEED ??= String(Math.floor(Date.now() / 1_000));
  const files = globSync('bin/**/*.chaos.ts', { cwd: projectFolder }).sort();
  return run(`chaos, seed ${process.env.TANBIAO_SEED}`, process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-reporter=spec',
    ...files,
  ]);
}

const checks: Record<string, () => boolean | Promise<boolean>> = {
  'format and lint': () => run('format and lint', ...tool('@biomejs/biome/bin/biome', 'check')),
  types: () => run('types', ...tool('typescript/bin/tsc')),
  'types of the page': () => run('types of the page', ...tool('typescript/bin/tsc', '-p', 'dashboards/web')),
  'generated files': async () => {
    const stale = await staleFiles();
    if (stale.length > 0) console.error(`stale: ${stale.join(', ')}; run "npm run generate"`);
    console.error(`${stale.length === 0 ? '✓' : '✗'} generated files`);
    return stale.length === 0;
  },
  tests: () => test([]),
};

function bench([suite, ...args]: readonly string[]): boolean {
  const files = [...globSync(`{${rooms}}/**/*.bench.ts`, { cwd: projectFolder })];
  const known = files.map((file) => [file.replace(/^.*\/(.*)\.bench\.ts$/, '$1'), file] as const);
  const isChosen = (name: string, file: string) =>
    suite === undefined || suite.startsWith('--') || name === suite || file.startsWith(`${suite}/`);
  const chosen = known.filter(([name, file]) => isChosen(name, file));
  if (chosen.length === 0) {
    console.error(`there is no bench "${suite}"; there are: ${known.map(([name]) => name).join(', ')}`);
    return false;
  }
  const options = suite?.startsWith('--') ? [suite, ...args] : args;
  return chosen
    .map(([name, file]) =>
      run(`bench ${name}`, process.execPath, [...flagsOf(name), '--expose-gc', join(projectFolder, file), ...options]),
    )
    .every(Boolean);
}

const [task = '', ...args] = process.argv.slice(2);
const tasks: Record<string, () => boolean | Promise<boolean>> = {
  test: () => test(args),
  faults,
  fuzz,
  chaos,
  check: async () => {
    const passed: boolean[] = [];
    for (const check of Object.values(checks)) passed.push(await check());
    return passed.every(Boolean);
  },
  bench: () => bench(args),
  generate: async () => {
    for (const name of await writeGenerated()) console.error(`wrote ${name}`);
    return true;
  },
};
const chosen = tasks[task];
if (chosen === undefined) {
  console.error(`there is no task "${task}"; there are: ${Object.keys(tasks).join(', ')}`);
  process.exit(64);
}
process.exit((await chosen()) ? 0 : 1);
