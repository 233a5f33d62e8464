// Owns the document of the API: OpenAPI 3.1, made of the routes as they are declared.
import { z } from 'zod';
import { named } from './answers/named.ts';
import { fileBody } from './file-body.ts';
import { type Route, readers, route } from './route.ts';

type Json = Record<string, unknown>;

const place = '#/components/schemas/';

/** In a failure's body, by RFC 9457. */
export const problem = z
  .object({
    title: z.string().meta({ description: 'The code of the failure, which does not change with the language.' }),
    status: z.number().int(),
    detail: z.string(),
  })
  .register(named, { id: 'Problem' });

/** Describes schemas, and gathers those that have names. Of an answer it says what is given, of a body what is taken. */
function describer() {
  const components: Json = {};
  const describe = (schema: z.ZodType, io: 'input' | 'output'): Json => {
    // A schema that is named is only referred to when it stands within another.
    const whole = z.toJSONSchema(z.object({ it: schema }), { io, metadata: named, unrepresentable: 'any' });
    const moved = JSON.parse(JSON.stringify(whole).replaceAll('"#/$defs/', `"${place}`));
    const { properties, $defs = {} } = moved as { properties: { it: Json }; $defs?: Record<string, Json> };
    for (const [id, { id: _, ...found }] of Object.entries($defs)) components[id] ??= found;
    return properties.it;
  };
  return { components, describe };
}

export function openapiOf(routes: readonly Route[]): Json {
  const { components, describe } = describer();
  const failed = {
    description: 'Failed',
    content: { 'application/problem+json': { schema: describe(problem, 'output') } },
  };
  const parametersOf = (schema: z.ZodType | undefined, where: 'path' | 'query'): Json[] => {
    if (!(schema instanceof z.ZodObject)) return [];
    return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, one]) => ({
      name,
      in: where,
      required: where === 'path' || !one.safeParse(undefined).success,
      schema: describe(one, 'output'),
    }));
  };
  const bodyOf = ({ body }: Route): Json => {
    if (body === undefined) return {};
    const content =
      body === (fileBody as unknown)
        ? { 'application/octet-stream': {} }
        : { 'application/json': { schema: describe(body, 'input') } };
    return { requestBody: { required: true, content } };
  };
  const answerOf = ({ answer, events }: Route): Json => {
    if (answer instanceof z.ZodType) return { 'application/json': { schema: describe(answer, 'output') } };
    const told = events === undefined ? {} : { 'x-tanbiao-event-data': describe(events, 'output') };
    return { [answer]: { schema: { type: 'string' }, ...told } };
  };
  const paths: Record<string, Json> = {};
  for (const one of routes) {
    const path = one.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = {
      ...paths[path],
      [one.method]: {
        operationId: `${one.method}${one.path.slice('/api'.length).replaceAll(/[^A-Za-z]+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
        summary: one.about.en,
        description: one.about.zh,
        'x-tanbiao-may': one.may,
        'x-tanbiao-in-person': one.inPerson ?? false,
        security: one.may === 'anyone' ? [] : one.inPerson ? [{ session: [] }] : [{ session: [] }, { token: [] }],
        parameters: [...parametersOf(one.params, 'path'), ...parametersOf(one.query, 'query')],
        ...bodyOf(one),
        responses: { 200: { description: 'Answered', content: answerOf(one) }, default: failed },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: '碳表 Tanbiao', version: '1', description: 'Times are milliseconds since 1970, UTC.' },
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'tanbiao-<site>',
          description: 'Changes also carry x-tanbiao-csrf, which GET /api/session gives.',
        },
        token: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

/** The document names itself, too. */
export function withDocument(routes: readonly Route[]): Route[] {
  let written: Json | undefined;
  const own = route({
    method: 'get',
    path: '/api/openapi.json',
    about: { zh: '接口文档（OpenAPI 3.1）', en: 'The document of the API (OpenAPI 3.1)' },
    may: readers,
    answer: z.looseObject({ openapi: z.string() }),
    run: () => {
      written ??= openapiOf(all);
      return written;
    },
  });
  const all = [...routes, own];
  return all;
}
