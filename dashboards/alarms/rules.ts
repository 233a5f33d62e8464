// Owns the rules of a site: the built-in ones, which need no configuration, and those of alarms.yaml.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { metersIn } from '../../core/config/roles.ts';
import { comesWithSoftware, type Site } from '../../core/config/site.ts';
import { type Problem, parseYaml, readYaml, refuseProblems } from '../../core/config/yaml-file.ts';
import type { Text } from '../../core/text.ts';
import type { RuleList, Severity } from './answers.ts';
import {
  type AlarmsFile,
  alarmsSchema,
  type BuiltinId,
  builtinIds,
  type Webhook,
  type WrittenRule,
} from './rule-schema.ts';

type Common = {
  id: string;
  off?: boolean | undefined;
  name: Text;
  severity: Severity;
  owner?: string | undefined;
  hold: number;
  release: number;
};

/** What no file can say, because it is about the chain and not about a meter's values. */
type ChainRule = Common & {
  kind:
    | 'silent'
    | 'gateway'
    | 'losses'
    | 'quality'
    | 'usual_base'
    | 'pv'
    | 'coverage'
    | 'certificate'
    | 'clock'
    | 'refused';
};

export type Rule = (WrittenRule | ChainRule) & { builtin: boolean };

/** `off`: those that are switched off, which can be switched on again. */
export type AlarmSettings = { rules: Rule[]; off: Rule[]; webhooks: Webhook[]; keep: number };

const minute = 60_000;

const builtins: Record<Exclude<BuiltinId, 'contract_demand'>, Omit<ChainRule, 'id'>> = {
  meter_silent: {
    kind: 'silent',
    name: { zh: '表计无数据', en: 'Meter silent' },
    severity: 'warning',
    hold: minute,
    release: 10_000,
  },
  gateway_offline: {
    kind: 'gateway',
    name: { zh: '网关离线', en: 'Gateway offline' },
    severity: 'critical',
    hold: 20_000,
    release: 10_000,
  },
  readings_lost: {
    kind: 'losses',
    name: { zh: '读数丢失（近 24 小时）', en: 'Readings lost within a day' },
    severity: 'critical',
    hold: 0,
    release: minute,
  },
  bad_quality: {
    kind: 'quality',
    name: { zh: '读数质量长时间不良', en: 'Bad quality for long' },
    severity: 'warning',
    hold: 15 * minute,
    release: minute,
  },
  base_load: {
    kind: 'usual_base',
    name: { zh: '夜间基荷高于往常', en: 'Base load at night above the usual' },
    severity: 'info',
    hold: 30 * minute,
    release: 15 * minute,
  },
  pv_stopped: {
    kind: 'pv',
    name: { zh: '光伏白天停发', en: 'PV stopped in daylight' },
    severity: 'warning',
    hold: 10 * minute,
    release: 2 * minute,
  },
  coverage_low: {
    kind: 'coverage',
    name: { zh: '本年数据完整率低于限值', en: "The year's coverage is below the limit" },
    severity: 'warning',
    hold: 0,
    release: minute,
  },
  certificate_expiry: {
    kind: 'certificate',
    name: { zh: '证书即将过期', en: 'Certificate about to expire' },
    severity: 'warning',
    hold: 0,
    release: minute,
  },
  clock_wrong: {
    kind: 'clock',
    name: { zh: '读数时钟错误，已隔离（近 24 小时）', en: 'Readings kept apart for their clock within a day' },
    severity: 'warning',
    hold: 0,
    release: minute,
  },
  messages_refused: {
    kind: 'refused',
    name: { zh: '消息被拒收（近 24 小时）', en: 'Messages refused within a day' },
    severity: 'warning',
    hold: 0,
    release: minute,
  },
};

export type RulePlaces = Record<'site' | 'data' | 'holds', string> & Pick<RuleList, 'changesGoTo'>;

