// What people enter, over HTTP: checked as on the command line, told before it is written, signed by who asks, and never changed in place.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256 } from '../core/canonical.ts';
import { systemClock } from '../core/clock.ts';
import { createLog } from '../core/log.ts';
import { seriesName } from '../core/sample.ts';
import type { Store } from '../core/store.ts';
import { rateFactors } from '../scoring/carbon-rate.ts';
import { site as golden, inputs } from '../scoring/golden.fixture.ts';
import { startScoring } from '../scoring/main.ts';
import { SqliteLedger } from '../store/ledger/sqlite-ledger.ts';
import { Access } from './access/access.ts';
import type { Role } from './access/roles.ts';
import type { Alarms } from './alarms/main.ts';
import type {
  EntryCheck,
  EvidenceList,
  FactorList,
  ImportAnswer,
  LedgerList,
  UsedFactor,
} from './api/answers/records.ts';
import { Entry } from './api/entry.ts';
import type { Live } from './api/live.ts';
import type { Door } from './api/route.ts';
import { withoutSecrets } from './api/routes/factors.ts';
import { createApi, listen } from './api/server.ts';

const pdf = Buffer.from('%PDF-1.4\n%%EOF\n');
const png = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1');

/** The golden plant in the autumn of the next year, with somebody signed in. */
async function start(context: TestContext, role: Role = 'manager', packs = golden.packs) {
  const dataFolder = mkdtempSync(join(tmpdir(), 'tanbiao-records-'));
  const ledger = new SqliteLedger(join(dataFolder, 'ledger.sqlite'));
  const { slots, ledger: declared } = inputs();
  for (const { entry } of declared) ledger.append(entry, 'ledger.yaml', 'declared', 1);
  const store: Pick<Store, 'slots' | 'facts'> = {
    slots: async (keys, _resolution, { start: from, end }) =>
      keys.map((key) => (slots.get(seriesName(key)) ?? []).filter((one) => one.start >= from && one.start < end)),
    facts: async () => [],
  };
  const site = { ...golden, packs };
  const clock = { ...systemClock, now: () => Date.UTC(2026, 9, 1) };
  const scorer = startScoring({ site, store, ledger, clock });
  const actor = { name: '王工', role, by: 'token' as const };
  const factors = rateFactors(site, clock.now(), []);
  const [live, alarms, log] = [{} as Live, {} as Alarms, createLog('test', 'fatal')];
  const [access, entry] = [new Access(dataFolder, clock), new Entry(site)];
  const parts = {
    site,
    store: store as Store,
    scorer,
    ledger,
    snapshots: { site, dataFolder, store: store as Store, ledger, clock, software: { name: 'test', version: '0' } },
    dataFolder,
    live,
    alarms,
    access,
    entry,
    factors,
    clock,
    log,
  };
  const door: Door = {
    whoAsks: () => actor,
    admit: (_request, { may }) => assert.ok(may.includes(actor.role)),
    stillMay: () => true,
    note: () => undefined,
  };
  const server = await listen(createApi(parts, door), site.page, 0);
  const open = await listen(createApi(parts), site.page, 0);
  context.after(async () => {
    await server.close();
    await open.close();
    ledger.close();
    access.close();
    rmSync(dataFolder, { recursive: true });
  });
  const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${server.url}/api/${path}`)).json()) as T;
  const send = async <T>(path: string, body: unknown, language = 'en') => {
    const headers = { 'Content-Type': 'application/json', 'Accept-Language': language };
    const response = await fetch(`${server.url}/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as T & { detail?: string } };
  };
  const upload = async (query: Record<string, string>, content: Uint8Array, type = 'application/octet-stream') => {
    const asked = new URLSearchParams({ title: 'proof', type: 'report', ...query });
    const response = await fetch(`${server.url}/api/evidence?${asked}`, {
      method: 'POST',
      headers: { 'Content-Type': type },
      body: new Uint8Array(content),
    });
    return { status: response.status, body: (await response.json()) as { detail?: string } };
  };
  return { ledger, dataFolder, actor, url: server.url, openUrl: open.url, ask, send, upload };
}

