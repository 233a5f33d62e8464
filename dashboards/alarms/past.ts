// Owns the dry run of a rule: when it would have come within the last days, by what is stored.
import { Calendar, day, type Period } from '../../core/calendar.ts';
import type { Site } from '../../core/config/site.ts';
import { Fault } from '../../core/fault.ts';
import type { PointId } from '../../core/points.ts';
import { levelOf } from '../../core/quality.ts';
import type { Store } from '../../core/store.ts';
import { loadCurve } from '../api/load.ts';
import type { AlarmObject, DryRun, Firing } from './answers.ts';
import { atRest, type Condition, conditionOf, type Latch, turn } from './latch.ts';
import { isBaseTime, night, pvLevels, pvShare, usualBaseLevels } from './observe.ts';
import type { Rule } from './rules.ts';
import { counterOf, dayShares, mainsOf, usualFor } from './slow-facts.ts';
import { demandsOf, isWithin, median, type Usual, usualAt } from './usual.ts';
import { sameWithin } from './watch.ts';

/** Whether what is stored can tell; what was on the broker or in files at the time is not kept. */
export const isTryable = ({ kind }: Rule): boolean =>
  !['gateway', 'quality', 'coverage', 'certificate', 'clock', 'refused'].includes(kind);

const mostFirings = 500;

type Past = { time: number; condition: Condition; value: number | null };

/** The same latch and the same counting as in life, over what was. */
export function firingsOf(object: AlarmObject, past: Iterable<Past>, rule: Pick<Rule, 'hold' | 'release'>): Firing[] {
  const firings: Firing[] = [];
  let latch: Latch = atRest;
  for (const { time, condition, value } of past) {
    const next = turn(latch, condition, time, rule);
    const last = firings.at(-1);
    if (next.open && !latch.open) {
      if (last?.to != null && time - last.to < sameWithin) Object.assign(last, { to: null, count: last.count + 1 });
      else firings.push({ object, from: time, to: null, value, count: 1 });
    } else if (!next.open && latch.open && last !== undefined) last.to = time;
    latch = next;
  }
  return firings;
}

export type PastReader = { site: Site; store: Store; staleAfter: (meter: string) => number; now: number };

export async function dryRun(rule: Rule, days: number, reader: PastReader): Promise<DryRun> {
  const period = { start: reader.now - days * day, end: reader.now };
  const firings = (await firingsIn(rule, period, reader)).sort((one, other) => one.from - other.from);
  return { rule: rule.id, ...period, firings: firings.slice(-mostFirings), cut: firings.length > mostFirings };
}

async function firingsIn(rule: Rule, period: Period, reader: PastReader): Promise<Firing[]> {
  const { site, store, staleAfter, now } = reader;
  const calendar = new Calendar(site.timezone);
  switch (rule.kind) {
    case 'threshold': {
      const past = await sampled(store, rule, period, staleAfter(rule.meter), (value) => conditionOf(rule, value));
      return firingsOf({ kind: 'meter', id: rule.meter, point: rule.point }, past, rule);
    }
    case 'rate': {
      const change = changeOver(rule.over);
      const past = await sampled(store, rule, period, staleAfter(rule.meter), (value, time) =>
        conditionOf(rule, change(time, value)),
      );
      return firingsOf({ kind: 'meter', id: rule.meter, point: rule.point }, past, rule);
    }
    case 'stale':
      return silences(rule.meter, rule, rule.after ?? staleAfter(rule.meter), period, store);
    case 'silent': {
      const all: Firing[] = [];
      for (const { id } of site.meters) all.push(...(await silences(id, rule, staleAfter(id), period, store)));
      return all;
    }
    case 'daily': {
      const shares = await dayShares(site, store, rule, now, Math.round((period.end - period.start) / day));
      const past = shares.map(({ start, value }) => ({
        time: calendar.dayOf(start).end,
        condition: conditionOf(rule, value),
        value,
      }));
      // A day is known when it is over, and it is the only word until the next: no hold is waited for.
      return firingsOf({ kind: 'meter', id: rule.meter, point: rule.point }, past, { hold: 0, release: 0 });
    }
    case 'demand':
      return firingsOf(...(await byQuarters(rule.meter, period, reader, (value) => conditionOf(rule, value))), rule);
    case 'base_load':
      return firingsOf(
        ...(await byQuarters(rule.meter, period, reader, (value, time) =>
          isBaseTime(rule, time, calendar) ? conditionOf(rule, value) : 'off',
        )),
        rule,
      );
    case 'usual_base': {
      const all: Firing[] = [];
      for (const meter of mainsOf(site)) {
        const usual = await usualFor(site, store, meter, now);
        const judge = (value: number | null, time: number): Condition => {
          if (!isWithin(time, night.from, night.to, calendar)) return 'off';
          const expected = usualAt(usual, time, calendar);
          return conditionOf(usualBaseLevels, value === null || !expected ? null : value / expected);
        };
        all.push(...firingsOf(...(await byQuarters(meter, period, reader, judge)), rule));
      }
      return all;
    }
    case 'pv': {
      const all: Firing[] = [];
      for (const { id, role } of site.meters) {
        if (role !== 'generation') continue;
        const usual: Usual = await usualFor(site, store, id, now);
        const judge = (value: number | null, time: number) =>
          conditionOf(pvLevels, pvShare(usual, value, time, calendar));
        all.push(...firingsOf(...(await byQuarters(id, period, reader, judge)), rule));
      }
      return all;
    }
    case 'losses': {
      const losses = (await store.losses()).filter(({ to }) => to >= period.start && to < period.end);
      return losses.map(({ gateway, from, to, readings }) => ({
        object: { kind: 'gateway', id: gateway },
        from,
        to,
        value: readings,
        count: 1,
      }));
    }
    default:
      throw new Fault('query_invalid', {
        zh: `规则 ${rule.id} 无法试运行：判断所需的状态没有保存`,
        en: `${rule.id} cannot be tried: what it looks at is not kept`,
      });
  }
}

