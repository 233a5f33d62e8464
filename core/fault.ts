// Owns the error that a person or a caller can act on: a stable code, what is wrong and what to do, in both languages.
import type { Language, Text } from './text.ts';

/** sysexits.h: EX_DATAERR, EX_UNAVAILABLE, EX_SOFTWARE, EX_CONFIG. */
export const exitCodes = { data: 65, unavailable: 69, software: 70, configuration: 78 } as const;

export type FaultOptions = {
  cause?: unknown;
  exitCode?: number;
  /** True when the same call may succeed later without anyone changing anything. */
  retry?: boolean;
};

export class Fault extends Error {
  readonly code: string;
  readonly text: Text;
  readonly exitCode: number;
  readonly retry: boolean;

  constructor(code: string, text: Text, options: FaultOptions = {}) {
    super(text.en, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.text = text;
    this.exitCode = options.exitCode ?? exitCodes.software;
    this.retry = options.retry ?? false;
  }
}

export function messageOf(error: unknown, language: Language = 'en'): string {
  if (error instanceof Fault) return error.text[language];
  // Node's fetch says what went wrong only in the cause of its error; a name with several addresses, one error for each.
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map((one) => messageOf(one, language)).join('; ');
  if (error instanceof Error)
    return error.cause instanceof Error ? `${error.message}: ${messageOf(error.cause, language)}` : error.message;
  // modbus-serial rejects with plain objects that only look like errors.
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
