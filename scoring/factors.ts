// Owns emission factors and coefficients: dated data with provenance, the choice among them, and how well the choice fits.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Calendar } from '../core/calendar.ts';
import { type Problem, readYaml, refuseProblems, type YamlFile } from '../core/config/yaml-file.ts';
import { Fault } from '../core/fault.ts';
import { type FactorKind, factorKinds, type Revision } from '../core/ledger.ts';
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { type Figure, leaf } from './figure.ts';

const confidence = z.enum(['SEED', 'FOUND-P', 'FOUND', 'RECALLED', 'DERIVED', 'USER']);
const value = z.number().nonnegative();
const valueWithUnit = z.strictObject({ value, unit: z.string() });
const year = z.int().min(1990).max(2100);

const row = z.strictObject({
  region: z.string().default('CN'),
  carrier: z.string().optional(),
  dataYear: year.optional(),
  from: year.optional().meta({ description: 'The first accounting year in which the factor may be used.' }),
  to: year.optional(),
  value: value.optional(),
  unit: z.string().optional(),
  ncv: valueWithUnit.optional(),
  carbon: valueWithUnit.optional(),
  oxidation: z.number().positive().max(1).optional(),
  ch4: valueWithUnit
    .optional()
    .meta({ description: 'Of burning a fuel, in kg/GJ, or of electricity, in kg/kWh, where the source gives it.' }),
  n2o: valueWithUnit.optional(),
  /** Half the width of the range in which the value lies, in percent, where a source tells it. */
  spread: z.number().nonnegative().max(100).optional(),
  notice: z.string().optional(),
  published: z.iso.date().optional(),
  confidence: confidence.optional(),
});

export const factorFileSchema = z.strictObject({
  schema: z.literal(1),
  id: z.string(),
  kind: z.enum(factorKinds),
  name: z.strictObject({ zh: z.string(), en: z.string() }),
  unit: z.string().optional(),
  publisher: z.string(),
  source: z.string(),
  notice: z.string().optional(),
  published: z.iso.date().optional(),
  confidence,
  rows: z.array(row).min(1),
});

type FactorFile = z.infer<typeof factorFileSchema>;
export type FactorRow = FactorFile['rows'][number] & { file: FactorFile; own: boolean };

const productFolder = fileURLToPath(new URL('factors', import.meta.url));
const loaded = new Map<string, readonly FactorRow[]>();

/** The product's factors and those in the site's folder `factors`: read once, they do not change while it runs. */
export function loadFactors(siteFolder?: string): readonly FactorRow[] {
  const known = loaded.get(siteFolder ?? '');
  if (known !== undefined) return known;
  const own = siteFolder === undefined ? [] : readFactors(join(siteFolder, 'factors'), true);
  const rows = [...own, ...(siteFolder === undefined ? readFactors(productFolder, false) : loadFactors())];
  loaded.set(siteFolder ?? '', rows);
  return rows;
}

function readFactors(folder: string, own: boolean): FactorRow[] {
  if (!existsSync(folder)) return [];
  const problems: Problem[] = [];
  const rows: FactorRow[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.yaml')) continue;
    const file = readYaml(join(folder, name), factorFileSchema);
    problems.push(...file.problems, ...checkRows(file, own));
    rows.push(...rowsIn(file, own));
  }
  if (problems.length > 0) refuseProblems(problems);
  return rows;
}

export const rowsIn = ({ value }: YamlFile<FactorFile>, own: boolean): FactorRow[] =>
  value?.rows.map((one) => ({ ...one, file: value, own })) ?? [];

/** Those of the ledger that count in a year, the newest first; published is the day on which each was entered. */
export function factorsEntered(ledger: readonly Revision[], year: number, calendar: Calendar): FactorRow[] {
  const entered = ledger.flatMap((revision) => {
    const { entry, at, number } = revision;
    return entry.kind === 'factor' ? [{ entry, at, number }] : [];
  });
  const holding = entered.filter(({ entry: { from, to = year } }) => from <= year && year <= to);
  const superseded = new Set(holding.flatMap(({ entry }) => entry.supersedes ?? []));
  return holding
    .filter(({ entry }) => !superseded.has(entry.id))
    .sort((a, b) => b.number - a.number)
    .map(({ entry, at }) => {
      const { id, factor: kind, family, publisher, source, notice, region, from } = entry;
      const { carrier, dataYear, to, value, unit, ncv, carbon, oxidation } = entry;
      const file: FactorFile = {
        schema: 1,
        id: family ?? id,
        kind,
        name: { zh: id, en: id },
        publisher,
        source,
        confidence: 'USER',
        published: calendar.formatDay(at),
        rows: [{ region, from, ...said({ carrier, dataYear, to, value, unit, ncv, carbon, oxidation, notice }) }],
      };
      return { ...(file.rows[0] as FactorFile['rows'][number]), file, own: true };
    });
}

const said = <T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, one]) => one !== undefined)) as never;

/** The files that `loadFactors` reads: what a snapshot keeps. */
export const factorFolders = (siteFolder: string): Record<'site' | 'product', string> => ({
  site: join(siteFolder, 'factors'),
  product: productFolder,
});

