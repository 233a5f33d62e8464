// Owns how far a value may be trusted: good, uncertain or bad, and why.
import type { Text } from './text.ts';

export type QualityLevel = 'good' | 'uncertain' | 'bad';

/** Codes are kept on disk and on the wire: append, never renumber. Bit pattern as in OPC: 0 good, 64 uncertain, 128 bad. */
const reasons = {
  good: { code: 0, zh: '实测', en: 'measured' },
  uncertain_range: { code: 64, zh: '超出合理范围', en: 'outside the plausible range' },
  uncertain_clock: { code: 65, zh: '采集时钟未同步', en: 'read with an unsynchronised clock' },
  uncertain_spike: { code: 66, zh: '单点突变', en: 'a single spike' },
  uncertain_stale: { code: 67, zh: '源值未更新', en: 'the source stopped updating' },
  uncertain_source: { code: 68, zh: '源标记为可疑', en: 'marked uncertain by the source' },
  uncertain_estimated: { code: 69, zh: '估算值', en: 'estimated' },
  bad_timeout: { code: 128, zh: '设备无应答', en: 'the device did not answer' },
  bad_exception: { code: 129, zh: '设备返回异常码', en: 'the device answered with an exception' },
  bad_not_available: { code: 130, zh: '设备报告该值不可用', en: 'the device says that it has no such value' },
  bad_range: { code: 131, zh: '值不可能', en: 'the value is impossible' },
  bad_decode: { code: 132, zh: '无法解码', en: 'the value cannot be decoded' },
  bad_connection: { code: 133, zh: '通信中断', en: 'the connection is down' },
  bad_source: { code: 134, zh: '源标记为坏值', en: 'marked bad by the source' },
} as const;

export type Quality = keyof typeof reasons;

export const qualities = Object.keys(reasons) as Quality[];
const byCode = new Map<number, Quality>(qualities.map((quality) => [reasons[quality].code, quality]));

export const qualityCode = (quality: Quality): number => reasons[quality].code;
export const qualityOf = (code: number): Quality | undefined => byCode.get(code);
export const qualityText = (quality: Quality): Text => reasons[quality];

export function levelOf(code: number): QualityLevel {
  if (code < 64) return 'good';
  return code < 128 ? 'uncertain' : 'bad';
}

/** Readings that exist but must not move an energy total. */
export const notForTotals: readonly number[] = [reasons.uncertain_range.code, reasons.uncertain_spike.code];
export const countsInTotals = (code: number): boolean => levelOf(code) !== 'bad' && !notForTotals.includes(code);
