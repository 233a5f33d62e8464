// Owns what a formula is worth: its unit, its value, and its truth, where missing stays missing.
import { Rational } from '../core/rational.ts';
import { divideUnits, multiplyUnits, parseUnit, sameDimensions, type Unit } from '../core/units.ts';
import { type Expression, type FunctionName, type Operator, refuseFormula } from './expression.ts';

const one = parseUnit('1');

/** The unit that a formula has; throws where terms do not fit together. Truth has the unit 1. */
export function unitOf(expression: Expression, unitOfName: (name: string) => Unit): Unit {
  const find = (inner: Expression) => unitOf(inner, unitOfName);
  const alike = (left: Unit, right: Unit): Unit => {
    if (sameDimensions(left, right)) return left;
    return refuseFormula(
      `${left.symbol} 与 ${right.symbol} 不能相加或比较`,
      `${left.symbol} and ${right.symbol} cannot be added or compared`,
    );
  };
  switch (expression.kind) {
    case 'number':
    case 'not':
      return one;
    case 'name':
      return unitOfName(expression.name);
    case 'negate':
      return find(expression.of);
    case 'call':
      return expression.of.map(find).reduce(alike);
    case 'choice':
      return alike(find(expression.yes), find(expression.no));
    case 'binary': {
      const [left, right] = [find(expression.left), find(expression.right)];
      if (expression.operator === '*') return multiplyUnits(left, right);
      if (expression.operator === '/') return divideUnits(left, right);
      if (expression.operator === '+' || expression.operator === '-') return alike(left, right);
      if (expression.operator !== 'and' && expression.operator !== 'or') alike(left, right);
      return one;
    }
  }
}

export type Quantity = { value: Rational; unit: Unit };

/** The value in another unit of its dimension, exactly. */
export function inUnit({ value, unit }: Quantity, target: Unit): Rational {
  if (!sameDimensions(unit, target))
    refuseFormula(`${unit.symbol} 不能换算为 ${target.symbol}`, `${unit.symbol} cannot become ${target.symbol}`);
  return value
    .times(Rational.of(unit.numerator, unit.denominator))
    .over(Rational.of(target.numerator, target.denominator));
}

/** Null where a name has no value or a divisor is zero: missing is never a number. */
export function evaluate(expression: Expression, lookUp: (name: string) => Quantity | null): Quantity | null {
  const find = (inner: Expression) => evaluate(inner, lookUp);
  switch (expression.kind) {
    case 'number':
      return { value: Rational.fromDecimal(expression.value), unit: one };
    case 'name':
      return lookUp(expression.name);
    case 'negate': {
      const of = find(expression.of);
      return of && { value: of.value.negated(), unit: of.unit };
    }
    case 'call': {
      const values = expression.of.map(find);
      const [first] = values;
      if (first == null || values.includes(null)) return null;
      const numbers = values.map((quantity) => inUnit(quantity as Quantity, first.unit));
      return { value: call(expression.name, numbers), unit: first.unit };
    }
    case 'binary': {
      const [left, right] = [find(expression.left), find(expression.right)];
      if (left === null || right === null) return null;
      return arithmetic(expression.operator, left, right);
    }
    case 'choice': {
      const when = truth(expression.when, lookUp);
      return when === null ? null : find(when ? expression.yes : expression.no);
    }
    case 'not':
      return truthQuantity(truth(expression, lookUp));
  }
}

function call(name: FunctionName, numbers: Rational[]): Rational {
  const less = (a: Rational, b: Rational) => (a.compare(b) <= 0 ? a : b);
  const more = (a: Rational, b: Rational) => (a.compare(b) >= 0 ? a : b);
  if (name === 'min') return numbers.reduce(less);
  if (name === 'max') return numbers.reduce(more);
  const [value, low, high] = numbers;
  if (value === undefined || low === undefined || high === undefined)
    return refuseFormula('clamp 需要三个参数', 'clamp takes three arguments');
  return less(more(value, low), high);
}

function arithmetic(operator: Operator, left: Quantity, right: Quantity): Quantity | null {
  switch (operator) {
    case '*':
      return { value: left.value.times(right.value), unit: multiplyUnits(left.unit, right.unit) };
    case '/':
      return right.value.isZero
        ? null
        : { value: left.value.over(right.value), unit: divideUnits(left.unit, right.unit) };
    case '+':
      return { value: left.value.plus(inUnit(right, left.unit)), unit: left.unit };
    case '-':
      return { value: left.value.minus(inUnit(right, left.unit)), unit: left.unit };
    default:
      return truthQuantity(compare(operator, left.value.compare(inUnit(right, left.unit))));
  }
}

const truthQuantity = (known: boolean | null): Quantity | null =>
  known === null ? null : { value: known ? Rational.one : Rational.zero, unit: one };

function compare(operator: Operator, order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    default:
      return refuseFormula(`${operator} 不是比较`, `${operator} is no comparison`);
  }
}

/** Three-valued (Kleene): what is missing decides nothing, unless the rest decides it anyway. */
export function truth(expression: Expression, lookUp: (name: string) => Quantity | null): boolean | null {
  if (expression.kind === 'not') {
    const of = truth(expression.of, lookUp);
    return of === null ? null : !of;
  }
  if (expression.kind === 'choice') {
    const when = truth(expression.when, lookUp);
    return when === null ? null : truth(when ? expression.yes : expression.no, lookUp);
  }
  if (expression.kind === 'binary' && (expression.operator === 'and' || expression.operator === 'or')) {
    const [left, right] = [truth(expression.left, lookUp), truth(expression.right, lookUp)];
    const decides = expression.operator === 'or';
    if (left === decides || right === decides) return decides;
    return left === null || right === null ? null : !decides;
  }
  const quantity = evaluate(expression, lookUp);
  return quantity === null ? null : !quantity.value.isZero;
}
