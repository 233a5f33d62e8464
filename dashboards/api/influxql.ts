// Owns the address at which Grafana reads the plant as it reads an InfluxDB 1: /query and /ping, read-only.
import express, { type Express, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { Fault, messageOf } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import type { Access } from '../access/access.ts';
import { Buckets } from '../access/patience.ts';
import { type Answerer, answer, epochs } from '../query/answer.ts';
import { usual } from './door.ts';
import type { Entry } from './entry.ts';
import { checked, languageOf } from './route.ts';

export type Credentials = { user: string; password: string } | { token: string };

/** The name under which one asks; undefined: nobody who may. */
export type Admit = (credentials: Credentials | undefined) => string | undefined;

/**
 * By a token of the API, which Grafana may also give as the password of whatever user: a person's own password would be proved
 * anew for each panel. Without credentials, as the page: at this machine, where it is open.
 */
export const byToken =
  ({ access, entry, clock }: { access: Access; entry: Entry; clock: Clock }): Admit =>
  (credentials) => {
    if (credentials === undefined) return entry.isOpen ? 'local' : undefined;
    const secret = 'token' in credentials ? credentials.token : credentials.password;
    const token = access.tokens.find(secret, clock.now())?.token;
    return token?.wall === true ? undefined : token?.id; // a screen on a wall sees what it shows, and no other readings
  };

/** The one whose answers ours are compared with. */
const version = '1.6.7-tanbiao';

const shape = z.object({
  q: z.string().max(65_536),
  db: z.string().max(128).optional(),
  epoch: z.enum(epochs).optional(),
  u: z.string().max(256).optional(),
  p: z.string().max(1_024).optional(),
});

export function mountInfluxql(app: Express, parts: Answerer & { log: Log }, admit: Admit): void {
  app.get('/ping', (_request, response) => {
    response.status(204).set('X-Influxdb-Version', version).end();
  });
  const allowance = new Buckets(usual.reading);
  const form = express.urlencoded({ extended: false, limit: '256kb' });
  const run = async (request: Request, response: Response) => {
    response.set('X-Influxdb-Version', version);
    const language = languageOf(request);
    const left = new AbortController();
    response.on('close', () => left.abort());
    const refuse = (status: number, error: string) => response.status(status).json({ error });
    try {
      const body = (request.body ?? {}) as Record<string, unknown>;
      const { q, db, epoch, u, p } = checked(shape, { ...request.query, ...body });
      const who = admit(credentialsIn(request, u, p));
      allowance.take(who ?? request.ip ?? '', parts.clock.monotonic());
      if (who === undefined) {
        response.set('WWW-Authenticate', 'Basic realm="Tanbiao"');
        return refuse(
          401,
          language === 'zh'
            ? '需要 API 令牌：作为 Basic 认证的密码，或 Authorization: Token …'
            : 'authorization failed: send a token of the API as the password of basic authentication, or as Authorization: Token …',
        );
      }
      const text = await answer(parts, { text: q, database: db, epoch, language }, left.signal);
      return response.type('application/json').send(text);
    } catch (error) {
      if (left.signal.aborted) return response.end();
      if (error instanceof Fault)
        return refuse(error.code === 'too_many_requests' ? 429 : 400, messageOf(error, language));
      parts.log.error({ event: 'query_failed', err: error }, 'query failed');
      return refuse(500, language === 'zh' ? '服务器内部错误' : 'internal error');
    }
  };
  app.get('/query', run);
  app.post('/query', form, run);
}

/** As an InfluxDB takes them: `Basic`, `Token`, or u and p among the parameters. */
function credentialsIn(request: Request, u?: string, p?: string): Credentials | undefined {
  const [scheme = '', ...rest] = (request.get('authorization') ?? '').split(' ');
  const told = rest.join(' ');
  if (/^(token|bearer)$/i.test(scheme) && told !== '') return { token: told };
  if (/^basic$/i.test(scheme)) {
    const [user = '', ...password] = Buffer.from(told, 'base64').toString('utf8').split(':');
    return { user, password: password.join(':') };
  }
  return u === undefined ? undefined : { user: u, password: p ?? '' };
}
