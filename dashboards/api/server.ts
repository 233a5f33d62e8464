// Owns Express: the headers of every answer, the routes and the page's files.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Express, type RequestHandler } from 'express';
import type { Site } from '../../core/config/site.ts';
import { exitCodes, Fault, messageOf } from '../../core/fault.ts';
import { Doorkeeper } from './door.ts';
import type { Entry } from './entry.ts';
import { byToken, mountInfluxql } from './influxql.ts';
import { withDocument } from './openapi.ts';
import type { ApiParts } from './parts.ts';
import { failure } from './problem.ts';
import { type Door, mount, type Route } from './route.ts';
import { accessRoutes } from './routes/access.ts';
import { alarmRoutes } from './routes/alarms.ts';
import { carbonRoutes } from './routes/carbon.ts';
import { evidenceRoutes } from './routes/evidence.ts';
import { factorRoutes } from './routes/factors.ts';
import { figureRoutes } from './routes/figures.ts';
import { healthRoutes } from './routes/health.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { plantRoutes } from './routes/plant.ts';
import { snapshotRoutes } from './routes/snapshots.ts';
import { tariffRoutes } from './routes/tariff.ts';

const webFolder = fileURLToPath(new URL('../web/dist', import.meta.url));

export const allRoutes = (parts: ApiParts): Route[] =>
  withDocument([
    ...plantRoutes(parts),
    ...figureRoutes(parts),
    ...healthRoutes(parts),
    ...alarmRoutes(parts),
    ...tariffRoutes(parts),
    ...carbonRoutes(parts),
    ...snapshotRoutes(parts),
    ...ledgerRoutes(parts),
    ...evidenceRoutes(parts),
    ...factorRoutes(parts),
    ...accessRoutes(parts),
  ]);

const policy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const headers: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': policy,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  });
  next();
};

const ownName =
  (entry: Entry): RequestHandler =>
  (request, _response, next) => {
    if (entry.knows(request)) return next();
    throw new Fault('host_foreign', {
      zh: '本页面只以 127.0.0.1、localhost 或 page.behindProxy 的名称提供',
      en: 'this page is served as 127.0.0.1, localhost, or the name in page.behindProxy only',
    });
  };

/** Kept by the browser, but asked for again each time: what did not change is not sent again. */
const revalidated: RequestHandler = (_request, response, next) => {
  response.set({ 'Cache-Control': 'private, no-cache', Vary: 'Accept-Language, Authorization, Cookie' });
  next();
};

export function createApi(
  parts: ApiParts,
  door: Door = new Doorkeeper(parts.access, parts.entry, parts.clock),
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', parts.entry.isBehindProxy ? 1 : false);
  app.use(headers, ownName(parts.entry));
  app.use('/api', revalidated);
  mount(app, allRoutes(parts), door);
  mountInfluxql(app, parts, byToken(parts));
  app.use('/api', (request) => {
    throw new Fault('route_unknown', {
      zh: `没有接口 ${request.originalUrl}`,
      en: `there is no ${request.originalUrl}`,
    });
  });
  app.use(express.static(webFolder, { index: 'index.html' }));
  app.use((_request, response) => response.status(404).sendFile(join(webFolder, 'index.html')));
  app.use(failure(parts.log));
  return app;
}

/** Longer than proxies keep a connection that rests, which is a minute: whoever asks again must not meet one that is just being closed. */
const idle = 75_000;

export type RunningServer = { url: string; close(): Promise<void> };

export async function listen(app: Express, page: Site['page'], port: number): Promise<RunningServer> {
  const { host, tls } = page;
  const server = tls === undefined ? createServer(app) : createTlsServer(pairOf(tls), app);
  server.keepAliveTimeout = idle;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(refusalOf(cause, host, port)));
    server.listen(port, host, resolve);
  });
  const name = host.includes(':') ? `[${host}]` : host;
  const own = `${tls === undefined ? 'http' : 'https'}://${name}:${(server.address() as AddressInfo).port}`;
  return {
    url: page.behindProxy ?? own,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function pairOf({ certificate, key }: NonNullable<Site['page']['tls']>): { cert: Buffer; key: Buffer } {
  try {
    return { cert: readFileSync(certificate), key: readFileSync(key) };
  } catch (cause) {
    throw new Fault(
      'certificate_unreadable',
      {
        zh: `无法读取 page.tls 的证书或密钥：${messageOf(cause)}`,
        en: `the certificate or the key of page.tls cannot be read: ${messageOf(cause)}`,
      },
      { cause, exitCode: exitCodes.configuration },
    );
  }
}

function refusalOf(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  if (cause.code === 'EADDRINUSE')
    return new Fault(
      'port_in_use',
      {
        zh: `端口 ${port} 已被占用：停止占用它的程序，或用 --port 换一个（0 表示任选）`,
        en: `port ${port} is in use: stop the program that has it, or choose another one with --port (0 takes any)`,
      },
      { cause, exitCode: 69 },
    );
  if (cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND')
    return new Fault(
      'host_unavailable',
      {
        zh: `page.host “${host}” 不是本机的地址：改为本机的一个 IP，或 0.0.0.0`,
        en: `page.host "${host}" is no address of this machine: name one of its IPs, or 0.0.0.0`,
      },
      { cause, exitCode: exitCodes.configuration },
    );
  return cause;
}
