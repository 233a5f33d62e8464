// Owns the answering of a SELECT: which series, in which groups; readings into buckets; buckets into rows.
import type { Period } from '../../core/calendar.ts';
import { Buckets } from './buckets.ts';
import type { Budget } from './budget.ts';
import { check, invalid, isOnReadings } from './check.ts';
import { decide, holds } from './condition.ts';
import { Area, filled, type Point, Statistics, stepped } from './functions.ts';
import type { Measurement, Tags, Value } from './measurements.ts';
import { type Call, type Condition, callsIn, type Expression, fieldsIn, type Select, selectors } from './statement.ts';

export type Series = { name: string; tags?: Tags; columns: string[]; values: (Value | boolean)[][] };

type Member = { tags: Tags; left: Condition | undefined };
type Group = { tags: Tags; members: Member[] };

const second = 1_000;

export async function select(asked: Select, measurement: Measurement, budget: Budget): Promise<Series[]> {
  check(asked, measurement);
  const groups = await groupsOf(asked, measurement);
  const answer: Series[] = [];
  let passed = 0;
  for (const { tags, members } of groups) {
    if (answer.length >= asked.seriesLimit) break;
    const plain = asked.columns.every(({ expression }) => callsIn(expression).length === 0);
    const all = await (plain ? plainRows : calledRows)(asked, measurement, members, budget);
    const values = all.slice(asked.offset, asked.offset + asked.limit);
    if (values.length === 0 || passed++ < asked.seriesOffset) continue;
    budget.answer(values.length);
    const columns = ['time', ...asked.columns.map(({ name }) => name)];
    answer.push({
      name: measurement.name,
      ...(Object.keys(tags).length === 0 ? {} : { tags }),
      columns,
      values,
    });
  }
  return answer;
}

/** Descending turns the order of the series, too, as in the database. */
async function groupsOf(
  { condition, by, byAll, descending, columns, range }: Select,
  measurement: Measurement,
): Promise<Group[]> {
  const names = byAll ? [...measurement.tags] : [...new Set(by)].sort();
  const groups = new Map<string, Group>();
  for (const tags of await measurement.series(range)) {
    const left = decide(condition, tags);
    if (left === false) continue;
    const own = Object.fromEntries(names.map((name) => [name, tags[name] ?? '']));
    const name = JSON.stringify(own);
    const group = groups.get(name) ?? { tags: own, members: [] };
    groups.set(name, group);
    group.members.push({ tags, left: left === true ? undefined : left });
  }
  const inOrder = columns.some(({ expression }) =>
    callsIn(expression).some((call) => isOnReadings(call) || call.aggregate === 'integral'),
  );
  for (const { members } of groups.values())
    if (inOrder && members.length > 1)
      throw invalid(
        `此函数逐个读数计算，不能把多个序列合在一起：请加 GROUP BY ${measurement.tags.join(', ')}`,
        `this function goes from reading to reading, and several series have no such order: add GROUP BY ${measurement.tags.join(', ')}`,
      );
  const sorted = [...groups.values()].sort((a, b) => compareTags(a.tags, b.tags, names));
  return descending ? sorted.reverse() : sorted;
}

