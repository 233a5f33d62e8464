// Owns a file that comes as the body of a request: read as it arrives, and cut off where it is too large.
import type { Request } from 'express';
import { z } from 'zod';
import { Fault } from '../../core/fault.ts';

const mostBytes = 25_000_000;

/** In a route's `body`: its `run` is given the bytes as they come, and its query names the file. */
export const fileBody = z.custom<AsyncIterable<Uint8Array>>();

const tooLarge = () =>
  new Fault('body_too_large', {
    zh: `文件超过 ${mostBytes / 1e6} MB`,
    en: `the file has more than ${mostBytes / 1e6} MB`,
  });

export function fileOf(request: Request): AsyncIterable<Uint8Array> {
  if (request.is('application/octet-stream') !== 'application/octet-stream')
    throw new Fault('body_type_unsupported', {
      zh: '文件须以 application/octet-stream 上传',
      en: 'a file must come as application/octet-stream',
    });
  if (Number(request.get('content-length') ?? 0) > mostBytes) throw tooLarge();
  return upTo(request);
}

/** What is told of its length beforehand need not be true. */
async function* upTo(request: Request): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw tooLarge();
    yield chunk;
  }
}
