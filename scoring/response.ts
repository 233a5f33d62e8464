// Owns how a figure answers to its leaves: the trace read backwards as a function of meters, factors and ledger entries.
import type { Trace } from '../core/trace.ts';
import { parseUnit } from '../core/units.ts';
import { type Expression, namesIn } from './expression.ts';
import { expressionOf } from './figure.ts';

/** Values by leaf, in each leaf's own unit. */
export type LeafValues = ReadonlyMap<string, number>;

/** The same meter, factor or entry is one source of doubt, however often a formula names it. */
export function leafKey({ id, meter, factor, ledger, value }: Trace): string {
  if (meter !== undefined) return `meter ${meter.meter}.${meter.point}`;
  if (factor !== undefined) return `factor ${factor.factor} ${factor.region} ${factor.dataYear ?? ''}`;
  return ledger === undefined ? `constant ${id} ${value}` : `ledger ${ledger.entry} ${value}`;
}

/** Null when the figure, or one that it is made of, is missing. */
export function responseOf(trace: Trace): ((values: LeafValues) => number) | null {
  if (trace.value === null) return null;
  const inBase = respond(trace);
  if (inBase === null) return null;
  const { numerator, denominator } = parseUnit(trace.unit);
  return (values) => (inBase(values) * denominator) / numerator;
}

type Response = (values: LeafValues) => number;

/** In base units, where quantities of one dimension add up without conversion. */
function respond(trace: Trace): Response | null {
  const { numerator, denominator } = parseUnit(trace.unit);
  const scale = numerator / denominator;
  const known = trace.value;
  if (known === null) return null;
  if (trace.parts.length === 0) {
    const key = leafKey(trace);
    return (values) => (values.get(key) ?? known) * scale;
  }
  const parts = trace.parts.map(respond);
  if (parts.includes(null)) return null;
  const of = parts as Response[];
  if (trace.formula === undefined || isSum(trace)) return (values) => of.reduce((sum, part) => sum + part(values), 0);
  if (trace.slope !== undefined) {
    const slope = compile(trace.slope, of);
    const rest = known * scale - slope(new Map());
    return (values) => slope(values) + rest;
  }
  return compile(trace.formula, of);
}

const isSum = ({ formula, parts }: Trace): boolean => formula === parts.map(({ id }) => id).join(' + ');

/** Parts stand in the order in which the formula first names them. */
function compile(formula: string, parts: readonly Response[]): Response {
  const expression = expressionOf(formula);
  const names = [...new Set(namesIn(expression))];
  return (values) => numberOf(expression, (name) => (parts[names.indexOf(name)] as Response)(values));
}

function numberOf(expression: Expression, lookUp: (name: string) => number): number {
  const find = (inner: Expression) => numberOf(inner, lookUp);
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'name':
      return lookUp(expression.name);
    case 'negate':
      return -find(expression.of);
    case 'not':
      return find(expression.of) === 0 ? 1 : 0;
    case 'choice':
      return find(find(expression.when) === 0 ? expression.no : expression.yes);
    case 'call': {
      const [first = 0, low = 0, high = 0] = expression.of.map(find);
      if (expression.name === 'clamp') return Math.min(Math.max(first, low), high);
      return Math[expression.name](...expression.of.map(find));
    }
    case 'binary':
      return combine(expression.operator, find(expression.left), find(expression.right));
  }
}

function combine(operator: Extract<Expression, { kind: 'binary' }>['operator'], left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case 'and':
      return left !== 0 && right !== 0 ? 1 : 0;
    case 'or':
      return left !== 0 || right !== 0 ? 1 : 0;
    default: {
      const truths = {
        '<': left < right,
        '<=': left <= right,
        '>': left > right,
        '>=': left >= right,
        '==': left === right,
        '!=': left !== right,
      };
      return truths[operator] ? 1 : 0;
    }
  }
}
