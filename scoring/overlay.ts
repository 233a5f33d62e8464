// Owns overlays: what a plant supplies where a standard is silent, each with its reason, and never over what the source states.
import type { Path, Problem, YamlFile } from '../core/config/yaml-file.ts';
import type { Text } from '../core/text.ts';
import type { Supplied } from './pack.ts';
import { checkPack, limitOf } from './pack-check.ts';
import type { Overlay, OverlayParts, Pack, PackIndicator, PackRule, PackThreshold } from './pack-schema.ts';

type Applied = { pack: Pack & { supplied: Supplied[] }; problems: Problem[] };
type ProblemAt = YamlFile<unknown>['problemAt'];

export function applyOverlay(source: Pack, overlay: Overlay | OverlayParts, problemAt: ProblemAt): Applied {
  const problems: Problem[] = [];
  const supplied: Supplied[] = [];
  const refuse = (path: Path, zh: string, en: string) => problems.push(problemAt(path, { zh, en }));
  const supply = (about: string, zh: string, en: string, reason: string) =>
    supplied.push({ about, what: { zh, en } satisfies Text, reason });

  if ('pack' in overlay && overlay.pack !== source.id)
    refuse(['pack'], `本文件应写 pack: ${source.id}`, `this file must say pack: ${source.id}`);

  const removed = new Set(overlay.remove.map(({ id }) => id));
  if (overlay.add.length + removed.size > 0 && source.tailoring === undefined)
    refuse(
      [overlay.add.length > 0 ? 'add' : 'remove'],
      '该标准没有规定可以增删指标',
      'this standard does not let indicators be added or removed',
    );
  for (const [index, { id, reason }] of overlay.remove.entries()) {
    if (source.indicators.every((one) => one.id !== id))
      refuse(['remove', index, 'id'], `没有指标 “${id}”`, `there is no indicator "${id}"`);
    supply(id, '指标由用户删去', 'indicator removed by the user', reason);
  }
  for (const { indicator, reason } of overlay.add)
    supply(indicator.id, '指标由用户增加', 'indicator added by the user', reason);

  const indicators = [
    ...source.indicators.filter(({ id }) => !removed.has(id)),
    ...overlay.add.map((one) => one.indicator),
  ];
  for (const [id, { reason, ...said }] of Object.entries(overlay.indicators)) {
    const at = indicators.findIndex((one) => one.id === id);
    const stated = indicators[at];
    if (stated === undefined) {
      const known = indicators.map((one) => one.id).join(', ');
      refuse(
        ['indicators', id],
        `没有指标 “${id}”；已有：${known}`,
        `there is no indicator "${id}"; there are: ${known}`,
      );
      continue;
    }
    indicators[at] = merge(stated, said, (key, zh, en) => refuse(['indicators', id, key], zh, en));
    for (const [key, value] of Object.entries(said)) {
      if (value === undefined) continue;
      const word = typeof value === 'number' ? { zh: String(value), en: String(value) } : wordsOf(value);
      const { zh, en } = keyNames[key as keyof typeof keyNames];
      supply(id, `${zh} ${word.zh}`, `${en} ${word.en}`, reason);
    }
  }

  const constants = { ...source.constants };
  for (const [id, { value, reason }] of Object.entries(overlay.constants)) {
    const stated = constants[id];
    if (stated === undefined) refuse(['constants', id], `没有常数 “${id}”`, `there is no constant "${id}"`);
    else if (stated.value !== 'not_stated')
      refuse(['constants', id], ...alreadyStated(`${stated.value} ${stated.unit}`, stated.clause));
    else {
      constants[id] = { ...stated, value };
      supply(id, `${stated.name.zh} ${value} ${stated.unit}`, `${stated.name.en} ${value} ${stated.unit}`, reason);
    }
  }

  const choices = source.choices.map((choice) => ({ ...choice }));
  for (const [id, { option, reason }] of Object.entries(overlay.choices)) {
    const choice = choices.find((one) => one.id === id);
    const chosen = choice?.options.find((one) => one.id === option);
    if (choice === undefined) refuse(['choices', id], `没有选项 “${id}”`, `there is no choice "${id}"`);
    else if (chosen === undefined) {
      const known = choice.options.map((one) => one.id).join(', ');
      refuse(
        ['choices', id, 'option'],
        `没有选项 “${option}”；可选：${known}`,
        `there is no option "${option}"; there are: ${known}`,
      );
    } else {
      choice.chosen = option;
      supply(id, `${choice.what.zh}：${chosen.name.zh}`, `${choice.what.en}: ${chosen.name.en}`, reason);
    }
  }

  const pack = { ...source, indicators, constants, choices, supplied };
  if (problems.length > 0) return { pack, problems };
  return { pack, problems: checkPack({ value: pack, raw: undefined, problems, problemAt }) };
}

const keyNames = {
  points: { zh: '分值', en: 'points' },
  rule: { zh: '计分规则', en: 'scoring rule' },
  threshold: { zh: '阈值', en: 'threshold' },
  target: { zh: '目标值', en: 'target' },
} as const;

/** In the indicator's own unit. */
function wordsOf(rule: PackRule): Text {
  if (rule === 'all_or_nothing') return { zh: '达到得满分，否则不得分', en: 'all or nothing' };
  if (rule === 'not_stated') return { zh: '未载明', en: 'not stated' };
  if ('linear' in rule) {
    const { zero, full } = rule.linear;
    return {
      zh: `由 ${zero}（零分）至 ${full}（满分）按比例`,
      en: `in proportion from ${zero} (none) to ${full} (all)`,
    };
  }
  const bands = rule.bands.map(({ atLeast, share }) => `≥${atLeast}: ${share * 100} %`).join(', ');
  return { zh: `分档 ${bands}`, en: `by bands ${bands}` };
}

const alreadyStated = (value: string, clause: string): [string, string] => [
  `标准已载明（${clause}：${value}），请删去此行`,
  `the standard states it (${clause}: ${value}): remove this line`,
];

type Said = Omit<OverlayParts['indicators'][string], 'reason'>;

function merge(
  stated: PackIndicator,
  said: Said,
  refuse: (key: string, zh: string, en: string) => void,
): PackIndicator {
  const result: PackIndicator = { ...stated };
  if (said.points !== undefined) {
    if (typeof stated.points === 'number') refuse('points', ...alreadyStated(String(stated.points), stated.clause));
    result.points = said.points;
  }
  if (said.rule !== undefined) {
    if (stated.rule !== undefined && stated.rule !== 'not_stated')
      refuse('rule', ...alreadyStated(JSON.stringify(stated.rule), stated.clause));
    result.rule = said.rule;
  }
  for (const key of ['threshold', 'target'] as const) {
    const value = said[key];
    if (value === undefined) continue;
    const cases = stated[key] ?? [];
    if (!cases.some((one) => limitOf(one) === 'not_stated'))
      refuse(key, ...alreadyStated(cases.map((one) => one.phrase.zh).join('; '), stated.clause));
    result[key] = cases.map((one) => (limitOf(one) === 'not_stated' ? withLimit(one, value) : one));
  }
  return result;
}

function withLimit(threshold: PackThreshold, value: number): PackThreshold {
  const { atLeast, atMost, ...rest } = threshold;
  const sign = atLeast === undefined ? '≤' : '≥';
  const phrase = { zh: `${sign}${value}（用户提供）`, en: `${sign}${value} (supplied by the user)` };
  return { ...rest, phrase, ...(atLeast === undefined ? { atMost: value } : { atLeast: value }) };
}
