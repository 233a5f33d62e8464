// Owns what a SELECT may ask of a measurement: names that exist, functions that fit together, buckets that have a beginning.
import { Fault } from '../../core/fault.ts';
import type { Measurement } from './measurements.ts';
import { type Call, callsIn, fieldsIn, namesIn, type Select } from './statement.ts';

export const invalid = (zh: string, en: string): Fault => new Fault('query_invalid', { zh, en });

/** What is said of names and functions, before anything is read. */
export function check({ columns, condition, by, buckets, range, descending }: Select, measurement: Measurement): void {
  const fields = Object.keys(measurement.fields);
  const known = [...fields, ...measurement.tags];
  const demand = (name: string, among: readonly string[]) => {
    if (among.includes(name)) return;
    throw invalid(
      `${measurement.name} 中没有 ${name}；此处可用：${among.join(' ')}`,
      `${measurement.name} has no ${name}; there are ${among.join(', ')}`,
    );
  };
  for (const { expression } of columns) for (const field of fieldsIn(expression)) demand(field, fields);
  for (const name of namesIn(condition)) demand(name, known);
  for (const name of by) demand(name, measurement.tags);
  const calls = columns.flatMap(({ expression }) => callsIn(expression));
  const bare = columns.filter(({ expression }) => callsIn(expression).length === 0);
  if (bare.some(({ expression }) => fieldsIn(expression).length === 0))
    throw invalid('每一列都要有字段', 'each column must have a field');
  if (calls.length > 0 && bare.length > 0)
    throw invalid('汇总函数与原始字段不能混用', 'mixing aggregate and non-aggregate queries is not supported');
  for (const { field, aggregate, transform } of calls) {
    if (
      measurement.fields[field] === 'string' &&
      (transform !== undefined || !['count', 'first', 'last'].includes(aggregate ?? ''))
    )
      throw invalid(`${field} 是文字，不能汇总`, `${field} is text: only count, first and last take it`);
    if (aggregate === 'integral' && measurement.fields[field] !== 'float')
      throw invalid(`${field} 不能积分`, `integral() takes no ${field}: it is no quantity over time`);
    if (transform !== undefined && aggregate === undefined && buckets !== undefined)
      throw invalid(
        `${transform}() 与 GROUP BY time 一起用时，里面要有汇总函数`,
        `aggregate function required inside the call to ${transform}`,
      );
    if (transform !== undefined && descending)
      throw invalid(
        `${transform}() 不能与 ORDER BY time DESC 一起用`,
        `${transform}() cannot be used with ORDER BY time DESC`,
      );
  }
  const onReadings = calls.filter(isOnReadings).length;
  if (onReadings > 0 && onReadings < calls.length)
    throw invalid('对原始读数的函数不能与汇总函数混用', 'functions over readings cannot be mixed with aggregates');
  if (buckets === undefined && calls.length > 1 && calls.some(({ aggregate }) => aggregate === 'integral'))
    throw invalid('integral() 请单独查询', 'ask integral() by itself: it has a time of its own');
  if (buckets !== undefined && calls.length === 0)
    throw invalid('GROUP BY time 需要汇总函数', 'GROUP BY requires at least one aggregate function');
  if (buckets !== undefined && !range.hasStart)
    throw invalid('GROUP BY time 需要 WHERE time >= …', 'GROUP BY time needs a beginning: WHERE time >= …');
}

export const isOnReadings = ({ transform, aggregate }: Call): boolean =>
  transform !== undefined && aggregate === undefined;
