// Owns reading a YAML file against a schema, with every mistake located by file, line and column.
import { readFileSync } from 'node:fs';
import { isCollection, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { exitCodes, Fault } from '../fault.ts';
import type { Language, Text } from '../text.ts';

export type Problem = { file: string; line: number; column: number; path: string; text: Text };

export type Path = readonly PropertyKey[];

export type YamlFile<T> = {
  /** Undefined when the file has problems. */
  value: T | undefined;
  /** What the file says before the schema: for checks across parts that are sound although others are not. */
  raw: unknown;
  problems: Problem[];
  problemAt(path: Path, text: Text): Problem;
};

const locales = { zh: z.locales.zhCN().localeError, en: z.locales.en().localeError };

export function readYaml<T>(file: string, schema: z.ZodType<T>): YamlFile<T> {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Fault(
      'file_unreadable',
      { zh: `无法读取 ${file}：请检查路径和权限`, en: `cannot read ${file}: check the path and its permissions` },
      { cause, exitCode: exitCodes.configuration },
    );
  }
  return parseYaml(source, file, schema);
}

export function parseYaml<T>(source: string, file: string, schema: z.ZodType<T>): YamlFile<T> {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, merge: true });
  const at = (offset: number, path: Path, text: Text): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, path: path.map(String).join('.'), text };
  };
  const problemAt = (path: Path, text: Text): Problem => at(offsetOf(document, path), path, text);

  if (document.errors.length > 0) {
    const problems = document.errors.map((error) =>
      at(error.pos[0], [], { zh: `YAML 语法错误：${error.message}`, en: `YAML syntax: ${error.message}` }),
    );
    return { value: undefined, raw: undefined, problems, problemAt };
  }
  const raw: unknown = document.toJS();
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { value: parsed.data, raw, problems: [], problemAt };
  const problems = parsed.error.issues.flatMap((issue) =>
    explain(issue, schema, []).map((p) => problemAt(p.path, p.text)),
  );
  return { value: undefined, raw, problems, problemAt };
}

/** The same file with other values at some places; undefined takes one away. Comments and order stay as they are. */
export function editYaml(source: string, changes: readonly (readonly [path: Path, value: unknown])[]): string {
  const document = parseDocument(source);
  for (const [path, value] of changes)
    if (value !== undefined) document.setIn(path, value);
    else if (document.hasIn(path)) document.deleteIn(path);
  return document.toString({
    lineWidth: 0,
    flowCollectionPadding: !/\{\S/.test(source),
    indentSeq: !/^[^\s#][^\n]*:[^\n]*\n- /m.test(source),
  });
}

/** The same file with other text in the place of some values, however they are written; undefined where it is no sound YAML. */
export function coverYaml(source: string, isCovered: (key: string, value: unknown) => boolean, cover: string) {
  const document = parseDocument(source);
  if (document.errors.length > 0) return undefined;
  const places: [start: number, end: number][] = [];
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !isNode(value) || !value.range || !isCovered(String(key.value), value.toJS(document)))
        return;
      places.push([value.range[0], value.range[1]]);
      return visit.SKIP;
    },
  });
  return places.reduceRight((text, [start, end]) => {
    const isBlock = source[end - 1] === '\n'; // its last line's end belongs to it
    return `${text.slice(0, start)}${cover}${isBlock ? '\n' : ''}${text.slice(end)}`;
  }, source);
}

/** One text for each mistake; an unknown key is located at the key itself and told which keys exist. */
function explain(issue: z.core.$ZodIssue, schema: z.ZodType, base: Path): { path: Path; text: Text }[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(schema, path).join(', ');
    return issue.keys.map((key) => ({
      path: [...path, key],
      text: { zh: `未知字段 “${key}”；可用字段：${allowed}`, en: `unknown key "${key}"; allowed: ${allowed}` },
    }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = [...issue.errors].sort((a, b) => a.length - b.length)[0] ?? [];
    return closest.flatMap((inner) => explain(inner, schema, path));
  }
  return [{ path, text: textOf(issue) }];
}

export function textOf(issue: z.core.$ZodIssue): Text {
  const say = (language: Language): string => {
    const own = bilingual(issue.message);
    if (own !== undefined) return own[language];
    const text = locales[language](issue as never);
    return typeof text === 'string' ? text : (text?.message ?? issue.message);
  };
  return { zh: say('zh'), en: say('en') };
}

/** Zod carries one message; ours carry both languages in it. */
export const message = (zh: string, en: string): string => JSON.stringify({ zh, en });

function bilingual(text: string | undefined): Text | undefined {
  if (text?.startsWith('{"zh":') !== true) return undefined;
  return JSON.parse(text) as Text;
}

function offsetOf(document: ReturnType<typeof parseDocument>, path: Path): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true) ?? document.contents;
    if (!isCollection(parent)) continue;
    const key = path[depth - 1];
    for (const item of parent.items as { key?: { value?: unknown; range?: [number, number, number] } }[]) {
      if (item?.key?.value === key && item.key?.range) return item.key.range[0];
    }
    const node = parent.get(key as never, true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

type Definition = {
  type: string;
  shape?: Record<string, z.ZodType>;
  element?: z.ZodType;
  innerType?: z.ZodType;
  in?: z.ZodType;
  valueType?: z.ZodType;
  options?: z.ZodType[];
};

function keysAt(schema: z.ZodType, path: Path): string[] {
  const definition = schema.def as unknown as Definition;
  if (definition.innerType) return keysAt(definition.innerType, path);
  if (definition.in) return keysAt(definition.in, path);
  if (definition.options) return [...new Set(definition.options.flatMap((option) => keysAt(option, path)))];
  const [head, ...rest] = path;
  if (head === undefined) return Object.keys(definition.shape ?? {});
  const next = definition.shape?.[String(head)] ?? definition.element ?? definition.valueType;
  return next === undefined ? [] : keysAt(next, rest);
}

export function formatProblem(problem: Problem, language: Language): string {
  const where = `${problem.file}:${problem.line}:${problem.column}`;
  return problem.path === ''
    ? `${where}  ${problem.text[language]}`
    : `${where}  ${problem.path}: ${problem.text[language]}`;
}

/** What stopped a start: all mistakes, each with its place, for those who list them with others. */
export class Mistakes extends Fault {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], text: Text) {
    super('configuration_invalid', text, { exitCode: exitCodes.configuration });
    this.problems = problems;
  }
}

/** Every problem in one message: a person mends a file once, not once a mistake. */
export function refuseProblems(problems: readonly Problem[]): never {
  const sorted = [...problems].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
  const list = (language: Language) => sorted.map((problem) => `  ${formatProblem(problem, language)}`).join('\n');
  throw new Mistakes(sorted, {
    zh: `配置有 ${sorted.length} 处错误：\n${list('zh')}`,
    en: `${sorted.length} ${sorted.length === 1 ? 'mistake' : 'mistakes'} in the configuration:\n${list('en')}`,
  });
}
