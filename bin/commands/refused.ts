// Owns `tanbiao refused`: what could not be stored, and sending it again once its cause is mended.
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { Calendar } from '../../core/calendar.ts';
import { systemClock } from '../../core/clock.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { type Refused, RefusedMessages, refusedFile } from '../../ingest/refused.ts';
import { type RetryOutcome, retryRefused } from '../../ingest/retry.ts';
import { type Context, contextOf, type SiteOptions, siteOptions } from '../context.ts';
import { untilSignalled } from '../lifetime.ts';
import { Progress } from '../progress.ts';
import { whoRuns } from '../running.ts';
import { brokerOf } from './services.ts';

type RefusedOptions = SiteOptions & { json?: boolean };
type Work = (refused: RefusedMessages, chosen: readonly Refused[], context: Context, json: boolean) => Promise<void>;

export function addRefused(program: Command): void {
  const refused = program.command('refused').description('Works on messages and readings that could not be stored.');
  const add = (name: string, description: string, work: Work) =>
    siteOptions(refused.command(name).description(description).argument('[ids...]', 'only these; all if none is named'))
      .option('--json', 'print JSON')
      .action(async (ids: string[], { json = false, ...options }: RefusedOptions) => {
        const context = contextOf(options);
        const file = refusedFile(context.dataFolder);
        if (!existsSync(file))
          throw new Fault(
            'data_missing',
            {
              zh: `${context.dataFolder} 中没有接收过数据：用 --data 指定 ingest 的数据文件夹`,
              en: `nothing was ever received in ${context.dataFolder}: name the data folder of ingest with --data`,
            },
            { exitCode: exitCodes.unavailable },
          );
        const messages = new RefusedMessages(file);
        try {
          await work(messages, chosenOf(messages.list(), ids), context, json);
        } finally {
          messages.close();
        }
      });
  add('list', 'Lists what was refused, with its reason.', list);
  add('retry', 'Sends it again; what is stored then is no longer kept here.', retry);
}

function chosenOf(all: readonly Refused[], ids: readonly string[]): readonly Refused[] {
  const unknown = ids.find((id) => !all.some((one) => String(one.id) === id));
  if (unknown === undefined) return ids.length === 0 ? all : all.filter(({ id }) => ids.includes(String(id)));
  throw new Fault(
    'refused_unknown',
    { zh: `没有编号为 ${unknown} 的拒收消息`, en: `no refused message has the number ${unknown}` },
    { exitCode: exitCodes.configuration },
  );
}

const textOf = ({ payload }: Refused): string => new TextDecoder().decode(payload);

const list: Work = async (refused, chosen, { site, language }, json) => {
  if (json) {
    const messages = chosen.map((one) => ({ ...one, payload: textOf(one) }));
    return console.log(JSON.stringify({ ...refused.counts(), messages }));
  }
  const calendar = new Calendar(site.timezone);
  for (const { id, at, topic, code, reason } of chosen)
    console.log(`${id}  ${calendar.formatSecond(at)}  ${topic}  ${code}  ${reason}`);
  const counts = refused.counts();
  console.log(
    language === 'zh'
      ? `保留 ${counts.kept} 条，共拒收过 ${counts.refused} 条`
      : `${counts.kept} kept, ${counts.refused} refused ever`,
  );
};

const outcomeWords: Record<RetryOutcome, { zh: string; en: string }> = {
  stored: { zh: '已入库', en: 'stored' },
  refused: { zh: '再次被拒收', en: 'refused again' },
  unanswered: { zh: '没有答复，仍保留', en: 'no answer; still kept' },
  unnumbered: {
    zh: '没有可用的批次编号，无法重发，仍保留',
    en: 'not a numbered batch, so it cannot be sent; still kept',
  },
};

const retry: Work = async (refused, messages, context, json) => {
  const { site, dataFolder, language, log } = context;
  const signal = untilSignalled();
  const isRunning = site.broker.kind === 'external' || whoRuns(dataFolder) !== undefined;
  // Without a running site, its chain is started for as long as it takes.
  const chain = isRunning
    ? undefined
    : await (await import('../chain.ts')).startChain(site, dataFolder, systemClock, log);
  const progress = new Progress({ zh: '重新发送', en: 'sending again' }, { zh: '条', en: 'messages' }, language);
  try {
    const outcomes = await retryRefused({
      site,
      refused,
      messages,
      brokerFor: chain?.brokerFor ?? ((gateway) => brokerOf(site, dataFolder, gateway)),
      clock: systemClock,
      log,
      signal,
      onProgress: (done) => progress.update(done, messages.length),
    });
    if ([...outcomes.values()].some((outcome) => outcome !== 'stored')) process.exitCode = exitCodes.data;
    if (json) return console.log(JSON.stringify({ outcomes: [...outcomes].map(([id, outcome]) => ({ id, outcome })) }));
    for (const [id, outcome] of outcomes) console.log(`${id}  ${outcomeWords[outcome][language]}`);
  } finally {
    await chain?.stop();
  }
};
