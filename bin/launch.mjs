#!/usr/bin/env node
// Owns the way from a fresh clone to a running program: installs what the lockfile names, builds the page, starts the pinned Node.
// Plain JavaScript for Node 20 and newer, because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flagsOf } from './node-flags.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = 24;
const say = (text) => process.stderr.write(`tanbiao: ${text}\n`);

function fail(text) {
  say(text);
  process.exit(1);
}

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** npm keeps a hidden lockfile of what it installed and writes it last: what differs from ours is stale. */
function isInstalled() {
  const hidden = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(hidden)) return false;
  const installed = readJson(hidden).packages;
  const wanted = Object.entries(readJson(join(root, 'package-lock.json')).packages).filter(([path]) => path !== '');
  return wanted.every(
    ([path, { version, optional }]) => (optional && !(path in installed)) || installed[path]?.version === version,
  );
}

function install() {
  say('installing the packages of package-lock.json (once, about half a minute)');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, error } = spawnSync(npm, ['ci', '--include=dev', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  fail(
    `npm ci failed${error ? ` (${error.message})` : ''}. Remedy: check the network and the registry in your npm settings, then start again.`,
  );
}

/** The `node` package carries the pinned runtime; where it has no binary (musl, some macOS versions) a new enough system Node does. */
function findNode() {
  const names = ['node_modules/node/bin/node', 'node_modules/node/bin/node.exe'];
  const pinned = names.map((name) => join(root, name)).find((path) => existsSync(path));
  if (pinned && spawnSync(pinned, ['--version']).status === 0) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= oldestNode) return process.execPath;
  return fail(
    `no Node ${oldestNode} for this platform came with the packages. Remedy: install Node ${oldestNode} or newer and start again.`,
  );
}

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === 'dist') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

/** The page is built again when its sources, the words it shares with the server, or the packages change. */
function buildPage(node) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const folder of ['dashboards/web', 'core']) {
    for (const path of filesBelow(join(root, folder))) {
      if (statSync(path).size > 0 && !path.endsWith('.test.ts'))
        hash.update(path.slice(root.length)).update(readFileSync(path));
    }
  }
  const digest = hash.digest('hex');
  const dist = join(root, 'dashboards/web/dist');
  const stamp = join(dist, '.sources');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  say('building the page');
  const { status } = spawnSync(
    node,
    ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'error', 'dashboards/web'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
    },
  );
  if (status !== 0) fail('the page could not be built; the lines above say why');
  mkdirSync(dist, { recursive: true });
  writeFileSync(stamp, digest);
}

if (!isInstalled()) install();
const node = findNode();
const [first, task, ...taskArguments] = process.argv.slice(2);
const program =
  first === '--task'
    ? [join(root, 'bin/tasks.ts'), task, ...taskArguments]
    : [join(root, 'bin/tanbiao.ts'), ...process.argv.slice(2)];
// Only those who show the page, or test it, wait for it.
const showsPage = ['demo', 'up', 'dashboards', '--task'].includes(first ?? '') && !process.argv.includes('--once');
if (showsPage) buildPage(node);

// A terminal sends Ctrl-C to the whole group: the program stops in order, and the launcher outlives it to pass on its exit code.
const child = spawn(node, [...flagsOf(first), ...program], {
  stdio: 'inherit',
  env: {
    // Compiled modules are kept beside the packages: a command then starts in half the time.
    NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/tanbiao'),
    // glibc gives every thread heaps of its own, up to eight for each core, and returns little of them: a process of months grows.
    MALLOC_ARENA_MAX: '2',
    ...process.env,
  },
});
process.on('SIGINT', () => child.exitCode); // a listener is enough: the default would end the launcher first
process.on('SIGTERM', () => child.kill('SIGTERM'));
process.on('SIGHUP', () => child.kill('SIGHUP'));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
