// Owns the routes that describe the plant and tell what it does now.
import { Calendar } from '../../../core/calendar.ts';
import { todaysFlow } from '../../../scoring/today.ts';
import type { SiteDescription } from '../../live-frame.ts';
import { todaysFlow as flowOfToday, liveFrame, siteDescription } from '../answers/plant.ts';
import { staleAfter } from '../live.ts';
import type { ApiParts } from '../parts.ts';
import { type Route, readers, route } from '../route.ts';

export const plantRoutes = ({ site, store, scorer, live, factors, clock }: ApiParts): Route[] => [
  route({
    method: 'get',
    path: '/api/site',
    about: { zh: '工厂、仪表与标准', en: 'The plant, its meters and its standards' },
    may: readers,
    answer: siteDescription,
    run: (): SiteDescription => ({
      site: site.site,
      name: site.name,
      timezone: site.timezone,
      packs: scorer.packs,
      meters: site.meters.map(({ id, name, role, carrier, parent, reads }) => ({
        id,
        name,
        role,
        carrier,
        parent: parent ?? null,
        reads,
        staleAfter: staleAfter(site, id),
      })),
      lastClosedYear: new Calendar(site.timezone).yearOf(clock.now()) - 1,
      factors,
    }),
  }),
  route({
    method: 'get',
    path: '/api/live',
    about: { zh: '实时数据流，每秒一帧', en: 'The live stream, a frame a second' },
    may: readers,
    answer: 'text/event-stream',
    events: liveFrame,
    open: (response, { stillMay }) => live.open(response, response.req.get('last-event-id'), stillMay),
  }),
  route({
    method: 'get',
    path: '/api/today',
    about: { zh: '今日电量流向', en: "Today's electricity" },
    may: readers,
    answer: flowOfToday,
    run: () => todaysFlow(site, store, factors, clock.now()),
  }),
];
