// Owns what a site says of the reports that it wants by itself: which, of what period, in which form, when, and where to.
import { z } from 'zod';
import { message } from './yaml-file.ts';

export const reportIds = ['annual', 'greenhouse-gas', 'energy', 'ledger', 'plan'] as const;
export const reportPeriods = ['day', 'month', 'quarter', 'year'] as const;
export const reportFormats = ['html', 'pdf', 'xlsx'] as const;

const field = String.raw`[\d*,/\-]+`;

export const reportSchedule = z
  .strictObject({
    report: z.enum(reportIds),
    period: z.enum(reportPeriods).meta({ description: 'The last one that is over when the report is made.' }),
    language: z.enum(['zh', 'en']).default('zh'),
    format: z.enum(reportFormats).default('pdf'),
    at: z
      .string()
      .regex(
        new RegExp(String.raw`^${field} ${field} [\dL*,/\-]+ ${field} [\dL#*,/\-]+$`),
        message(
          '应为 cron 的五个字段，例如 "0 7 1 * *"（每月 1 日 7:00）',
          'must be the five fields of cron, such as "0 7 1 * *" (at 7:00 on the first of each month)',
        ),
      )
      .meta({ description: "When, by the plant's clock: minute, hour, day, month, day of the week." }),
    folder: z.string().min(1).optional().meta({ description: 'From the data folder. Default: reports.' }),
    webhook: z
      .url({ protocol: /^https?$/, error: message('应为 http(s) 地址', 'must be an http(s) address') })
      .optional()
      .meta({ description: 'The file is posted there, with its SHA-256 in a header.' }),
  })
  .refine(({ report, period }) => report === 'energy' || period === 'year', {
    path: ['period'],
    error: message('只有能源报告可按日、月、季编制', 'only the energy report is made of days, months and quarters'),
  });

export type ReportSchedule = z.infer<typeof reportSchedule>;