const credit = (tonnes: unknown) => ({
  kind: 'credit',
  id: 'ccer-more',
  program: 'CCER',
  vintage: 2024,
  retiredFor: 2025,
  tonnes,
});

test('an entry is told with its effects, written once, and signed by who is signed in', async (context) => {
  const { ledger, ask, send } = await start(context);
  const before = ledger.history().length;
  const proposal = { entry: credit(100), revises: null, reason: '' };
  const { body: check } = await send<EntryCheck>('ledger/check', proposal);
  assert.deepEqual(check.problems, []);
  assert.equal(ledger.history().length, before, 'a check writes nothing');
  const changed = check.effects.find(({ year }) => year === 2025)?.indicators ?? [];
  const [one] = changed.filter(({ name }) => /offset/i.test(name.en));
  assert.ok(one, JSON.stringify(check.effects));
  assert.ok((one.after.value ?? 0) > (one.before.value ?? 0));
  const { indicators } = await ask<{ indicators: { id: string; value: number }[] }>('score/tcace/2025');
  assert.equal(indicators.find(({ id }) => id === one.id)?.value, one.before.value);
  assert.equal((await send('ledger', proposal)).status, 200);
  const newest = ledger.history().at(-1);
  assert.deepEqual([newest?.author, newest?.entry.id], ['王工', 'ccer-more']);
  const now = await ask<{ indicators: { id: string; value: number }[] }>('score/tcace/2025');
  assert.equal(
    now.indicators.find(({ id }) => id === one.id)?.value,
    one.after.value,
    'the effect came as it was told',
  );
});

test('mistakes are told at their fields, in both languages, and nothing is written', async (context) => {
  const { ledger, send } = await start(context);
  const before = ledger.history().length;
  const wrong = {
    kind: 'certificate',
    id: 'gec x',
    generationYear: 2025,
    count: 1,
    retired: 5,
    tradable: true,
    technology: 'pv',
  };
  const { body } = await send<EntryCheck>('ledger/check', { entry: wrong, revises: null });
  const at = (path: string) => body.problems.find((problem) => problem.path === path)?.text;
  assert.ok(at('id'));
  for (const entry of [credit('many'), credit(-1), { kind: 'no-such', id: 'x' }, { id: 'x' }, wrong]) {
    const refused = await send('ledger', { entry, revises: null }, 'zh-CN');
    assert.equal(refused.status, 422);
    assert.match(refused.body.detail ?? '', /未写入/);
  }
  const more = { ...wrong, id: 'gec-x' };
  const { body: over } = await send<EntryCheck>('ledger/check', { entry: more, revises: null });
  assert.deepEqual(
    over.problems.map(({ path, text }) => [path, text.en]),
    [
      ['retired', 'more are retired than are held'],
      ['retiredFor', 'say for which year they are retired: retiredFor'],
    ],
  );
  const seal = { kind: 'seal', id: 's', sha256: '0'.repeat(64), from: '2025-01-01', to: '2025-12-31' };
  assert.match((await send('ledger', { entry: seal, revises: null })).body.detail ?? '', /written by the system/);
  assert.equal((await send('ledger', { entry: 'text', revises: null })).status, 400);
  assert.equal(ledger.history().length, before);
});

test('what a standard asks of the base year, too, is called as in every other year', async (context) => {
  const { ask } = await start(context, 'viewer', ['sx-factory']);
  const { names } = await ask<LedgerList>('ledger');
  assert.deepEqual(names.output_value, { zh: '工业总产值', en: 'output value' });
});

