// Owns standards as data: the form of a pack, and the checks that it passes before anything is computed with it.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Problem, readYaml, refuseProblems, type YamlFile } from '../core/config/yaml-file.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import { idPattern } from '../core/sample.ts';
import { parseUnit, sameDimensions, type Unit } from '../core/units.ts';
import { unitOf } from './evaluate.ts';
import { namesIn } from './expression.ts';
import { chooseFactor, factorFigure } from './factors.ts';
import { expressionOf } from './figure.ts';
import { type QuantityId, quantityIds, vocabulary } from './vocabulary.ts';

const text = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
const id = z.string().regex(idPattern);
const symbol = z.string().regex(/^[A-Za-z_]\w*$/);

const indicator = z.strictObject({
  id,
  name: text,
  clause: z.string(),
  phrase: z.string().meta({ description: 'The words of the source.' }),
  unit: z.string(),
  formula: z.string().optional(),
  /** The clause of the attestation that decides an indicator without a formula. */
  attested: z.string().optional(),
  threshold: z.strictObject({ atLeast: z.number(), phrase: text }),
});

export const packSchema = z.strictObject({
  schema: z.literal(1),
  id,
  name: text,
  publisher: text,
  status: text,
  confidence: z.enum(['SEED', 'FOUND-P', 'FOUND', 'USER']),
  period: z.strictObject({ clause: z.string(), phrase: z.string() }),
  prerequisites: z.array(z.strictObject({ id: symbol, clause: z.string(), phrase: z.string(), name: text })),
  factors: z
    .record(symbol, z.strictObject({ kind: z.enum(['coal_equivalent']), carrier: z.string(), name: text }))
    .default({}),
  steps: z
    .array(z.strictObject({ id: symbol, name: text, clause: z.string(), unit: z.string(), formula: z.string() }))
    .default([]),
  indicators: z.array(indicator).min(1),
  verdict: z.strictObject({
    clause: z.string(),
    phrase: z.string(),
    levels: z.array(z.strictObject({ name: text, when: z.string() })).min(1),
  }),
  contradictions: z.array(z.strictObject({ clause: z.string(), text, taken: text })).default([]),
  notStated: z.array(z.strictObject({ what: text, taken: text })).default([]),
});

export type Pack = z.infer<typeof packSchema>;
export type PackIndicator = Pack['indicators'][number];

const folder = fileURLToPath(new URL('packs', import.meta.url));

export const packIds = (): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();

export function loadPack(packId: string): Pack {
  const file = join(folder, `${packId}.yaml`);
  if (!existsSync(file)) {
    throw new Fault(
      'pack_unknown',
      {
        zh: `没有标准包 “${packId}”；已有：${packIds().join('、')}`,
        en: `there is no pack "${packId}"; there are: ${packIds().join(', ')}`,
      },
      { exitCode: exitCodes.configuration },
    );
  }
  const read = readYaml(file, packSchema);
  const problems = checkPack(read);
  if (read.value === undefined || problems.length > 0) refuseProblems(problems);
  return read.value;
}

/** What a verdict may speak of beside the indicators' ids: the prerequisites together, and all thresholds together. */
const verdictNames = ['prerequisites', 'all_met'];

export function checkPack({ value: pack, problems: found, problemAt }: YamlFile<Pack>): Problem[] {
  const problems = [...found];
  if (pack === undefined) return problems;
  const units = knownUnits(pack);
  const check = (path: PropertyKey[], work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      problems.push(problemAt(path, error.text));
    }
  };
  const fits = (formula: string, unit: string) => {
    const found = unitOf(expressionOf(formula), (name) => lookUp(units, name));
    const wanted = parseUnit(unit);
    if (!sameDimensions(found, wanted)) {
      throw new Fault('unit_mismatch', {
        zh: `公式的单位是 ${found.symbol}，不能写成 ${unit}`,
        en: `the formula has the unit ${found.symbol}, which is not ${unit}`,
      });
    }
  };
  for (const [index, step] of pack.steps.entries()) {
    check(['steps', index, 'formula'], () => fits(step.formula, step.unit));
    check(['steps', index, 'unit'], () => units.set(step.id, parseUnit(step.unit)));
  }
  for (const [index, { formula, unit, attested }] of pack.indicators.entries()) {
    const path = ['indicators', index];
    if ((formula === undefined) === (attested === undefined)) {
      problems.push(
        problemAt(path, {
          zh: 'formula 与 attested 须且只须有一个',
          en: 'exactly one of formula and attested is needed',
        }),
      );
    }
    if (formula !== undefined) check([...path, 'formula'], () => fits(formula, unit));
  }
  for (const [index, { when }] of pack.verdict.levels.entries()) {
    check(['verdict', 'levels', index, 'when'], () => {
      for (const name of namesIn(expressionOf(when)))
        if (!verdictNames.includes(name)) throw unknownName(name, verdictNames);
    });
  }
  return problems;
}

function knownUnits(pack: Pack): Map<string, Unit> {
  const units = new Map<string, Unit>(quantityIds.map((name: QuantityId) => [name, parseUnit(vocabulary[name].unit)]));
  for (const [name, query] of Object.entries(pack.factors)) {
    const { trace } = factorFigure(name, query.name, chooseFactor({ ...query, year: 2100 }));
    units.set(name, parseUnit(trace.unit));
  }
  return units;
}

const unknownName = (name: string, known: readonly string[]): Fault =>
  new Fault('name_unknown', {
    zh: `未知名称 “${name}”；可用：${known.join(' ')}`,
    en: `unknown name "${name}"; allowed: ${known.join(' ')}`,
  });

function lookUp(units: ReadonlyMap<string, Unit>, name: string): Unit {
  const unit = units.get(name);
  if (unit === undefined) throw unknownName(name, [...units.keys()]);
  return unit;
}
