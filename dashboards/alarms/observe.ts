// Owns what the rules say of a moment: for each object of a rule whether its condition holds, with value and level.
import type { Calendar } from '../../core/calendar.ts';
import { metersIn } from '../../core/config/roles.ts';
import type { Site } from '../../core/config/site.ts';
import { type PointId, points } from '../../core/points.ts';
import { levelOf, qualityCode } from '../../core/quality.ts';
import type { LiveFrame, LiveReading } from '../live-frame.ts';
import type { AlarmObject } from './answers.ts';
import { type Condition, conditionOf, type Levels } from './latch.ts';
import type { Rule } from './rules.ts';
import { isWeekend, isWithin, mostOf, type Usual, usualAt } from './usual.ts';

export type Observation = {
  object: AlarmObject;
  condition: Condition;
  value: number | null;
  limit: number | null;
  unit: string;
};

/** What is asked of the store and of files, now and then. Null: not known yet, or not to be known in this process. */
export type SlowFacts = {
  lost: ReadonlyMap<string, number> | null;
  refused: { clock: number; other: number } | null;
  certificates: readonly { file: string; days: number }[];
  coverage: number | null;
  /** By meter: the newest whole quarter of an hour, kW. */
  quarters: ReadonlyMap<string, { start: number; value: number | null }>;
  usual: ReadonlyMap<string, Usual>;
  /** By rule: yesterday's amount as a share of the usual day's. */
  shares: ReadonlyMap<string, number | null>;
};

export type Facts = SlowFacts & {
  now: number;
  meters: LiveFrame['meters'];
  states: ReadonlyMap<string, { state: 'online' | 'offline' }>;
  staleAfter: (meter: string) => number;
  /** By rule: by how much the value changed over the rule's time. */
  changes: ReadonlyMap<string, number | null>;
};

/** A share of what the sun usually gives at this time of the day. */
export const pvLevels: Levels = { below: 0.03, clear: 0.06 };
/** The usual sun must be worth looking at: a share of the most that it usually gives. */
const daylightFrom = 0.1;
export const usualBaseLevels: Levels = { above: 1.3, clear: 1.2 };
export const night = { from: 22, to: 6 };
const certificateLevels: Levels = { below: 30, clear: 31 };
/** A demand that is older than this says nothing of now. */
const newest = 3_600_000;

/** On a machine that is busy readings come late: a value this much older than a stale one still says what the plant does. */
const lateBy = 30_000;

const isSound = ({ value, quality }: LiveReading): boolean => value !== null && levelOf(quality) !== 'bad';

const told = (points: Partial<Record<PointId, LiveReading>> | undefined): LiveReading[] =>
  Object.values(points ?? {}).filter((one) => one !== undefined);

/** A device that does not answer has readings too: bad ones. Before its first reading nobody knows. */
function silenceOf({ meters, now }: Pick<Facts, 'meters' | 'now'>, meter: string): number | null {
  const readings = told(meters[meter]);
  if (readings.length === 0) return null;
  const sound = readings.filter(isSound).map(({ time }) => time);
  return sound.length === 0 ? Number.POSITIVE_INFINITY : Math.max(0, now - Math.max(...sound));
}

function isSilent(facts: Facts, meter: string, after = facts.staleAfter(meter)): Condition {
  const silence = silenceOf(facts, meter);
  if (silence === null) return 'unknown';
  return silence > after ? 'on' : 'off';
}

const rates: readonly PointId[] = ['power', 'gas_flow', 'heat_power', 'steam_flow', 'water_flow'];
const stuck = qualityCode('uncertain_stale');

/** Only what the account stands on: many devices have some point that they never tell. */
function hasBadQuality(facts: Facts, meter: string): Condition {
  const judged = Object.entries(facts.meters[meter] ?? {}).filter(
    ([point]) => points[point as PointId].kind === 'counter' || rates.includes(point as PointId),
  );
  if (judged.length === 0 || isSilent(facts, meter) !== 'off') return 'unknown';
  return judged.some(([, { quality }]) => levelOf(quality) === 'bad' || quality === stuck) ? 'on' : 'off';
}

/** What a gateway says of itself counts first; one whose meters are all silent is as good as gone. */
function isGone(site: Site, facts: Facts, gateway: string): Condition {
  const state = facts.states.get(gateway)?.state;
  if (state === 'offline') return 'on';
  const silent = metersOf(site, gateway).map((meter) => isSilent(facts, meter));
  if (silent.length > 1 && silent.every((one) => one === 'on')) return 'on';
  return state === undefined && !silent.includes('off') ? 'unknown' : 'off';
}

export function gatewayOf(site: Site, meter: string): string | undefined {
  const connection = site.meters.find(({ id }) => id === meter)?.connection;
  return site.gateways.find(({ connections }) => connections.some(({ id }) => id === connection))?.id;
}

const metersOf = (site: Site, gateway: string): string[] =>
  site.meters.filter(({ id }) => gatewayOf(site, id) === gateway).map(({ id }) => id);

function freshValue(facts: Facts, meter: string, point: PointId): number | null {
  const reading = facts.meters[meter]?.[point];
  if (reading === undefined || !isSound(reading)) return null;
  return facts.now - reading.time > facts.staleAfter(meter) + lateBy ? null : reading.value;
}

const plain = (object: AlarmObject, condition: Condition, value: number | null = null, unit = ''): Observation => ({
  object,
  condition,
  value,
  limit: null,
  unit,
});

