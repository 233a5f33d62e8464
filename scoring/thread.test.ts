// A year scored in a thread has the figures of one scored beside everything else, and follows what it stands on.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FakeClock } from '../core/fake-clock.ts';
import { Fault } from '../core/fault.ts';
import type { LedgerEntry, Revision } from '../core/ledger.ts';
import { seriesName } from '../core/sample.ts';
import { type Slot, type SlotColumns, slotFields } from '../core/slots.ts';
import { inputs, load, site, slots } from './golden.fixture.ts';
import type { Reader } from './inputs.ts';
import { startScoring } from './main.ts';
import { startScoringThread } from './thread.ts';

/** The golden plant in a store that a test may change. */
function start(context: TestContext, change: Partial<Reader> = {}) {
  const given = inputs();
  const held = new Map<string, readonly Slot[]>(given.slots);
  const revisions: Revision[] = [...given.ledger];
  const clock = new FakeClock(Date.UTC(2026, 9, 1));
  const store: Reader = {
    slots: async (keys, _resolution, { start: from, end }) =>
      keys.map((key) => (held.get(seriesName(key)) ?? []).filter((slot) => slot.start >= from && slot.start < end)),
    facts: async () => [],
    ...change,
  };
  const ledger = { current: () => [...revisions] };
  const thread = startScoringThread({ site, store, ledger, clock });
  context.after(() => thread.stop());
  return { thread, held, revisions, clock, store, ledger };
}

const inColumns = (list: readonly Slot[]): SlotColumns =>
  slotFields.map((field) => Float64Array.from(list, (slot) => slot[field]));

test('every answer of the thread is the one that the same year gives without it', async (context) => {
  const { thread, revisions, clock, store, ledger } = start(context, {
    slotColumns: async (...asked) => (await store.slots(...asked)).map(inColumns),
  });
  const beside = startScoring({ site, store, ledger, clock });
  assert.deepEqual(thread.packs, beside.packs);
  assert.deepEqual(await thread.score('tcace', 2025), await beside.score('tcace', 2025));
  assert.deepEqual(await thread.way('tcace', 2025), await beside.way('tcace', 2025));
  assert.deepEqual(await thread.carbon(2025), await beside.carbon(2025));
  const fewer = revisions.slice(1);
  assert.deepEqual(await thread.whatIf(2025, fewer), await beside.whatIf(2025, fewer));
});

test('a changed ledger changes the next answer, a late reading that of the next minute; a failure comes as it is', async (context) => {
  const { thread, revisions, held, clock, store } = start(context);
  const total = async () => (await thread.score('tcace', 2025)).emissions.total_tCO2e;
  const first = await total();
  assert.ok(first !== null && first > 0);
  const entry: LedgerEntry = {
    kind: 'emission',
    id: 'late',
    source: 'process',
    title: 'late',
    year: 2025,
    gas: 'CO2',
    amount: 7,
    unit: 't',
  };
  revisions.push({ ...(revisions[0] as Revision), entry, number: revisions.length + 1, hash: 'late' });
  const entered = (await total()) ?? 0;
  assert.ok(Math.abs(entered - first - 7) < 1e-6, `${first} ${entered}`);

  held.set(
    'main.energy_import',
    slots((hour) => 2 * load(hour)),
  );
  assert.equal(await total(), entered, 'what was gathered stands for a minute');
  await clock.advance(61_000);
  assert.ok(((await total()) ?? 0) > entered);

  await assert.rejects(thread.score('nothing', 2025), (error) => error instanceof Fault && error.text.zh !== '');
  await clock.advance(61_000);
  store.slots = () => Promise.reject(new Fault('store_failed', { zh: '坏', en: 'broken' }));
  await assert.rejects(thread.score('tcace', 2025), { code: 'store_failed', message: 'broken' });
});

test('questions asked at once have each the ledger of its own moment', async (context) => {
  const { revisions, clock, store } = start(context);
  const ledger = { current: (asOf?: number) => (asOf === undefined ? [...revisions] : revisions.slice(4 * asOf)) };
  const thread = startScoringThread({ site, store, ledger, clock });
  context.after(() => thread.stop());
  const beside = startScoring({ site, store, ledger, clock });
  const moments = [1, undefined, 3, 1];
  const asked = moments.map((asOf) => thread.score('tcace', 2025, asOf));
  const answers = await Promise.all(asked);
  for (const [index, asOf] of moments.entries())
    assert.deepEqual(answers[index], await beside.score('tcace', 2025, asOf));
  const told = new Set(answers.map(({ indicators }) => JSON.stringify(indicators.map(({ value }) => value))));
  assert.ok(told.size > 1, 'the ledgers make no difference');
});

test('who waits for a thread that ends is told', async (context) => {
  const asked = Promise.withResolvers<void>();
  const never = new Promise<never>(() => undefined);
  const { thread } = start(context, {
    slots() {
      asked.resolve();
      return never;
    },
  });
  const answer = assert.rejects(thread.score('tcace', 2025), { code: 'scoring_ended' });
  await asked.promise;
  await thread.stop();
  await answer;
  await assert.rejects(thread.carbon(2025), { code: 'scoring_ended' });
});
