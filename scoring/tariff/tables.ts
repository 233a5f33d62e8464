// Owns the tables of notices and of holidays: read once they are sound, with each mistake at its place.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Problem, readYaml, refuseProblems, type YamlFile } from '../../core/config/yaml-file.ts';
import { bands } from './bands.ts';
import { bandsOfDay } from './calendar.ts';
import { type HolidayYear, holidayFileSchema, type TariffTable, tariffTableSchema } from './schema.ts';

const tablesFolder = fileURLToPath(new URL('tables', import.meta.url));
const holidayFile = fileURLToPath(new URL('holidays.yaml', import.meta.url));

/** The product's tables, and the plant's own in its folder `tariffs`. */
export function loadTables(siteFolder?: string): TariffTable[] {
  const folders = [tablesFolder, ...(siteFolder === undefined ? [] : [join(siteFolder, 'tariffs')])];
  const files = folders
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readYaml(name, tariffTableSchema));
  const problems = files.flatMap((file) => [...file.problems, ...checkSeasons(file)]);
  if (problems.length > 0) refuseProblems(problems);
  return files.flatMap(({ value }) => value ?? []);
}

export function loadHolidays(): HolidayYear[] {
  const { value, problems } = readYaml(holidayFile, holidayFileSchema);
  if (value === undefined) refuseProblems(problems);
  return value.years;
}

/** Each month is in one season, peak and valley never meet, and a day's hours are as many as the source counts. */
function checkSeasons({ value: table, problemAt }: YamlFile<TariffTable>): Problem[] {
  if (table === undefined) return [];
  const problems: Problem[] = [];
  const refuse = (path: PropertyKey[], zh: string, en: string) => problems.push(problemAt(path, { zh, en }));
  for (let month = 1; month <= 12; month++) {
    const count = table.seasons.filter(({ months }) => months.includes(month)).length;
    if (count !== 1)
      refuse(
        ['seasons'],
        `${month} 月应在且只在一个季节中`,
        `month ${month} must be in one season, and is in ${count}`,
      );
  }
  for (const [index, { hours, counts, months }] of table.seasons.entries()) {
    const meets = hours.peak?.some((high) => hours.valley?.some((low) => high.from < low.to && low.from < high.to));
    if (meets === true) refuse(['seasons', index, 'hours'], '高峰与低谷重叠', 'peak and valley overlap');
    if (counts === undefined) continue;
    const date = { year: 2025, month: months[0] ?? 1, day: 10 };
    const rules = { table: { ...table, exceptions: [] }, who: undefined, sharpDays: new Set<string>() };
    const day = bandsOfDay(rules, { days: new Map(), years: new Set() }, date);
    for (const band of bands) {
      const found = day.filter((one) => one === band).length / 2;
      if (found !== (counts[band] ?? 0))
        refuse(
          ['seasons', index, 'counts'],
          `${band} 为 ${found} 小时，而来源写 ${counts[band] ?? 0} 小时`,
          `${band} has ${found} hours, and the source counts ${counts[band] ?? 0}`,
        );
    }
  }
  return problems;
}