const levelled = (object: AlarmObject, levels: Levels, value: number | null, unit: string): Observation => ({
  object,
  condition: conditionOf(levels, value),
  value,
  limit: levels.above ?? levels.below ?? null,
  unit,
});

const countOf = (count: number | undefined | null): Condition =>
  count === undefined || count === null ? 'unknown' : count > 0 ? 'on' : 'off';

/** At daylight only: what the sun makes as a share of what it usually makes now. */
export function pvShare(
  usual: Usual | undefined,
  power: number | null,
  time: number,
  calendar: Calendar,
): number | null {
  const expected = usual === undefined ? null : usualAt(usual, time, calendar);
  if (usual === undefined || expected === null || power === null) return null;
  return expected < daylightFrom * mostOf(usual) ? null : power / expected;
}

export const isBaseTime = (
  rule: { from: number; to: number; weekend: boolean },
  time: number,
  calendar: Calendar,
): boolean => isWithin(time, rule.from, rule.to, calendar) || (rule.weekend && isWeekend(time, calendar));

/** Every object of a rule is observed every time, so that one that is no more can be told from one that is well. */
export function observe(rule: Rule, site: Site, facts: Facts, calendar: Calendar): Observation[] {
  const whole: AlarmObject = { kind: 'site', id: site.site };
  const quarter = (meter: string): number | null => {
    const last = facts.quarters.get(meter);
    return last === undefined || facts.now - last.start > newest ? null : last.value;
  };
  switch (rule.kind) {
    case 'threshold': {
      const { meter, point } = rule;
      return [levelled({ kind: 'meter', id: meter, point }, rule, freshValue(facts, meter, point), points[point].unit)];
    }
    case 'rate': {
      const { meter, point } = rule;
      return [
        levelled({ kind: 'meter', id: meter, point }, rule, facts.changes.get(rule.id) ?? null, points[point].unit),
      ];
    }
    case 'stale':
      return [plain({ kind: 'meter', id: rule.meter }, isSilent(facts, rule.meter, rule.after))];
    case 'daily':
      return [
        levelled({ kind: 'meter', id: rule.meter, point: rule.point }, rule, facts.shares.get(rule.id) ?? null, ''),
      ];
    case 'demand':
      return [levelled({ kind: 'meter', id: rule.meter, point: 'power' }, rule, quarter(rule.meter), 'kW')];
    case 'base_load': {
      const object: AlarmObject = { kind: 'meter', id: rule.meter, point: 'power' };
      // By day the base load is over, and its alarm with it.
      if (!isBaseTime(rule, facts.now, calendar)) return [plain(object, 'off', null, 'kW')];
      return [levelled(object, rule, quarter(rule.meter), 'kW')];
    }
    case 'silent':
      return site.meters.map(({ id }) => plain({ kind: 'meter', id }, isSilent(facts, id)));
    case 'quality':
      return site.meters.map(({ id }) => plain({ kind: 'meter', id }, hasBadQuality(facts, id)));
    case 'gateway':
      return site.gateways.map(({ id }) => plain({ kind: 'gateway', id }, isGone(site, facts, id)));
    case 'losses':
      return site.gateways.map(({ id }) => {
        const lost = facts.lost === null ? null : (facts.lost.get(id) ?? 0);
        return plain({ kind: 'gateway', id }, countOf(lost), lost, '个');
      });
    case 'usual_base':
      return metersIn(site.meters, 'grid_import').map(({ id }) => {
        const object: AlarmObject = { kind: 'meter', id, point: 'power' };
        if (!isWithin(facts.now, night.from, night.to, calendar)) return plain(object, 'off', null, 'kW');
        const usual = facts.usual.get(id);
        const expected = usual === undefined ? null : usualAt(usual, facts.now, calendar);
        const value = quarter(id);
        const share = expected === null || expected <= 0 || value === null ? null : value / expected;
        const limit = expected === null ? null : expected * (usualBaseLevels.above ?? 1);
        return { object, condition: conditionOf(usualBaseLevels, share), value, limit, unit: 'kW' };
      });
    case 'pv':
      return site.meters
        .filter(({ role }) => role === 'generation')
        .map(({ id }) => {
          const value = freshValue(facts, id, 'power');
          const condition = conditionOf(pvLevels, pvShare(facts.usual.get(id), value, facts.now, calendar));
          const usual = facts.usual.get(id);
          const expected = usual === undefined ? null : usualAt(usual, facts.now, calendar);
          const limit = expected === null ? null : expected * (pvLevels.below ?? 0);
          return { object: { kind: 'meter', id, point: 'power' }, condition, value, limit, unit: 'kW' };
        });
    case 'coverage': {
      const below = site.coverageLimit;
      const levels = { below, clear: Math.min(1, below + 0.002) };
      return [levelled(whole, levels, facts.coverage, '%')].map((one) => ({
        ...one,
        value: one.value === null ? null : one.value * 100,
        limit: below * 100,
      }));
    }
    case 'certificate':
      return facts.certificates.map(({ file, days }) =>
        levelled({ kind: 'file', id: file }, certificateLevels, days, 'd'),
      );
    case 'clock':
      return [plain(whole, countOf(facts.refused?.clock), facts.refused?.clock ?? null, '个')];
    case 'refused':
      return [plain(whole, countOf(facts.refused?.other), facts.refused?.other ?? null, '个')];
  }
}
