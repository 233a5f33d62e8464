// Owns Express: the headers of every answer, the routes and the page's files, on loopback only.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import { Fault } from '../../core/fault.ts';
import type { ApiParts } from './parts.ts';
import { failure } from './problem.ts';
import { type Door, mount, type Route } from './route.ts';
import { figureRoutes } from './routes/figures.ts';
import { healthRoutes } from './routes/health.ts';
import { plantRoutes } from './routes/plant.ts';

const webFolder = fileURLToPath(new URL('../web/dist', import.meta.url));

export const allRoutes = (parts: ApiParts): Route[] => [
  ...plantRoutes(parts),
  ...figureRoutes(parts),
  ...healthRoutes(parts),
];

/** Nobody signs in: whoever reaches the loopback reads. */
const openDoor: Door = {
  admit(_request, { may }) {
    if (may !== 'anyone' && !may.includes('viewer'))
      throw new Fault('signed_out', { zh: '请先登录', en: 'sign in first' });
    return { name: '', role: 'viewer', by: 'local' };
  },
  stillMay: () => true,
  note: () => undefined,
};

export function createApi(parts: ApiParts, door: Door = openDoor): Express {
  const app = express();
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
  mount(app, allRoutes(parts), door);
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
