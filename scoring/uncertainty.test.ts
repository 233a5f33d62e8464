// Uncertainty: worked by hand where a hand can, and against Monte Carlo where it cannot.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { leavesOf, type Trace } from '../core/trace.ts';
import { accountFor } from './emissions.ts';
import { inputs, site, slots } from './golden.fixture.ts';
import { loadPack } from './pack.ts';
import { leafKey, responseOf } from './response.ts';
import { scoreSite } from './score.ts';
import { doubtOf, passProbability, uncertaintyOf } from './uncertainty.ts';

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
const withClasses = (classes: Record<string, number>) => ({
  site: { meters: site.meters.map((meter) => ({ ...meter, accuracyClass: classes[meter.id] ?? 1 })) },
});

test('a meter of class 0.5 doubts its energy by 0.5 % ÷ √3', () => {
  const { grid_import } = accountFor(inputs(withClasses({ main: 0.5 })));
  near(uncertaintyOf(grid_import.trace)?.standard ?? 0, (4_745_000 * 0.005) / Math.sqrt(3), 1e-6);
});

test('a trace answers with its own value at its own leaves, for every figure of the account and every indicator', () => {
  const { indicators, account } = scoreSite(inputs(), loadPack('tcace'));
  for (const trace of [...indicators.map((one) => one.trace), ...Object.values(account)]) {
    const respond = responseOf(trace);
    assert.equal(respond === null, trace.value === null);
    if (respond !== null) near(respond(new Map()), trace.value ?? 0, Math.abs(trace.value ?? 0) * 1e-12 + 1e-12);
  }
});

test('the same meter above and below the line is one source: its doubt partly cancels', () => {
  const [, share] = scoreSite(inputs(withClasses({ main: 1, 'pv-roof': 1 })), loadPack('tcace')).indicators;
  // REC ÷ EC = (P − X + 300 000) ÷ (G + P − X), with G and P of class 1 and X read by the meter of G.
  const [G, P, X, C] = [4_745_000, 2_555_000, 730_000, 300_000];
  const f = (g: number, p: number, x: number) => ((p - x + C) / (g + p - x)) * 100;
  const u = (value: number) => (value * 0.01) / Math.sqrt(3);
  const parts = [
    (f(G + u(G), P, X) - f(G - u(G), P, X)) / 2,
    (f(G, P + u(P), X) - f(G, P - u(P), X)) / 2,
    (f(G, P, X + u(X)) - f(G, P, X - u(X))) / 2,
  ];
  near(share?.uncertainty?.standard ?? 0, Math.hypot(...parts), 1e-9);
});

test('a meter without a class is named, and no probability is given', () => {
  const [, share] = scoreSite(inputs(), loadPack('tcace')).indicators;
  assert.deepEqual(share?.uncertainty?.unknown, [
    'meter pv-roof.energy_generated',
    'meter main.energy_export',
    'meter main.energy_import',
  ]);
  assert.equal(share?.uncertainty?.passProbability, null);
});

test('assumed energy widens the interval', () => {
  const classes = withClasses({});
  const gap = slots(() => 50).map((slot, index) => (index < 100 ? { ...slot, estimated: slot.value } : slot));
  const of = (given: Parameters<typeof inputs>[0]) =>
    uncertaintyOf(accountFor(inputs(given)).natural_gas_consumed.trace)?.standard ?? 0;
  near(of({ ...classes, slots: { 'gas-main.gas_volume': gap } }), Math.hypot(of(classes), 5_000 / Math.sqrt(3)), 1e-6);
});

test('the probability of passing is a half at the threshold and grows with the margin', () => {
  const doubt = { standard: 1, interval: [0, 0] as [number, number], sources: [], unknown: [] };
  near(passProbability(0, doubt) ?? 0, 0.5, 1e-7);
  near(passProbability(1.959_964, doubt) ?? 0, 0.975, 1e-6);
  near(passProbability(-1, doubt) ?? 0, 0.158_655, 1e-6);
  assert.equal(passProbability(-0.1, { ...doubt, standard: 0 }), 0);
  assert.equal(passProbability(1, { ...doubt, unknown: ['meter'] }), null);
});

/** A small generator with a seed, so that a failure can be seen again. */
function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function monteCarlo(trace: Trace, seed: number, runs: number): number {
  const respond = responseOf(trace);
  const leaves = [...new Map([...leavesOf(trace)].map((leaf) => [leafKey(leaf), leaf])).entries()];
  const normal = normals(seed);
  let [sum, squares] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const values = new Map(leaves.map(([key, leaf]) => [key, (leaf.value ?? 0) + (doubtOf(leaf) ?? 0) * normal()]));
    const difference = (respond?.(values) ?? 0) - (trace.value ?? 0);
    sum += difference;
    squares += difference * difference;
  }
  return Math.sqrt(squares / runs - (sum / runs) ** 2);
}

test('Monte Carlo agrees within 5 % on the golden plant and on plants with other classes', () => {
  const accuracy = fc.constantFrom(0.2, 0.5, 1, 2);
  fc.assert(
    fc.property(accuracy, accuracy, accuracy, fc.nat(), (main, pv, gas, seed) => {
      const given = inputs(withClasses({ main, 'pv-roof': pv, 'gas-main': gas }));
      for (const { id, uncertainty, trace } of scoreSite(given, loadPack('tcace')).indicators.slice(1)) {
        const sampled = monteCarlo(trace, seed, 6_000);
        const analytic = uncertainty?.standard ?? 0;
        assert.ok(analytic > 0 && Math.abs(sampled / analytic - 1) < 0.05, `${id}: ${sampled} beside ${analytic}`);
      }
    }),
    { numRuns: 8 },
  );
});
