// Owns the parts that questions are made of: moments, periods that are bounded, series, years.
import { z } from 'zod';
import { day, type Period } from '../../core/calendar.ts';
import { pointIds } from '../../core/points.ts';
import { idPattern } from '../../core/sample.ts';

export const moment = z.coerce.number().int().min(0).max(Date.UTC(2200, 0));
export const year = z.coerce.number().int().min(2000).max(2100);
export const seriesShape = { meter: z.string().regex(idPattern), point: z.enum(pointIds) };
export const periodShape = { start: moment, end: moment };

const isWithin = (days: number, { start, end }: Period) => end - start <= days * day;
const tooLong = (days: number) => ({ zh: `一次最多查询 ${days} 天`, en: `at most ${days} days at once` });

/** A question about a time that has a beginning, an end behind it, and no more days than are answered at once. */
export const bounded = <T extends Period>(schema: z.ZodType<T>, days: number | ((question: T) => number)) => {
  const most = (question: T) => (typeof days === 'number' ? days : days(question));
  return schema.superRefine((question, context) => {
    const refuse = (params: { zh: string; en: string }) =>
      context.addIssue({ code: 'custom', path: ['end'], params, message: params.en });
    if (question.start >= question.end) refuse({ zh: '必须晚于 start', en: 'must be later than start' });
    else if (!isWithin(most(question), question)) refuse(tooLong(most(question)));
  });
};
