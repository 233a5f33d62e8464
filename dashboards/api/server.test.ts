// How the server of the page keeps its connections.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import express from 'express';
import type { Site } from '../../core/config/site.ts';
import { listen } from './server.ts';

test('a connection that rests is kept for longer than proxies keep it', async (context) => {
  const app = express().get('/', (_, response) => void response.end());
  const server = await listen(app, { host: '127.0.0.1' } as Site['page'], 0);
  context.after(() => server.close());
  const { headers } = await fetch(server.url);
  const [, seconds] = /timeout=(\d+)/.exec(headers.get('keep-alive') ?? '') ?? [];
  assert.ok(Number(seconds) > 60, `kept for ${seconds} s`);
});
