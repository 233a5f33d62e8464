// Alarms over their life: none flaps faster than its hysteresis and hold, none is lost across a restart, one cause is one alarm.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { loadSite, sitesFolder } from '../../core/config/site.ts';
import { AlarmBook } from './alarm-book.ts';
import type { Alarm } from './answers.ts';
import { atRest, conditionOf, turn } from './latch.ts';
import type { Observation } from './observe.ts';
import { firingsOf } from './past.ts';
import { loadAlarms, type Rule } from './rules.ts';
import { AlarmWatch, sameWithin } from './watch.ts';

const numRuns = Number(process.env.TANBIAO_CASES ?? 100);
const golden = loadSite(join(sitesFolder, 'golden'));
const levels = { above: 100, clear: 90 };
const rule: Rule = {
  id: 'high',
  kind: 'threshold',
  name: { zh: '高', en: 'high' },
  severity: 'warning',
  meter: 'main',
  point: 'power',
  ...levels,
  hold: 20_000,
  release: 30_000,
  builtin: false,
};

const steps = fc.array(
  fc.record({
    wait: fc.integer({ min: 1, max: 25_000 }),
    value: fc.option(fc.integer({ min: 80, max: 110 }), { nil: null }),
  }),
  { minLength: 1, maxLength: 300 },
);

const seen = (value: number | null, meter = 'main', on = levels): Observation => ({
  object: { kind: 'meter', id: meter, point: 'power' },
  condition: conditionOf(on, value),
  value,
  limit: 100,
  unit: 'kW',
});

function bookIn(context: Pick<TestContext, 'after'>) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-alarms-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return () => new AlarmBook(join(folder, 'alarms.sqlite'));
}

test('whatever the values, a latch turns only after its condition held for its time without a break', () => {
  fc.assert(
    fc.property(steps, (all) => {
      let latch = atRest;
      let time = 0;
      const past: { time: number; value: number | null }[] = [];
      let turned = Number.NEGATIVE_INFINITY;
      for (const { wait, value } of all) {
        time += wait;
        past.push({ time, value });
        const next = turn(latch, conditionOf(levels, value), time, rule);
        if (next.open !== latch.open) {
          const held = next.open ? rule.hold : rule.release;
          // From the last reading at which the hold had begun, every one speaks for the turn.
          const begin = past.findLastIndex((one) => one.time <= time - held);
          assert.ok(begin >= 0, 'turned before there was time for it');
          for (const one of past.slice(begin))
            assert.equal(conditionOf(levels, one.value), next.open ? 'on' : 'off', `turned against ${one.value}`);
          assert.ok(time - turned >= held, 'turned back faster than its hold');
          turned = time;
        }
        latch = next;
      }
    }),
    { numRuns },
  );
});

test('values between the two levels, and values that are missing, never end nor begin an alarm', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(fc.option(fc.integer({ min: 91, max: 100 }), { nil: null })), (open, values) => {
      let latch = { open, turning: null as number | null };
      for (const [index, value] of values.entries())
        latch = turn(latch, conditionOf(levels, value), index * 60_000, rule);
      assert.equal(latch.open, open);
    }),
    { numRuns },
  );
});

test('an alarm is never lost across a restart, wherever it happens, and is the same as without one', (context) => {
  fc.assert(
    fc.property(steps, fc.nat(299), (all, at) => {
      const follow = (restartAt: number) => {
        const opened = bookIn(context);
        let book = opened();
        const begin = () => new AlarmWatch({ site: golden, rules: [rule], book, now: 0, tell: () => undefined });
        let watch = begin();
        let time = 0;
        for (const [index, { wait, value }] of all.entries()) {
          time += wait;
          watch.take([{ rule, observations: [seen(value)] }], time);
          if (index !== restartAt) continue;
          const before = watch.list(time);
          watch.save();
          book.close();
          book = opened();
          watch = begin();
          assert.deepEqual(watch.list(time), before);
        }
        const { open } = watch.list(time);
        const past = watch.history(undefined, 500, time);
        book.close();
        return { open, past };
      };
      const restarted = follow(at % all.length);
      for (const { first, last } of restarted.open) assert.ok(last >= first);
      // A hold that had begun begins anew: never more alarms, and what was open stays until it is proven well.
      const whole = follow(-1);
      assert.ok(restarted.open.length + restarted.past.length <= whole.open.length + whole.past.length + 1);
    }),
    { numRuns: Math.min(numRuns, 40) },
  );
});

