// Owns conditions: first what the tags of a series decide, then what is left for each of its rows.
import type { Rows, Tags, Value } from './measurements.ts';
import type { Comparison, Condition } from './statement.ts';

/** True or false where the tags decide; otherwise what the fields must still say. */
export function decide(condition: Condition | undefined, tags: Tags): boolean | Condition {
  if (condition === undefined) return true;
  if (condition.kind === 'compare')
    return Object.hasOwn(tags, condition.name) ? compare(tags[condition.name] ?? '', condition) : condition;
  const settles = condition.kind === 'or';
  const parts: Condition[] = [];
  for (const part of condition.parts) {
    const decided = decide(part, tags);
    if (decided === settles) return settles;
    if (typeof decided !== 'boolean') parts.push(decided);
  }
  if (parts.length === 0) return !settles;
  return parts.length === 1 ? (parts[0] as Condition) : { kind: condition.kind, parts };
}

export function holds(condition: Condition, fields: Rows['fields'], row: number): boolean {
  if (condition.kind === 'compare') return compare(fields[condition.name]?.[row] ?? null, condition);
  const isTrue = (part: Condition) => holds(part, fields, row);
  return condition.kind === 'and' ? condition.parts.every(isTrue) : condition.parts.some(isTrue);
}

/** What is missing is neither equal to anything nor different from it. */
function compare(left: Value, { sign, value }: Comparison): boolean {
  if (left === null) return false;
  if (value instanceof RegExp) return typeof left === 'string' && value.test(left) === (sign === '=~');
  if (typeof left !== typeof value) return false;
  if (sign === '=') return left === value;
  if (sign === '!=') return left !== value;
  if (typeof left === 'string') return false;
  const right = value as number;
  if (sign === '<') return left < right;
  if (sign === '<=') return left <= right;
  return sign === '>' ? left > right : left >= right;
}
