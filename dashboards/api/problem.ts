// Owns the form of a failure: RFC 9457 problem details, in the language that the reader's browser asks for.
import type { ErrorRequestHandler } from 'express';
import { Fault } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import type { Text } from '../../core/text.ts';
import { TooManyRequests } from '../access/patience.ts';
import { languageOf } from './route.ts';

const statuses: Record<string, number> = {
  query_invalid: 400,
  signed_out: 401,
  sign_in_failed: 401,
  code_invalid: 401,
  role_missing: 403,
  origin_foreign: 403,
  csrf_missing: 403,
  host_foreign: 403,
  method_not_allowed: 405,
  admin_last: 409,
  body_too_large: 413,
  body_type_unsupported: 415,
  too_many_requests: 429,
  streams_full: 503,
};

export function statusOf(code: string): number {
  const known = statuses[code];
  if (known !== undefined) return known;
  return code.endsWith('_unknown') ? 404 : code.endsWith('_taken') ? 409 : 500;
}

/** What Express and its parsers refuse by themselves, in our words. */
const foreign: Record<number, [code: string, text: Text]> = {
  400: ['query_invalid', { zh: '请求无法解析', en: 'the request cannot be read' }],
  413: ['body_too_large', { zh: '请求体过大', en: 'the body is too large' }],
  415: ['body_type_unsupported', { zh: '请求体的编码不受支持', en: 'the encoding of the body is not supported' }],
};

function faultOf(error: unknown): Fault | undefined {
  if (error instanceof Fault) return error;
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  const known = foreign[status];
  return known === undefined ? undefined : new Fault(known[0], known[1], { cause: error });
}

export const failure =
  (log: Log): ErrorRequestHandler =>
  (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const told = faultOf(error);
    if (told === undefined) log.error({ event: 'request_failed', path: request.path, err: error }, 'request failed');
    const status = told === undefined ? 500 : statusOf(told.code);
    const detail = (told?.text ?? { zh: '服务器内部错误', en: 'internal error' })[languageOf(request)];
    if (told instanceof TooManyRequests) response.set('Retry-After', String(told.seconds));
    if (status === 413) response.set('Connection', 'close'); // the rest of the body is not waited for
    response
      .status(status)
      .set('Cache-Control', 'no-store')
      .type('application/problem+json')
      .json({ title: told?.code ?? 'error', status, detail });
  };
