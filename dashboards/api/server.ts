// Owns Express: the routes of the page and its data, on loopback only.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { z } from 'zod';
import { Calendar, day, type Period } from '../../core/calendar.ts';
import type { Clock } from '../../core/clock.ts';
import type { Site } from '../../core/config/site.ts';
import { Fault } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import { fromSteps, pointIds } from '../../core/points.ts';
import { idPattern } from '../../core/sample.ts';
import { resolutions } from '../../core/slots.ts';
import type { Store } from '../../core/store.ts';
import type { Language, Text } from '../../core/text.ts';
import type { RateFactors } from '../../scoring/carbon-rate.ts';
import { energyFlow } from '../../scoring/energy-flow.ts';
import type { Scorer } from '../../scoring/main.ts';
import { todaysFlow } from '../../scoring/today.ts';
import type { SiteDescription } from '../live-frame.ts';
import { healthOf } from './health.ts';
import { type Live, staleAfter } from './live.ts';
import { loadCurve } from './load.ts';
import { qualityMap } from './quality.ts';

export type ApiOptions = {
  site: Site;
  store: Store;
  scorer: Scorer;
  live: Live;
  factors: RateFactors;
  clock: Clock;
  log: Log;
};

const webFolder = fileURLToPath(new URL('../web/dist', import.meta.url));

const moment = z.coerce.number().int().min(0).max(Date.UTC(2200, 0));

/** The longest period that is answered at once: a year and the month before it, or what a question's slots allow. */
const periodShape = { start: moment, end: moment };
const inOrder = ({ start, end }: Period) => start < end;
const within =
  (days: number) =>
  ({ start, end }: Period) =>
    end - start <= days * day;
const boundedPeriod = (days: number) =>
  z
    .object(periodShape)
    .refine(inOrder, { path: ['end'], params: orderWords })
    .refine(within(days), { path: ['end'], params: lengthWords(days) });

const orderWords = { zh: '必须晚于 start', en: 'must be later than start' };
const lengthWords = (days: number) => ({ zh: `一次最多查询 ${days} 天`, en: `at most ${days} days at once` });

const series = { meter: z.string().regex(idPattern), point: z.enum(pointIds), ...periodShape };
const loadQuery = z
  .object(series)
  .refine(inOrder, { path: ['end'], params: orderWords })
  .refine(within(400), { path: ['end'], params: lengthWords(400) });
const samplesQuery = z
  .object(series)
  .refine(inOrder, { path: ['end'], params: orderWords })
  .refine(within(31), { path: ['end'], params: lengthWords(31) });
const slotsQuery = z
  .object({ ...series, resolution: z.enum(resolutions).default('hour') })
  .refine(inOrder, { path: ['end'], params: orderWords })
  .refine(within(4_000), { path: ['end'], params: lengthWords(4_000) })
  .refine((query) => query.resolution !== 'quarter' || within(400)(query), { path: ['end'], params: lengthWords(400) });

const yearParam = z.coerce.number().int().min(2000).max(2100);
const asOfQuery = z.object({ asOf: moment.optional() });

/** A question is refused in both languages, with the place of each mistake. */
function checked<T>(schema: z.ZodType<T>, given: unknown): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const told = (language: Language): string => {
    const { localeError } = language === 'zh' ? z.locales.zhCN() : z.locales.en();
    const again = schema.safeParse(given, {
      error: (issue) => {
        const own = issue.code === 'custom' ? (issue.params as Text | undefined)?.[language] : undefined;
        return own ?? localeError(issue);
      },
    });
    return again.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') ?? '';
  };
  throw new Fault('query_invalid', { zh: told('zh'), en: told('en') });
}

const mostSamples = 20_000;

