// Owns `tanbiao demo` and `tanbiao up`: a whole plant in one process, or its past filled and scored once.
import type { Command } from 'commander';
import { aborted } from '../../core/clock.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { type Context, contextOf, refuseSimulated, type SiteOptions, siteOptions } from '../context.ts';
import { untilSignalled } from '../lifetime.ts';
import { printEntry } from '../print-entry.ts';
import { printScore } from '../print-score.ts';

type DemoOptions = SiteOptions & { once?: boolean; year?: string; pack: string; json?: boolean; port?: string };

export function addDemo(program: Command): void {
  const demo = program
    .command('demo')
    .description('Starts a virtual plant and everything behind it: gateway, broker, store, scoring, page.')
    .option('--once', 'fill the past, print the score of --year, and end')
    .option('--year <year>', 'the year to score with --once')
    .option('--pack <pack>', 'the standard to score against', 'tcace')
    .option('--json', 'print the score as JSON')
    .option('--port <port>', "the page's port; 0 takes any");
  siteOptions(demo, 'demo').action(async (options: DemoOptions) => {
    const context = contextOf(options);
    if (options.once) await once(context, options);
    else await stay(context, options);
  });
  const up = program
    .command('up')
    .description('Starts a plant with its real meters: gateways, broker, store, scoring, page in one process.')
    .option('--port <port>', "the page's port; 0 takes any");
  siteOptions(up).action(async (options: DemoOptions) => {
    const context = contextOf(options);
    refuseSimulated(context.site);
    await stay(context, options);
  });
}

async function stay(context: Context, { port }: DemoOptions): Promise<void> {
  const { runSite } = await import('../run-site.ts'); // the whole product: only who starts it waits for it
  const signal = untilSignalled();
  const running = await runSite(context, { signal, ...(port === undefined ? {} : { port: Number(port) }) });
  if (running.dashboards !== undefined) {
    const { zh, en } = context.site.name;
    const chinese = context.language === 'zh';
    const lines = [
      chinese ? `碳表已启动：${zh}` : `Tanbiao is up: ${en}`,
      ...printEntry(running.dashboards)[context.language],
      chinese ? '按 Ctrl-C 停止。' : 'Ctrl-C stops it.',
    ];
    console.log(`\n${lines.map((line) => `  ${line}`).join('\n')}\n`);
  }
  await aborted(signal);
  await running.stop();
}

async function once(context: Context, { year: given, pack, json }: DemoOptions): Promise<void> {
  const year = Number(given);
  if (!Number.isInteger(year))
    throw new Fault(
      'year_missing',
      { zh: '--once 需要 --year，例如 --year 2025', en: '--once needs --year, for example --year 2025' },
      { exitCode: exitCodes.configuration },
    );
  const { endOfYear, runSite } = await import('../run-site.ts');
  const signal = untilSignalled();
  const running = await runSite(context, { signal, fillTo: endOfYear(context, year) });
  try {
    if (signal.aborted) return;
    const score = await running.scorer.score(pack, year);
    console.log(json ? JSON.stringify(score) : printScore(score, context.language));
  } finally {
    await running.stop();
  }
}
