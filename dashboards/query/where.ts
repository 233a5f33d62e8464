// Owns the reading of conditions: which tags and fields, and which stretch of time.
import { Calendar, isTimeZone } from '../../core/calendar.ts';
import type { Reader } from './reader.ts';
import type { Comparison, Condition, Range } from './statement.ts';
import { durationOf, patternOf, type Token, unquoted } from './tokens.ts';

/** A statement's bounds in nanoseconds, as InfluxQL counts; what is stored is whole milliseconds. */
type Bounds = { from?: bigint; to?: bigint };
type Parsed = Condition | { kind: 'time'; sign: string; value: bigint; at: number } | { kind: 'both'; parts: Parsed[] };

const endOfTime = 9_223_372_036_854;
const million = 1_000_000n;
const signs = ['=', '!=', '<>', '<', '<=', '>', '>=', '=~', '!~'];

/** Behind WHERE, or without it. `untilNow`: what has no end ends now. */
export function readWhere(reader: Reader): { condition: Condition | undefined; rangeOf(untilNow: boolean): Range } {
  const bounds: Bounds = {};
  const condition = reader.word('WHERE') ? withoutTime(reader, either(reader), bounds) : undefined;
  return { condition, rangeOf: (untilNow) => rangeOf(reader, bounds, untilNow) };
}

function either(reader: Reader): Parsed {
  const parts = [all(reader)];
  while (reader.word('OR')) parts.push(all(reader));
  if (parts.length === 1) return parts[0] as Parsed;
  const timed = parts.map(timeIn).find((one) => one !== undefined);
  if (timed !== undefined)
    throw reader.refuse(timed, '时间条件不能用 OR 连接', 'a condition on time cannot be joined by OR');
  return { kind: 'or', parts: parts.flatMap((part) => withoutTime(reader, part, {}) ?? []) };
}

function all(reader: Reader): Parsed {
  const parts = [comparison(reader)];
  while (reader.word('AND')) parts.push(comparison(reader));
  return parts.length === 1 ? (parts[0] as Parsed) : { kind: 'both', parts };
}

function comparison(reader: Reader): Parsed {
  if (reader.take('(')) {
    const inner = either(reader);
    reader.expect(')');
    return inner;
  }
  const { at, kind } = reader.here;
  const name = reader.name();
  const sign = reader.next();
  if (!signs.includes(sign.text))
    throw reader.refuse(sign.at, '此处应为比较符', `found ${sign.text}, expected ${signs.join(', ')}`);
  if (kind === 'name' && name.toLowerCase() === 'time')
    return { kind: 'time', sign: sign.text, value: moment(reader), at };
  return { kind: 'compare', name, ...readCompared(reader, sign.text === '<>' ? '!=' : sign.text) };
}

export function readCompared(reader: Reader, sign: string): Pick<Comparison, 'sign' | 'value'> {
  const token = reader.next();
  const isPattern = sign === '=~' || sign === '!~';
  if (isPattern && token.kind === 'pattern') {
    const value = patternOf(token.text.slice(1, -1).replaceAll('\\/', '/'));
    if (value !== undefined) return { sign, value };
    throw reader.refuse(
      token.at,
      '不支持这个正则表达式：最多三处重复，括号后不能重复，不支持 (?…) 与反向引用',
      'this pattern is not supported: at most three repeats, none behind a parenthesis, no (?…) and no references back',
    );
  }
  if (!isPattern && token.kind === 'string' && (sign === '=' || sign === '!='))
    return { sign, value: unquoted(token.text) };
  if (!isPattern && token.kind === 'number') return { sign: sign as '=', value: Number(token.text) };
  if (!isPattern && token.text === '-' && reader.here.kind === 'number')
    return { sign: sign as '=', value: -Number(reader.next().text) };
  throw reader.refuse(
    token.at,
    `${sign} 之后应为${isPattern ? '正则表达式 /…/' : "数字或（用于 = 和 !=）字符串 '…'"}`,
    `found ${token.text}, expected ${isPattern ? 'a pattern /…/' : "a number, or behind = and != a string '…'"}`,
  );
}

