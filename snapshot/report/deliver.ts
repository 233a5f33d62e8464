// Owns delivering a file to a webhook: posted whole, with a deadline, and again with growing pauses while it may still help.
import { backoff, type Clock } from '../../core/clock.ts';
import { Fault, messageOf } from '../../core/fault.ts';

export type Parcel = { url: string; name: string; type: string; sha256: string; bytes: Uint8Array };

const deadline = 30_000;
const tries = 5;
const firstPause = 2_000;
const longestPause = 60_000;

/** What the other side refuses is not tried again; what it could not do at the moment is. */
const mayHelp = (status: number): boolean => status >= 500 || status === 408 || status === 429;

/** Gives the status of the answer, or throws what went wrong last. */
export async function deliver(
  { url, name, type, sha256, bytes }: Parcel,
  clock: Clock,
  signal: AbortSignal,
  random: () => number,
): Promise<number> {
  let last = '';
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt > 0) await clock.sleep(backoff(attempt, firstPause, longestPause, random), signal);
    try {
      const { status, ok } = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        headers: {
          'content-type': type,
          'content-disposition': `attachment; filename="${name}"`,
          'x-tanbiao-sha256': sha256,
        },
        body: Buffer.from(bytes),
        signal: AbortSignal.any([signal, AbortSignal.timeout(deadline)]),
      });
      if (ok) return status;
      last = `HTTP ${status}`;
      if (!mayHelp(status)) break;
    } catch (error) {
      signal.throwIfAborted();
      last = messageOf(error);
    }
  }
  throw new Fault('webhook_failed', {
    zh: `未能送达 ${new URL(url).origin}：${last}；文件已保存在本地`,
    en: `not delivered to ${new URL(url).origin}: ${last}; the file is kept here`,
  });
}
