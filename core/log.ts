// Owns pino: one line for each change of state, to stderr, never one for each reading.
import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;

export const createLog = (name: string, level: string): Log =>
  pino(
    { name, level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );

export const silentLog: Log = pino({ level: 'silent' });
