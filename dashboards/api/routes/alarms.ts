// Owns the routes of the alarms: what is open, what was, what somebody does about them, the rules and their dry run.
import { z } from 'zod';
import { day } from '../../../core/calendar.ts';
import { Fault } from '../../../core/fault.ts';
import { idPattern } from '../../../core/sample.ts';
import { alarmHistory, alarmList, dryRunAnswer, ruleList, shownAlarm, shownAlarms } from '../answers/alarms.ts';
import type { ApiParts } from '../parts.ts';
import { bounded, cutPage, moment, pageShape, periodShape } from '../questions.ts';
import { type Route, readers, route } from '../route.ts';

const operators = ['operator', 'manager', 'admin'] as const;
const byNumber = z.object({ id: z.coerce.number().int().min(1) });
const words = z.string().trim().max(2_000);
const longestShelf = 30 * day;
const held = z.coerce.number().int().min(0).max(day);

const ruleChange = z.strictObject({
  level: z.number().optional(),
  clear: z.number().nullable().optional(),
  hold: held.optional(),
  release: held.optional(),
  off: z.boolean().optional(),
});

export const alarmRoutes = ({ alarms, clock }: ApiParts): Route[] => [
  route({
    method: 'get',
    path: '/api/alarms',
    about: { zh: '未恢复的告警', en: 'Alarms that are open' },
    may: readers,
    answer: alarmList,
    run: () => alarms.watch.list(clock.now()),
  }),
  route({
    method: 'get',
    path: '/api/alarms/history',
    about: { zh: '已恢复的告警，从新到旧', en: 'Alarms that are over, newest first' },
    may: readers,
    query: z.object({ ...pageShape, cursor: z.coerce.number().int().min(1).optional() }),
    answer: alarmHistory,
    run: ({ query: { cursor, limit } }) =>
      cutPage(alarms.watch.history(cursor, limit + 1, clock.now()), limit, ({ id }) => id),
  }),
  route({
    method: 'get',
    path: '/api/alarms/of-meter',
    about: { zh: '一块表在一段时间内的告警', en: 'Alarms of a meter in a period' },
    may: readers,
    query: bounded(z.object({ meter: z.string().regex(idPattern), ...periodShape }), 400),
    answer: shownAlarms,
    run: ({ query: { meter, ...period } }) => alarms.watch.ofMeter(meter, period, clock.now()),
  }),
  route({
    method: 'get',
    path: '/api/alarms/rules',
    about: { zh: '告警规则与通知', en: 'Rules of alarms, and who is told' },
    may: readers,
    answer: ruleList,
    run: () => alarms.rules(),
  }),
  route({
    method: 'get',
    path: '/api/alarms/rules/:rule/dry-run',
    about: { zh: '用已存读数试运行一条规则', en: 'When a rule would have come, by what is stored' },
    may: readers,
    params: z.object({ rule: z.string().regex(idPattern) }),
    query: z.object({
      days: z.coerce.number().int().min(1).max(31).default(7),
      above: z.coerce.number().optional(),
      below: z.coerce.number().optional(),
      clear: z.coerce.number().optional(),
      hold: held.optional(),
      release: held.optional(),
    }),
    answer: dryRunAnswer,
    run: ({ params, query: { days, ...other } }) => alarms.dryRun(params.rule, days, other),
  }),
  route({
    method: 'put',
    path: '/api/alarms/rules/:rule',
    about: {
      zh: '修改一条规则的限值、持续时间或启停，写入 alarms.yaml，立即生效',
      en: 'Changes the level, the times or the state of a rule, in alarms.yaml and at once',
    },
    may: ['manager', 'admin'],
    params: z.object({ rule: z.string().regex(idPattern) }),
    body: ruleChange,
    subject: ({ params, body }) =>
      [params.rule, ...Object.entries(body).map(([name, value]) => `${name} ${value}`)].join(' '),
    answer: ruleList,
    run: ({ params, body }) => alarms.change(params.rule, body),
  }),
  route({
    method: 'post',
    path: '/api/alarms/:id/ack',
    about: { zh: '确认告警并留言', en: 'Take note of an alarm' },
    may: operators,
    params: byNumber,
    body: z.strictObject({ note: words.default('') }),
    answer: shownAlarm,
    run: ({ params, body, actor }) => alarms.watch.acknowledge(params.id, actor.name, body.note, clock.now()),
  }),
  route({
    method: 'post',
    path: '/api/alarms/:id/shelve',
    about: { zh: '搁置告警至某时，须说明原因', en: 'Shelve an alarm until a time, with the reason' },
    may: operators,
    params: byNumber,
    body: z.strictObject({ until: moment, reason: words.min(1) }),
    answer: shownAlarm,
    run({ params, body: { until, reason }, actor }) {
      const at = clock.now();
      if (until <= at || until > at + longestShelf)
        throw new Fault('query_invalid', {
          zh: 'until: 必须晚于现在，且在 30 天以内',
          en: 'until: must be later than now, within 30 days',
        });
      return alarms.watch.shelve(params.id, { until, reason, by: actor.name, at });
    },
  }),
  route({
    method: 'post',
    path: '/api/alarms/:id/unshelve',
    about: { zh: '取消搁置', en: 'Take an alarm from the shelf' },
    may: operators,
    params: byNumber,
    answer: shownAlarm,
    run: ({ params }) => alarms.watch.unshelve(params.id, clock.now()),
  }),
];
