import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const thread = JSON.stringify(new URL('./thread.ts', import.meta.url).href);

/** Runs in a process of its own: what it is about ends one. */
const outcomeOf = (script: string, use: string) =>
  spawnSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      `import { StoreThread } from ${thread};
       const store = new StoreThread('', new URL(${JSON.stringify(`data:text/javascript,${script}`)}));
       setInterval(() => undefined, 1_000);
       ${use}`,
    ],
    { encoding: 'utf8', timeout: 60_000 },
  );

test('when the thread of the store dies, who asked is told, and the process ends, so that it is started again', () => {
  const { status, stdout, stderr } = outcomeOf(
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { throw new Error('out of memory'); });",
    `store.call('stats', []).catch(({ message }) => console.log(message));`,
  );
  assert.equal(status, 1);
  assert.match(stdout, /out of memory/);
  assert.match(stderr, /the thread of the store died[\s\S]*out of memory/);
});

test('a thread that is asked to end takes nobody with it', () => {
  const { status, stderr } = outcomeOf(
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => undefined);",
    `await store.terminate(); setTimeout(() => process.exit(0), 100);`,
  );
  assert.equal(status, 0, stderr);
});
