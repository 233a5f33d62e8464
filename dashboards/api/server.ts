// Owns Express: the routes of the page and its data, on loopback only.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type ErrorRequestHandler, type Express, type Request } from 'express';
import { z } from 'zod';
import { Calendar } from '../../core/calendar.ts';
import type { Clock } from '../../core/clock.ts';
import type { Site } from '../../core/config/site.ts';
import { Fault } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import { fromSteps, pointIds } from '../../core/points.ts';
import { idPattern } from '../../core/sample.ts';
import { resolutions } from '../../core/slots.ts';
import type { Store } from '../../core/store.ts';
import type { RateFactors } from '../../scoring/carbon-rate.ts';
import type { Scorer } from '../../scoring/main.ts';
import { todaysFlow } from '../../scoring/today.ts';
import type { SiteDescription } from '../live-frame.ts';
import { type Live, staleAfter } from './live.ts';

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

const seriesQuery = z.object({
  meter: z.string().regex(idPattern),
  point: z.enum(pointIds),
  start: z.coerce.number().int(),
  end: z.coerce.number().int(),
  resolution: z.enum(resolutions).default('hour'),
});

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
    const year = z.coerce.number().int().min(2000).max(2100).parse(request.params.year);
    const asOf = z.coerce.number().int().nonnegative().optional().parse(request.query.asOf);
    response.json(await scorer.score(request.params.pack, year, asOf));
  });
  app.get('/api/way/:pack/:year', async (request, response) => {
    const year = z.coerce.number().int().min(2000).max(2100).parse(request.params.year);
    response.json(await scorer.way(request.params.pack, year));
  });
  app.get('/api/slots', async (request, response) => {
    const { meter, point, start, end, resolution } = parseQuery(request);
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
    const { meter, point, start, end } = parseQuery(request);
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

function parseQuery(request: Request): z.infer<typeof seriesQuery> {
  return seriesQuery.parse(request.query);
}

/** RFC 9457 problem details, in the language that the reader's browser asks for. */
const failure =
  (log: Log): ErrorRequestHandler =>
  (error, request, response, _next) => {
    const chinese = request.acceptsLanguages('zh', 'en') === 'zh';
    const known = error instanceof Fault || error instanceof z.ZodError;
    if (!known) log.error({ event: 'request_failed', path: request.path, err: error }, 'request failed');
    const status =
      error instanceof z.ZodError ? 400 : error instanceof Fault ? (error.code.endsWith('_unknown') ? 404 : 500) : 500;
    const detail =
      error instanceof z.ZodError
        ? z.prettifyError(error)
        : error instanceof Fault
          ? error.text[chinese ? 'zh' : 'en']
          : chinese
            ? '服务器内部错误'
            : 'internal error';
    response
      .status(status)
      .type('application/problem+json')
      .json({ title: error instanceof Fault ? error.code : 'error', status, detail });
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
