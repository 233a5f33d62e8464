// Owns the rules by which slots are estimated: straight between their neighbours, as in the weeks before, or a known amount by its usual shape.
import { type Calendar, day, hour, lengthOf, type Period, slotLength } from '../core/calendar.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import { type PointId, points } from '../core/points.ts';
import { isEmpty, marks, type Slot } from '../core/slots.ts';
import type { Text } from '../core/text.ts';

export const estimateRules = ['linear', 'history', 'profile', 'hand'] as const;
export type EstimateRule = (typeof estimateRules)[number];

export type Question = {
  point: PointId;
  /** Whole quarters of an hour. */
  period: Period;
  /** What is known, by start: of the period, its neighbours, and the weeks before. */
  slots: ReadonlyMap<number, Slot>;
  calendar: Calendar;
  /** By hand: the amount of a counter, the mean of a gauge, in steps. */
  amount?: number | undefined;
};

/** One for each quarter of an hour, in steps. */
export type Estimate = { values: number[]; basis: string };

/** Longer gaps hold shifts and pauses that no straight line knows. */
const longestLine = 2 * hour;
export const weeksBack = 4;
/** One week alone may have been a holiday. */
const fewestWeeks = 2;

export function estimate(rule: EstimateRule, question: Question): Estimate {
  const { point, amount } = question;
  const isCounter = points[point].kind === 'counter';
  if (!isCounter && points[point].kind !== 'gauge')
    throw refused({ zh: `${point} 没有时段`, en: `${point} has no slots` });
  if ((amount !== undefined) !== (rule === 'hand'))
    throw refused({
      zh: 'hand 规则须给出数量，其他规则不需要',
      en: 'the rule hand needs an amount, the others have none',
    });
  if (rule === 'linear') return isCounter ? lineOfCounter(question) : lineBetween(question);
  if (rule === 'history') return asBefore(question);
  const count = startsIn(question.period).length;
  if (rule === 'hand') {
    const values = isCounter ? shares(amount as number, Array(count).fill(1)) : Array(count).fill(amount);
    return { values, basis: isCounter ? 'spread evenly' : 'the mean' };
  }
  if (!isCounter) throw refused({ zh: 'profile 只用于计数器', en: 'profile is for counters' });
  const total = knownTotal(question);
  if (total === undefined)
    throw refused({
      zh: '期间的总量未知（复位或跳变）：用 history，或用 hand 写明数量',
      en: 'the amount of the period is not known (a reset or a jump): use history, or hand with an amount',
    });
  const { values, basis } = asBefore(question);
  if (values.every((value) => value <= 0))
    throw refused({
      zh: '前几周同期用量为零，没有形状可用',
      en: 'the weeks before used nothing at these hours: there is no shape',
    });
  return { values: shares(total, values), basis: `${basis}; the amount between the readings before and after` };
}

export function startsIn({ start, end }: Period): number[] {
  return Array.from({ length: (end - start) / slotLength }, (_, index) => start + index * slotLength);
}

/** Whole steps in proportion, which add up to the whole exactly. */
export function shares(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  let [passed, given] = [0, 0];
  return weights.map((weight) => {
    passed += weight;
    const share = Math.round((total * passed) / sum) - given;
    given += share;
    return share;
  });
}

/** What the readings around a gap prove: every slot of it has its part of an interval. */
function knownTotal({ period, slots }: Question): number | undefined {
  const unknown = marks.jumped | marks.reset;
  let total = 0;
  for (const start of startsIn(period)) {
    const slot = slots.get(start);
    if (slot === undefined || isEmpty(slot) || (slot.marks & unknown) !== 0) return undefined;
    total += slot.value;
  }
  return total;
}

function lineOfCounter(question: Question): Estimate {
  refuseLong(question.period);
  const total = knownTotal(question);
  if (total === undefined) return lineBetween(question);
  const values = shares(total, Array(startsIn(question.period).length).fill(1));
  return { values, basis: 'the amount between the readings before and after, evenly' };
}

function lineBetween({ period, slots }: Question): Estimate {
  refuseLong(period);
  const [before, after] = [slots.get(period.start - slotLength), slots.get(period.end)];
  if (before === undefined || after === undefined || !isMeasured(before) || !isMeasured(after))
    throw refused({
      zh: '前后各一刻钟须有完整实测：用 history 或 hand',
      en: 'the quarters of an hour before and after must be measured whole: use history or hand',
    });
  const starts = startsIn(period);
  const values = starts.map((_, index) =>
    Math.round(before.value + ((after.value - before.value) * (index + 1)) / (starts.length + 1)),
  );
  return { values, basis: 'straight from the quarter of an hour before to the one after' };
}

function refuseLong(period: Period): void {
  if (lengthOf(period) <= longestLine) return;
  throw refused({
    zh: 'linear 至多 2 小时：更长的用 profile、history 或 hand',
    en: 'linear reaches over 2 hours at most: beyond, use profile, history or hand',
  });
}

const isMeasured = ({ covered, estimated, marks: bits }: Slot): boolean =>
  covered === slotLength && estimated === 0 && (bits & ~(marks.late | marks.wrapped)) === 0;

/** The mean of the same quarter of an hour on the same day of the week, in the weeks before, where it was measured whole. */
function asBefore({ period, slots, calendar }: Question): Estimate {
  let fewest = weeksBack;
  const values = startsIn(period).map((start) => {
    const wall = start + calendar.offsetAt(start);
    const known = Array.from({ length: weeksBack }, (_, index) => {
      const [then] = calendar.instantsOf(wall - (index + 1) * 7 * day);
      return then === undefined || then >= period.start ? undefined : slots.get(then);
    }).filter((slot): slot is Slot => slot !== undefined && isMeasured(slot));
    if (known.length < fewestWeeks)
      throw refused({
        zh: `${calendar.format(start)}：前 ${weeksBack} 周同一时刻只有 ${known.length} 周有完整实测，至少需要 ${fewestWeeks} 周`,
        en: `${calendar.format(start)}: of the ${weeksBack} weeks before only ${known.length} were measured at this hour, at least ${fewestWeeks} are needed`,
      });
    fewest = Math.min(fewest, known.length);
    return Math.round(known.reduce((sum, { value }) => sum + value, 0) / known.length);
  });
  return { values, basis: `the same hours of at least ${fewest} of the ${weeksBack} weeks before` };
}

const refused = (text: Text): Fault => new Fault('estimate_refused', text, { exitCode: exitCodes.data });
