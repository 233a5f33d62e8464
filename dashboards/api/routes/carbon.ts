// Owns the route of carbon: a year's emissions by source and month, with the bridge from the year before.
import { z } from 'zod';
import { carbonAnswer } from '../answers/carbon.ts';
import type { ApiParts } from '../parts.ts';
import { year } from '../questions.ts';
import { type Route, readers, route } from '../route.ts';

export const carbonRoutes = ({ scorer }: ApiParts): Route[] => [
  route({
    method: 'get',
    path: '/api/carbon/:year',
    about: { zh: '一年的碳排放：来源、逐月、同比', en: "A year's emissions: sources, months, against the year before" },
    may: readers,
    params: z.object({ year }),
    answer: carbonAnswer,
    run: ({ params }) => scorer.carbon(params.year),
  }),
];
