// The golden plant of the standard's worked example, and every wrong way of reading the standard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LedgerEntry } from '../core/ledger.ts';
import { findTrace, leavesOf, type Trace } from '../core/trace.ts';
import { accountFor } from './emissions.ts';
import { type Hourly, inputs, load, site, slots, sun } from './golden.fixture.ts';
import type { Inputs } from './inputs.ts';
import { loadPack } from './pack.ts';
import { scoreSite } from './score.ts';

const pack = loadPack('tcace');

const value = (id: string, from: Inputs = inputs()) =>
  scoreSite(from, pack).indicators.find((one) => one.id === id)?.value ?? null;
const near = (actual: number | null, expected: number, tolerance = 1e-4) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
const without = (kind: LedgerEntry['kind'], entries: LedgerEntry[]) => entries.filter((entry) => entry.kind !== kind);

test('the golden plant scores as the worked example says', () => {
  const score = scoreSite(inputs(), pack);
  near(value('ca-2'), 32.344);
  near(value('ca-3'), 4.3088);
  near(value('ca-4'), 10.4974);
  near(score.emissions.total_tCO2e, 4_847.6381);
  near(score.emissions.electricity_tCO2e, 2_517.697);
  near(score.emissions.fuel_tCO2e, 947.0387 + 62.9024);
  near(score.emissions.heat_tCO2e, 1_320);
  assert.equal(score.verdict, 'met');
  assert.equal(score.verdictName?.zh, '（近）零碳工厂');
});

test('REC and EC are in tce at one coefficient', () => {
  const root = scoreSite(inputs(), pack).indicators[1]?.trace;
  assert.ok(root);
  near(findTrace(root, 'REC')?.value ?? null, 261.1625);
  near(findTrace(root, 'EC')?.value ?? null, 807.453);
});

// Wrong readings of A.1: each would give another number.
test('A.1 counts own use, not gross generation, whose exported part was sold with its certificates (not 43.4551 %)', () => {
  const brighter: Hourly = (h) => (sun(h) > 0 ? 1_500 : 0);
  const exported = slots((h) => Math.max(0, brighter(h) - load(h)));
  near(
    value('ca-2', inputs({ slots: { 'pv-roof.energy_generated': slots(brighter), 'main.energy_export': exported } })),
    32.344,
  );
});

test('A.1 divides by consumption, not by what came from the grid (not 44.7840 %)', () => {
  near(accountFor(inputs()).electricity_consumed.trace.value, 6_570_000);
});

test('A.1 does not count the non-tradable certificates of self-used power again (not 60.1218 %)', () => {
  const unaware = inputs({ ledger: (entries) => entries.filter(({ id }) => id !== 'gec-2025-self') });
  assert.equal(value('ca-2', unaware), value('ca-2'));
  const retired = inputs({
    ledger: (entries) =>
      entries.map((entry) =>
        entry.id === 'gec-2025-self' ? ({ ...entry, retired: 1_825, retiredFor: 2025 } as LedgerEntry) : entry,
      ),
  });
  assert.equal(value('ca-2', retired), value('ca-2'));
});

test('A.1 counts retired certificates only, and says that others are held (not 33.8661 %)', () => {
  const { trace } = accountFor(inputs()).certificates_retired;
  assert.equal(trace.value, 300);
  assert.ok(trace.notes.some(({ en }) => /100 certificates that are held but not retired/.test(en)));
});

test('A.1 without certificates is 27.7778 % and fails', () => {
  const none = scoreSite(inputs({ ledger: (entries) => without('certificate', entries) }), pack);
  near(none.indicators[1]?.value ?? null, 27.7778);
  assert.equal(none.indicators[1]?.met, false);
  assert.equal(none.verdict, 'not_met');
});

test('A.1 takes certificates of its own year only', () => {
  const old = inputs({
    ledger: (entries) =>
      entries.map((entry) => (entry.id === 'gec-2025' ? ({ ...entry, generationYear: 2024 } as LedgerEntry) : entry)),
  });
  near(value('ca-2', old), 27.7778);
});

test('A.1 uses one coefficient above and below the line, so it cancels (not 78.952 %)', () => {
  const root = scoreSite(inputs(), pack).indicators[1]?.trace;
  assert.ok(root);
  const coefficients = [...leavesOf(root)].filter(({ id }) => id === 'coal_electricity');
  assert.deepEqual(
    coefficients.map((one) => one.value),
    [0.1229, 0.1229],
  );
});

test('own use is found slot by slot: surplus at noon does not pay for the night', () => {
  // Twice the sun at noon, exported; the annual difference would still say that all of it minus export was used.
  const { trace } = accountFor(
    inputs({ slots: { 'main.energy_export': slots((h) => (h === 3 ? 400 : Math.max(0, sun(h) - load(h)))) } }),
  ).electricity_self_used;
  near(trace.value, 1_825_000);
  assert.ok(trace.notes.some(({ en }) => /more was exported than generated/.test(en)));
});

// 1 825 000 kWh of own use and 146 MWh of certificates are exactly 30 % of 6 570 000 kWh.
const certificates = (count: number) => (entries: LedgerEntry[]) =>
  entries.map((entry) => (entry.id === 'gec-2025' ? ({ ...entry, count, retired: count } as LedgerEntry) : entry));

