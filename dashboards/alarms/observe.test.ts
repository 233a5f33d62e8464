// What the rules say of a moment: sun, nights, days, certificates, and how little a round costs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Calendar, day, hour, minute, slotLength } from '../../core/calendar.ts';
import { loadSite, type Site, sitesFolder } from '../../core/config/site.ts';
import { qualityCode } from '../../core/quality.ts';
import { findProgram } from '../../core/real-programs.ts';
import type { LoadCurve } from '../api/answers.ts';
import { type Facts, observe } from './observe.ts';
import { loadAlarms, type Rule } from './rules.ts';
import { certificatesOf, knownNothing, nearFacts } from './slow-facts.ts';
import { median, usualAt, usualOf } from './usual.ts';

const golden = loadSite(join(sitesFolder, 'golden'));
const calendar = new Calendar(golden.timezone);
const midnight = calendar.startOf(2026, 3, 4); // a Wednesday
const { rules } = loadAlarms(golden, golden.folder);
const ruleOf = (id: string): Rule => rules.find((rule) => rule.id === id) as Rule;

const facts = (changes: Partial<Facts>): Facts => ({
  ...knownNothing,
  now: midnight + 12 * hour,
  meters: {},
  states: new Map(),
  staleAfter: () => 5_000,
  changes: new Map(),
  ...changes,
});
const reading = (value: number | null, now: number, quality = 0) => ({ value, quality, time: now });
const conditions = (id: string, changes: Partial<Facts>, site: Site = golden) =>
  observe(ruleOf(id), site, facts(changes), calendar).map(({ object, condition }) => `${object.id} ${condition}`);

/** Four weeks of a sun that shines from six to eighteen, 100 kW at noon. */
const sunny: LoadCurve = (() => {
  const count = 28 * 96;
  const start = midnight - 28 * day;
  const amount = Array.from({ length: count }, (_, at) => {
    const clock = ((at % 96) * slotLength) / hour;
    return 25 * Math.max(0, Math.sin(((clock - 6) / 12) * Math.PI));
  });
  return { start, amount, whole: amount.map(() => 1 as const) };
})();

test('PV that stands still at noon is stopped; at night, and without a past, nobody says so', () => {
  const usual = new Map([['pv-roof', usualOf(sunny, calendar)]]);
  const at = (now: number, power: number | null, known = usual) =>
    conditions('pv_stopped', { now, usual: known, meters: { 'pv-roof': { power: reading(power, now) } } });
  const noon = midnight + 12 * hour;
  assert.deepEqual(at(noon, 0), ['pv-roof on']);
  assert.deepEqual(at(noon, 4.5), ['pv-roof between']);
  assert.deepEqual(at(noon, 60), ['pv-roof off']);
  assert.deepEqual(at(midnight, 0), ['pv-roof unknown']);
  assert.deepEqual(at(noon, null), ['pv-roof unknown']);
  assert.deepEqual(at(noon, 0, new Map()), ['pv-roof unknown']);
});

test('what is usual is the median of days alike, and nothing where too few are whole', () => {
  assert.equal(median([3, 1, 2, 10]), 2.5);
  assert.equal(median([]), null);
  const saturday = { ...sunny, amount: sunny.amount.map((one, at) => (Math.floor(at / 96) % 7 === 3 ? 0 : one)) };
  const usual = usualOf(saturday, calendar);
  assert.ok((usualAt(usual, midnight + 12 * hour, calendar) ?? 0) > 99);
  const holed = usualOf({ ...sunny, whole: sunny.whole.map((_, at) => (at < 4 * 96 ? 1 : 0)) }, calendar);
  assert.equal(usualAt(holed, midnight + 12 * hour, calendar), null);
});

test('the base load counts at night only, against what is usual', () => {
  const usual = new Map([['main', { week: new Array(96).fill(100), weekend: new Array(96).fill(100) }]]);
  const at = (now: number, value: number) =>
    conditions('base_load', { now, usual, quarters: new Map([['main', { start: now - slotLength, value }]]) });
  assert.deepEqual(at(midnight + 2 * hour, 140), ['main on']);
  assert.deepEqual(at(midnight + 2 * hour, 125), ['main between']);
  assert.deepEqual(at(midnight + 2 * hour, 110), ['main off']);
  assert.deepEqual(at(midnight + 12 * hour, 140), ['main off']);
});

test('where a meter counts one way only, the one through which power comes in is watched', async () => {
  const inward = { role: 'grid_import', reads: { energy_import: 'energy_generated' } } as const;
  const meters = golden.meters.flatMap((meter) =>
    meter.id === 'main'
      ? [
          { ...meter, ...inward },
          { ...meter, id: 'out', role: 'grid_export' as const },
        ]
      : [meter],
  );
  const site = { ...golden, meters };
  const now = midnight + 2 * hour;
  const usual = new Map([['main', { week: new Array(96).fill(100), weekend: new Array(96).fill(100) }]]);
  const quarters = new Map([['main', { start: now - slotLength, value: 140 }]]);
  assert.deepEqual(conditions('base_load', { now, usual, quarters }, site), ['main on']);
  const asked: string[] = [];
  const store = {
    losses: async () => [],
    slots: async (keys: readonly { meter: string; point: string }[]) => {
      asked.push(...keys.map(({ meter, point }) => `${meter}.${point}`));
      return keys.map(() => []);
    },
  };
  await nearFacts(site, [ruleOf('base_load')], store, undefined, now);
  assert.deepEqual(asked, ['main.energy_generated']);
});

