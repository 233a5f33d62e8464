// Owns the form of a failure: RFC 9457 problem details, in the language that the reader's browser asks for.
import type { ErrorRequestHandler } from 'express';
import type { Log } from '../../core/log.ts';
import { TooManyRequests } from '../access/patience.ts';
import { faultOf } from './foreign-failure.ts';
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
  year_open: 409,
  year_sealed: 409,
  year_empty: 409,
  nothing_to_correct: 409,
  nothing_changed: 409,
  body_too_large: 413,
  body_type_unsupported: 415,
  file_refused: 415,
  entry_refused: 422,
  rule_refused: 422,
  too_many_requests: 429,
  streams_full: 503,
  dry_runs_busy: 503,
};

export function statusOf(code: string): number {
  const known = statuses[code];
  if (known !== undefined) return known;
  return code.endsWith('_unknown') ? 404 : code.endsWith('_taken') ? 409 : 500;
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
