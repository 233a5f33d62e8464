// Owns the routes that tell how complete the data is, and how the gateways are.
import { z } from 'zod';
import { health, qualityMap as qualityAnswer, receipts } from '../answers.ts';
import { healthOf } from '../health.ts';
import type { ApiParts } from '../parts.ts';
import { qualityMap } from '../quality.ts';
import { bounded, periodShape } from '../questions.ts';
import { type Route, readers, route } from '../route.ts';

export const healthRoutes = ({ site, store, live, clock }: ApiParts): Route[] => [
  route({
    method: 'get',
    path: '/api/quality',
    about: { zh: '数据完整性，按仪表与日', en: "The data's completeness by meter and day" },
    may: readers,
    query: bounded(z.object(periodShape), 400),
    answer: qualityAnswer,
    run: ({ query }) => qualityMap(site, store, query, clock.now()),
  }),
  route({
    method: 'get',
    path: '/api/gateways',
    about: { zh: '网关与设备状态', en: 'Gateways and devices' },
    may: readers,
    answer: health,
    run: () => healthOf(site, store, live.states, clock.now()),
  }),
  route({
    method: 'get',
    path: '/api/receipts',
    about: { zh: '已入库的批次与丢失记录', en: 'What is stored of each gateway, and what was lost' },
    may: readers,
    answer: receipts,
    run: async () => ({ receipts: await store.receipts(), losses: await store.losses() }),
  }),
];
