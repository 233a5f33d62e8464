// Owns changing a rule by hand: the few words of alarms.yaml that say it, checked whole before the file is written.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Site } from '../../core/config/site.ts';
import { durationText } from '../../core/config/site-schema.ts';
import { editYaml, type Path, parseYaml } from '../../core/config/yaml-file.ts';
import { Fault, messageOf } from '../../core/fault.ts';
import type { RuleChange } from './answers.ts';
import { type AlarmSettings, checkAlarms, type Rule, rulePlaces } from './rules.ts';

const refuse = (code: string, zh: string, en: string): never => {
  throw new Fault(code, { zh, en });
};

/** Gives what holds from now on. */
export function writeRule(site: Site, dataFolder: string, rule: Rule, change: RuleChange): AlarmSettings {
  const places = rulePlaces(site, dataFolder);
  const { holds } = places;
  const changed = places[places.changesGoTo];
  const source = existsSync(holds) ? readFileSync(holds, 'utf8') : '';
  const edits = editsOf(rule, change, source);
  if (edits.length === 0) refuse('nothing_changed', '没有改动', 'nothing is changed');
  const text = editYaml(source, edits);
  const { settings, problems } = checkAlarms(site, changed, process.env, text);
  if (settings === undefined || problems.length > 0) {
    const say = (language: 'zh' | 'en') => problems.map((one) => one.text[language]).join('; ');
    return refuse('rule_refused', `未保存：${say('zh')}`, `not saved: ${say('en')}`);
  }
  replaceFile(changed, text);
  return settings;
}

/** Only what differs from what holds: what a file leaves to the default stays left. */
function editsOf(rule: Rule, { level, clear, hold, release, off }: RuleChange, source: string): [Path, unknown][] {
  const base = rule.builtin ? ['builtin', rule.id] : ['rules', placeOf(rule.id, source)];
  const edits: [Path, unknown][] = [];
  const set = (key: string, value: unknown) => edits.push([[...base, key], value]);
  const levels = 'above' in rule || 'below' in rule ? rule : undefined;
  if (levels === undefined && (level !== undefined || clear !== undefined))
    refuse('query_invalid', `规则 ${rule.id} 没有限值`, `${rule.id} has no level`);
  if (levels !== undefined && level !== undefined && level !== (levels.above ?? levels.below)) {
    if (rule.builtin) edits.push([['contractDemand'], level]);
    else set(levels.above === undefined ? 'below' : 'above', level);
  }
  if (levels !== undefined && clear !== undefined && (clear ?? undefined) !== levels.clear) {
    if (rule.builtin)
      refuse('query_invalid', `内置规则 ${rule.id} 的恢复值不能修改`, `where ${rule.id} goes is built in`);
    set('clear', clear ?? undefined);
  }
  if (hold !== undefined && hold !== rule.hold) set('hold', durationText(hold));
  if (release !== undefined && release !== rule.release) set('release', durationText(release));
  if (off !== undefined && off !== (rule.off ?? false)) set('off', off || undefined);
  return edits;
}

function placeOf(id: string, source: string): number {
  const loose = z.object({ rules: z.array(z.looseObject({ id: z.string() })) });
  const place = parseYaml(source, 'alarms.yaml', loose).value?.rules.findIndex((one) => one.id === id) ?? -1;
  if (place < 0)
    refuse(
      'rule_refused',
      `alarms.yaml 中没有规则 ${id}，或文件有错误`,
      `alarms.yaml has no rule ${id}, or has mistakes`,
    );
  return place;
}

/** Written beside its place and moved there whole: whoever follows the file never reads half of it. */
function replaceFile(file: string, text: string): void {
  const part = `${file}.part`;
  try {
    writeFileSync(part, text, { flush: true });
    renameSync(part, file);
  } catch (cause) {
    rmSync(part, { force: true });
    refuse(
      'rule_refused',
      `未保存：无法写入 ${file}（${messageOf(cause)}）；请检查目录权限；站点目录只读时，把 alarms.yaml 复制到数据目录，之后以数据目录中的为准`,
      `not saved: ${file} cannot be written (${messageOf(cause)}): check the permissions of its folder; where that is read-only, copy alarms.yaml into the data folder: there it holds`,
    );
  }
}
