// Owns emission factors and coefficients: dated data with provenance, the choice among them, and how well the choice fits.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Problem, readYaml, refuseProblems } from '../core/config/yaml-file.ts';
import { Fault } from '../core/fault.ts';
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { type Figure, leaf } from './figure.ts';

const confidence = z.enum(['SEED', 'FOUND-P', 'FOUND', 'RECALLED', 'DERIVED', 'USER']);
const value = z.number().nonnegative();
const valueWithUnit = z.strictObject({ value, unit: z.string() });

const row = z.strictObject({
  region: z.string().default('CN'),
  carrier: z.string().optional(),
  dataYear: z.int().optional(),
  value: value.optional(),
  unit: z.string().optional(),
  ncv: valueWithUnit.optional(),
  carbon: valueWithUnit.optional(),
  oxidation: z.number().positive().max(1).optional(),
  notice: z.string().optional(),
  published: z.iso.date().optional(),
  confidence: confidence.optional(),
});

const factorFileSchema = z.strictObject({
  schema: z.literal(1),
  id: z.string(),
  kind: z.enum([
    'grid_average',
    'grid_residual',
    'grid_fossil',
    'fuel',
    'heat',
    'coal_equivalent',
    'coal_equivalent_primary',
  ]),
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
export type FactorKind = FactorFile['kind'];
export type FactorRow = FactorFile['rows'][number] & { file: FactorFile };

const folder = fileURLToPath(new URL('factors', import.meta.url));

let loaded: FactorRow[] | undefined;

/** The product's own factors: read once, they do not change while it runs. */
export function loadFactors(): readonly FactorRow[] {
  if (loaded !== undefined) return loaded;
  const problems: Problem[] = [];
  const rows: FactorRow[] = [];
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()) {
    const file = readYaml(join(folder, name), factorFileSchema);
    problems.push(...file.problems);
    for (const one of file.value?.rows ?? []) rows.push({ ...one, file: file.value as FactorFile });
  }
  if (problems.length > 0) refuseProblems(problems);
  loaded = rows;
  return rows;
}

export type FactorQuery = {
  kind: FactorKind;
  /** The file that the factor must come from: families of fuel defaults never mix. */
  family?: string | undefined;
  carrier?: string | undefined;
  region?: string | undefined;
  dataYear?: number | 'latest';
  year: number;
};

/** Whether there is any factor to choose. */
export const hasFactor = (query: FactorQuery): boolean => candidatesFor(query).length > 0;

export type Chosen = { row: FactorRow; fit: Text };

/** Never falls back to another region in silence: what was chosen, and why it is not exact, goes with the result. */
export function chooseFactor(query: FactorQuery): Chosen {
  const { kind, carrier, region = 'CN', dataYear = 'latest', year } = query;
  const usable = candidatesFor(query);
  const [best] = usable;
  if (best === undefined) {
    const known = [
      ...new Set(
        loadFactors()
          .filter((one) => one.file.kind === kind)
          .map((one) => `${one.carrier ?? one.region}${one.dataYear === undefined ? '' : ` ${one.dataYear}`}`),
      ),
    ].join(', ');
    const wanted = [kind, carrier, region, dataYear].filter((word) => word !== undefined).join(' ');
    throw new Fault('factor_unknown', {
      zh: `没有排放因子 ${wanted}；已有：${known}`,
      en: `there is no factor ${wanted}; there are: ${known}`,
    });
  }
  return { row: best, fit: fitOf(best, year) };
}

function candidatesFor({ kind, family, carrier, region = 'CN', dataYear = 'latest', year }: FactorQuery): FactorRow[] {
  return loadFactors()
    .filter((one) => one.file.kind === kind && one.carrier === carrier && one.region === region)
    .filter(({ file }) => family === undefined || file.id === family)
    .filter(
      (one) => one.dataYear === undefined || (dataYear === 'latest' ? one.dataYear <= year : one.dataYear === dataYear),
    )
    .sort((a, b) => (b.dataYear ?? 0) - (a.dataYear ?? 0));
}

function fitOf({ dataYear }: FactorRow, year: number): Text {
  if (dataYear === undefined) return { zh: '标准缺省值，不分年度', en: 'a default of the standard, not of a year' };
  if (dataYear === year) return { zh: '数据年与核算年一致', en: 'of the accounting year' };
  return { zh: `数据年 ${dataYear}，用于 ${year} 年`, en: `data year ${dataYear}, used for ${year}` };
}

export function factorFigure(
  id: string,
  name: Text,
  { row: chosen, fit }: Chosen,
  part?: 'ncv' | 'carbon' | 'oxidation',
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
    },
  });
}
