// Owns what a route of the API is: its address, who may use it, what it takes and what it answers; and how Express serves it.
import express, { type Express, type Request, type Response } from 'express';
import { z } from 'zod';
import { Fault } from '../../core/fault.ts';
import type { Language, Text } from '../../core/text.ts';
import { type Actor, type Deed, type Role, roles } from '../access/roles.ts';
import { fileBody, fileOf } from './file-body.ts';

/** Everyone who may see the plant's figures at all. */
export const readers: readonly Role[] = roles;

export type Question<P, Q, B> = {
  params: P;
  query: Q;
  body: B;
  actor: Actor;
  language: Language;
  address: string;
  /** Whether the one who asked still may: what answers over a long time asks again. */
  stillMay(): boolean;
};

/** What an answer is that is not JSON. */
export type Sending = { type: string; name?: string; content: Uint8Array | string };

/** A JSON answer with more than its body. */
export class Reply {
  readonly body: unknown;
  readonly headers: Record<string, string>;

  constructor(body: unknown, headers: Record<string, string>) {
    this.body = body;
    this.headers = headers;
  }
}

type Schema<T> = z.ZodType<T>;

export type Route<P = unknown, Q = unknown, B = unknown> = {
  method: 'get' | 'post' | 'put' | 'delete';
  /** With its parameters as Express writes them: /api/score/:pack/:year. */
  path: `/api/${string}`;
  about: Text;
  /** `anyone`: also without a session, where one is required. */
  may: readonly Role[] | 'anyone';
  /** Only a person who signed in: no token, and nobody who merely sits at the machine. */
  inPerson?: true;
  params?: Schema<P>;
  query?: Schema<Q>;
  /** JSON, or `fileBody`: the bytes of a file, which `run` reads as they come. */
  body?: Schema<B>;
  /** What a change is about, for the record of changes; default: the values of its parameters. */
  subject?(question: Pick<Question<P, Q, B>, 'params' | 'query' | 'body'>): string;
  /** The schema of a JSON answer, or the media type of another one. */
  answer: z.ZodType | `${string}/${string}`;
} & (
  | { run(question: Question<P, Q, B>): Promise<unknown> | unknown }
  /** Answers by itself, over a time of its own: a stream. */
  | { open(response: Response, question: Question<P, Q, B>): void }
);

/** Gives a route its types back, so that what it takes is known where it answers. */
export const route = <P, Q, B>(given: Route<P, Q, B>): Route => given as unknown as Route;

/** `admit` throws for whom the route is not: `signed_out`, `role_missing`. `note` keeps what was changed, and what was refused. */
export type Door = {
  whoAsks(request: Request): Actor;
  admit(request: Request, asked: Route, actor: Actor): void;
  stillMay(request: Request, asked: Route): boolean;
  note(deed: Deed): void;
};

export const languageOf = (request: Request): Language => (request.acceptsLanguages('zh', 'en') === 'en' ? 'en' : 'zh');

/** A question is refused in both languages, with the place of each mistake. */
export function checked<T>(schema: Schema<T>, given: unknown): T {
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

const mostJson = 1_000_000;
const parseJson = express.json({ limit: mostJson, strict: false });

async function bodyOf<T>(schema: Schema<T>, request: Request, response: Response): Promise<T> {
  if (schema === (fileBody as unknown)) return fileOf(request) as T;
  if (request.is('application/json') !== 'application/json')
    throw new Fault('body_type_unsupported', {
      zh: '请求体须为 application/json',
      en: 'the body must be application/json',
    });
  await new Promise<void>((resolve, reject) => {
    parseJson(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  return checked(schema, request.body);
}

async function answer(one: Route, door: Door, request: Request, response: Response): Promise<void> {
  const told: Partial<Deed> = {};
  try {
    const actor = door.whoAsks(request);
    Object.assign(told, { who: actor.name, role: actor.by === 'nobody' ? '' : actor.role, by: actor.by });
    door.admit(request, one, actor);
    const question = {
      params: one.params === undefined ? undefined : checked(one.params, request.params),
      query: one.query === undefined ? undefined : checked(one.query, request.query),
      body: one.body === undefined ? undefined : await bodyOf(one.body, request, response),
      actor,
      language: languageOf(request),
      address: request.ip ?? '',
      stillMay: () => door.stillMay(request, one),
    };
    if (one.subject !== undefined) told.subject = one.subject(question);
    if ('open' in one) return one.open(response, question);
    const said = await one.run(question);
    note(one, door, request, { ...told, outcome: 'done' });
    return send(one, said, response);
  } catch (error) {
    note(one, door, request, { ...told, outcome: error instanceof Fault ? error.code : 'failed' });
    throw error;
  }
}

function note(one: Route, door: Door, request: Request, told: Partial<Deed>): void {
  // Who asks too often is told so, and not written down as often as he asks.
  if (one.method === 'get' || told.outcome === 'too_many_requests') return;
  door.note({
    who: '',
    role: '',
    by: 'nobody',
    address: request.ip ?? '',
    route: `${one.method.toUpperCase()} ${one.path}`,
    subject: Object.values(request.params).join(' '),
    outcome: 'done',
    ...told,
  });
}

function send(one: Route, said: unknown, response: Response): void {
  if (one.answer instanceof z.ZodType) {
    if (said instanceof Reply) response.set(said.headers);
    response.json((said instanceof Reply ? said.body : said) ?? null);
    return;
  }
  const { type, name, content } = said as Sending;
  if (name !== undefined) response.attachment(name);
  response.type(type).send(typeof content === 'string' ? content : Buffer.from(content));
}

export function mount(app: Express, routes: readonly Route[], door: Door): void {
  for (const one of routes) app[one.method](one.path, (request, response) => answer(one, door, request, response));
  for (const path of new Set(routes.map((one) => one.path))) {
    const allowed = routes.filter((one) => one.path === path).map(({ method }) => method.toUpperCase());
    app.all(path, (request, response) => {
      response.set('Allow', allowed.join(', '));
      throw new Fault('method_not_allowed', {
        zh: `${path} 不支持 ${request.method}，可用：${allowed.join('、')}`,
        en: `${path} does not take ${request.method}, but ${allowed.join(', ')}`,
      });
    });
  }
}
