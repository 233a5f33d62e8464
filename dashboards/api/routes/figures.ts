// Owns the routes of the figures: score, way to the next grade, energy flow, slots and readings.
import { z } from 'zod';
import { day } from '../../../core/calendar.ts';
import { fromSteps } from '../../../core/points.ts';
import { idPattern } from '../../../core/sample.ts';
import { resolutions, writtenWithin } from '../../../core/slots.ts';
import { energyFlow } from '../../../scoring/energy-flow.ts';
import { earlierOf, workshopUses } from '../../../scoring/workshops.ts';
import { energyFlow as energyFlowAnswer, samples as samplesAnswer, slots as slotsAnswer } from '../answers/figures.ts';
import { score as scoreAnswer, way } from '../answers/score.ts';
import { workshopsAnswer } from '../answers/workshops.ts';
import { loadCurve as loadAnswer } from '../answers.ts';
import { loadCurve } from '../load.ts';
import type { ApiParts } from '../parts.ts';
import { bounded, moment, periodShape, seriesShape, year } from '../questions.ts';
import { type Route, readers, route } from '../route.ts';

const mostSamples = 20_000;
const packYear = z.object({ pack: z.string().regex(idPattern), year });

export const figureRoutes = ({ site, store, scorer, ledger, clock }: ApiParts): Route[] => [
  route({
    method: 'get',
    path: '/api/score/:pack/:year',
    about: { zh: '一年按某标准的评价，附逐步溯源', en: "A year's score by a standard, with its trace" },
    may: readers,
    params: packYear,
    query: z.object({ asOf: moment.optional() }),
    answer: scoreAnswer,
    run: ({ params, query }) => scorer.score(params.pack, params.year, query.asOf),
  }),
  route({
    method: 'get',
    path: '/api/way/:pack/:year',
    about: { zh: '到各阈值与下一等级的差距', en: 'The way to each threshold and to the next grade' },
    may: readers,
    params: packYear,
    answer: way,
    run: ({ params }) => scorer.way(params.pack, params.year),
  }),
  route({
    method: 'get',
    path: '/api/flow',
    about: { zh: '一段时间的能流', en: 'The energy flow of a period' },
    may: readers,
    query: bounded(z.object(periodShape), 400),
    answer: energyFlowAnswer,
    run: ({ query: { start, end } }) =>
      energyFlow(site, store, { start, end: Math.max(start + 1, Math.min(end, clock.now())) }, ledger.current()),
  }),
  route({
    method: 'get',
    path: '/api/workshops',
    about: { zh: '各车间用电、环比与待机', en: 'What each workshop used, and how much of it always flows' },
    may: readers,
    query: bounded(z.object({ ...periodShape, before: moment.optional(), beforeEnd: moment.optional() }), 400).refine(
      ({ before = 0, beforeEnd }) => beforeEnd === undefined || (beforeEnd > before && beforeEnd - before <= 400 * day),
      {
        path: ['beforeEnd'],
        params: { zh: '必须晚于 before，且至多 400 天', en: 'must be later than before, by at most 400 days' },
      },
    ),
    answer: workshopsAnswer,
    async run({ query: { start, end, before, beforeEnd } }) {
      // Compared is as much time as has passed, so that a running week is not set against a whole one.
      const passed = Math.max(start + 1, Math.min(end, clock.now() - writtenWithin));
      const earlier = before === undefined ? null : earlierOf({ start, end }, passed, before, beforeEnd);
      const workshops = await workshopUses(site, store, { start, end: passed }, earlier);
      return { start, end: passed, workshops };
    },
  }),
  route({
    method: 'get',
    path: '/api/load',
    about: { zh: '一块表的负荷曲线', en: 'The load curve of a meter' },
    may: readers,
    query: bounded(z.object({ ...seriesShape, ...periodShape }), 400),
    answer: loadAnswer,
    run: ({ query }) => loadCurve(store, query, clock.now()),
  }),
  route({
    method: 'get',
    path: '/api/slots',
    about: { zh: '一个测点的时段值', en: 'The slots of a point' },
    may: readers,
    query: bounded(
      z.object({ ...seriesShape, ...periodShape, resolution: z.enum(resolutions).default('hour') }),
      ({ resolution }) => (resolution === 'quarter' ? 400 : 4_000),
    ),
    answer: slotsAnswer,
    async run({ query: { meter, point, start, end, resolution } }) {
      const [slots = []] = await store.slots([{ meter, point }], resolution, { start, end });
      return {
        meter,
        point,
        resolution,
        slots: slots.map((slot) => ({
          ...slot,
          value: fromSteps(slot.value, point),
          estimated: fromSteps(slot.estimated, point),
          min: undefined,
          max: undefined,
        })),
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/samples',
    about: { zh: '一个测点的原始读数', en: 'The readings of a point' },
    may: readers,
    query: bounded(z.object({ ...seriesShape, ...periodShape }), 31),
    answer: samplesAnswer,
    async run({ query: { meter, point, start, end } }) {
      const samples = await store.samples({ meter, point }, { start, end });
      const cut = samples.time.length > mostSamples;
      const first = <T>(list: T[]) => (cut ? list.slice(0, mostSamples) : list);
      return {
        meter,
        point,
        cut,
        time: first(samples.time),
        value: first(samples.value),
        quality: first(samples.quality),
      };
    },
  }),
];