function compareTags(a: Tags, b: Tags, names: readonly string[]): number {
  for (const name of names) {
    const [one, other] = [a[name] ?? '', b[name] ?? ''];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

type Take = (time: number, row: number, fields: Record<string, Value[]>) => boolean | undefined;

/** Gives each row that the condition leaves to `take`, until that says true: enough. */
async function eachRow(
  measurement: Measurement,
  { tags, left }: Member,
  period: Period,
  budget: Budget,
  take: Take,
): Promise<void> {
  if (period.start >= period.end) return;
  for await (const { time, fields } of measurement.rows(tags, period)) {
    budget.read(time.length);
    for (let row = 0; row < time.length; row++)
      if ((left === undefined || holds(left, fields, row)) && take(time[row] as number, row, fields) === true) return;
  }
}

async function plainRows(
  asked: Select,
  measurement: Measurement,
  members: readonly Member[],
  budget: Budget,
): Promise<Value[][]> {
  const { columns, range, descending, limit, offset } = asked;
  const fields = [...new Set(columns.flatMap(({ expression }) => fieldsIn(expression)))];
  const most = offset + limit;
  const rows: Value[][] = [];
  for (const member of members) {
    let own: Value[][] = [];
    await eachRow(measurement, member, range, budget, (time, row, all) => {
      if (fields.every((field) => (all[field]?.[row] ?? null) === null)) return false;
      const read = ({ field }: { field: string }) => all[field]?.[row] ?? null;
      own.push([time, ...columns.map(({ expression }) => evaluate(expression, read))]);
      if (descending && own.length >= 2 * most + 1_000) own = own.slice(-most);
      else if (own.length > budget.rows && own.length < most) budget.answer(own.length);
      return !descending && own.length >= most;
    });
    for (const row of own) rows.push(row);
  }
  if (members.length > 1) rows.sort((a, b) => (a[0] as number) - (b[0] as number));
  return descending ? rows.reverse() : rows;
}

async function calledRows(
  asked: Select,
  measurement: Measurement,
  members: readonly Member[],
  budget: Budget,
): Promise<Value[][]> {
  const { columns, descending, range } = asked;
  const calls = columns.flatMap(({ expression }) => callsIn(expression));
  const answers = new Map<Call, ReadonlyMap<number, Value>>();
  const times = new Set<number>();
  for (const [call, points] of await answersOf(asked, calls, measurement, members, budget)) {
    answers.set(call, new Map(points.map(({ time, value }) => [time, value])));
    for (const { time } of points) times.add(time);
  }
  // A function that says nothing here, beside one that does: a number fills it, too.
  const missing = typeof asked.fill === 'number' && asked.buckets !== undefined ? asked.fill : null;
  const [only] = calls;
  const pickedAt = asked.buckets === undefined && isAlone(calls);
  const order = [...times].sort((a, b) => (descending ? b - a : a - b));
  return order.map((time) => [
    asked.buckets !== undefined || pickedAt || isOnReadings(only as Call)
      ? time
      : range.hasStart && only?.aggregate !== 'integral'
        ? range.shown
        : 0,
    ...columns.map(({ expression }) =>
      evaluate(expression, (one) => (one.kind === 'call' ? (answers.get(one)?.get(time) ?? missing) : null)),
    ),
  ]);
}

const isSelector = ({ aggregate, transform }: Call): boolean =>
  transform === undefined && (selectors as readonly string[]).includes(aggregate ?? '');

async function answersOf(
  asked: Select,
  calls: readonly Call[],
  measurement: Measurement,
  members: readonly Member[],
  budget: Budget,
): Promise<[Call, Point[]][]> {
  const { range, fill, descending, zone } = asked;
  const buckets = asked.buckets === undefined ? undefined : new Buckets(asked.buckets, zone);
  const every = buckets?.every ?? 0;
  if (buckets !== undefined && (range.end - range.start) / every > budget.rows) budget.answer(Number.POSITIVE_INFINITY);
  // A step into the first bucket begins in the one before it.
  const from = (call: Call) => range.start - (call.transform !== undefined && call.aggregate !== undefined ? every : 0);
  const gatherers = calls.map((call) => gatherer(call, buckets));
  const period = { start: Math.min(...calls.map(from)), end: range.end };
  for (const member of members)
    await eachRow(measurement, member, period, budget, (time, row, fields) => {
      for (const [index, call] of calls.entries()) {
        const value = fields[call.field]?.[row] ?? null;
        if (value !== null && time >= from(call)) gatherers[index]?.add(time, value);
      }
      return false;
    });
  return calls.map((call, index) => {
    const { points, known } = (gatherers[index] as Gatherer).end();
    if (points !== undefined) return [call, stepped(points, call, undefined)];
    if (known.size === 0) return [call, []];
    if (buckets === undefined || call.aggregate === 'integral')
      return [
        call,
        [...known].map(([time, { time: picked, value }]) => ({
          time: isAlone(calls) ? (picked ?? time) : time,
          value,
        })),
      ];
    const starts = buckets.startsIn({ start: from(call), end: range.end });
    if (descending) starts.reverse();
    const values = new Map([...known].map(([start, { value }]) => [start, value]));
    const whole =
      call.aggregate === 'count' || (measurement.fields[call.field] === 'integer' && call.aggregate !== 'mean');
    const all = filled(values, starts, { fill, count: call.aggregate === 'count', whole });
    return [call, call.transform === undefined ? all : stepped(all, call, every)];
  });
}

/** The reading that is picked gives the row its time, where nothing else is asked for. */
const isAlone = (calls: readonly Call[]): boolean =>
  calls.every(isSelector) && new Set(calls.map(({ aggregate, field }) => `${aggregate} ${field}`)).size === 1;

type Gathered = { points?: Point[]; known: Map<number, { time?: number; value: Value }> };
type Gatherer = { add(time: number, value: number | string): void; end(): Gathered };

function gatherer(call: Call, buckets: Buckets | undefined): Gatherer {
  if (isOnReadings(call)) {
    const points: Point[] = [];
    return { add: (time, value) => points.push({ time, value }), end: () => ({ points, known: new Map() }) };
  }
  if (call.aggregate === 'integral') {
    const area = new Area(call.unit ?? second, buckets);
    const known = () => new Map([...area.end()].map(([start, value]) => [start, { value }]));
    return { add: (time, value) => area.add(time, value as number), end: () => ({ known: known() }) };
  }
  const found = new Map<number, Statistics>();
  let bucket: Period = { start: 0, end: buckets === undefined ? Number.POSITIVE_INFINITY : 0 };
  let current: Statistics | undefined;
  return {
    add(time, value) {
      if (current === undefined || time >= bucket.end || time < bucket.start) {
        bucket = buckets?.of(time) ?? bucket;
        current = found.get(bucket.start) ?? new Statistics();
        found.set(bucket.start, current);
      }
      current.add(time, value);
    },
    end: () => ({
      known: new Map([...found].map(([start, one]) => [start, one.answer(call.aggregate ?? 'count')])),
    }),
  };
}

function evaluate(expression: Expression, read: (part: Extract<Expression, { field: string }>) => Value): Value {
  if (expression.kind === 'number') return expression.value;
  if (expression.kind !== 'operation') return read(expression);
  const [left, right] = [evaluate(expression.left, read), evaluate(expression.right, read)];
  if (typeof left !== 'number' || typeof right !== 'number') return null;
  if (expression.sign === '+') return left + right;
  if (expression.sign === '-') return left - right;
  return expression.sign === '*' ? left * right : left / right;
}