test('a meter is silent without a sound reading; before its first one nobody knows', () => {
  const now = midnight;
  const bad = reading(null, now, qualityCode('bad_timeout'));
  const meters = {
    main: { power: reading(5, now) },
    workshop: { power: bad },
    'pv-roof': { power: reading(5, now - 6_000) },
  };
  assert.deepEqual(conditions('meter_silent', { now, meters }), [
    'main off',
    'workshop on',
    'pv-roof on',
    'gas-main unknown',
  ]);
});

test('quality is bad where a counter or a power is, not where some other point never is told', () => {
  const now = midnight;
  const not = reading(null, now, qualityCode('bad_not_available'));
  const meters = {
    main: { power: reading(5, now), temperature: not },
    workshop: { power: reading(5, now), energy_import: not },
    'pv-roof': { power: reading(5, now, qualityCode('uncertain_stale')) },
  };
  assert.deepEqual(conditions('bad_quality', { now, meters }), [
    'main off',
    'workshop on',
    'pv-roof on',
    'gas-main unknown',
  ]);
});

test('a gateway is offline when its broker says so, or when all its meters are silent', () => {
  const now = midnight;
  const fresh = Object.fromEntries(golden.meters.map(({ id }) => [id, { power: reading(5, now) }]));
  const old = Object.fromEntries(golden.meters.map(({ id }) => [id, { power: reading(5, now - 60_000) }]));
  const online = new Map([['gw-1', { state: 'online' as const }]]);
  const offline = new Map([['gw-1', { state: 'offline' as const }]]);
  assert.deepEqual(conditions('gateway_offline', { now, meters: fresh, states: online }), ['gw-1 off']);
  assert.deepEqual(conditions('gateway_offline', { now, meters: fresh, states: offline }), ['gw-1 on']);
  assert.deepEqual(conditions('gateway_offline', { now, meters: old, states: online }), ['gw-1 on']);
  assert.deepEqual(conditions('gateway_offline', { now }), ['gw-1 unknown']);
});

const openssl = findProgram('openssl');

test("the page's own certificate is among those that are watched", { skip: openssl.skip }, (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-page-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const [certificate, key] = [join(folder, 'page.crt'), join(folder, 'page.key')];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '20'];
  execFileSync(openssl.path, [...made, '-subj', '/CN=page', '-out', certificate, '-keyout', key], { stdio: 'pipe' });
  const site = { ...golden, page: { ...golden.page, tls: { certificate, key } } };
  assert.deepEqual(certificatesOf(site, Date.now() - minute), [{ file: certificate, days: 20 }]);
});

test('certificates, coverage, losses and refusals speak by their numbers, and are unknown without', () => {
  assert.deepEqual(
    conditions('certificate_expiry', {
      certificates: [
        { file: 'old', days: -1 },
        { file: 'soon', days: 29 },
        { file: 'new', days: 300 },
      ],
    }),
    ['old on', 'soon on', 'new off'],
  );
  assert.deepEqual(conditions('coverage_low', { coverage: golden.coverageLimit - 0.01 }), ['golden on']);
  assert.deepEqual(conditions('coverage_low', { coverage: golden.coverageLimit }), ['golden between']);
  assert.deepEqual(conditions('coverage_low', { coverage: null }), ['golden unknown']);
  assert.deepEqual(conditions('readings_lost', { lost: new Map([['gw-1', 3]]) }), ['gw-1 on']);
  assert.deepEqual(conditions('readings_lost', { lost: new Map() }), ['gw-1 off']);
  assert.deepEqual(conditions('readings_lost', {}), ['gw-1 unknown']);
  assert.deepEqual(conditions('clock_wrong', { refused: { clock: 1, other: 0 } }), ['golden on']);
  assert.deepEqual(conditions('messages_refused', { refused: { clock: 1, other: 0 } }), ['golden off']);
  assert.deepEqual(conditions('messages_refused', {}), ['golden unknown']);
});

test('a round over a thousand points and two hundred rules is short', (context) => {
  const now = midnight;
  const meters = Array.from({ length: 100 }, (_, n) => ({ ...golden.meters[0], id: `m${n}` })) as Site['meters'];
  const big: Site = { ...golden, meters };
  const points = [
    'power',
    'power_l1',
    'power_l2',
    'power_l3',
    'voltage_l1',
    'current',
    'frequency',
    'energy_import',
    'power_factor',
    'current_l1',
  ] as const;
  const shown = Object.fromEntries(
    meters.map(({ id }) => [id, Object.fromEntries(points.map((point) => [point, reading(5, now)]))]),
  );
  const many: Rule[] = Array.from({ length: 200 }, (_, n) => ({
    ...({ id: `r${n}`, kind: 'threshold', name: { zh: '', en: '' }, severity: 'info', builtin: false } as const),
    ...({ meter: `m${n % 100}`, point: 'power', above: 10, hold: 0, release: 0 } as const),
  }));
  const all = facts({ now, meters: shown });
  const started = performance.now();
  const rounds = 20;
  let observed = 0;
  for (let n = 0; n < rounds; n++)
    for (const rule of [...rules, ...many]) observed += observe(rule, big, all, calendar).length;
  const took = (performance.now() - started) / rounds;
  context.diagnostic(`${took.toFixed(2)} ms a round`);
  assert.ok(observed > rounds * 400);
  assert.ok(took < 1_000, `${took} ms of every three seconds`);
});
