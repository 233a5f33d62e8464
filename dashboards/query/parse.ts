// Owns the reading of InfluxQL: the part of it that only reads, by recursive descent; everything else is refused at its place.
import { isTimeZone } from '../../core/calendar.ts';
import { readColumns } from './columns.ts';
import { Reader } from './reader.ts';
import { callsIn, type Fill, type Select, type Show, type Statement } from './statement.ts';
import { unquoted } from './tokens.ts';
import { readCompared, readWhere } from './where.ts';

export function parse(text: string, now: number): Statement[] {
  const reader = new Reader(text, now);
  const found: Statement[] = [];
  while (!reader.isEnd()) {
    if (reader.take(';')) continue;
    found.push(statement(reader));
    if (!reader.isEnd()) reader.expect(';');
  }
  if (found.length === 0) throw reader.wrong('缺少语句', 'there is no statement');
  return found;
}

function statement(reader: Reader): Statement {
  if (reader.word('SELECT')) return select(reader);
  if (reader.word('SHOW')) return show(reader);
  throw reader.wrong(
    '只接受 SELECT 与 SHOW：此接口只读',
    `found ${reader.here.text}, expected SELECT, SHOW; this endpoint only reads`,
  );
}

function select(reader: Reader): Select {
  const columns = readColumns(reader);
  reader.expectWord('FROM');
  const from = measurement(reader);
  const { condition, rangeOf } = readWhere(reader);
  const grouped = groupBy(reader);
  const filled = fill(reader);
  const descending = orderBy(reader);
  const [limit, offset] = limits(reader, 'LIMIT', 'OFFSET');
  const [seriesLimit, seriesOffset] = limits(reader, 'SLIMIT', 'SOFFSET');
  const zoned = zone(reader);
  const hasCalls = columns.some(({ expression }) => callsIn(expression).length > 0);
  if (filled !== undefined && !hasCalls)
    throw reader.wrong('fill() 只用于汇总函数', 'fill() must be used with a function');
  return {
    kind: 'select',
    columns,
    from,
    condition,
    // Buckets end now where nobody says when: the future would be empty ones.
    range: rangeOf(grouped.buckets !== undefined),
    ...grouped,
    fill: filled ?? 'null',
    descending,
    limit,
    offset,
    seriesLimit,
    seriesOffset,
    zone: zoned,
  };
}

/** The last name counts: "database"."policy"."measurement". */
function measurement(reader: Reader): string {
  let name = reader.name();
  while (reader.take('.')) name = reader.here.text === '.' ? name : reader.name();
  return name;
}

function groupBy(reader: Reader): Pick<Select, 'buckets' | 'by' | 'byAll'> {
  const grouped: Pick<Select, 'buckets' | 'by' | 'byAll'> = { buckets: undefined, by: [], byAll: false };
  if (!reader.word('GROUP')) return grouped;
  reader.expectWord('BY');
  do {
    if (reader.take('*')) grouped.byAll = true;
    else {
      const { kind } = reader.here;
      const name = reader.name();
      if (kind === 'name' && name.toLowerCase() === 'time' && reader.take('(')) grouped.buckets = buckets(reader);
      else grouped.by.push(name);
    }
  } while (reader.take(','));
  return grouped;
}

function buckets(reader: Reader): NonNullable<Select['buckets']> {
  const { at } = reader.here;
  const every = reader.duration();
  const negative = reader.take(',') ? reader.take('-') : undefined;
  const offset = negative === undefined ? 0 : (negative ? -1 : 1) * reader.duration();
  reader.expect(')');
  if (every < 1) throw reader.refuse(at, '时间桶至少为 1ms', 'a bucket of time is at least 1ms');
  return { every, offset };
}

