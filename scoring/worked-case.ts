// Owns a pack's worked cases: figures given by hand in, what the standard must make of them out.
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { type Assessment, assess } from './assess.ts';
import { constant, type Figure } from './figure.ts';
import { applyOverlay } from './overlay.ts';
import type { LoadedPack } from './pack.ts';
import type { Grounds } from './pack-figures.ts';
import type { Pack, WorkedCase } from './pack-schema.ts';
import { type QuantityId, vocabulary } from './vocabulary.ts';

/** To four decimals: what a person computes by hand and prints. */
const sameNumber = (actual: number | null, expected: number | null): boolean =>
  actual === null || expected === null ? actual === expected : Math.abs(actual - expected) < 0.000_05 + 1e-12;

/** Every way in which the pack does not reproduce the case; none when it does. */
export function differencesOf(pack: Pack, worked: WorkedCase): Text[] {
  const { expect } = worked;
  const { assessment, problems } = assessCase(pack, worked);
  if (assessment === undefined) return problems;
  const differences: Text[] = [];
  const differs = (what: string, actual: unknown, expected: unknown) =>
    differences.push({
      zh: `算例 “${worked.name}”：${what} 为 ${actual}，应为 ${expected}`,
      en: `case "${worked.name}": ${what} is ${actual}, not ${expected}`,
    });
  const found = (id: string) => assessment.indicators.find((one) => one.id === id);
  for (const [id, value] of Object.entries(expect.values))
    if (!sameNumber(found(id)?.value ?? null, value)) differs(id, found(id)?.value ?? null, value);
  for (const [id, met] of Object.entries(expect.met))
    if ((found(id)?.met ?? null) !== met) differs(`${id} met`, found(id)?.met ?? null, met);
  for (const [id, options] of Object.entries(expect.alternatives)) {
    for (const [option, value] of Object.entries(options)) {
      const one = found(id)?.alternatives.find((alternative) => Object.values(alternative.options).includes(option));
      if (!sameNumber(one?.value ?? null, value)) differs(`${id} (${option})`, one?.value ?? null, value);
    }
  }
  if (expect.total !== undefined && !sameNumber(assessment.total?.score ?? null, expect.total))
    differs('total', assessment.total?.score ?? null, expect.total);
  if (expect.verdict !== undefined && assessment.verdict !== expect.verdict)
    differs('verdict', assessment.verdict, expect.verdict);
  const level = assessment.verdictName?.zh;
  if (expect.level !== undefined && level !== expect.level) differs('level', level, expect.level);
  return differences;
}

export function assessCase(pack: Pack, worked: WorkedCase): { assessment: Assessment | undefined; problems: Text[] } {
  const { loaded, problems } = packOfCase(pack, worked);
  if (problems.length > 0) return { assessment: undefined, problems };
  return { assessment: assess(loaded, groundsOfCase(loaded, worked)), problems };
}

/** The pack with what the case supplies where the source is silent. */
export function packOfCase(pack: Pack, { overlay }: WorkedCase): { loaded: LoadedPack; problems: Text[] } {
  const empty = { indicators: {}, constants: {}, choices: {}, add: [], remove: [] };
  const applied = applyOverlay(pack, overlay ?? empty, (path, text) => ({
    file: pack.id,
    line: 0,
    column: 0,
    path: path.map(String).join('.'),
    text,
  }));
  return { loaded: { ...applied.pack, file: pack.id }, problems: applied.problems.map(({ text }) => text) };
}

export function groundsOfCase(pack: LoadedPack, { given, attested, exempted }: WorkedCase): Grounds {
  const units = unitsOf(pack);
  const figure = (id: string, value: number): Figure =>
    constant({ id, name: { zh: id, en: id }, unit: units.get(id) ?? '1' }, Rational.fromDecimal(value));
  return {
    factors: { year: 2025 },
    coverageLimit: 0.9,
    figures: Object.fromEntries(Object.entries(given).map(([id, value]) => [id, figure(id, value)])),
    attested(clause) {
      const met = attested[clause];
      return met === undefined ? undefined : { met, figure: figure(clause, met ? 1 : 0), evidence: null };
    },
    exempted: (id) => exempted[id],
  };
}

/** The unit of everything that a case may give. */
export function unitsOf(pack: Pack): Map<string, string> {
  const named = [...pack.inputs, ...pack.steps, ...pack.choices];
  return new Map([
    ...Object.keys(vocabulary).map((id): [string, string] => [id, vocabulary[id as QuantityId].unit]),
    ...named.map(({ id, unit }): [string, string] => [id, unit]),
    ...Object.entries(pack.constants).map(([id, { unit }]): [string, string] => [id, unit]),
  ]);
}
