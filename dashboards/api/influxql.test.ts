// /query as Grafana and the influx shell use it: who may ask, what is refused and where, how much one may ask.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import express from 'express';
import { systemClock } from '../../core/clock.ts';
import { loadSite } from '../../core/config/site.ts';
import { createLog } from '../../core/log.ts';
import type { Store } from '../../core/store.ts';
import type { Scorer } from '../../scoring/main.ts';
import type { Access } from '../access/access.ts';
import type { Entry } from './entry.ts';
import { byToken, mountInfluxql } from './influxql.ts';

const site = loadSite(join(import.meta.dirname, '../../deploy/sites/golden'));
const start = Date.UTC(2025, 0, 1);
const asked: string[] = [];

/** One power that is read each second for ten thousand seconds; every other way into the store is closed. */
const store = new Proxy({} as Store, {
  get: (_, name) => {
    if (name === 'latest')
      return async () => [{ meter: 'main', point: 'power', time: start + 9_999_000, value: 1, quality: 0 }];
    if (name === 'newestSlots') return async () => [];
    if (name === 'samples')
      return async (_key: unknown, period: { start: number; end: number }, around?: string) => {
        const time: number[] = [];
        const from = Math.max(0, Math.ceil((period.start - start) / 1_000));
        const to = around === 'any' ? from + 1 : Math.ceil((period.end - start) / 1_000);
        for (let row = from; row < Math.min(to, 10_000); row++) time.push(start + row * 1_000);
        return { time, value: time.map((at) => ((at - start) / 1_000) % 100), quality: time.map(() => 0) };
      };
    return () => {
      asked.push(String(name));
      throw new Error(`${String(name)} is not for a question`);
    };
  },
});

const most = { rows: 2_000, readings: 30_000, milliseconds: 60_000 };
const app = express();
const parts = {
  site,
  store,
  scorer: { packs: [] } as unknown as Scorer,
  clock: systemClock,
  log: createLog('test', 'silent'),
  most,
};
mountInfluxql(app, parts, (credentials) => {
  if (credentials === undefined) return 'local';
  return ('token' in credentials ? credentials.token : credentials.password) === 'right' ? 'token' : undefined;
});
const server = app.listen(0, '127.0.0.1');
before(() => new Promise((resolve) => (server.listening ? resolve(undefined) : server.once('listening', resolve))));
after(() => server.close());

type Answer = {
  status: number;
  json: { error?: string; results?: { error?: string; series?: { values: unknown[][] }[] }[] };
};

async function ask(q: string, init: RequestInit & { more?: Record<string, string> } = {}): Promise<Answer> {
  const query = new URLSearchParams({ q, epoch: 'ms', ...init.more });
  const { port } = server.address() as AddressInfo;
  const headers = { 'accept-language': 'en', ...(init.headers as Record<string, string>) };
  const response = await fetch(`http://127.0.0.1:${port}/query?${query}`, { ...init, headers });
  return { status: response.status, json: (await response.json()) as Answer['json'] };
}

