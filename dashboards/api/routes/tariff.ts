// Owns the routes of time-of-use tariffs: what the grid's import cost, and the bands behind a load curve.
import { z } from 'zod';
import { Calendar } from '../../../core/calendar.ts';
import { metersIn } from '../../../core/config/roles.ts';
import { Fault } from '../../../core/fault.ts';
import { idPattern } from '../../../core/sample.ts';
import { bandStretches } from '../../../scoring/tariff/cost.ts';
import { loadTariffs } from '../../../scoring/tariff/plan.ts';
import { tariffReport } from '../../../scoring/tariff/report.ts';
import { bandsAnswer, tariffAnswer } from '../answers/tariff.ts';
import type { ApiParts } from '../parts.ts';
import { bounded, periodShape } from '../questions.ts';
import { type Route, readers, route } from '../route.ts';

export const tariffRoutes = ({ site, store, clock }: ApiParts): Route[] => {
  const plan = loadTariffs(site);
  const calendar = new Calendar(site.timezone);
  const grid = metersIn(site.meters, 'grid_import').map(({ id }) => id);
  const chosen = (meter: string | undefined): string[] => {
    if (meter === undefined) return grid;
    if (grid.includes(meter)) return [meter];
    throw new Fault('meter_unknown', {
      zh: `没有总进线表 “${meter}”；已有：${grid.join(', ')}`,
      en: `there is no grid meter "${meter}"; there are: ${grid.join(', ')}`,
    });
  };
  return [
    route({
      method: 'get',
      path: '/api/tariff',
      about: {
        zh: '分时电量与电费；没有 tariffs.yaml 时为 null',
        en: 'Energy and cost by band; null without tariffs.yaml',
      },
      may: readers,
      query: bounded(
        z.object({
          ...periodShape,
          meter: z.string().regex(idPattern).optional(),
          by: z.enum(['day', 'month']).default('day'),
        }),
        400,
      ),
      answer: tariffAnswer,
      async run({ query: { meter, start, end, by } }) {
        const asked = { meters: chosen(meter), start, end, by, now: clock.now() };
        return { report: plan === null ? null : await tariffReport(site, plan, store, asked) };
      },
    }),
    route({
      method: 'get',
      path: '/api/tariff/bands',
      about: { zh: '一段时间内的分时时段', en: 'The bands of a period' },
      may: readers,
      query: bounded(z.object(periodShape), 62),
      answer: bandsAnswer,
      run: ({ query }) => (plan === null ? [] : bandStretches(plan, query, calendar)),
    }),
  ];
};
