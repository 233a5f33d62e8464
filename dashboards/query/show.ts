// Owns what SHOW answers: the measurements, tags and fields that there are.

import { decide } from './condition.ts';
import type { Measurement } from './measurements.ts';
import type { Series } from './select.ts';
import type { Show } from './statement.ts';

const everything = { start: 0, end: Number.MAX_SAFE_INTEGER };

export async function show(asked: Show, database: string, all: readonly Measurement[]): Promise<Series[]> {
  const { what, limit, offset } = asked;
  const cut = <T>(list: readonly T[]): T[] => list.slice(offset, offset + limit);
  if (what === 'databases') return [{ name: 'databases', columns: ['name'], values: [[database]] }];
  if (what === 'retention policies')
    return [
      {
        name: '',
        columns: ['name', 'duration', 'shardGroupDuration', 'replicaN', 'default'],
        values: [['autogen', '0s', '168h0m0s', 1, true]],
      },
    ];
  const chosen: [Measurement, Record<string, string>[]][] = [];
  for (const measurement of all) {
    if (asked.from !== undefined && asked.from !== measurement.name) continue;
    const series = (await measurement.series(everything)).filter((tags) => decide(asked.condition, tags) === true);
    if (series.length > 0) chosen.push([measurement, series]);
  }
  if (what === 'measurements') {
    const names = cut(chosen.filter(([{ name }]) => asked.keys(name)));
    return names.length === 0
      ? []
      : [{ name: 'measurements', columns: ['name'], values: names.map(([{ name }]) => [name]) }];
  }
  const answer = chosen.map(([{ name, tags, fields }, series]): Series => {
    if (what === 'tag keys') return { name, columns: ['tagKey'], values: cut(tags).map((tag) => [tag]) };
    if (what === 'field keys')
      return {
        name,
        columns: ['fieldKey', 'fieldType'],
        values: cut(Object.entries(fields)).map(([field, type]) => [field, type]),
      };
    const values = tags
      .filter((tag) => asked.keys(tag))
      .flatMap((tag) => [...new Set(series.map((own) => own[tag] ?? ''))].sort().map((value) => [tag, value]));
    return { name, columns: ['key', 'value'], values: cut(values) };
  });
  return answer.filter(({ values }) => values.length > 0);
}
