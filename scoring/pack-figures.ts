// Owns the names that a standard's formulas may use: the account, its own constants, factors, readings and steps, as figures.
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { chooseFactor, type FactorScope, factorFigure } from './factors.ts';
import { constant, derive, type Figure, missing } from './figure.ts';
import type { LoadedPack } from './pack.ts';

/** What a judgement rests on: figures by name, and what people attested and explained. */
export type Grounds = {
  /** Among which factors a pack's own are chosen. */
  factors: FactorScope;
  coverageLimit: number;
  figures: Readonly<Record<string, Figure>>;
  attested(clause: string): { met: boolean; figure: Figure; evidence: string | null } | undefined;
  exempted(indicator: string): string | undefined;
};

const noValue = { zh: '来源未载明，由用户提供', en: 'not stated in the source; the user supplies it' };

/** The names that a pack's formulas may use. `options` takes readings that nobody has chosen, to see what they would give. */
export function figuresFor(
  pack: LoadedPack,
  grounds: Grounds,
  options: Record<string, string>,
): Record<string, Figure> {
  const figures: Record<string, Figure> = { ...grounds.figures };
  for (const [id, { name, value, unit, clause }] of Object.entries(pack.constants)) {
    const naming = { id, name, unit, clause };
    figures[id] ??= value === 'not_stated' ? missing(naming, noValue) : constant(naming, Rational.fromDecimal(value));
    const said = pack.supplied.find(({ about }) => about === id);
    if (said !== undefined) figures[id].trace.notes.push(markOf(said));
  }
  for (const [id, { name, ...query }] of Object.entries(pack.factors))
    figures[id] = factorFigure(id, name, chooseFactor({ ...query, ...grounds.factors }));
  for (const { id, what, unit, options: readings, chosen } of pack.choices) {
    const reading = readings.find((one) => one.id === (chosen ?? options[id]));
    const naming = { id, name: what, unit };
    figures[id] =
      reading === undefined
        ? missing(naming, {
            zh: `来源未载明，尚未选择：${what.zh}`,
            en: `not stated in the source, not yet chosen: ${what.en}`,
          })
        : derive(
            { ...naming, name: { zh: `${what.zh}：${reading.name.zh}`, en: `${what.en}: ${reading.name.en}` } },
            reading.formula,
            figures,
          );
  }
  for (const { formula, reported, ...naming } of pack.steps) figures[naming.id] ??= derive(naming, formula, figures);
  return figures;
}

export const markOf = ({ what, reason }: LoadedPack['supplied'][number]): Text => ({
  zh: `来源未载明，由用户提供：${what.zh}（${reason}）`,
  en: `not stated in the source; supplied by the user: ${what.en} (${reason})`,
});
