// The whole API of a running plant: who may what on every route, what its document promises, and what nonsense it bears.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as rawRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { runSite } from '../../bin/run-site.ts';
import { software } from '../../bin/software.ts';
import { daysAgo, temporarySite } from '../../bin/temporary-site.ts';
import { day } from '../../core/calendar.ts';
import { systemClock } from '../../core/clock.ts';
import type { Site } from '../../core/config/site.ts';
import { createLog } from '../../core/log.ts';
import { findProgram } from '../../core/real-programs.ts';
import { seriesName } from '../../core/sample.ts';
import { rateFactors } from '../../scoring/carbon-rate.ts';
import { site as golden, inputs } from '../../scoring/golden.fixture.ts';
import { startScoring } from '../../scoring/main.ts';
import { packFiles } from '../../scoring/pack.ts';
import { runReport } from '../../snapshot/report/keeper.ts';
import type { Access } from '../access/access.ts';
import { type Role, roles } from '../access/roles.ts';
import { csrfOf } from '../access/secrets.ts';
import { Doorkeeper, onWalls, usual } from './door.ts';
import { Entry } from './entry.ts';
import { openapiOf } from './openapi.ts';
import type { ApiParts } from './parts.ts';
import type { Route } from './route.ts';
import { allRoutes, createApi, listen } from './server.ts';

const plenty = { reading: { burst: 1e9, perSecond: 1e9 }, changing: { burst: 1e9, perSecond: 1e9 } };

async function plantOf(context: TestContext) {
  const { context: site, beforeItGoes } = temporarySite(context, 'golden', { start: daysAgo(3), withoutOpcua: true });
  const running = await runSite(site, { signal: new AbortController().signal, port: 0 });
  beforeItGoes(() => running.stop());
  const { access, alarms, live } = running.dashboards ?? assert.fail('no dashboards');
  const { store, scorer, ledger } = running;
  const shop = { site: site.site, dataFolder: site.dataFolder, store, ledger, clock: systemClock, software };
  /** The same plant behind another door. */
  const serve = async (page: Partial<Site['page']>, allowances = plenty) => {
    const of = { ...site.site, page: { ...site.site.page, ...page } };
    const entry = new Entry(of);
    const factors = rateFactors(of, Date.now(), ledger.current());
    const log = createLog('test', 'error');
    const { dataFolder } = site;
    const parts: ApiParts = {
      site: of,
      store,
      scorer,
      ledger,
      snapshots: { ...shop, site: of },
      dataFolder,
      live,
      alarms,
      access,
      entry,
      factors,
      clock: systemClock,
      log,
    };
    const door = new Doorkeeper(access, entry, systemClock, allowances);
    const server = await listen(createApi(parts, door), { ...of.page, behindProxy: undefined }, 0);
    context.after(() => server.close());
    return { url: server.url, routes: allRoutes(parts) };
  };
  return { access, serve, shop, port: Number(new URL(running.dashboards?.url ?? '').port) };
}

type Asked = { status: number; code: string | undefined; type: string; headers: Headers; text: string };

/** Of a stream only the head is read. */
async function ask(url: string, path: string, init: RequestInit = {}): Promise<Asked> {
  const ending = new AbortController();
  const response = await fetch(`${url}${path}`, { ...init, signal: ending.signal });
  const type = response.headers.get('content-type') ?? '';
  const text = type.startsWith('text/event-stream') ? '' : await response.text();
  ending.abort();
  const body = type.includes('problem') ? (JSON.parse(text) as { title: string }) : undefined;
  return { status: response.status, code: body?.title, type, headers: response.headers, text };
}

function people(access: Access) {
  const now = Date.now();
  for (const role of roles)
    access.users.add(
      { name: `a ${role}`.replace(' ', '-'), role, expires: role === 'assessor' ? now + day : null },
      now,
    );
  access.users.add({ name: 'gone', role: 'assessor', expires: now - 1 }, now);
  const cookie = (secret: string) => ({ cookie: `other=1; tanbiao-golden=${secret}` });
  return {
    session(name: string, how: 'whole' | 'csrf' | 'origin' | 'bare' = 'whole'): Record<string, string> {
      const secret = access.sessions.start(name, Date.now());
      return {
        ...cookie(secret),
        ...(how === 'bare' ? {} : { 'sec-fetch-site': how === 'origin' ? 'cross-site' : 'same-origin' }),
        'x-tanbiao-csrf': how === 'csrf' ? csrfOf('another') : csrfOf(secret),
      };
    },
    token(name: string, role: Role, onlyReads = false, expires: number | null = null): Record<string, string> {
      const made = access.tokens.make({ user: name, name: 't', role, onlyReads, expires }, 'admin', Date.now());
      return { authorization: `Bearer ${made.secret}` };
    },
  };
}