/** Beside site.yaml; once there is an alarms.yaml in the data folder, that one stands in its place. */
export function rulePlaces(site: Pick<Site, 'folder'>, dataFolder: string): RulePlaces {
  const files = { site: join(site.folder, 'alarms.yaml'), data: join(dataFolder, 'alarms.yaml') };
  const place = existsSync(files.data) ? 'data' : 'site';
  return { ...files, holds: files[place], changesGoTo: comesWithSoftware(site.folder) ? 'data' : place };
}

export function loadAlarms(site: Site, dataFolder: string): AlarmSettings {
  const { settings, problems } = checkAlarms(site, rulePlaces(site, dataFolder).holds);
  if (settings === undefined || problems.length > 0) refuseProblems(problems);
  return settings;
}

/** All mistakes at once, each with its place. */
export function checkAlarms(
  site: Site,
  file: string,
  environment: NodeJS.ProcessEnv = process.env,
  written?: string,
): { settings: AlarmSettings | undefined; problems: Problem[] } {
  const { value, problems, problemAt } =
    written === undefined && existsSync(file)
      ? readYaml(file, alarmsSchema)
      : parseYaml(written ?? '{}', file, alarmsSchema);
  const meters = new Set(site.meters.map(({ id }) => id));
  const ids = new Set<string>(builtinIds);
  const complain = (path: (string | number)[], zh: string, en: string) => problems.push(problemAt(path, { zh, en }));
  for (const [index, { id, meter }] of (value?.rules ?? []).entries()) {
    if (ids.has(id)) complain(['rules', index, 'id'], `编号 “${id}” 已被使用`, `the id "${id}" is in use`);
    ids.add(id);
    if (!meters.has(meter))
      complain(
        ['rules', index, 'meter'],
        `没有表计 “${meter}”；可用：${[...meters].join(', ')}`,
        `there is no meter "${meter}"; there are: ${[...meters].join(', ')}`,
      );
  }
  const names = new Set<string>();
  const webhooks = (value?.webhooks ?? []).map((webhook, index) => {
    if (names.has(webhook.id))
      complain(['webhooks', index, 'id'], `编号 “${webhook.id}” 已被使用`, `the id "${webhook.id}" is in use`);
    names.add(webhook.id);
    for (const rule of webhook.rules ?? [])
      if (!ids.has(rule)) complain(['webhooks', index, 'rules'], `没有规则 “${rule}”`, `there is no rule "${rule}"`);
    const name = /^\$\{(.+)\}$/.exec(webhook.url)?.[1];
    if (name === undefined) return webhook;
    const url = environment[name] ?? '';
    if (!/^https?:\/\/\S+$/.test(url))
      complain(
        ['webhooks', index, 'url'],
        `环境变量 ${name} 未设置为 http(s) 地址`,
        `the environment variable ${name} is not set to an http(s) address`,
      );
    return { ...webhook, url };
  });
  if (value === undefined) return { settings: undefined, problems };
  const all = rulesOf(site, value);
  const rules = all.filter(({ off }) => off !== true);
  return { settings: { rules, off: all.filter(({ off }) => off === true), webhooks, keep: value.keep }, problems };
}

function rulesOf(site: Site, { builtin, contractDemand, rules }: AlarmsFile): Rule[] {
  const given = builtinIds.flatMap((id): Rule[] => {
    const changes = Object.fromEntries(Object.entries(builtin[id] ?? {}).filter(([, value]) => value !== undefined));
    if (id !== 'contract_demand') return [{ ...builtins[id], ...changes, id, builtin: true }];
    const grid = metersIn(site.meters, 'grid_import')[0];
    if (grid === undefined || contractDemand === undefined) return [];
    const name = { zh: '需量超过合同限额', en: 'Demand above the contract' };
    const demand = { kind: 'demand', meter: grid.id, above: contractDemand } as const;
    return [{ ...demand, name, severity: 'critical', hold: 0, release: minute, ...changes, id, builtin: true }];
  });
  return [...given, ...rules.map((rule) => ({ ...rule, builtin: false }))];
}
