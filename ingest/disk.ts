// Owns what is on disk before it is answered for: what the disk does not take is told as a fault that may pass, and has no answer.
import type { DatabaseSync } from 'node:sqlite';
import { Fault, messageOf } from '../core/fault.ts';
import { transaction } from '../core/transaction.ts';

/** Durable when it returns. */
export function toDisk<T>(database: DatabaseSync, write: () => T): T {
  try {
    return transaction(database, write);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new Fault(
      'disk_refuses',
      { zh: `无法写入磁盘：${reason}`, en: `the disk does not take it: ${reason}` },
      { cause, retry: true },
    );
  }
}