test('a revision names what it revises and says why; to withdraw is a revision, and the past stays', async (context) => {
  const { ledger, ask, send } = await start(context);
  await send('ledger', { entry: credit(100), revises: null });
  const { rows } = await ask<LedgerList>('ledger?kind=credit');
  const number = rows.find(({ entry }) => entry.id === 'ccer-more')?.number;
  const change = (revises: number | null | undefined, reason: string, more = {}) =>
    send<unknown>('ledger', { entry: { ...credit(90), ...more }, revises, reason });
  assert.match((await change(null, 'typing error')).body.detail ?? '', /has this id/);
  assert.match((await change(number, ' ')).body.detail ?? '', /say why/);
  assert.match((await change(1, 'typing error')).body.detail ?? '', /newer revision/);
  assert.equal((await change(number, 'typing error')).status, 200);
  const second = ledger.history().at(-1)?.number;
  assert.equal((await change(second, 'bought back', { withdrawn: true })).status, 200);
  const list = await ask<LedgerList>('ledger');
  assert.ok(!list.rows.some(({ entry }) => entry.id === 'ccer-more'));
  assert.equal(list.chain.whole, true);
  const { revisions } = await ask<{ revisions: { reason: string; withdrawn: boolean }[] }>('ledger/entries/ccer-more');
  assert.deepEqual(
    revisions.map(({ reason, withdrawn }) => [reason, withdrawn]),
    [
      ['bought back', true],
      ['typing error', false],
      ['登记 entered', false],
    ],
  );
  const gone = { kind: 'retirement', id: 'r', certificate: 'gec-2025', count: 1, forYear: 2025, date: '2026-01-10' };
  assert.equal((await send('ledger', { entry: gone, revises: null })).status, 200);
  const holding = ledger.current().find(({ entry }) => entry.id === 'gec-2025');
  const withdrawn = { entry: { ...holding?.entry, withdrawn: true }, revises: holding?.number, reason: 'x' };
  assert.match((await send('ledger', withdrawn)).body.detail ?? '', /there is no certificate entry/);
});

test('whoever only reads changes nothing, and factors take a manager', async (context) => {
  const { send, actor, openUrl } = await start(context);
  const body = JSON.stringify({ entry: credit(1), revises: null });
  const headers = { 'Content-Type': 'application/json' };
  assert.equal((await fetch(`${openUrl}/api/ledger`, { method: 'POST', headers, body })).status, 401);
  assert.equal((await fetch(`${openUrl}/api/ledger`)).status, 200);
  actor.role = 'operator';
  const own = {
    kind: 'factor',
    id: 'own',
    factor: 'heat',
    value: 0.1,
    unit: 'tCO2/GJ',
    from: 2025,
    publisher: 'p',
    source: 's',
  };
  assert.equal((await send('ledger', { entry: own, revises: null })).status, 403);
  assert.equal((await send('ledger', { entry: credit(1), revises: null })).status, 200);
});

test('a file of entries is tried first, told by line, and taken whole or not at all', async (context) => {
  const { ledger, send, url } = await start(context);
  const before = ledger.history().length;
  const csv = 'kind,id,program,vintage,tonnes\ncredit,a,CCER,2024,5\ncredit,b,CCER,2024,-5\n';
  const { body: wrong } = await send<ImportAnswer>('ledger/import', { name: 'x.csv', text: csv });
  assert.deepEqual(
    wrong.problems.map(({ line, column, path }) => [line, column, path]),
    [[3, 5, 'tonnes']],
  );
  assert.equal((await send('ledger/import', { name: 'x.csv', text: csv, dryRun: false })).status, 422);
  assert.equal(ledger.history().length, before);
  const sound = csv.replace('-5', '7');
  const { body: tried } = await send<ImportAnswer>('ledger/import', { name: 'x.csv', text: sound });
  assert.deepEqual([tried.written, tried.rows.map(({ state }) => state)], [0, ['new', 'new']]);
  const { body: taken } = await send<ImportAnswer>('ledger/import', { name: 'x.csv', text: sound, dryRun: false });
  assert.equal(taken.written, 2);
  const yaml = 'entries:\n  - {kind: credit, id: a, program: CCER, vintage: 2024, tonnes: 6}\n';
  const silent = await send('ledger/import', { name: 'x.yaml', text: yaml, dryRun: false });
  assert.match(silent.body.detail ?? '', /say why/);
  const exported = await (await fetch(`${url}/api/ledger/export.csv`)).text();
  const { body: again } = await send<ImportAnswer>('ledger/import', { name: 'all.csv', text: exported });
  assert.deepEqual(again.problems, []);
  assert.ok(again.rows.length > 5 && again.rows.every(({ state }) => state === 'same'), 'what goes out comes in again');
});

