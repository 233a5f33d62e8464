// What an error says to people: its own words, and those of what brought it about.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Fault, messageOf } from './fault.ts';
import { freePort } from './free-port.ts';

test('a fetch that fails says why, not only that it failed', async (context) => {
  const port = await freePort();
  await assert.rejects(fetch(`http://127.0.0.1:${port}`), (error) => /ECONNREFUSED/.test(messageOf(error)));
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  context.after(() => server.close());
  await assert.rejects(fetch(`http://127.0.0.1:${port}`), (error) => /fetch failed: \S/.test(messageOf(error)));
});

test('every address of a name is told, a fault speaks for itself, and in its reader’s language also as a cause', () => {
  const both = new AggregateError([new Error('ECONNREFUSED ::1'), new Error('ECONNREFUSED 127.0.0.1')]);
  const failed = new TypeError('fetch failed', { cause: both });
  assert.equal(messageOf(failed), 'fetch failed: ECONNREFUSED ::1; ECONNREFUSED 127.0.0.1');
  const fault = new Fault('x', { zh: '坏了', en: 'broken' }, { cause: failed });
  assert.deepEqual([messageOf(fault), messageOf(fault, 'zh')], ['broken', '坏了']);
  assert.equal(messageOf(new Error('outer', { cause: fault }), 'zh'), 'outer: 坏了');
  assert.equal(messageOf({ message: 'looks like one' }), 'looks like one');
});