export function createApi({ site, store, scorer, live, factors, clock, log }: ApiOptions): Express {
  const app = express();
  const calendar = new Calendar(site.timezone);
  app.disable('x-powered-by');
  app.use((_request, response, next) => {
    response.set({
      'Content-Security-Policy':
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    });
    next();
  });

  app.get('/api/site', (_request, response) => {
    const description: SiteDescription = {
      site: site.site,
      name: site.name,
      timezone: site.timezone,
      packs: scorer.packs,
      meters: site.meters.map(({ id, name, role, carrier, parent }) => ({
        id,
        name,
        role,
        carrier,
        parent: parent ?? null,
        staleAfter: staleAfter(site, id),
      })),
      lastClosedYear: calendar.yearOf(clock.now()) - 1,
      factors,
    };
    response.json(description);
  });
  app.get('/api/live', (_request, response) => live.open(response));
  app.get('/api/today', async (_request, response) => {
    response.json(await todaysFlow(site, store, clock.now()));
  });
  app.get('/api/score/:pack/:year', async (request, response) => {
    const year = checked(yearParam, request.params.year);
    const { asOf } = checked(asOfQuery, request.query);
    response.json(await scorer.score(request.params.pack, year, asOf));
  });
  app.get('/api/way/:pack/:year', async (request, response) => {
    const year = checked(yearParam, request.params.year);
    response.json(await scorer.way(request.params.pack, year));
  });
  app.get('/api/slots', async (request, response) => {
    const { meter, point, start, end, resolution } = checked(slotsQuery, request.query);
    const [slots = []] = await store.slots([{ meter, point }], resolution, { start, end });
    response.json({
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
    });
  });
  app.get('/api/samples', async (request, response) => {
    const { meter, point, start, end } = checked(samplesQuery, request.query);
    const samples = await store.samples({ meter, point }, { start, end });
    const cut = samples.time.length > mostSamples;
    const first = <T>(list: T[]) => (cut ? list.slice(0, mostSamples) : list);
    response.json({
      meter,
      point,
      cut,
      time: first(samples.time),
      value: first(samples.value),
      quality: first(samples.quality),
    });
  });
  app.get('/api/load', async (request, response) => {
    response.json(await loadCurve(store, checked(loadQuery, request.query), clock.now()));
  });
  app.get('/api/flow', async (request, response) => {
    const { start, end } = checked(boundedPeriod(400), request.query);
    response.json(await energyFlow(site, store, { start, end: Math.max(start + 1, Math.min(end, clock.now())) }));
  });
  app.get('/api/quality', async (request, response) => {
    response.json(await qualityMap(site, store, checked(boundedPeriod(400), request.query), clock.now()));
  });
  app.get('/api/gateways', async (_request, response) => {
    response.json(await healthOf(site, store, live.states, clock.now()));
  });
  app.get('/api/receipts', async (_request, response) => {
    response.json({ receipts: await store.receipts(), losses: await store.losses() });
  });
  app.use('/api', (request) => {
    throw new Fault('route_unknown', {
      zh: `没有接口 ${request.originalUrl}`,
      en: `there is no ${request.originalUrl}`,
    });
  });
  app.use(express.static(webFolder, { index: 'index.html' }));
  app.use((_request, response) => response.status(404).sendFile(join(webFolder, 'index.html')));
  app.use(failure(log));
  return app;
}

const statusOf = (code: string): number => (code === 'query_invalid' ? 400 : code.endsWith('_unknown') ? 404 : 500);

/** RFC 9457 problem details, in the language that the reader's browser asks for. */
const failure =
  (log: Log): ErrorRequestHandler =>
  (error, request, response, _next) => {
    const chinese = request.acceptsLanguages('zh', 'en') === 'zh';
    const told = error instanceof Fault ? error : undefined;
    if (told === undefined) log.error({ event: 'request_failed', path: request.path, err: error }, 'request failed');
    const status = told === undefined ? 500 : statusOf(told.code);
    const detail = (told?.text ?? { zh: '服务器内部错误', en: 'internal error' })[chinese ? 'zh' : 'en'];
    response
      .status(status)
      .type('application/problem+json')
      .json({ title: told?.code ?? 'error', status, detail });
  };

export type RunningServer = { url: string; close(): Promise<void> };

export async function listen(app: Express, port: number): Promise<RunningServer> {
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      reject(
        new Fault(
          'port_in_use',
          {
            zh: `端口 ${port} 已被占用：停止占用它的程序，或用 --port 换一个（0 表示任选）`,
            en: `port ${port} is in use: stop the program that has it, or choose another one with --port (0 takes any)`,
          },
          { cause, exitCode: 69 },
        ),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