/** Two rows that hold in the same year for the same thing would leave the choice to chance. */
function checkRows({ value: file, problemAt }: YamlFile<FactorFile>, own: boolean): Problem[] {
  const rows = file?.rows ?? [];
  return rows.flatMap((one, index) => {
    const twin = rows.findIndex(
      (other, before) =>
        before < index &&
        other.region === one.region &&
        other.carrier === one.carrier &&
        other.dataYear === one.dataYear &&
        other.published === one.published &&
        (other.from ?? 0) <= (one.to ?? 9_999) &&
        (one.from ?? 0) <= (other.to ?? 9_999),
    );
    const overlap = {
      zh: `与第 ${twin + 1} 行适用期重叠：请用 from、to 分开，或给出各自的发布日期`,
      en: `its validity overlaps that of row ${twin + 1}: part them with from and to, or give each its date of publication`,
    };
    const undated = {
      zh: '自定因子须写明 published（登记日期），已关账年份据此不受影响',
      en: "a factor of one's own needs published (the day it was entered), so that closed years stay as they are",
    };
    return [
      ...(twin >= 0 ? [problemAt(['rows', index], overlap)] : []),
      ...(own && one.published === undefined && file?.published === undefined
        ? [problemAt(['rows', index], undated)]
        : []),
    ];
  });
}

/** Where and when a choice is made: a closed year sees only what was published when it was closed. */
export type FactorScope = {
  year: number;
  folder?: string | undefined;
  asOf?: string | undefined;
  /** In place of the files in the folder and the product's own. */
  rows?: readonly FactorRow[] | undefined;
  /** Those of the ledger, which stand before all others. */
  entered?: readonly FactorRow[] | undefined;
};

export type FactorQuery = FactorScope & {
  kind: FactorKind;
  /** The file that the factor must come from: families of fuel defaults and of warming potentials never mix. */
  family?: string | undefined;
  carrier?: string | undefined;
  region?: string | undefined;
  dataYear?: number | 'latest';
};

export type Chosen = { row: FactorRow; fit: Text };

/** Whether there is any factor to choose. */
export const hasFactor = (query: FactorQuery): boolean => candidatesFor(query).length > 0;

/** Never falls back to another region in silence: what was chosen, and why it is not exact, goes with the result. */
export function chooseFactor(query: FactorQuery): Chosen {
  const [best] = candidatesFor(query);
  if (best !== undefined) return { row: best, fit: fitOf(best, query.year) };
  const { kind, family, carrier, region = 'CN', dataYear = 'latest', folder, rows, entered = [] } = query;
  const known = [
    ...new Set(
      [...entered, ...(rows ?? loadFactors(folder))]
        .filter((one) => one.file.kind === kind && (family === undefined || one.file.id === family))
        .map((one) => `${one.carrier ?? one.region}${one.dataYear === undefined ? '' : ` ${one.dataYear}`}`),
    ),
  ].join(', ');
  const wanted = [kind, family, carrier, region, dataYear].filter((word) => word !== undefined).join(' ');
  throw new Fault('factor_unknown', {
    zh: `没有排放因子 ${wanted}；已有：${known}`,
    en: `there is no factor ${wanted}; there are: ${known}`,
  });
}

const publishedOf = ({ published, file }: FactorRow): string => published ?? file.published ?? '';

/** The plant's own before the product's, then the newest data year, then the newest publication. */
function candidatesFor({
  kind,
  family,
  carrier,
  region = 'CN',
  dataYear = 'latest',
  year: accounting,
  folder,
  asOf = '9999',
  rows = loadFactors(folder),
  entered = [],
}: FactorQuery): FactorRow[] {
  return [...entered, ...rows]
    .filter((one) => one.file.kind === kind && one.carrier === carrier && one.region === region)
    .filter(({ file }) => family === undefined || file.id === family)
    .filter(({ from = 0, to = 9_999 }) => from <= accounting && accounting <= to)
    .filter((one) => publishedOf(one) <= asOf)
    .filter(
      (one) =>
        one.dataYear === undefined || (dataYear === 'latest' ? one.dataYear <= accounting : one.dataYear === dataYear),
    )
    .sort(
      (a, b) =>
        Number(b.own) - Number(a.own) ||
        (b.dataYear ?? 0) - (a.dataYear ?? 0) ||
        (publishedOf(a) < publishedOf(b) ? 1 : publishedOf(a) > publishedOf(b) ? -1 : 0),
    );
}

function fitOf({ dataYear, own }: FactorRow, accounting: number): Text {
  if (dataYear === undefined)
    return own
      ? { zh: '用户自定因子', en: "the plant's own factor" }
      : { zh: '标准缺省值，不分年度', en: 'a default of the standard, not of a year' };
  if (dataYear === accounting) return { zh: '数据年与核算年一致', en: 'of the accounting year' };
  return { zh: `数据年 ${dataYear}，用于 ${accounting} 年`, en: `data year ${dataYear}, used for ${accounting}` };
}

export function factorFigure(
  id: string,
  name: Text,
  { row: chosen, fit }: Chosen,
  part?: 'ncv' | 'carbon' | 'oxidation' | 'ch4' | 'n2o',
): Figure {
  const { file } = chosen;
  const [number, unit] =
    part === undefined
      ? [chosen.value, chosen.unit ?? file.unit]
      : part === 'oxidation'
        ? [chosen.oxidation, '1']
        : [chosen[part]?.value, chosen[part]?.unit];
  if (number === undefined || unit === undefined)
    throw new Fault('factor_incomplete', {
      zh: `${file.id} 缺少 ${part ?? 'value'}`,
      en: `${file.id} lacks ${part ?? 'value'}`,
    });
  return leaf({ id, name, unit }, Rational.fromDecimal(number), {
    factor: {
      factor: [file.id, chosen.carrier, part].filter((word) => word !== undefined).join('.'),
      region: chosen.region,
      dataYear: chosen.dataYear ?? null,
      publisher: file.publisher,
      notice: chosen.notice ?? file.notice ?? '',
      source: file.source,
      confidence: chosen.confidence ?? file.confidence,
      fit,
      ...(chosen.spread === undefined ? {} : { spread: chosen.spread }),
    },
  });
}