const calm = { ...rule, hold: 0, release: 0 };

test('what comes back soon is counted and told once; what comes back later is another alarm', (context) => {
  const book = bookIn(context)();
  context.after(() => book.close());
  const told: string[] = [];
  const watch = new AlarmWatch({ site: golden, rules: [calm], book, now: 0, tell: (event) => told.push(event) });
  const take = (value: number, time: number) => watch.take([{ rule: calm, observations: [seen(value)] }], time);
  for (let round = 0; round < 5; round++) {
    take(105, 1_000 + round * 60_000);
    take(50, 30_000 + round * 60_000);
  }
  assert.deepEqual(watch.list(300_000).open, []);
  const [flapping] = watch.history(undefined, 10, 300_000);
  assert.deepEqual([flapping?.count, flapping?.first, flapping?.value], [5, 1_000, 105]);
  take(50, 300_000 + sameWithin);
  assert.deepEqual(told, ['raised', 'cleared']);
  take(105, 300_000 + sameWithin + 1_000);
  assert.equal(watch.list(0).open[0]?.count, 1);
  assert.equal(watch.history(undefined, 10, 0).length, 1);
});

test('taking note, shelving and taking from the shelf are kept; what is shelved is not sent until its time is over', (context) => {
  const opened = bookIn(context);
  let book = opened();
  const told: Alarm[] = [];
  const begin = () =>
    new AlarmWatch({ site: golden, rules: [calm], book, now: 0, tell: (_, alarm) => told.push(alarm) });
  let watch = begin();
  const take = (value: number, time: number) => watch.take([{ rule: calm, observations: [seen(value)] }], time);
  take(105, 1_000);
  const id = watch.list(1_000).open[0]?.id ?? 0;
  assert.equal(watch.acknowledge(id, 'Li', 'looking', 2_000).state, 'acknowledged');
  assert.equal(watch.shelve(id, { until: 5_000_000, by: 'Li', at: 3_000, reason: 'being rebuilt' }).state, 'shelved');
  book.close();
  book = opened();
  context.after(() => book.close());
  watch = begin();
  take(105, 4_000);
  const { open, shelved } = watch.list(4_000);
  assert.deepEqual(
    [open.length, shelved[0]?.shelf?.reason, shelved[0]?.acknowledged?.note],
    [0, 'being rebuilt', 'looking'],
  );
  take(50, 5_000);
  take(50, 5_000 + sameWithin);
  take(105, 1_000_000);
  assert.equal(told.length, 2, 'the second one came while it was shelved');
  take(105, 5_000_000);
  assert.equal(watch.list(5_000_000).open[0]?.state, 'active');
  assert.equal(told.length, 3);
  assert.throws(() => watch.acknowledge(99, 'Li', '', 0), { code: 'alarm_unknown' });
});

test('a dead gateway is one alarm with its meters inside, told once; a meter that stays silent is told then', (context) => {
  const book = bookIn(context)();
  context.after(() => book.close());
  const { rules } = loadAlarms(golden, golden.folder);
  const gateway = { ...(rules.find(({ kind }) => kind === 'gateway') as Rule), hold: 0, release: 0 };
  const silent = { ...(rules.find(({ kind }) => kind === 'silent') as Rule), hold: 0, release: 0 };
  const told: string[] = [];
  const tell = (event: string, { object }: Alarm) => told.push(`${event} ${object.id}`);
  const watch = new AlarmWatch({ site: golden, rules: [gateway, silent], book, now: 0, tell });
  const of = (kind: 'gateway' | 'meter', id: string, on: boolean): Observation => ({
    object: { kind, id },
    condition: on ? 'on' : 'off',
    value: null,
    limit: null,
    unit: '',
  });
  const meters = golden.meters.map(({ id }) => id);
  const take = (gone: boolean, dead: readonly string[], time: number) =>
    watch.take(
      [
        { rule: gateway, observations: [of('gateway', 'gw-1', gone)] },
        { rule: silent, observations: meters.map((id) => of('meter', id, dead.includes(id))) },
      ],
      time,
    );
  take(true, meters, 1_000);
  const { open } = watch.list(1_000);
  assert.equal(open.length, 1);
  assert.equal(open[0]?.object.id, 'gw-1');
  assert.deepEqual(open[0]?.inside.map(({ object }) => object.id).sort(), [...meters].sort());
  assert.equal(watch.tally(1_000).fresh, 1);
  take(false, ['main'], 2_000);
  assert.deepEqual(
    watch.list(2_000).open.map(({ object }) => object.id),
    ['main'],
  );
  assert.deepEqual(told, ['raised gw-1', 'raised main']);
});

