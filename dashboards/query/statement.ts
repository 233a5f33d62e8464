// Owns what a statement says, once it is read: what is asked, of which measurement, when, under which condition, in which buckets.

export const transforms = ['difference', 'non_negative_difference', 'derivative'] as const;
export const aggregates = ['count', 'sum', 'mean', 'spread', 'integral', 'first', 'last', 'min', 'max'] as const;
/** They pick one reading, and so know its time. */
export const selectors = ['first', 'last', 'min', 'max'] as const;

export type Aggregate = (typeof aggregates)[number];
export type Transform = (typeof transforms)[number];

export type Call = {
  kind: 'call';
  /** Undefined where a transform works on the readings themselves. */
  aggregate: Aggregate | undefined;
  transform: Transform | undefined;
  field: string;
  /** Milliseconds: of derivative and integral. */
  unit: number | undefined;
};

export type Expression =
  | Call
  | { kind: 'field'; field: string }
  | { kind: 'number'; value: number }
  | { kind: 'operation'; sign: '+' | '-' | '*' | '/'; left: Expression; right: Expression };

export type Comparison = {
  kind: 'compare';
  name: string;
  sign: '=' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~';
  value: string | number | RegExp;
};
export type Condition = { kind: 'and' | 'or'; parts: Condition[] } | Comparison;

export type Fill = 'null' | 'none' | 'previous' | 'linear' | number;

/** Half-open, in milliseconds; `shown` is the beginning as it was asked for, where rows have no time of their own. */
export type Range = { start: number; end: number; shown: number; hasStart: boolean };

export type Select = {
  kind: 'select';
  columns: { expression: Expression; name: string }[];
  from: string;
  condition: Condition | undefined;
  range: Range;
  buckets: { every: number; offset: number } | undefined;
  /** All tags. */
  byAll: boolean;
  by: string[];
  fill: Fill;
  descending: boolean;
  limit: number;
  offset: number;
  seriesLimit: number;
  seriesOffset: number;
  zone: string;
};

export type Show = {
  kind: 'show';
  what: 'databases' | 'measurements' | 'tag keys' | 'tag values' | 'field keys' | 'retention policies';
  from: string | undefined;
  /** Of SHOW TAG VALUES: which keys. */
  keys: (key: string) => boolean;
  condition: Condition | undefined;
  limit: number;
  offset: number;
};

export type Statement = Select | Show;

/** The calls of an expression, in the order of the text. */
export function callsIn(expression: Expression): Call[] {
  if (expression.kind === 'call') return [expression];
  return expression.kind === 'operation' ? [...callsIn(expression.left), ...callsIn(expression.right)] : [];
}

export function fieldsIn(expression: Expression): string[] {
  if (expression.kind === 'field' || expression.kind === 'call') return [expression.field];
  return expression.kind === 'operation' ? [...fieldsIn(expression.left), ...fieldsIn(expression.right)] : [];
}

export const namesIn = (condition: Condition | undefined): string[] => {
  if (condition === undefined) return [];
  return condition.kind === 'compare' ? [condition.name] : condition.parts.flatMap(namesIn);
};

export const isOneOf = <T extends string>(list: readonly T[], text: string): text is T =>
  (list as readonly string[]).includes(text);
