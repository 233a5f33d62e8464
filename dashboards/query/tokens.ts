// Owns the words of InfluxQL: names, strings, numbers, durations, patterns and signs, each with its place in the text.
import { Fault } from '../../core/fault.ts';

export type Token = {
  kind: 'name' | 'quoted' | 'string' | 'pattern' | 'number' | 'duration' | 'sign' | 'end';
  text: string;
  at: number;
};

/** What is wrong with a statement, and where: people read statements by line and character. */
export function refusal(statement: string, at: number, zh: string, en: string): Fault {
  const lines = statement.slice(0, at).split('\n');
  const [line, char] = [lines.length, (lines.at(-1)?.length ?? 0) + 1];
  return new Fault('query_invalid', {
    zh: `第 ${line} 行第 ${char} 个字符：${zh}`,
    en: `error parsing query: ${en} at line ${line}, char ${char}`,
  });
}

const white = /\s+|--[^\n]*/y;
const words: [Token['kind'], RegExp][] = [
  ['duration', /(?:\d+(?:ns|u|µ|ms|s|m|h|d|w))+(?![A-Za-z0-9_])/y],
  ['number', /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![A-Za-z0-9_])/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['quoted', /"(?:[^"\\\n]|\\.)*"/y],
  ['string', /'(?:[^'\\\n]|\\.)*'/y],
  ['sign', /=~|!~|!=|<>|<=|>=|[=<>(),;.*+\-/:]/y],
];
const pattern = /\/(?:[^/\\\n]|\\.)+\//y;

export function tokensOf(statement: string): Token[] {
  const tokens: Token[] = [];
  const match = (expression: RegExp, at: number): string | undefined => {
    expression.lastIndex = at;
    return expression.exec(statement)?.[0];
  };
  for (let at = 0; at < statement.length; ) {
    const space = match(white, at);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const before = tokens.at(-1)?.text;
    // Only behind these is a slash the beginning of a pattern; elsewhere it divides.
    const asPattern = before === '=~' || before === '!~' ? match(pattern, at) : undefined;
    const found =
      asPattern === undefined
        ? words.flatMap(([kind, expression]) => {
            const text = match(expression, at);
            return text === undefined ? [] : [{ kind, text }];
          })[0]
        : { kind: 'pattern' as const, text: asPattern };
    if (found === undefined)
      throw refusal(statement, at, `无法识别 “${statement[at]}”`, `"${statement[at]}" is not understood`);
    tokens.push({ kind: found.kind, text: found.text, at });
    at += found.text.length;
  }
  return [...tokens, { kind: 'end', text: '', at: statement.length }];
}

/** What stands between the quotes. */
export const unquoted = (text: string): string => text.slice(1, -1).replaceAll(/\\(.)/g, '$1');

const nanoseconds: Record<string, bigint> = {
  ns: 1n,
  u: 1_000n,
  µ: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};

export function durationOf(text: string): bigint {
  let sum = 0n;
  for (const [, amount = '0', unit = 'ns'] of text.matchAll(/(\d+)(ns|u|µ|ms|s|m|h|d|w)/g))
    sum += BigInt(amount) * (nanoseconds[unit] ?? 1n);
  return sum;
}

/**
 * A database matches patterns in time that grows with the text; ours might take for ever with some. These are refused: Grafana's
 * own, like ^(a|b)$, are none of them.
 */
export function patternOf(text: string): RegExp | undefined {
  const plain = text.replaceAll(/\\[^1-9bBk]/g, '').replaceAll(/\[(?:[^\]])*\]/g, 'x');
  const repeats = plain.match(/[*+?{]/g)?.length ?? 0;
  if (text.length > 2_000 || repeats > 3 || /\)[*+?{]|\(\?|\\[1-9k]/.test(plain)) return undefined;
  try {
    return new RegExp(text);
  } catch {
    return undefined; // a SyntaxError says what is wrong in words of another kind of pattern
  }
}