/** A past that was imported, or read more seldom than now, is held to its own rhythm: a hole is three times that. */
function patienceWith(times: readonly number[], staleAfter: number): number {
  const rhythm = median(times.slice(1).map((time, row) => time - (times[row] as number)));
  return Math.max(staleAfter, 3 * (rhythm ?? 0));
}

/** Day by day, so that a week of readings each half second never lies in memory at once. A hole is told as unknown. */
async function sampled(
  store: Store,
  { meter, point }: { meter: string; point: PointId },
  { start, end }: Period,
  staleAfter: number,
  judge: (value: number | null, time: number) => Condition,
): Promise<Past[]> {
  const past: Past[] = [];
  let before = Number.NEGATIVE_INFINITY;
  let condition: Condition = 'unknown';
  for (let from = start; from < end; from += day) {
    const columns = await store.samples({ meter, point }, { start: from, end: Math.min(end, from + day) });
    const patience = patienceWith(columns.time, staleAfter);
    for (const [row, time] of columns.time.entries()) {
      const value = levelOf(columns.quality[row] ?? 0) === 'bad' ? null : (columns.value[row] ?? null);
      if (time - before > patience && condition !== 'unknown')
        past.push({ time: before + patience, condition: 'unknown', value: null });
      const next = judge(value, time);
      // What does not change the condition is only needed as the end of a hold.
      if (next === condition && past.length > 1 && past.at(-1)?.condition === next && past.at(-2)?.condition === next)
        past.pop();
      past.push({ time, condition: next, value });
      condition = next;
      before = time;
    }
  }
  return past;
}

/** The change over a time, once readings reach over most of it. */
export function changeOver(over: number): (time: number, value: number | null) => number | null {
  let kept: { time: number; value: number }[] = [];
  return (time, value) => {
    const first = kept.findIndex((one) => one.time > time - over);
    // One from before the window stays: it is what the value was when the window began.
    if (first > 1) kept = kept.slice(first - 1);
    if (value === null) return null;
    const last = kept.at(-1);
    // A hundred places over the window are enough, however fast the readings come.
    if (last === undefined || time - last.time >= over / 100) kept.push({ time, value });
    const [oldest] = kept;
    return oldest === undefined || time - oldest.time < over * 0.8 ? null : value - oldest.value;
  };
}

/** Silent from a while behind the last sound reading until the next one. */
async function silences(
  meter: string,
  { hold, release }: Pick<Rule, 'hold' | 'release'>,
  staleAfter: number,
  { start, end }: Period,
  store: Store,
): Promise<Firing[]> {
  const points = (await store.facts()).filter((one) => one.meter === meter).map(({ point }) => point);
  const [point] = (['power', 'gas_flow', 'heat_power', 'water_flow', 'steam_flow'] as const).filter((one) =>
    points.includes(one),
  );
  const chosen = point ?? points[0];
  if (chosen === undefined) return [];
  const holes: Period[] = [];
  let before: number | null = null;
  let patience = staleAfter;
  for (let from = start; from < end; from += day) {
    const { time, value, quality } = await store.samples(
      { meter, point: chosen },
      { start: from, end: Math.min(end, from + day) },
    );
    const sound = time.filter((_, row) => value[row] !== null && levelOf(quality[row] ?? 0) !== 'bad');
    patience = patienceWith(sound, staleAfter);
    for (const at of sound) {
      if (before !== null && at - before > patience) holes.push({ start: before + patience, end: at });
      before = at;
    }
  }
  if (before !== null && end - before > patience)
    holes.push({ start: before + patience, end: Number.POSITIVE_INFINITY });
  const past = holes.flatMap(({ start: from, end: to }, index): Past[] => {
    const isOver = Number.isFinite(to);
    const next = holes[index + 1]?.start ?? end;
    const moments: [number, Condition][] = [
      [from, 'on'],
      [isOver ? to - 1 : end, 'on'],
    ];
    // Well again up to the next hole, or for as long as it needs.
    if (isOver) moments.push([to, 'off'], [Math.max(to, Math.min(to + release, next - 1)), 'off']);
    return moments.map(([time, condition]) => ({ time, condition, value: null }));
  });
  return firingsOf({ kind: 'meter', id: meter }, past, { hold, release });
}

async function byQuarters(
  meter: string,
  { start, end }: Period,
  { site, store, now }: PastReader,
  judge: (value: number | null, time: number) => Condition,
): Promise<[AlarmObject, Past[]]> {
  const curve = await loadCurve(store, { meter, point: counterOf(site, meter), start, end }, now);
  const quarter = 15 * 60_000;
  const past = demandsOf(curve).flatMap(({ start: time, value }): Past[] => {
    const condition = judge(value, time);
    // A mean stands for its whole quarter.
    return [
      { time, condition, value },
      { time: time + quarter - 1, condition, value },
    ];
  });
  return [{ kind: 'meter', id: meter, point: 'power' }, past];
}
