// Owns the reading of what a SELECT asks for: fields, functions, and their multiples.
import type { Fault } from '../../core/fault.ts';
import type { Reader } from './reader.ts';
import {
  type Aggregate,
  aggregates,
  type Call,
  type Expression,
  isOneOf,
  type Select,
  transforms,
} from './statement.ts';

export function readColumns(reader: Reader): Select['columns'] {
  const columns: Select['columns'] = [];
  const used = new Map<string, number>();
  do {
    if (reader.here.text === '*') throw reader.wrong('请列出字段名，不支持 *', 'name the fields: * is not supported');
    const expression = sum(reader);
    const alias = reader.word('AS') ? reader.name() : undefined;
    const name = alias ?? nameOf(expression);
    const before = used.get(name) ?? 0;
    used.set(name, before + 1);
    columns.push({ expression, name: before === 0 || alias !== undefined ? name : `${name}_${before}` });
  } while (reader.take(','));
  return columns;
}

function sum(reader: Reader): Expression {
  let left = product(reader);
  while (reader.here.text === '+' || reader.here.text === '-') {
    const { text: sign, at } = reader.next();
    left = operation(reader, sign as '+', left, product(reader), at);
  }
  return left;
}

function product(reader: Reader): Expression {
  let left = factor(reader);
  while (reader.here.text === '*' || reader.here.text === '/') {
    const { text: sign, at } = reader.next();
    left = operation(reader, sign as '*', left, factor(reader), at);
  }
  return left;
}

function operation(
  reader: Reader,
  sign: '+' | '-' | '*' | '/',
  left: Expression,
  right: Expression,
  at: number,
): Expression {
  if (left.kind !== 'number' && right.kind !== 'number')
    throw reader.refuse(at, '运算的一侧必须是数字', 'one side of an operation must be a number');
  if (sign === '/' && (right.kind !== 'number' || right.value === 0))
    throw reader.refuse(at, '只能除以非零数字', 'divide by a number that is not 0');
  return { kind: 'operation', sign, left, right };
}

function factor(reader: Reader): Expression {
  if (reader.take('(')) {
    const inner = sum(reader);
    reader.expect(')');
    return inner;
  }
  const negative = reader.take('-');
  if (reader.here.kind === 'number') return { kind: 'number', value: (negative ? -1 : 1) * Number(reader.next().text) };
  if (negative) throw reader.wrong('此处应为数字', `found ${reader.here.text}, expected number`);
  const { kind, at } = reader.here;
  const name = reader.name();
  return kind === 'name' && reader.take('(') ? call(reader, name.toLowerCase(), at) : { kind: 'field', field: name };
}

/** Behind the opening parenthesis. */
function call(reader: Reader, name: string, at: number): Call {
  const unknown = () =>
    reader.refuse(
      at,
      `没有函数 ${name}()；可用：${[...aggregates, ...transforms].join(' ')}`,
      `undefined function ${name}(); there are ${[...aggregates, ...transforms].join(', ')}`,
    );
  if (isOneOf(transforms, name)) {
    const inner = reader.name();
    const aggregate = reader.take('(') ? innerAggregate(reader, inner.toLowerCase(), unknown) : undefined;
    const call = ended(reader, name === 'derivative', aggregate?.field ?? inner);
    return { ...call, transform: name, aggregate: aggregate?.name };
  }
  if (!isOneOf(aggregates, name)) throw unknown();
  return { ...ended(reader, name === 'integral', reader.name()), transform: undefined, aggregate: name };
}

function innerAggregate(reader: Reader, name: string, unknown: () => Fault): { name: Aggregate; field: string } {
  if (!isOneOf(aggregates, name) || name === 'integral') throw unknown();
  const field = reader.name();
  reader.expect(')');
  return { name, field };
}

function ended(
  reader: Reader,
  hasUnit: boolean,
  field: string,
): { kind: 'call'; field: string; unit: number | undefined } {
  const unit = hasUnit && reader.take(',') ? reader.duration() : undefined;
  reader.expect(')');
  return { kind: 'call', field, unit };
}

/** What a column is called without AS: by its outermost function, or by its fields. */
function nameOf(expression: Expression): string {
  if (expression.kind === 'call') return expression.transform ?? expression.aggregate ?? '';
  if (expression.kind === 'field') return expression.field;
  if (expression.kind === 'number') return '';
  return [nameOf(expression.left), nameOf(expression.right)].filter((name) => name !== '').join('_');
}
