// Owns the parts that questions are made of: moments, periods that are bounded, series, years, and long lists page by page.
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

/** In a query of a long list: `cursor` is what `next` of the page before said. */
export const pageShape = {
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};

export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });

/** Of a list that was asked for one more than the page shows: `next` is the place of its last, null at the end. */
export function cutPage<T>(rows: readonly T[], limit: number, placeOf: (row: T) => string | number) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? String(placeOf(last)) : null };
}
