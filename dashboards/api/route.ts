// Owns what a route of the API is: its address, who may use it, what it takes and what it answers; and how Express serves it.
import type { Express, Request, Response } from 'express';
import { z } from 'zod';
import { Fault } from '../../core/fault.ts';
import type { Language, Text } from '../../core/text.ts';

/** From the one who may least to the one who may most; an assessor reads and verifies, and his access ends by itself. */
export const roles = ['viewer', 'assessor', 'operator', 'manager', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Everyone who may see the plant's figures at all. */
export const readers = roles;

export type Actor = { name: string; role: Role };

export type Question<P, Q, B> = { params: P; query: Q; body: B; actor: Actor; language: Language };

/** What an answer is that is not JSON. */
export type Sending = { type: string; name?: string; content: Uint8Array | string };

type Schema<T> = z.ZodType<T>;

export type Route<P = unknown, Q = unknown, B = unknown> = {
  method: 'get' | 'post' | 'put' | 'delete';
  /** With its parameters as Express writes them: /api/score/:pack/:year. */
  path: `/api/${string}`;
  about: Text;
  may: readonly Role[];
  params?: Schema<P>;
  query?: Schema<Q>;
  body?: Schema<B>;
  /** The schema of a JSON answer, or the media type of another one. */
  answer: z.ZodType | `${string}/${string}`;
} & (
  | { run(question: Question<P, Q, B>): Promise<unknown> | unknown }
  /** Answers by itself, over a time of its own: a stream. */
  | { open(response: Response, question: Question<P, Q, B>): void }
);

/** Gives a route its types back, so that what it takes is known where it answers. */
export const route = <P, Q, B>(given: Route<P, Q, B>): Route => given as unknown as Route;

/** Says who asks, or throws: `signed_out`, `role_missing`. */
export type Guard = (request: Request, asked: Route) => Actor;

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

export function mount(app: Express, routes: readonly Route[], guard: Guard): void {
  for (const one of routes)
    app[one.method](one.path, async (request, response) => {
      const actor = guard(request, one);
      const question = {
        params: one.params === undefined ? undefined : checked(one.params, request.params),
        query: one.query === undefined ? undefined : checked(one.query, request.query),
        body: one.body === undefined ? undefined : checked(one.body, request.body),
        actor,
        language: languageOf(request),
      };
      if ('open' in one) return one.open(response, question);
      const answer = await one.run(question);
      if (one.answer instanceof z.ZodType) return void response.json(answer ?? null);
      const { type, name, content } = answer as Sending;
      if (name !== undefined) response.attachment(name);
      response.type(type).send(typeof content === 'string' ? content : Buffer.from(content));
    });
}
