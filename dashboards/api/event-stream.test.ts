// A stream to pages that go away, come back, and do not read: each gets every frame, or at least the newest.
import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import express from 'express';
import { EventStream } from './event-stream.ts';

async function served(context: TestContext, beatEvery?: number) {
  const stream = new EventStream(beatEvery);
  const state = { may: true };
  const app = express();
  app.get('/', (request, response) => stream.open(response, request.get('last-event-id'), () => state.may));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  context.after(() => {
    stream.close();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { stream, state, port, url: `http://127.0.0.1:${port}/` };
}

/** Follows until `enough` ids came, and goes away. */
async function idsOf(url: string, enough: number, lastId?: number): Promise<number[]> {
  const ending = new AbortController();
  const headers = lastId === undefined ? {} : { 'Last-Event-ID': String(lastId) };
  const response = await fetch(url, { headers, signal: ending.signal });
  const ids: number[] = [];
  let text = '';
  for await (const chunk of response.body ?? []) {
    const lines = (text + Buffer.from(chunk as Uint8Array).toString()).split('\n');
    text = lines.pop() ?? '';
    ids.push(...lines.flatMap((line) => (line.startsWith('id: ') ? [Number(line.slice(4))] : [])));
    if (ids.length >= enough) break;
  }
  ending.abort();
  return ids;
}

test('who comes back gets exactly what he missed, in order, also when the clock was set back', async (context) => {
  const { stream, url } = await served(context);
  const push = (from: number, to: number) => {
    for (let n = from; n <= to; n++) stream.push('frame', n, { n });
  };
  push(1_000, 1_010);
  assert.deepEqual(await idsOf(url, 1), [1_010], 'who was never here begins with the newest');
  push(1_011, 1_030);
  assert.deepEqual(
    await idsOf(url, 20, 1_010),
    Array.from({ length: 20 }, (_, n) => 1_011 + n),
  );
  push(500, 504);
  assert.deepEqual(await idsOf(url, 5, 1_030), [1_031, 1_032, 1_033, 1_034, 1_035], 'ids rise');
  assert.deepEqual(await idsOf(url, 1, 9_999), [1_035], 'an id of another time begins with the newest');
});

test('who missed much gets a part of it that reaches from end to end', async (context) => {
  const { stream, url } = await served(context);
  stream.push('frame', 1, {});
  const [first] = await idsOf(url, 1);
  for (let n = 2; n <= 300; n++) stream.push('frame', n, {});
  assert.equal((await idsOf(url, 60, first)).length, 60);
  for (let n = 301; n <= 400; n++) stream.push('frame', n, {});
  const ids = await idsOf(url, 60, first);
  assert.equal(ids.length, 60);
  assert.equal(ids[0], 105, 'what is kept reaches back to 101');
  assert.equal(ids.at(-1), 400);
  assert.ok(ids.every((id, at) => at === 0 || id === (ids[at - 1] ?? 0) + 5));
});

test('frames are kept while somebody may come back, and not for ever', async (context) => {
  const { stream, url } = await served(context);
  assert.equal(stream.isFollowed, false);
  stream.push('frame', 1, {});
  await idsOf(url, 1);
  while (stream.pages > 0) await new Promise((resolve) => setImmediate(resolve));
  for (let n = 0; n < 300; n++) stream.push('frame', 2 + n, {});
  assert.ok(stream.isFollowed);
  stream.push('frame', 400, {});
  assert.equal(stream.isFollowed, false);
});

test('who does not read costs little, holds up nobody, and gets the newest when he reads again', async (context) => {
  const { stream, port, url } = await served(context);
  const large = 'x'.repeat(100_000);
  const lazy = connect(port, '127.0.0.1');
  context.after(() => lazy.destroy());
  lazy.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  lazy.pause();
  while (stream.pages < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const eager = idsOf(url, 200);
  while (stream.pages < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  for (let n = 1; n <= 200; n++) {
    stream.push('frame', n, large);
    await new Promise((resolve) => setImmediate(resolve)); // the eager one reads meanwhile
  }
  assert.ok((await eager).length <= 200);
  const ids: number[] = [];
  const patience = setTimeout(() => lazy.destroy(new Error('the newest never came')), 120_000);
  for await (const line of createInterface(lazy)) {
    if (line.startsWith('id: ')) ids.push(Number(line.slice(4)));
    if (ids.at(-1) === 200) break;
  }
  clearTimeout(patience);
  assert.ok(ids.length < 200, `${ids.length} of 200 frames waited in memory`);
  assert.ok(ids.every((id, at) => at === 0 || id > (ids[at - 1] ?? 0)));
});

test('a heartbeat keeps a quiet stream open, and ends it for whom it is no longer', async (context) => {
  const { stream, state, url } = await served(context, 20);
  stream.push('frame', 1, {});
  const response = await fetch(url);
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    if (text.includes('\n:\n\n')) state.may = false;
  }
  assert.match(text, /\n:\n\n/);
  assert.equal(stream.pages, 0);
});
