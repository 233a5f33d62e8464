// Owns checking template files, the library's or a user's own: the file itself, its golden file, and what the one reads in the other.
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../../core/config/yaml-file.ts';
import type { Text } from '../../core/text.ts';
import { readCase, readGoldenFile, serialOf } from '../golden.ts';
import { checkTemplate, isRegisterTemplate } from '../template.ts';

/** Golden registers lie beside the template that they prove. */
export const goldenBeside = (file: string): string => file.replace(/\.yaml$/, '.golden.yaml');

/** A template without golden file is sound as far as can be said; `cases` is then 0. */
export function lintTemplate(file: string): { file: string; problems: Problem[]; cases: number } {
  const { template, problems } = checkTemplate(file);
  const golden = goldenBeside(file);
  if (template === undefined || !isRegisterTemplate(template) || !existsSync(golden))
    return { file, problems, cases: 0 };
  const { cases, problems: inGolden, problemAt } = readGoldenFile(golden);
  const found = [...problems, ...inGolden];
  if (found.length > 0) return { file, problems: found, cases: cases.length };
  for (const [index, one] of cases.entries()) {
    const differs = (path: PropertyKey[], text: Text) => found.push(problemAt(['cases', index, ...path], text));
    const read = readCase(template, one);
    for (const point of new Set([...Object.keys(read), ...Object.keys(one.expect)])) {
      const [is, must] = [read[point as keyof typeof read], one.expect[point as keyof typeof one.expect]];
      if (!isDeepStrictEqual(is, must))
        differs(['expect', point], {
          zh: `模板读出 ${shown(is)}，样例应为 ${shown(must)}：核对地址、类型、字序和倍率`,
          en: `the template reads ${shown(is)}, the golden file says ${shown(must)}: compare address, type, order and scale`,
        });
    }
    const serial = serialOf(template, one);
    if (one.serial !== undefined && serial !== one.serial)
      differs(['serial'], {
        zh: `序列号读出 ${shown(serial)}，样例应为 ${shown(one.serial)}`,
        en: `the serial number reads ${shown(serial)}, the golden file says ${shown(one.serial)}`,
      });
  }
  return { file, problems: found, cases: cases.length };
}

const shown = (value: unknown): string => (value === undefined ? '—' : JSON.stringify(value));
