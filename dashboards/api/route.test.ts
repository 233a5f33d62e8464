// How a route is served: bodies that are too large or of another kind, files as they come, and lists page by page.
import assert from 'node:assert/strict';
import { request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import express from 'express';
import { z } from 'zod';
import { createLog } from '../../core/log.ts';
import type { Deed } from '../access/roles.ts';
import { fileBody } from './file-body.ts';
import { failure } from './problem.ts';
import { cutPage, pageShape } from './questions.ts';
import { type Door, mount, route } from './route.ts';

async function served(context: TestContext) {
  const deeds: Deed[] = [];
  const door: Door = {
    whoAsks: () => ({ name: 'li', role: 'operator', by: 'session' }),
    admit: () => undefined,
    stillMay: () => true,
    note: (deed) => deeds.push(deed),
  };
  const about = { zh: '试', en: 'test' };
  const numbers = Array.from({ length: 120 }, (_, n) => n + 1);
  const routes = [
    route({
      method: 'post',
      path: '/api/echo/:id',
      about,
      may: ['operator'],
      params: z.object({ id: z.string() }),
      body: z.strictObject({ text: z.string() }),
      answer: z.object({ text: z.string() }),
      run: ({ body }) => body,
    }),
    route({
      method: 'post',
      path: '/api/file',
      about,
      may: ['operator'],
      query: z.object({ name: z.string() }),
      body: fileBody,
      answer: z.object({ bytes: z.number() }),
      subject: ({ query }) => query.name,
      async run({ body }) {
        let bytes = 0;
        for await (const chunk of body) bytes += chunk.length;
        return { bytes };
      },
    }),
    route({
      method: 'get',
      path: '/api/numbers',
      about,
      may: ['operator'],
      query: z.object(pageShape),
      answer: z.unknown(),
      run: ({ query: { cursor, limit } }) =>
        cutPage(numbers.filter((n) => n > Number(cursor ?? 0)).slice(0, limit + 1), limit, (n) => n),
    }),
  ];
  const app = express();
  mount(app, routes, door);
  app.use(failure(createLog('test', 'fatal')));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { deeds, port, url: `http://127.0.0.1:${port}/api` };
}

const json = { 'content-type': 'application/json' };
const bytes = { 'content-type': 'application/octet-stream' };

test('a body is JSON of a megabyte at most, and every refusal says so in its own way and is on record', async (context) => {
  const { url, deeds } = await served(context);
  const post = async (body: string, headers: Record<string, string> = json) => {
    const response = await fetch(`${url}/echo/7`, { method: 'POST', headers, body });
    assert.match(response.headers.get('content-type') ?? '', /json/);
    return [response.status, ((await response.json()) as { title?: string }).title];
  };
  assert.deepEqual(await post('{"text": "好"}'), [200, undefined]);
  assert.deepEqual(await post('{"text": "好"', json), [400, 'query_invalid']);
  assert.deepEqual(await post('{"text": 1}'), [400, 'query_invalid']);
  assert.deepEqual(await post('[]'), [400, 'query_invalid']);
  assert.deepEqual(await post(JSON.stringify({ text: 'x'.repeat(1_000_001) })), [413, 'body_too_large']);
  assert.deepEqual(await post('text=1', { 'content-type': 'application/x-www-form-urlencoded' }), [
    415,
    'body_type_unsupported',
  ]);
  assert.deepEqual(await post('{}', { ...json, 'content-encoding': 'snappy' }), [415, 'body_type_unsupported']);
  assert.deepEqual(
    deeds.map(({ who, route: of, subject, outcome }) => `${who} ${of} ${subject} ${outcome}`),
    [
      'li POST /api/echo/:id 7 done',
      ...['query_invalid', 'query_invalid', 'query_invalid', 'body_too_large'].map(
        (code) => `li POST /api/echo/:id 7 ${code}`,
      ),
      ...['body_type_unsupported', 'body_type_unsupported'].map((code) => `li POST /api/echo/:id 7 ${code}`),
    ],
  );
});

test('a file comes as a stream, and is cut off where it is too large, whatever it said before', async (context) => {
  const { url, port, deeds } = await served(context);
  const file = await fetch(`${url}/file?name=a.pdf`, { method: 'POST', headers: bytes, body: Buffer.alloc(3_000_000) });
  assert.deepEqual(await file.json(), { bytes: 3_000_000 });
  const wrong = await fetch(`${url}/file?name=b.pdf`, { method: 'POST', headers: json, body: '{}' });
  assert.equal(wrong.status, 415);
  const send = (headers: Record<string, string | number>, chunks: number) =>
    new Promise<number>((resolve, reject) => {
      const request = ask({ port, path: '/api/file?name=c.pdf', method: 'POST', headers: { ...bytes, ...headers } });
      request.once('response', (response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
      for (let n = 0; n < chunks; n++) request.write(Buffer.alloc(1_000_000));
      if (headers['content-length'] === undefined) request.end();
    });
  assert.equal(await send({ 'content-length': 26_000_000 }, 0), 413, 'before a byte of it is read');
  assert.equal(await send({ 'transfer-encoding': 'chunked' }, 26), 413, 'when it comes');
  assert.deepEqual(
    deeds.map(({ subject, outcome }) => `${subject} ${outcome}`),
    ['a.pdf done', ' body_type_unsupported', ' body_too_large', 'c.pdf body_too_large'],
  );
});

test('a list comes page by page, each item once', async (context) => {
  const { url } = await served(context);
  const seen: number[] = [];
  let cursor: string | null = '';
  do {
    const page: { items: number[]; next: string | null } = (await (
      await fetch(`${url}/numbers?limit=50${cursor === '' ? '' : `&cursor=${cursor}`}`)
    ).json()) as never;
    seen.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  assert.deepEqual(
    seen,
    Array.from({ length: 120 }, (_, n) => n + 1),
  );
});

test('what does not change is not sent again, and a wrong method is told the right ones', async (context) => {
  const { url } = await served(context);
  const first = await fetch(`${url}/numbers`);
  const tag = first.headers.get('etag') ?? assert.fail('no tag');
  const again = await fetch(`${url}/numbers`, { headers: { 'if-none-match': tag, 'cache-control': 'max-age=0' } });
  assert.equal(again.status, 304);
  const wrong = await fetch(`${url}/numbers`, { method: 'PUT' });
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET']);
});