/** What the rules say of a route, worked out again from what it declares. */
function expected(
  { may, method, inPerson }: Route,
  by: 'session' | 'token' | 'local' | 'nobody',
  role: Role,
): string | undefined {
  if (may === 'anyone') return undefined;
  const reads = method === 'get';
  if (by === 'nobody') return 'signed_out';
  if (by === 'local') return reads && !inPerson && may.includes('viewer') ? undefined : 'signed_out';
  if (by === 'token' && inPerson) return 'role_missing';
  return may.includes(role) ? undefined : 'role_missing';
}

const chromium = findProgram('chromium');
const refusals = ['signed_out', 'role_missing', 'csrf_missing', 'origin_foreign'];

test('the API of a plant', async (context) => {
  const { access, serve, port, shop } = await plantOf(context);
  const { session, token } = people(access);
  const open = await serve({});
  const closed = await serve({ signIn: 'required' });
  const { routes } = closed;

  /** With nothing right in it: who is let in is told so, and changes nothing. */
  const attempt = (url: string, { method, path }: Route, headers: Record<string, string>) =>
    ask(url, path.replaceAll(/:\w+/g, 'nothing'), {
      method: method.toUpperCase(),
      headers: { 'content-type': 'application/json', ...headers },
      ...(method === 'get' ? {} : { body: '{}' }),
    });
  const judge = async (
    what: string,
    of: Route,
    url: string,
    headers: Record<string, string>,
    code: string | undefined,
  ) => {
    const { status, code: told, type, text } = await attempt(url, of, headers);
    const name = `${what}: ${of.method} ${of.path}: ${status} ${text.slice(0, 200)}`;
    assert.ok(status < 500, name);
    assert.doesNotMatch(type, /html/, name);
    if (code !== undefined) assert.equal(told, code, name);
    else assert.ok(!refusals.includes(told ?? ''), name);
  };

  await context.test('every route has a rule, and every rule that is declared is kept', async () => {
    for (const one of routes) {
      assert.ok(one.may === 'anyone' || one.may.length > 0, one.path);
      assert.ok(one.method === 'get' || one.may === 'anyone' || one.inPerson || !one.may.includes('viewer'), one.path);
      await judge('signed out', one, closed.url, {}, expected(one, 'nobody', 'viewer'));
      await judge('at the machine', one, open.url, {}, expected(one, 'local', 'viewer'));
      for (const role of roles) {
        await judge(role, one, closed.url, session(`a-${role}`), expected(one, 'session', role));
        await judge(`token of ${role}`, one, closed.url, token(`a-${role}`, role), expected(one, 'token', role));
        for (const { id } of access.tokens.all(`a-${role}`)) access.tokens.revoke(id);
      }
    }
  });

  await context.test('sessions and tokens that are over, or of others, open nothing', async () => {
    const ended = session('a-admin');
    const signOut = routes.find(({ method, path }) => method === 'delete' && path === '/api/session');
    await attempt(closed.url, signOut ?? assert.fail('no way out'), ended);
    const over = token('a-admin', 'admin', false, Date.now() - 1);
    const ofGone = token('gone', 'viewer');
    for (const one of routes) {
      const closedTo = one.may === 'anyone' ? undefined : 'signed_out';
      await judge('session that ended', one, closed.url, ended, closedTo);
      await judge('access that ended', one, closed.url, session('gone'), closedTo);
      await judge('token that is over', one, closed.url, over, closedTo);
      await judge('token of an access that ended', one, closed.url, ofGone, closedTo);
      await judge('nonsense', one, closed.url, { authorization: 'Basic YTpi' }, closedTo);
    }
  });

  await context.test('a change must come from the page, and a token that only reads changes nothing', async () => {
    const reading = token('a-admin', 'admin', true);
    for (const one of routes.filter(({ method }) => method !== 'get')) {
      const isOpen = one.may === 'anyone';
      await judge('no CSRF', one, closed.url, session('a-admin', 'csrf'), isOpen ? undefined : 'csrf_missing');
      await judge('another site', one, closed.url, session('a-admin', 'origin'), 'origin_foreign');
      await judge('no site', one, closed.url, session('a-admin', 'bare'), 'origin_foreign');
      const otherPort = { ...session('a-admin', 'bare'), origin: 'http://127.0.0.1:1' };
      await judge('another origin', one, closed.url, otherPort, 'origin_foreign');
      await judge('only reads', one, closed.url, reading, isOpen ? undefined : 'role_missing');
    }
  });

  await context.test(
    'a wall sees its pages and the live stream, by bearer or by cookie, until its token is revoked',
    async () => {
      const of = { user: 'a-admin', name: 'hall', role: 'admin', onlyReads: false, expires: null, wall: true } as const;
      assert.throws(() => access.tokens.make(of, 'manager', Date.now()), { code: 'role_missing' });
      const { id, secret } = access.tokens.make(of, 'admin', Date.now());
      assert.partialDeepStrictEqual(access.tokens.find(secret, Date.now()), {
        role: 'viewer',
        token: { onlyReads: true },
      });
      const give = (token: string) =>
        ask(closed.url, '/api/session/wall', {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
          body: JSON.stringify({ token }),
        });
      const program = token('a-admin', 'viewer').authorization?.replace('Bearer ', '') ?? '';
      for (const other of ['tanbiao_nothing', program]) assert.equal((await give(other)).code, 'sign_in_failed');
      const given = (await give(secret)).headers.get('set-cookie') ?? '';
      assert.match(given, /HttpOnly; SameSite=Strict/);
      const headers = [{ authorization: `Bearer ${secret}` }, { cookie: given.split(';')[0] ?? '' }];
      const shown = ['/api/site', '/api/live', '/api/today', '/api/alarms', '/api/carbon/2025', '/api/gateways'];
      for (const header of headers) {
        for (const path of shown) assert.equal((await ask(closed.url, path, { headers: header })).status, 200, path);
        for (const one of routes.filter(({ path, may }) => may !== 'anyone' && !onWalls.has(path)))
          await judge('a wall', one, closed.url, { 'sec-fetch-site': 'same-origin', ...header }, 'role_missing');
      }
      const { text } = await ask(closed.url, '/api/session', { headers: headers[1] ?? {} });
      assert.partialDeepStrictEqual(JSON.parse(text), { user: null, readable: true });
      const asProgram = { cookie: `tanbiao-golden=${program}` };
      assert.equal(
        (await ask(closed.url, '/api/site', { headers: asProgram })).code,
        'signed_out',
        'no cookie of a program',
      );
      access.tokens.revoke(id);
      for (const header of headers)
        assert.equal((await ask(closed.url, '/api/site', { headers: header })).code, 'signed_out');
    },
  );

  await context.test('the document names every route, and every answer is as it says', async () => {
    const headers = session('a-admin');
    const document = JSON.parse((await ask(closed.url, '/api/openapi.json', { headers })).text);
    assert.deepEqual(document, JSON.parse(JSON.stringify(openapiOf(routes))));
    const ajv = new Ajv2020({ allErrors: false, strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'api', components: document.components });
    const isAs = (schema: object, value: unknown, what: string) => {
      const whole = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components'));
      const fits = ajv.compile(whole);
      assert.ok(fits(value), `${what}: ${ajv.errorsText(fits.errors)}`);
    };
    const now = Date.now();
    const send = async (method: string, path: string, body: string, type = 'application/json') => {
      const { status, text } = await ask(closed.url, path, {
        method,
        headers: { ...headers, 'content-type': type },
        body,
      });
      assert.equal(status, 200, `${method} ${path}: ${text}`);
      const said = JSON.parse(text);
      const [of = ''] = path.split('?');
      isAs(document.paths[of][method.toLowerCase()].responses['200'].content['application/json'].schema, said, path);
      return said;
    };
    const thisYear = Number(daysAgo(0).slice(0, 4));
    const draft = await send('POST', '/api/snapshots', JSON.stringify({ year: thisYear, draft: true }));
    const upload = '/api/evidence?name=proof.txt&title=proof&type=other';
    const { entry } = await send('POST', upload, 'proof', 'application/octet-stream');
    const daily = { report: 'energy', period: 'day', language: 'en', format: 'html', at: '0 7 * * *' } as const;
    const made = await runReport(shop, daily, now, new AbortController().signal);
    const proposal = JSON.stringify({
      entry: { kind: 'fact', id: 'area', name: 'building_area', year: thisYear, value: 7, unit: 'm2' },
      revises: null,
    });
    assert.ok((await send('POST', '/api/ledger/check', proposal)).effects.length > 0);
    await send('POST', '/api/ledger', proposal);
    await send('POST', '/api/ledger/import', JSON.stringify({ name: 'l.yaml', text: 'entries: []' }));
    const given: Record<string, string | number> = {
      pack: 'tcace',
      year: thisYear,
      meter: 'main',
      point: 'energy_import',
      start: now - day,
      end: now,
      rule: 'meter_silent',
      id: 'area',
      name: basename(draft.file, '.tanbiao'),
      other: 'now',
      hash: entry.sha256,
      sha256: made.sha256 ?? assert.fail('no report'),
      report: 'energy',
      period: daysAgo(1),
      language: 'en',
    };
    for (const [path, of] of Object.entries(document.paths as Record<string, Record<string, Operation>>)) {
      const [[type, answer] = []] = Object.entries(of.get?.responses['200'].content ?? {});
      if (of.get === undefined || type === undefined || answer === undefined) continue;
      if (type === 'application/pdf' && chromium.path === '') continue;
      const wanted = of.get.parameters.filter(({ required }) => required);
      const query = wanted.filter((one) => one.in === 'query').map(({ name }) => `${name}=${given[name]}`);
      const asked = `${path.replaceAll(/\{(\w+)\}/g, (_, name) => `${given[name]}`)}?${query.join('&')}`;
      const { status, text, type: told } = await ask(closed.url, asked, { headers });
      assert.equal(status, 200, `${asked}: ${text.slice(0, 500)}`);
      if (type === 'application/json') isAs(answer.schema, JSON.parse(text), asked);
      else assert.ok(told.startsWith(type.split(';')[0] ?? '') || path.includes('/files/'), `${asked}: ${told}`);
    }
    const frame = await fetch(`${closed.url}/api/live`, { headers });
    const [, data = ''] = /^data: (.*)$/m.exec(await firstOf(frame)) ?? [];
    isAs(document.components.schemas.LiveFrame, JSON.parse(data), 'a live frame');

    const { slots, ledger } = inputs();
    const store = {
      slots: async (keys: readonly Parameters<typeof seriesName>[0][]) =>
        keys.map((key) => [...(slots.get(seriesName(key)) ?? [])]),
      facts: async () => [],
    };
    const clock = { ...systemClock, now: () => Date.UTC(2025, 8, 1) };
    const scorer = startScoring({ site: golden, store, ledger: { current: () => [...ledger] }, clock });
    for (const pack of packFiles().keys()) {
      isAs(document.components.schemas.Score, JSON.parse(JSON.stringify(await scorer.score(pack, 2025))), pack);
      isAs(document.components.schemas.Way, JSON.parse(JSON.stringify(await scorer.way(pack, 2025))), pack);
    }
  });

  await context.test('nonsense is refused as such: never with a failure of ours, never with a page', async () => {
    const paths = routes.map(({ path }) => path);
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 70 }).map(encodeURIComponent),
      fc.constantFrom(
        '..',
        '%2e%2e%2f',
        '%',
        '%ff',
        '%00',
        'null',
        '-1',
        '1e999',
        'NaN',
        '[]',
        '__proto__',
        'constructor',
      ),
      fc.integer().map(String),
    );
    const query = fc.array(
      fc.tuple(
        fc.constantFrom(
          'meter',
          'point',
          'start',
          'end',
          'resolution',
          'asOf',
          'cursor',
          'limit',
          '__proto__',
          'start[]',
        ),
        fc.oneof(piece, fc.constantFrom('main', 'energy_import', '0', '1700000000000', 'day', '2')),
      ),
      { maxLength: 7 },
    );
    const headers = token('a-manager', 'manager');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.constantFrom(...paths),
          piece.map((one) => `/api/${one}`),
        ),
        piece,
        query,
        fc.constantFrom('GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
        fc.oneof(fc.json(), fc.string()),
        async (path, inPlace, pairs, method, body) => {
          const asked = `${path.replaceAll(/:\w+/g, () => inPlace)}?${pairs.map((pair) => pair.join('=')).join('&')}`;
          const of = { method, headers: { ...headers, 'content-type': 'application/json' } };
          const { status, type, text } = await ask(closed.url, asked, method === 'GET' ? of : { ...of, body });
          assert.ok(status < 500, `${method} ${asked}: ${status} ${text}`);
          // A browser's way of writing addresses takes `..` out of them: what is left may be the page's own.
          if (new URL(asked, closed.url).pathname.startsWith('/api/'))
            assert.doesNotMatch(type, /html/, `${method} ${asked}`);
        },
      ),
      { numRuns: Number(process.env.TANBIAO_CASES ?? 150) },
    );
  });

  await context.test('a page under a foreign name that points here gets nothing', async () => {
    const under = (host: string) =>
      new Promise<number>((resolve, reject) => {
        const asked = rawRequest({ port, path: '/api/site', headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        asked.on('error', reject).end();
      });
    for (const own of ['127.0.0.1', `localhost:${port}`, '[::1]:80', '127.0.0.1:9999'])
      assert.equal(await under(own), 200, own);
    for (const foreign of ['evil.example', 'localhost.evil.example:80', '127.0.0.1.evil.example'])
      assert.notEqual(await under(foreign), 200, foreign);
  });

  await context.test(
    'behind a proxy everybody signs in, its word is taken for one hop, and its origin is ours',
    async () => {
      const proxied = await serve({ behindProxy: 'https://carbon.plant.example' });
      assert.equal((await ask(proxied.url, '/api/site')).code, 'signed_out');
      const secret = access.sessions.start('a-admin', Date.now());
      const headers = {
        cookie: `__Host-tanbiao-golden=${secret}`,
        'content-type': 'application/json',
        'x-forwarded-for': '6.6.6.6, 10.1.2.3',
        'x-tanbiao-csrf': csrfOf(secret),
      };
      const change = (origin: string) =>
        ask(proxied.url, '/api/users/nobody/code', { method: 'POST', headers: { ...headers, origin } });
      assert.equal((await change('https://carbon.plant.example')).code, 'user_unknown');
      assert.equal(access.deeds.before(Number.MAX_SAFE_INTEGER, 1)[0]?.address, '10.1.2.3');
      assert.equal((await change(proxied.url)).code, 'origin_foreign');
      const direct = await ask(closed.url, '/api/users/nobody/code', {
        method: 'POST',
        headers: { ...session('a-admin'), 'x-forwarded-for': '10.1.2.3' },
      });
      assert.equal(direct.code, 'user_unknown');
      assert.equal(access.deeds.before(Number.MAX_SAFE_INTEGER, 1)[0]?.address, '127.0.0.1', 'nobody else is believed');
    },
  );

  const openssl = findProgram('openssl');
  await context.test('over TLS the cookie stays with this host and with TLS', { skip: openssl.skip }, async (one) => {
    const folder = mkdtempSync(join(tmpdir(), 'tanbiao-tls-'));
    one.after(() => rmSync(folder, { recursive: true, force: true }));
    const [certificate, key] = [join(folder, 'page.pem'), join(folder, 'key.pem')];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=plant',
    ];
    execFileSync(openssl.path, [...made, '-days', '2', '-keyout', key, '-out', certificate], { stdio: 'pipe' });
    const { url } = await serve({ host: '0.0.0.0', tls: { certificate, key } });
    const { code } = access.users.reset('a-viewer', Date.now());
    const { port: at } = new URL(url);
    const headers = { 'content-type': 'application/json', origin: `https://localhost:${at}`, host: `localhost:${at}` };
    const cookie = await new Promise<string>((resolve, reject) => {
      const of = {
        port: at,
        path: '/api/code',
        method: 'POST',
        headers,
        ca: readFileSync(certificate),
        servername: 'plant',
      };
      const asked = tlsRequest({ ...of, host: '127.0.0.1' }, (response) => {
        response.resume();
        resolve(String(response.headers['set-cookie']));
      });
      asked.on('error', reject).end(JSON.stringify({ code, password: 'ten letters' }));
    });
    assert.match(cookie, /^__Host-tanbiao-golden=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/);
    await assert.rejects(serve({ tls: { certificate: join(folder, 'none.pem'), key } }), { exitCode: 78 });
  });

  await context.test('a person signs in, changes something, is on record, and signs out', async () => {
    const send = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
      ask(closed.url, path, {
        method,
        headers: { 'content-type': 'application/json', 'accept-language': 'en', origin: closed.url, ...headers },
        body: JSON.stringify(body),
      });
    const { code } = access.users.reset('a-admin', Date.now());
    const short = await send('POST', '/api/code', { code, password: 'short' });
    assert.deepEqual([short.status, /at least 10/.test(short.text)], [400, true]);
    const first = await send('POST', '/api/code', { code, password: 'ten letters' });
    assert.equal(first.status, 200, first.text);
    const cookie = first.headers.get('set-cookie') ?? '';
    assert.match(cookie, /^tanbiao-golden=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
    const { csrf, user } = JSON.parse(first.text);
    assert.deepEqual(user, { name: 'a-admin', role: 'admin' });
    const own = { cookie: cookie.split(';')[0] ?? '', 'x-tanbiao-csrf': csrf };
    const added = await send('POST', '/api/users', { name: '李', role: 'viewer', expires: null }, own);
    assert.equal(added.status, 200, added.text);
    assert.equal((await send('POST', '/api/users', { name: '李', role: 'viewer', expires: null }, own)).status, 409);
    assert.equal(
      (await send('PUT', `/api/users/${encodeURIComponent('李')}`, { role: 'operator', expires: null }, own)).status,
      200,
    );
    const deeds = JSON.parse((await ask(closed.url, '/api/deeds?limit=3', { headers: own })).text);
    assert.deepEqual(
      deeds.items.map((one: Record<string, string>) => `${one.who} ${one.route} ${one.subject} ${one.outcome}`),
      [
        'a-admin PUT /api/users/:name 李 operator done',
        'a-admin POST /api/users 李 viewer name_taken',
        'a-admin POST /api/users 李 viewer done',
      ],
    );
    const older = JSON.parse((await ask(closed.url, `/api/deeds?limit=3&cursor=${deeds.next}`, { headers: own })).text);
    assert.ok(older.items[0].number < deeds.items[2].number);
    assert.equal((await send('DELETE', '/api/session', undefined, own)).status, 200);
    assert.equal((await ask(closed.url, '/api/site', { headers: own })).status, 401);
    const again = await send('POST', '/api/session', { name: 'a-admin', password: 'ten letters' });
    assert.equal(again.status, 200);
    // At once: one after the other, on a busy machine each would take longer than the wait that it earns.
    const guess = () => send('POST', '/api/session', { name: 'a-admin', password: 'guess' });
    const tries = await Promise.all(Array.from({ length: 20 }, guess));
    const last = tries.find(({ status }) => status === 429) ?? assert.fail('guessing is not slowed');
    assert.match(last.text, /try again in \d+ s/);
    assert.ok(Number(last.headers.get('retry-after')) >= 1);
  });

  await context.test('who asks without end is told when to come back, alone', async () => {
    const { url } = await serve({}, { ...usual, reading: { burst: 5, perSecond: 0.01 } });
    const statuses = [];
    for (let n = 0; n < 7; n++) statuses.push((await ask(url, '/api/session')).status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429]);
    assert.equal((await ask(url, '/api/session', { headers: session('a-viewer') })).status, 200);
  });
});

type Operation = {
  parameters: { name: string; in: string; required: boolean }[];
  responses: Record<'200', { content: Record<string, { schema: object }> }>;
};

async function firstOf(response: Response): Promise<string> {
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    if (text.includes('\ndata: ') && text.endsWith('\n\n')) break;
  }
  return text;
}