test("a factor of the plant's own changes the open year as it was told, and never a sealed one", async (context) => {
  const { ledger, ask, send } = await start(context);
  const own = {
    ...{ kind: 'factor', id: 'grid-2025', factor: 'grid_average', region: golden.factors.grid.region },
    ...{
      dataYear: golden.factors.grid.dataYear,
      from: 2025,
      value: 0.4,
      unit: 'kgCO2/kWh',
      publisher: '测试',
      source: 'test',
    },
  };
  const proposal = { entry: own, revises: null, reason: '' };
  const { body: check } = await send<EntryCheck>('ledger/check', proposal);
  const effect = check.effects.find(({ year }) => year === 2025);
  assert.ok(effect && (effect.emissions.after ?? 0) < (effect.emissions.before ?? 0));
  const seal = { kind: 'seal', id: 'seal-1', sha256: '0'.repeat(64), from: '2025-01-01', to: '2025-12-31' } as const;
  ledger.append(seal, 'tanbiao', 'sealed', 2);
  const { body: refused } = await send<EntryCheck>('ledger/check', proposal);
  assert.match(refused.problems[0]?.text.en ?? '', /2025 is closed or sealed .* begins in 2026/);
  const later = { ...own, from: 2026 };
  assert.equal((await send('ledger', { ...proposal, entry: later })).status, 200);
  const { rows, sealed } = await ask<FactorList>('factors');
  assert.deepEqual(sealed, [2025]);
  assert.equal(rows[0]?.entry?.author, '王工');
  const gridOf = async (year: number) =>
    (await ask<UsedFactor[]>(`factors/used/${year}`)).find(
      ({ factor }) => /^grid-/.test(factor) && !/res|fos/.test(factor),
    );
  assert.match((await gridOf(2025))?.factor ?? '', /^grid-average/);
  assert.deepEqual([(await gridOf(2026))?.factor, (await gridOf(2026))?.confidence], ['grid-2025', 'USER']);
  const wrong = await send<EntryCheck>('ledger/check', { ...proposal, entry: { ...later, id: 'x', unit: 'kg' } });
  assert.equal(wrong.body.problems[0]?.path, 'unit');
});

test('a document lies under its hash, proves its requirement, and comes out so that it cannot act', async (context) => {
  const { dataFolder, url, ask, upload } = await start(context);
  const { requirements } = await ask<EvidenceList>('evidence?year=2025');
  const open = requirements.find(({ state }) => state === 'missing' || state === 'unproved');
  assert.ok(open);
  const query = { name: '../../etc/批准\u202e书.pdf', validTo: '2026-11-01', pack: open.pack, clause: open.clause };
  assert.equal((await upload(query, pdf)).status, 200);
  assert.deepEqual(readdirSync(join(dataFolder, 'evidence')), [sha256(pdf)]);
  const list = await ask<EvidenceList>('evidence?year=2025');
  const [document] = list.documents.filter(({ entry }) => entry.sha256 === sha256(pdf));
  assert.deepEqual(
    [document?.entry.name, document?.bytes, document?.shown, document?.life, document?.author],
    ['批准书.pdf', pdf.length, 'pdf', 'expiring', '王工'],
  );
  const now = list.requirements.find(({ pack, clause }) => pack === open.pack && clause === open.clause);
  assert.deepEqual([now?.documents, now?.state], [[document?.entry.id], 'expiring']);
  assert.match((await upload({ name: 'again.pdf' }, pdf)).body.detail ?? '', /已登记|entered already/);
  const file = await fetch(`${url}/api/evidence/files/${sha256(pdf)}`);
  assert.equal(file.headers.get('content-type'), 'application/pdf');
  assert.match(file.headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'self'/);
  assert.match(file.headers.get('content-disposition') ?? '', /^inline; filename\*=UTF-8''%E6%89%B9/);
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), pdf);
  assert.equal((await upload({ name: 'a.csv' }, Buffer.from('<script>alert(1)</script>'))).status, 200);
  const text = await fetch(`${url}/api/evidence/files/${sha256('<script>alert(1)</script>')}`);
  assert.match(text.headers.get('content-disposition') ?? '', /^attachment/);
  assert.equal(text.headers.get('content-type'), 'application/octet-stream');
  assert.match(text.headers.get('content-security-policy') ?? '', /sandbox/);
  assert.equal(text.headers.get('x-content-type-options'), 'nosniff');
});

