// Owns the shapes of alarms, of their rules, and of the dry run of a rule.
import { z } from 'zod';
import { type AlarmList, type DryRun, type RuleList, type ShownAlarm, severities } from '../../alarms/answers.ts';
import { pageOf } from '../questions.ts';
import { count, maybe, named, point, text, time } from './named.ts';

const object = z.object({
  kind: z.enum(['meter', 'gateway', 'site', 'file']),
  id: z.string(),
  point: point.exactOptional(),
});
const severity = z.enum(severities);
const word = z.string().nullable();

export const shownAlarm: z.ZodType<ShownAlarm> = z
  .object({
    id: count,
    rule: z.string(),
    object,
    name: text,
    severity,
    owner: word,
    first: time,
    last: time,
    count,
    cleared: time.nullable(),
    value: maybe,
    limit: maybe,
    unit: z.string(),
    acknowledged: z.object({ by: z.string(), at: time, note: z.string() }).nullable(),
    told: z.boolean(),
    settled: z.boolean(),
    state: z.enum(['active', 'acknowledged', 'shelved', 'cleared']),
    shelf: z.object({ until: time, by: z.string(), at: time, reason: z.string() }).nullable(),
    get inside(): z.ZodType<ShownAlarm[]> {
      return z.array(shownAlarm);
    },
  })
  .register(named, { id: 'Alarm' });

export const shownAlarms = z.array(shownAlarm);
export const alarmHistory = pageOf(shownAlarm);

export const alarmList: z.ZodType<AlarmList> = z
  .object({ now: time, since: time, quietSince: time.nullable(), open: shownAlarms, shelved: shownAlarms })
  .register(named, { id: 'AlarmList' });

const level = z.object({ above: maybe, below: maybe, clear: maybe, unit: z.string() });

export const ruleList: z.ZodType<RuleList> = z
  .object({
    changesGoTo: z.enum(['site', 'data']),
    rules: z.array(
      z.object({
        id: z.string(),
        kind: z.string(),
        name: text,
        severity,
        owner: word,
        builtin: z.boolean(),
        off: z.boolean(),
        hold: count,
        release: count,
        tryable: z.boolean(),
        level: level.nullable(),
        meter: word,
      }),
    ),
    webhooks: z.array(z.object({ id: z.string(), waiting: count, delivered: count, dropped: count, failure: word })),
    problems: z.array(z.object({ at: z.string(), text })),
  })
  .register(named, { id: 'AlarmRules' });

export const dryRunAnswer: z.ZodType<DryRun> = z
  .object({
    rule: z.string(),
    start: time,
    end: time,
    firings: z.array(z.object({ object, from: time, to: time.nullable(), value: maybe, count })),
    cut: z.boolean(),
  })
  .register(named, { id: 'DryRun' });