test('an alarm ends when its rule or its object is taken out of the configuration', (context) => {
  const book = bookIn(context)();
  context.after(() => book.close());
  const begin = (rules: Rule[]) => new AlarmWatch({ site: golden, rules, book, now: 0, tell: () => undefined });
  begin([calm]).take([{ rule: calm, observations: [seen(105)] }], 1_000);
  const later = begin([]);
  assert.equal(later.list(2_000).open.length, 1);
  later.take([], 2_000);
  assert.equal(later.list(2_000).open.length, 0);
});

test('alarms that are over go after their time, those that are open never', (context) => {
  const book = bookIn(context)();
  context.after(() => book.close());
  const watch = new AlarmWatch({ site: golden, rules: [calm], book, now: 0, tell: () => undefined });
  const take = (main: number, time: number) =>
    watch.take([{ rule: calm, observations: [seen(main), seen(105, 'workshop')] }], time);
  take(105, 1_000);
  take(50, 2_000);
  take(50, 2_000 + sameWithin);
  watch.forget(1_500);
  assert.equal(watch.history(undefined, 10, 0).length, 1);
  watch.forget(2_001);
  assert.equal(watch.history(undefined, 10, 0).length, 0);
  assert.deepEqual(
    watch.list(0).open.map(({ object }) => object.id),
    ['workshop'],
  );
});

test('history comes in pages, newest first, each alarm once', (context) => {
  const book = bookIn(context)();
  context.after(() => book.close());
  const watch = new AlarmWatch({ site: golden, rules: [calm], book, now: 0, tell: () => undefined });
  for (let n = 0; n < 7; n++) {
    watch.take([{ rule: calm, observations: [seen(105)] }], n * 2 * sameWithin);
    watch.take([{ rule: calm, observations: [seen(50)] }], n * 2 * sameWithin + 1_000);
    watch.take([{ rule: calm, observations: [seen(50)] }], n * 2 * sameWithin + 1_000 + sameWithin);
  }
  const ids: number[] = [];
  for (let page = watch.history(undefined, 3, 0); page.length > 0; page = watch.history(ids.at(-1), 3, 0))
    ids.push(...page.map(({ id }) => id));
  assert.deepEqual(ids, [7, 6, 5, 4, 3, 2, 1]);
});

test('a dry run counts what the watch counts, from the same values', (context) => {
  const opened = bookIn(context);
  const book = opened();
  context.after(() => book.close());
  const watch = new AlarmWatch({ site: golden, rules: [rule], book, now: 0, tell: () => undefined });
  let time = 0;
  const past = fc
    .sample(steps, { numRuns: 20, seed: 5 })
    .flat()
    .map(({ wait, value }) => {
      time += wait;
      return { time, value, condition: conditionOf(levels, value) };
    });
  for (const { time: at, value } of past) watch.take([{ rule, observations: [seen(value)] }], at);
  const lived = [...watch.history(undefined, 500, time)].reverse().concat(watch.list(time).open);
  const tried = firingsOf({ kind: 'meter', id: 'main' }, past, rule);
  assert.ok(tried.length > 0);
  assert.deepEqual(
    tried.map(({ from, to, count }) => [from, to, count]),
    lived.map(({ first, cleared, count }) => [first, cleared, count]),
  );
});
