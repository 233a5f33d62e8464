// Owns figures: an exact value with the trace of how it came about. Every number of a score is one.
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { joinParts, type Trace } from '../core/trace.ts';
import { parseUnit } from '../core/units.ts';
import { evaluate, inUnit } from './evaluate.ts';
import { type Expression, namesIn, parseExpression } from './expression.ts';

export type Figure = { exact: Rational | null; trace: Trace };

export type Naming = { id: string; name: Text; unit: string; clause?: string; notes?: Text[] };

const base = (
  { id, name, unit, clause, notes = [] }: Naming,
  exact: Rational | null,
  parts: readonly Figure[],
): Trace => {
  const traces = parts.map(({ trace }) => trace);
  return {
    id,
    name,
    value: exact?.toNumber() ?? null,
    unit,
    ...joinParts(traces),
    ...(clause === undefined ? {} : { clause }),
    notes: [...notes],
    parts: traces,
  };
};

/** A leaf: what it came from is added by who makes it. */
export const leaf = (naming: Naming, exact: Rational | null, origin: Partial<Trace>): Figure => ({
  exact,
  trace: { ...base(naming, exact, []), ...origin },
});

/** Nobody said what this is: the reason stands where the value would. */
export const missing = (naming: Naming, reason: Text, parts: readonly Figure[] = []): Figure => ({
  exact: null,
  trace: { ...base({ ...naming, notes: [...(naming.notes ?? []), reason] }, null, parts) },
});

export const constant = (naming: Naming, exact: Rational): Figure => leaf(naming, exact, {});

/** The sum of figures of one unit. Of none it is zero only when `zeroWhenEmpty`: no booking is not a booking of nothing. */
export function sumOf(naming: Naming, parts: readonly Figure[], zeroWhenEmpty: boolean): Figure {
  const known = parts.map(({ exact }) => exact);
  if (parts.length === 0 && !zeroWhenEmpty) return missing(naming, { zh: '没有数据', en: 'there is no data' });
  const unit = parseUnit(naming.unit);
  let exact: Rational | null = Rational.zero;
  for (const [index, value] of known.entries()) {
    const part = parts[index] as Figure;
    exact =
      exact === null || value === null ? null : exact.plus(inUnit({ value, unit: parseUnit(part.trace.unit) }, unit));
  }
  const trace = base(naming, exact, parts);
  if (exact === null)
    trace.notes.push(lacking(parts.filter((one) => one.exact === null).map(({ trace: { id } }) => id)));
  if (parts.length > 1) {
    trace.formula = parts.map(({ trace: part }) => part.id).join(' + ');
    trace.numbers = `${parts.map(({ trace: part }) => formatQuantity(part)).join(' + ')} = ${formatQuantity(trace)}`;
  }
  return { exact, trace };
}

const lacking = (ids: readonly string[]): Text => ({ zh: `缺少：${ids.join('、')}`, en: `missing: ${ids.join(', ')}` });

const parsed = new Map<string, Expression>();

export function expressionOf(formula: string): Expression {
  const expression = parsed.get(formula) ?? parseExpression(formula);
  parsed.set(formula, expression);
  return expression;
}

/** A figure by formula over other figures, in the unit that is asked for. */
export function derive(naming: Naming, formula: string, figures: Readonly<Record<string, Figure>>): Figure {
  const expression = expressionOf(formula);
  const names = [...new Set(namesIn(expression))];
  const parts = names.flatMap((name) => (figures[name] === undefined ? [] : [figures[name]]));
  const quantity = evaluate(expression, (name) => {
    const figure = figures[name];
    return figure?.exact == null ? null : { value: figure.exact, unit: parseUnit(figure.trace.unit) };
  });
  const exact = quantity === null ? null : inUnit(quantity, parseUnit(naming.unit));
  const trace = base(naming, exact, parts);
  trace.formula = formula;
  trace.numbers = `${withNumbers(formula, figures)} = ${formatQuantity(trace)}`;
  if (exact === null) {
    const absent = names.filter((name) => figures[name]?.exact == null);
    trace.notes.push(absent.length === 0 ? { zh: '除数为零', en: 'the divisor is zero' } : lacking(absent));
  }
  return { exact, trace };
}

const withNumbers = (formula: string, figures: Readonly<Record<string, Figure>>): string =>
  formula.replaceAll(/[A-Za-z_]\w*/g, (name) =>
    figures[name] === undefined ? name : formatQuantity(figures[name].trace),
  );

export function formatQuantity({ value, unit }: { value: number | null; unit: string }): string {
  const number = value === null ? '—' : formatNumber(value);
  return unit === '1' ? number : `${number} ${unit}`;
}

/** Ten digits: enough to follow a calculation by hand, few enough to read. */
export function formatNumber(value: number): string {
  const [whole = '', fraction] = Number(value.toPrecision(10)).toString().split('.');
  if (whole.includes('e')) return whole;
  const grouped = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ' ');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
