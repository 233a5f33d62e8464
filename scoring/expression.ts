// Owns mathjs: parses a pack's formulas and lets through only what a standard needs.
import { createRequire } from 'node:module';
import type { MathJsInstance, MathNode } from 'mathjs';
import { Fault } from '../core/fault.ts';

/** In one file it loads in a third of the time of its hundreds of modules; and only when there is a formula to read. */
let mathjs: MathJsInstance | undefined;
function parse(source: string): MathNode {
  mathjs ??= createRequire(import.meta.url)('mathjs/lib/browser/math.js') as MathJsInstance;
  return mathjs.parse(source);
}

export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'name'; name: string }
  | { kind: 'negate' | 'not'; of: Expression }
  | { kind: 'binary'; operator: Operator; left: Expression; right: Expression }
  | { kind: 'call'; name: FunctionName; of: Expression[] }
  | { kind: 'choice'; when: Expression; yes: Expression; no: Expression };

const operators = ['+', '-', '*', '/', '<', '<=', '>', '>=', '==', '!=', 'and', 'or'] as const;
export type Operator = (typeof operators)[number];
const functions = ['min', 'max', 'clamp'] as const;
export type FunctionName = (typeof functions)[number];

const isOneOf = <T extends string>(list: readonly T[], word: unknown): word is T => list.includes(word as T);

export function refuseFormula(zh: string, en: string): never {
  throw new Fault('formula_refused', { zh, en });
}

export function parseExpression(source: string): Expression {
  let node: MathNode;
  try {
    node = parse(source);
  } catch (cause) {
    throw new Fault(
      'formula_syntax',
      {
        zh: `公式 “${source}” 有语法错误：${String(cause)}`,
        en: `the formula "${source}" has a syntax error: ${String(cause)}`,
      },
      { cause },
    );
  }
  return translate(node, source);
}

type Loose = {
  type: string;
  op?: string;
  fn?: { name?: string } | string;
  name?: string;
  value?: unknown;
  args?: MathNode[];
  content?: MathNode;
  condition?: MathNode;
  trueExpr?: MathNode;
  falseExpr?: MathNode;
};

/** A whitelist: whatever mathjs learns to do later, a pack cannot use it until someone adds it here. */
function translate(node: MathNode, source: string): Expression {
  const { type, op, fn, name, value, args = [], content, condition, trueExpr, falseExpr } = node as unknown as Loose;
  const inner = (child: MathNode | undefined): Expression => translate(child as MathNode, source);
  if (type === 'ConstantNode' && typeof value === 'number') return { kind: 'number', value };
  if (type === 'SymbolNode' && name !== undefined) return { kind: 'name', name };
  if (type === 'ParenthesisNode') return inner(content);
  if (type === 'OperatorNode' && args.length === 1 && op === '-') return { kind: 'negate', of: inner(args[0]) };
  if (type === 'OperatorNode' && args.length === 1 && op === 'not') return { kind: 'not', of: inner(args[0]) };
  if (type === 'OperatorNode' && args.length === 2 && isOneOf(operators, op))
    return { kind: 'binary', operator: op, left: inner(args[0]), right: inner(args[1]) };
  const called = typeof fn === 'object' ? fn.name : fn;
  if (type === 'FunctionNode' && isOneOf(functions, called)) return { kind: 'call', name: called, of: args.map(inner) };
  if (type === 'ConditionalNode')
    return { kind: 'choice', when: inner(condition), yes: inner(trueExpr), no: inner(falseExpr) };
  return refuseFormula(
    `公式 “${source}” 中不允许 “${node.toString()}”；可用：+ - * / 比较、and or not、min max clamp、?:`,
    `"${node.toString()}" is not allowed in "${source}"; allowed: + - * / comparisons, and or not, min max clamp, ?:`,
  );
}

export function namesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'number':
      return [];
    case 'name':
      return [expression.name];
    case 'negate':
    case 'not':
      return namesIn(expression.of);
    case 'binary':
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case 'call':
      return expression.of.flatMap(namesIn);
    case 'choice':
      return [expression.when, expression.yes, expression.no].flatMap(namesIn);
  }
}
