import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { completeLockfile, type Lockfile, missingOptionalPackages, platformOf } from './lockfile.ts';

const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');
const lock = JSON.parse(text) as Lockfile;

test('the lockfile names every optional platform package, so that npm ci works on all of them', () => {
  assert.deepEqual(missingOptionalPackages(lock), []);
});

test('the embedded store comes for Linux (glibc and musl), macOS and Windows', () => {
  for (const platform of [
    'linux-x64',
    'linux-arm64',
    'linux-x64-musl',
    'linux-arm64-musl',
    'darwin-arm64',
    'darwin-x64',
    'win32-x64',
  ]) {
    assert.ok(`node_modules/@duckdb/node-bindings-${platform}` in lock.packages, platform);
  }
});

test('the lockfile carries no download address', () => assert.doesNotMatch(text, /"resolved"|https?:\/\/[^"]*\.tgz/));

test('an entry that a mirror left out is added with its platform', () => {
  const poor: Lockfile = {
    packages: {
      '': {},
      'node_modules/a': {
        version: '1.0.0',
        optionalDependencies: { '@x/a-linux-arm64-musl': '1.0.0', '@x/a-win32-x64': '1.0.0' },
      },
    },
  };
  const { lock: full, added } = completeLockfile(poor);
  assert.deepEqual(added, ['@x/a-linux-arm64-musl@1.0.0', '@x/a-win32-x64@1.0.0']);
  assert.deepEqual(full.packages['node_modules/@x/a-linux-arm64-musl'], {
    version: '1.0.0',
    os: ['linux'],
    cpu: ['arm64'],
    libc: ['musl'],
    optional: true,
  });
  assert.deepEqual(missingOptionalPackages(full), []);
  assert.equal(platformOf('left-pad'), undefined);
});
