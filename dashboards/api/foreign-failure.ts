// Owns what Express and its parsers refuse by themselves, in our words.
import { Fault } from '../../core/fault.ts';
import type { Text } from '../../core/text.ts';

const foreign: Record<number, [code: string, text: Text]> = {
  400: ['query_invalid', { zh: '请求无法解析', en: 'the request cannot be read' }],
  413: ['body_too_large', { zh: '请求体过大', en: 'the body is too large' }],
  415: ['body_type_unsupported', { zh: '请求体的编码不受支持', en: 'the encoding of the body is not supported' }],
};

/** Undefined: nobody expected it. */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof Fault) return error;
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  const known = foreign[status];
  return known === undefined ? undefined : new Fault(known[0], known[1], { cause: error });
}
