// Owns how reports word what the data say in code: the quality of a total, its marks, and a moment of the plant's clock.
import type { Calendar } from '../../core/calendar.ts';
import { type Mark, marksOf, qualityWord } from '../../core/slots.ts';
import type { Text } from '../../core/text.ts';

const qualities: Record<ReturnType<typeof qualityWord>, Text> = {
  good: { zh: '实测', en: 'measured' },
  estimated: { zh: '含估算', en: 'partly estimated' },
  uncertain: { zh: '存疑', en: 'doubtful' },
  bad: { zh: '无效', en: 'bad' },
};

const markNames: Record<Mark, Text> = {
  reset: { zh: '清零', en: 'reset' },
  wrapped: { zh: '翻转', en: 'wrapped' },
  replaced: { zh: '换表', en: 'meter replaced' },
  late: { zh: '迟到', en: 'late' },
  spanning: { zh: '跨缺口', en: 'spans a gap' },
  jumped: { zh: '跳变', en: 'jumped' },
  corrected: { zh: '更正', en: 'corrected' },
};

export function qualityAndMarks(total: { quality: number; estimated: number; marks: number }): Text {
  const names = [qualities[qualityWord(total)], ...marksOf(total.marks).map((mark) => markNames[mark])];
  return { zh: names.map(({ zh }) => zh).join('、'), en: names.map(({ en }) => en).join(', ') };
}

/** `2026-10-01 00:00` by the plant's clock: a report is read where the plant is. */
export const clockText = (time: number, calendar: Calendar): string =>
  calendar.format(time).slice(0, 16).replace('T', ' ');