function fill(reader: Reader): Fill | undefined {
  if (!reader.word('FILL')) return undefined;
  reader.expect('(');
  const negative = reader.take('-');
  const { kind, text, at } = reader.next();
  reader.expect(')');
  if (kind === 'number') return (negative ? -1 : 1) * Number(text);
  const word = text.toLowerCase();
  if (!negative && (word === 'null' || word === 'none' || word === 'previous' || word === 'linear')) return word;
  throw reader.refuse(
    at,
    'fill() 可用 null、none、previous、linear 或数字',
    'fill() takes null, none, previous, linear or a number',
  );
}

function orderBy(reader: Reader): boolean {
  if (!reader.word('ORDER')) return false;
  reader.expectWord('BY');
  reader.expectWord('TIME');
  return reader.word('DESC') || (reader.word('ASC') && false);
}

function limits(reader: Reader, first: string, second: string): [limit: number, offset: number] {
  const limit = reader.word(first) ? reader.count() : 0;
  const offset = reader.word(second) ? reader.count() : 0;
  return [limit === 0 ? Number.POSITIVE_INFINITY : limit, offset];
}

function zone(reader: Reader): string {
  if (!reader.word('TZ')) return 'UTC';
  reader.expect('(');
  const { text, at } = reader.of('string');
  reader.expect(')');
  const zone = unquoted(text);
  if (isTimeZone(zone)) return zone;
  throw reader.refuse(at, `没有时区 ${zone}`, `unable to find time zone ${zone}`);
}

function show(reader: Reader): Show {
  const { at } = reader.here;
  const what = shown(reader);
  const asked: Show = {
    kind: 'show',
    what,
    from: undefined,
    keys: () => true,
    condition: undefined,
    limit: Number.POSITIVE_INFINITY,
    offset: 0,
  };
  if (reader.word('ON')) reader.name();
  if (reader.word('FROM')) asked.from = measurement(reader);
  if (reader.word('WITH')) {
    reader.expectWord(what === 'measurements' ? 'MEASUREMENT' : 'KEY');
    asked.keys = keys(reader);
  } else if (what === 'tag values')
    throw reader.wrong('SHOW TAG VALUES 需要 WITH KEY = "…"', `found ${reader.here.text}, expected WITH KEY`);
  asked.condition = readWhere(reader).condition;
  [asked.limit, asked.offset] = limits(reader, 'LIMIT', 'OFFSET');
  if ((what === 'databases' || what === 'retention policies') && asked.condition !== undefined)
    throw reader.refuse(at, '此处不能用 WHERE', 'WHERE cannot be used here');
  return asked;
}

function shown(reader: Reader): Show['what'] {
  if (reader.word('DATABASES')) return 'databases';
  if (reader.word('MEASUREMENTS')) return 'measurements';
  if (reader.word('FIELD')) {
    reader.expectWord('KEYS');
    return 'field keys';
  }
  if (reader.word('RETENTION')) {
    reader.expectWord('POLICIES');
    return 'retention policies';
  }
  reader.expectWord('TAG');
  if (reader.word('KEYS')) return 'tag keys';
  reader.expectWord('VALUES');
  return 'tag values';
}

/** Behind WITH KEY: = "a", IN ("a", "b"), =~ /…/, and their opposites. */
function keys(reader: Reader): (key: string) => boolean {
  if (reader.word('IN')) {
    reader.expect('(');
    const keys: string[] = [];
    do keys.push(reader.name());
    while (reader.take(','));
    reader.expect(')');
    return (key) => keys.includes(key);
  }
  const { text: sign, at } = reader.next();
  if (sign === '=~' || sign === '!~') {
    const { value } = readCompared(reader, sign);
    return (key) => (value as RegExp).test(key) === (sign === '=~');
  }
  if (sign !== '=' && sign !== '!=')
    throw reader.refuse(at, '此处应为 =、!=、=~、!~ 或 IN', `found ${sign}, expected =, !=, =~, !~, IN`);
  const name = reader.name();
  return (key) => (key === name) === (sign === '=');
}