/** A literal, or now(), with durations added or taken away. A date is read later, when the zone is known. */
function moment(reader: Reader): bigint {
  let sum = instant(reader);
  while (reader.here.text === '+' || reader.here.text === '-') {
    const isPlus = reader.next().text === '+';
    const span = BigInt(durationOf(reader.of('duration').text));
    sum += isPlus ? span : -span;
  }
  return sum;
}

function instant(reader: Reader): bigint {
  const token = reader.next();
  if (token.kind === 'duration') return durationOf(token.text);
  if (token.kind === 'number' && /^\d+$/.test(token.text)) return BigInt(token.text);
  if (token.kind === 'string') return dateOf(reader, token);
  if (token.text.toLowerCase() === 'now') {
    reader.expect('(');
    reader.expect(')');
    return BigInt(reader.now) * million;
  }
  throw reader.refuse(
    token.at,
    '此处应为时间：1735660800000ms、now() - 1h 或 2025-01-01T00:00:00Z',
    `found ${token.text}, expected a time: 1735660800000ms, now() - 1h, '2025-01-01T00:00:00Z'`,
  );
}

function dateOf(reader: Reader, { text, at }: Token): bigint {
  const [, date, clock = '00:00:00', zone] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?))?(Z|[+-]\d{2}:\d{2})?$/.exec(unquoted(text)) ?? [];
  const wall = Date.parse(`${date}T${clock}${zone ?? 'Z'}`);
  if (Number.isNaN(wall)) throw reader.refuse(at, `${text} 不是日期时间`, `${text} is no date: '2025-01-01 00:00:00'`);
  if (zone !== undefined) return BigInt(wall) * million;
  // As the plant's clock shows it, where the statement ends with tz('…').
  const named = /\btz\(\s*'([^']+)'\s*\)/i.exec(reader.text)?.[1];
  if (named === undefined || !isTimeZone(named)) return BigInt(wall) * million;
  const calendar = new Calendar(named);
  return BigInt(calendar.instantsOf(wall)[0] ?? wall - calendar.offsetAt(wall)) * million;
}

/** What remains when the conditions on time have gone into the bounds. */
function withoutTime(reader: Reader, parsed: Parsed, bounds: Bounds): Condition | undefined {
  if (parsed.kind === 'time') {
    bound(reader, parsed, bounds);
    return undefined;
  }
  if (parsed.kind !== 'both') return parsed;
  const parts = parsed.parts.flatMap((part) => withoutTime(reader, part, bounds) ?? []);
  return parts.length < 2 ? parts[0] : { kind: 'and', parts };
}

function bound(reader: Reader, { sign, value, at }: Extract<Parsed, { kind: 'time' }>, bounds: Bounds): void {
  const from = sign === '>' ? value + 1n : sign === '>=' || sign === '=' ? value : undefined;
  const to = sign === '<' ? value : sign === '<=' || sign === '=' ? value + 1n : undefined;
  if (from === undefined && to === undefined)
    throw reader.refuse(at, `时间不能用 ${sign} 比较`, `time cannot be compared by ${sign}`);
  if (from !== undefined && (bounds.from === undefined || from > bounds.from)) bounds.from = from;
  if (to !== undefined && (bounds.to === undefined || to < bounds.to)) bounds.to = to;
}

function rangeOf(reader: Reader, { from, to }: Bounds, untilNow: boolean): Range {
  const start = from ?? 0n;
  const end = to ?? (untilNow ? BigInt(reader.now) * million + 1n : BigInt(endOfTime) * million);
  const up = (time: bigint) => Number((time + million - 1n) / million);
  return { start: up(start), end: up(end), shown: Number(start / million), hasStart: from !== undefined };
}

function timeIn(parsed: Parsed): number | undefined {
  if (parsed.kind === 'time') return parsed.at;
  return parsed.kind === 'both' ? parsed.parts.map(timeIn).find((at) => at !== undefined) : undefined;
}