test('/ping answers as an InfluxDB does', async () => {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`);
  assert.equal(response.status, 204);
  assert.match(response.headers.get('x-influxdb-version') ?? '', /^1\./);
});

test('a token opens it in each of the ways in which an InfluxDB takes credentials, and nothing else does', async () => {
  const basic = (password: string) => ({ headers: { authorization: `Basic ${btoa(`grafana:${password}`)}` } });
  for (const [init, status] of [
    [{}, 200],
    [basic('right'), 200],
    [basic('wrong'), 401],
    [{ headers: { authorization: 'Token right' } }, 200],
    [{ headers: { authorization: 'Bearer right' } }, 200],
    [{ headers: { authorization: 'Token wrong' } }, 401],
    [{ more: { u: 'grafana', p: 'right' } }, 200],
    [{ more: { u: 'grafana', p: 'wrong' } }, 401],
    [{ more: { u: 'grafana' } }, 401],
  ] as const) {
    const answer = await ask('SHOW DATABASES', init);
    assert.equal(answer.status, status, JSON.stringify(init));
    assert.equal(answer.json.results === undefined, status === 401);
  }
});

const refused: [statement: string, told: RegExp][] = [
  ['', /there is no statement at line 1, char 1/],
  ['DROP MEASUREMENT telemetry', /expected SELECT, SHOW; this endpoint only reads at line 1, char 1/],
  ['SELECT v INTO copy FROM telemetry', /found INTO, expected FROM at line 1, char 10/],
  ['SELECT v FROM telemetry; DELETE FROM telemetry', /only reads at line 1, char 26/],
  ['SELECT v\nFROM telemetry\nWHERE time > yesterday', /found yesterday, expected a time.* at line 3, char 14/],
  ['SELECT median(v) FROM telemetry', /undefined function median\(\).* at line 1, char 8/],
  ['SELECT * FROM telemetry', /\* is not supported at line 1, char 8/],
  ['SELECT v FROM (SELECT v FROM telemetry)', /expected identifier at line 1, char 15/],
  ['SELECT v FROM telemetry WHERE meter =~ main', /expected a pattern/],
  ['SELECT v FROM telemetry WHERE meter =~ /(a+)+$/', /this pattern is not supported/],
  ['SELECT v FROM telemetry WHERE meter =~ /.*.*.*.*x/', /this pattern is not supported/],
  ["SELECT v FROM telemetry WHERE meter = 'main' OR time > 5s", /time cannot be joined by OR at line 1, char 49/],
  ['SELECT v / q FROM telemetry', /one side of an operation must be a number/],
  ['SELECT v FROM telemetry fill(0)', /fill\(\) must be used with a function/],
  ["SELECT v FROM telemetry tz('Mars/Olympus')", /unable to find time zone Mars\/Olympus/],
  ["SELECT v FROM telemetry WHERE meter = 'main", /"'" is not understood at line 1, char 39/],
];

for (const [statement, told] of refused)
  test(`refused where it is wrong: ${JSON.stringify(statement)}`, async () => {
    const { status, json } = await ask(statement);
    assert.equal(status, 400);
    assert.match(json.error ?? '', told);
    const chinese = await ask(statement, { headers: { 'accept-language': 'zh' } });
    assert.match(chinese.json.error ?? '', /第 \d+ 行第 \d+ 个字符：.*[一-龥]/);
  });

const unanswered: [statement: string, told: RegExp, more?: Record<string, string>][] = [
  ['SELECT v FROM nothing', /there is no measurement nothing; there are account, /],
  ['SELECT w FROM telemetry', /telemetry has no w; there are q, v/],
  ["SELECT v FROM telemetry WHERE gateway = 'gw-1'", /telemetry has no gateway/],
  ['SELECT mean(v), q FROM telemetry', /mixing aggregate and non-aggregate/],
  ['SELECT mean(v) FROM telemetry GROUP BY time(1h)', /GROUP BY time needs a beginning/],
  ['SELECT v FROM telemetry', /answers at most 2000 rows: make GROUP BY time/],
  [
    `SELECT mean(v) FROM telemetry WHERE time >= ${start}ms AND time < ${start + 9e6}ms GROUP BY time(1s)`,
    /at most 2000 rows/,
  ],
  ['SHOW DATABASES', /database not found: other; this plant's is golden/, { db: 'other' }],
];

for (const [statement, told, more] of unanswered)
  test(`told in the statement's place: ${statement}`, async () => {
    const { status, json } = await ask(`SHOW RETENTION POLICIES; ${statement}`, more === undefined ? {} : { more });
    assert.equal(status, 200);
    assert.equal(json.results?.length, 2);
    assert.match(json.results?.[1]?.error ?? '', told);
    assert.equal(json.results?.[0]?.error === undefined, more === undefined);
  });

test('a question that would read too much is refused with what to ask instead, and one that reads less is answered', async () => {
  const many = await ask(Array.from({ length: 4 }, () => 'SELECT mean(v) FROM telemetry').join(';'));
  assert.match(many.json.results?.[3]?.error ?? '', /reads at most 30000 values: .* slots with resolution hour or day/);
  assert.deepEqual(many.json.results?.[0]?.series?.[0]?.values, [[0, 49.5]]);
  const last = await ask('SELECT v FROM telemetry ORDER BY time DESC LIMIT 1');
  assert.deepEqual(last.json.results?.[0]?.series?.[0]?.values, [[start + 9_999_000, 99]]);
});

test('a statement comes as a form, too, and chunked is answered in one piece', async () => {
  const { port } = server.address() as AddressInfo;
  const body = new URLSearchParams({
    q: 'SELECT count(v) FROM "golden"."autogen"."telemetry"',
    chunked: 'true',
    epoch: 'ns',
  });
  const response = await fetch(`http://127.0.0.1:${port}/query?db=golden`, { method: 'POST', body });
  assert.equal(
    await response.text(),
    '{"results":[{"statement_id":0,"series":[{"name":"telemetry","columns":["time","count"],"values":[[0,10000]]}]}]}\n',
  );
  assert.deepEqual(asked, []);
});

test('a token of the API is taken as a token and as the password of whatever user, but not that of a wall; without one, only an open page answers', () => {
  const find = (secret: string) =>
    secret === 'right' || secret === 'wall' ? { token: { id: 't1', wall: secret === 'wall' } } : undefined;
  const at = (isOpen: boolean) =>
    byToken({
      access: { tokens: { find } } as unknown as Access,
      entry: { isOpen } as unknown as Entry,
      clock: systemClock,
    });
  assert.equal(at(false)({ token: 'right' }), 't1');
  assert.equal(at(false)({ user: 'grafana', password: 'right' }), 't1');
  assert.equal(at(false)({ user: 'right', password: '' }), undefined);
  assert.equal(at(true)({ token: 'wrong' }), undefined);
  assert.equal(at(false)({ token: 'wall' }), undefined);
  assert.equal(at(false)({ user: 'grafana', password: 'wall' }), undefined);
  assert.equal(at(false)(undefined), undefined);
  assert.equal(at(true)(undefined), 'local');
});