test('hostile uploads are refused with the reason, and leave nothing behind', async (context) => {
  const { dataFolder, url, ledger, upload } = await start(context);
  const before = ledger.history().length;
  const refused: [query: Record<string, string>, content: Uint8Array, status: number, type?: string][] = [
    [{ name: 'page.html' }, Buffer.from('<html>'), 415],
    [{ name: 'drawing.svg' }, Buffer.from('<svg onload="x()"/>'), 415],
    [{ name: 'report.pdf' }, Buffer.from('<html>'), 415],
    [{ name: 'photo.jpg' }, png, 415],
    [{ name: 'program.exe' }, Buffer.from('MZ\0\0'), 415],
    [{ name: 'notes.txt' }, Buffer.from('a\0b'), 415],
    [{ name: '..' }, pdf, 415],
    [{ name: 'constructor' }, pdf, 415],
    [{ name: 'empty.pdf' }, new Uint8Array(0), 415],
    [{ name: 'big.pdf' }, Buffer.concat([pdf, Buffer.alloc(25_000_000)]), 413],
    [{ name: 'a.pdf', type: 'virus' }, pdf, 400],
    [{ name: 'a.pdf', validFrom: '2026-01-01', validTo: '2025-01-01' }, pdf, 400],
    [{ name: 'a.pdf' }, pdf, 415, 'text/plain'],
  ];
  for (const [query, content, status, type] of refused)
    assert.equal((await upload(query, content, type)).status, status, query.name);
  const folder = join(dataFolder, 'evidence');
  assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], []);
  assert.equal(ledger.history().length, before);
  for (const hash of ['0'.repeat(64), '..%2f..%2fledger.sqlite', 'x'])
    assert.ok([400, 404].includes((await fetch(`${url}/api/evidence/files/${hash}`)).status), hash);
});

test('a file that was changed where it lies is no evidence any more', async (context) => {
  const { dataFolder, url, ask, upload } = await start(context);
  await upload({ name: 'a.png' }, png);
  const file = join(dataFolder, 'evidence', sha256(png));
  rmSync(file);
  writeFileSync(file, Buffer.concat([png, Buffer.from('!')]));
  const { documents } = await ask<EvidenceList>('evidence');
  assert.equal(documents.find(({ entry }) => entry.sha256 === sha256(png))?.bytes, null);
  assert.equal((await fetch(`${url}/api/evidence/files/${sha256(png)}`)).status, 404);
});

test('the configuration is told without its secrets', async (context) => {
  const { ask, url } = await start(context);
  const configuration = await ask<{ meters: { id: string }[]; packs: { file: string }[] }>('configuration');
  assert.equal(configuration.meters.length, golden.meters.length);
  const yaml = await (await fetch(`${url}/api/configuration/site.yaml`)).text();
  assert.equal(yaml, readFileSync(join(golden.folder, 'site.yaml'), 'utf8'), 'there is nothing to cover in it');
  assert.equal(
    withoutSecrets(`a: { name: x, password: "s,e}c", b: 1 }\npassword: plain text # no\ntoken: "\${TOKEN}"\n`),
    `a: { name: x, password: "***", b: 1 }\npassword: "***" # no\ntoken: "\${TOKEN}"\n`,
  );
  const folded =
    'a:\n  password: >-\n    in two\n    lines\n  b: 1\n# token: old\nlast: {token: &t abc, "password":\n  def}\n';
  const covered = withoutSecrets(folded);
  assert.doesNotMatch(covered, /two|lines|old|abc|def/);
  assert.match(covered, /\n {2}b: 1\n/);
  const webhook = 'reports:\n  - { report: energy, webhook: "https://oapi.example/robot?access_token=abc" }\n';
  assert.doesNotMatch(withoutSecrets(webhook), /abc/);
  assert.match(withoutSecrets(`webhook: "\${HOOK}"\n`), /\$\{HOOK\}/);
  assert.equal(withoutSecrets('password: [abc\n'), '', 'what is no YAML is not shown at all');
});
