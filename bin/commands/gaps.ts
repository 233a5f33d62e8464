// Owns `tanbiao gaps`: which batches of a gateway never came, of which time, and what is known about them.
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { Calendar } from '../../core/calendar.ts';
import { type Gap, gapsOf } from '../../core/gaps.ts';
import { RefusedMessages, refusedFile } from '../../ingest/refused.ts';
import { contextOf, type SiteOptions, siteOptions } from '../context.ts';

const words: Record<Gap['why'], { zh: string; en: string }> = {
  lost: { zh: '网关已报告丢失', en: 'the gateway said that it lost them' },
  refused: {
    zh: '被拒收，原文保留，可用 tanbiao refused retry 重新入库',
    en: 'refused and kept: see "tanbiao refused"',
  },
  missing: { zh: '尚未收到：仍在网关，或原因不明', en: 'did not come: still at the gateway, or nobody knows' },
};

export function addGaps(program: Command): void {
  const gaps = program
    .command('gaps')
    .description("Says which of a gateway's numbered batches are not stored, of which time, and why.")
    .option('--json', 'print JSON');
  siteOptions(gaps).action(async ({ json = false, ...options }: SiteOptions & { json?: boolean }) => {
    const context = contextOf(options);
    const { answersOf } = await import('../ask.ts');
    const answers = await answersOf(context);
    const { receipts, losses } = await answers.received();
    await answers.close();
    const found = gapsOf(receipts, losses, refusedBatches(context.dataFolder));
    if (json) return console.log(JSON.stringify({ gaps: found }));
    const { language, site } = context;
    const calendar = new Calendar(site.timezone);
    const moment = (time: number | null) => (time === null ? '…' : calendar.formatSecond(time));
    for (const { gateway, batches, after, before, why, reason } of found)
      console.log(
        `${gateway}  ${batches.join('–')}  ${moment(after)} … ${moment(before)}  ${words[why][language]}${reason === null ? '' : ` (${reason})`}`,
      );
    if (found.length === 0) console.log(language === 'zh' ? '没有缺失的批次' : 'no batch is missing');
  });
}

function refusedBatches(dataFolder: string) {
  const file = refusedFile(dataFolder);
  if (!existsSync(file)) return [];
  const refused = new RefusedMessages(file);
  try {
    return refused.batches();
  } finally {
    refused.close();
  }
}