test('30 % is met to the last kWh, and 1 970 999 kWh, which prints as 30.00 %, is not', () => {
  const exact = scoreSite(inputs({ ledger: certificates(146) }), pack).indicators[1];
  assert.equal(exact?.value, 30);
  assert.equal(exact?.met, true);
  const oneShort = slots(sun);
  const noon = oneShort.find(({ value: wh }) => wh > 0);
  if (noon !== undefined) noon.value -= 1_000;
  const consumed = slots((h) => Math.max(0, load(h) - sun(h)));
  const first = consumed[0];
  if (first !== undefined) first.value += 1_000; // the missing kWh came from the grid: consumption is the same
  const below = scoreSite(
    inputs({
      ledger: certificates(146),
      slots: { 'pv-roof.energy_generated': oneShort, 'main.energy_import': consumed },
    }),
    pack,
  ).indicators[1];
  assert.equal(below?.value?.toFixed(2), '30.00');
  assert.equal(below?.met, false);
});

// Wrong readings of CE.
test('CE does not net exported power (not 4 460.3001 t)', () => {
  const { emissions_electricity } = accountFor(inputs());
  near(emissions_electricity.trace.value, 4_745 * 0.5306);
});

test('CE is location based: certificates do not lower it (neither 4 688.4581 nor 5 039.6131 t)', () => {
  const more = accountFor(inputs({ ledger: certificates(3_000) })).emissions_total.trace.value;
  near(more, 4_847.6381);
});

test('CE follows the factor that the site chose: Shanxi gives 5 477.7741 t', () => {
  const shanxi = scoreSite(
    inputs({ site: { factors: { ...site.factors, grid: { region: 'CN-SX', dataYear: 2023 } } } }),
    pack,
  );
  near(shanxi.emissions.total_tCO2e, 5_477.7741);
});

// Wrong readings of A.2 and A.3.
test('A.2 divides by the emissions of the year, not by those plus the reduction (not 4.1308 %, which would fail)', () => {
  near(value('ca-3'), (208.874 / 4_847.638148) * 100);
});

test('A.3 offsets with credits, never with certificates (not 7.5924 %)', () => {
  const noCredits = inputs({ ledger: (entries) => without('credit', entries) });
  near(value('ca-4', noCredits), 4.3088);
});

test('credits that are not retired for the year do not count', () => {
  const held = inputs({
    ledger: (entries) => entries.map((entry) => (entry.kind === 'credit' ? { ...entry, retiredFor: 2024 } : entry)),
  });
  near(value('ca-4', held), 4.3088);
});

test('a missing attestation leaves the verdict open; a false one decides it', () => {
  const silent = scoreSite(inputs({ ledger: (entries) => entries.filter(({ id }) => id !== 'incidents-2025') }), pack);
  assert.equal(silent.verdict, 'not_assessable');
  const refused = scoreSite(
    inputs({
      ledger: (entries) =>
        entries.map((entry) => (entry.id === 'incidents-2025' ? ({ ...entry, met: false } as LedgerEntry) : entry)),
    }),
    pack,
  );
  assert.equal(refused.verdict, 'not_met');
});

test('a plant without readings is not assessable anywhere, and never zero', () => {
  const names = [
    'main.energy_import',
    'main.energy_export',
    'pv-roof.energy_generated',
    'workshop.energy_import',
    'gas-main.gas_volume',
  ];
  const empty = scoreSite(
    inputs({ ledger: () => [], slots: Object.fromEntries(names.map((name) => [name, []])) }),
    pack,
  );
  assert.equal(empty.verdict, 'not_assessable');
  for (const { id, value: found, met } of empty.indicators) assert.deepEqual([id, found, met], [id, null, null]);
  assert.equal(empty.emissions.total_tCO2e, null);
  assert.equal(empty.energy.consumed_kWh, null);
});

test('an indicator with too few readings behind it is withheld, with its coverage', () => {
  const half = slots((h) => Math.max(0, load(h) - sun(h))).filter((_, index) => index % 2 === 0);
  const indicator = scoreSite(inputs({ slots: { 'main.energy_import': half } }), pack).indicators[1];
  assert.deepEqual(
    [indicator?.value, indicator?.met, indicator?.withheld, indicator?.coverage],
    [null, null, true, 0.5],
  );
});

const isExplained = ({ value, notes }: Trace): boolean => value === null && notes.length > 0;

test('a quarter of a year decides no prerequisite, no case, no reading of the source, and not whether an indicator applies', () => {
  const first = Object.fromEntries([...inputs().slots].map(([name, list]) => [name, list.slice(0, list.length / 4)]));
  const { verdict, prerequisites, indicators } = scoreSite(inputs({ slots: first }), loadPack('miit-zcf-2026'));
  // 786 tce and 1.6 GWh so far: the year may still have its 1 000 tce and 5 GWh.
  assert.equal(prerequisites.find(({ id }) => id === 'energy')?.met, null);
  assert.equal(indicators.find(({ id }) => id === 'zcf-1-3')?.notApplicable, null);
  const { alternatives = [] } = indicators[0] ?? {};
  assert.deepEqual(
    alternatives.map(({ met }) => met),
    [null, null, null],
  );
  assert.equal(verdict, 'not_assessable');
});

test('every leaf of every trace names its meter, factor or ledger entry', () => {
  const { indicators, account } = scoreSite(inputs(), pack);
  for (const root of [...indicators.map(({ trace }) => trace), ...Object.values(account)]) {
    for (const leaf of leavesOf(root)) {
      const origin = leaf.meter ?? leaf.factor ?? leaf.ledger;
      assert.ok(
        origin !== undefined || leaf.id === 'co2_per_carbon' || leaf.value === 0 || isExplained(leaf),
        `${root.id} ends at ${leaf.id} without an origin`,
      );
    }
  }
});

test('the same inputs give the same bytes', () => {
  assert.equal(JSON.stringify(scoreSite(inputs(), pack)), JSON.stringify(scoreSite(inputs(), pack)));
});
