// Owns the form of a failure: RFC 9457 problem details, in the language that the reader's browser asks for.
import type { ErrorRequestHandler } from 'express';
import { Fault } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import { languageOf } from './route.ts';

const statuses: Record<string, number> = { query_invalid: 400, signed_out: 401, role_missing: 403 };
const statusOf = (code: string): number => statuses[code] ?? (code.endsWith('_unknown') ? 404 : 500);

export const failure =
  (log: Log): ErrorRequestHandler =>
  (error, request, response, _next) => {
    const told = error instanceof Fault ? error : undefined;
    if (told === undefined) log.error({ event: 'request_failed', path: request.path, err: error }, 'request failed');
    const status = told === undefined ? 500 : statusOf(told.code);
    const detail = (told?.text ?? { zh: '服务器内部错误', en: 'internal error' })[languageOf(request)];
    response
      .status(status)
      .type('application/problem+json')
      .json({ title: told?.code ?? 'error', status, detail });
  };
