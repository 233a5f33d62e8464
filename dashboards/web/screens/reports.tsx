// Owns the report centre: a report of any period in any form, what is made by itself, and what became of it.

import { useState } from 'preact/hooks';
import type { Text } from '../../../core/text.ts';
import type { PastRun, Scheduled } from '../../../snapshot/report/keeper.ts';
import type { ReportFormat, ReportId } from '../../../snapshot/report/names.ts';
import type { Span } from '../../../snapshot/report/period.ts';
import { choice, go, written } from '../address.ts';
import { cronWords } from '../cron-words.ts';
import { text } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Choices } from '../parts/choices.tsx';
import { calendar } from '../range.ts';
import { change, session } from '../session.ts';
import { forgetAll, language } from '../state.ts';
import { say, worded } from '../words.ts';

type Answer = {
  reports: { id: ReportId; name: Text; periods: Span[] }[];
  formats: ReportFormat[];
  planned: (Omit<Scheduled, 'webhook'> & { posted: boolean })[];
  runs: Omit<PastRun, 'file'>[];
};

const words = worded(
  {
    title: '报表中心',
    hint: '网页、PDF 与表格同出一份计算，数字相同',
    which: '报表',
    span: '期间',
    spans: { day: '日', month: '月', quarter: '季', year: '年' },
    language: '语言',
    languages: { zh: '中文', en: '英文' },
    get: '下载',
    format: '格式',
    formats: { html: '网页', pdf: 'PDF', xlsx: '表格 xlsx' },
    planned: '计划',
    byHand: '手动',
    run: '立即生成',
    running: '生成中…',
    noPlan: '没有计划的报表：在 site.yaml 的 reports 中写明报表、期间与时间',
    at: '时间',
    next: '下一次',
    posted: '推送',
    yes: '是',
    no: '否',
    history: '生成记录',
    noHistory: '尚无记录',
    outcome: '结果',
    made: '已生成',
    failed: '失败',
    gone: '文件已被取代或移走',
  },
  {
    title: 'Reports',
    hint: 'page, PDF and workbook have the same figures',
    which: 'Report',
    span: 'Period',
    spans: { day: 'day', month: 'month', quarter: 'quarter', year: 'year' },
    language: 'Language',
    languages: { zh: 'Chinese', en: 'English' },
    get: 'Download',
    format: 'Format',
    formats: { html: 'page', pdf: 'PDF', xlsx: 'workbook xlsx' },
    planned: 'Planned',
    byHand: 'By hand',
    run: 'Make now',
    running: 'being made …',
    noPlan: 'No report is planned: name report, period and time under reports in site.yaml',
    at: 'When',
    next: 'Next',
    posted: 'Posted',
    yes: 'yes',
    no: 'no',
    history: 'What was made',
    noHistory: 'Nothing yet',
    outcome: 'Outcome',
    made: 'made',
    failed: 'failed',
    gone: 'file replaced or moved since',
  },
);

const ids = ['annual', 'greenhouse-gas', 'energy', 'ledger', 'plan'] as const satisfies readonly ReportId[];
const spans = ['day', 'month', 'quarter', 'year'] as const satisfies readonly Span[];
const report = choice<ReportId>('report', ids, () => 'energy');
const span = choice<Span>('span', spans, () => 'month');
const of = written('of');
const writtenIn = choice<'zh' | 'en'>('in', ['zh', 'en'], () => language.value);

export function ReportsScreen() {
  return (
    <section class="reports">
      <h1 class="title">
        {words.value.title} <small>{words.value.hint}</small>
      </h1>
      <Answered<Answer> path="api/reports">
        {(answer) => (
          <>
            <Chooser answer={answer} />
            <Planned planned={answer.planned} names={answer.reports} />
            <History runs={answer.runs} names={answer.reports} />
          </>
        )}
      </Answered>
    </section>
  );
}

/** The last period of a span that is over at the plant. */
function lastOf(which: Span): string {
  const plant = calendar.value;
  if (plant === null) return '';
  const { year, month } = plant.local(Date.now());
  if (which === 'year') return String(year - 1);
  if (which === 'day') return plant.formatDay(plant.dayOf(Date.now()).start - 1);
  const back = which === 'quarter' ? ((month - 1) % 3) + 1 : 1;
  const before = plant.local(plant.startOf(year, month - back));
  return which === 'quarter'
    ? `${before.year}-Q${Math.ceil(before.month / 3)}`
    : `${before.year}-${String(before.month).padStart(2, '0')}`;
}

const forms: Record<Span, RegExp> = {
  day: /^\d{4}-\d{2}-\d{2}$/,
  month: /^\d{4}-\d{2}$/,
  quarter: /^\d{4}-Q[1-4]$/,
  year: /^\d{4}$/,
};

function Chooser({ answer: { reports, formats } }: { answer: Answer }) {
  const own = words.value;
  const one = reports.find(({ id }) => id === report.value);
  const allowed = one?.periods ?? ['year'];
  const length = allowed.includes(span.value) ? span.value : 'year';
  const period = of.value !== null && forms[length].test(of.value) ? of.value : lastOf(length);
  const address = `api/reports/${report.value}/${period}/${writtenIn.value}`;
  return (
    <div class="chooser">
      <div>
        <h2 class="group">{own.which}</h2>
        <Choices
          name={own.which}
          all={ids}
          chosen={report.value}
          say={(id) => text(reports.find((each) => each.id === id)?.name ?? { zh: id, en: id })}
          choose={(id) => go({ report: id })}
        />
      </div>
      <div>
        <h2 class="group">{own.span}</h2>
        <div class="pair">
          <Choices
            name={own.span}
            all={allowed}
            chosen={length}
            say={(each) => own.spans[each]}
            choose={(each) => go({ span: each, of: null })}
          />
          <input
            aria-label={own.span}
            type="text"
            value={period}
            onChange={({ currentTarget: { value } }) => go({ of: value.trim() })}
          />
        </div>
      </div>
      <div>
        <h2 class="group">{own.language}</h2>
        <Choices
          name={own.language}
          all={['zh', 'en'] as const}
          chosen={writtenIn.value}
          say={(each) => own.languages[each]}
          choose={(each) => go({ in: each })}
        />
      </div>
      <div>
        <h2 class="group">{own.get}</h2>
        <p class="pair">
          {formats.map((format) => (
            <a key={format} class="button" data-report={format} href={`${address}/${format}`}>
              {own.formats[format]}
            </a>
          ))}
        </p>
      </div>
    </div>
  );
}

const nameIn = (names: Answer['reports'], id: ReportId) =>
  text(names.find((each) => each.id === id)?.name ?? { zh: id, en: id });

const runners: readonly string[] = ['operator', 'manager', 'admin'];

function RunNow({ number }: { number: number }) {
  const own = words.value;
  const [state, setState] = useState<'idle' | 'busy' | Error>('idle');
  const run = () => {
    setState('busy');
    change('POST', `api/reports/planned/${number}`).then(
      () => {
        setState('idle');
        forgetAll();
      },
      (error: Error) => setState(error),
    );
  };
  return (
    <>
      <button type="button" disabled={state === 'busy'} data-run={String(number)} onClick={run}>
        {state === 'busy' ? own.running : own.run}
      </button>
      {state instanceof Error && (
        <small class="over" role="alert">
          {' '}
          {state.message}
        </small>
      )}
    </>
  );
}

function Planned({ planned, names }: { planned: Answer['planned']; names: Answer['reports'] }) {
  const own = words.value;
  const mayRun = runners.includes(session.value?.user?.role ?? '');
  return (
    <section>
      <h2 class="group">{own.planned}</h2>
      {planned.length === 0 ? (
        <p class="empty">{own.noPlan}</p>
      ) : (
        <section class="scroll" tabIndex={0} aria-label={own.planned}>
          <table>
            <thead>
              <tr>
                {[own.which, own.span, own.language, own.format, own.at, own.next, own.posted].map((head) => (
                  <th key={head}>{head}</th>
                ))}
                {mayRun && <th>{own.byHand}</th>}
              </tr>
            </thead>
            <tbody>
              {planned.map((one) => (
                <tr key={one.number}>
                  <td>{nameIn(names, one.report)}</td>
                  <td>{own.spans[one.period]}</td>
                  <td>{own.languages[one.language]}</td>
                  <td>{own.formats[one.format]}</td>
                  <td>{cronWords(one.at, language.value) ?? <code>{one.at}</code>}</td>
                  <td>{one.next?.slice(0, 16).replace('T', ' ') ?? '—'}</td>
                  <td>{one.posted ? own.yes : own.no}</td>
                  {mayRun && (
                    <td>
                      <RunNow number={one.number} />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function History({ runs, names }: { runs: Answer['runs']; names: Answer['reports'] }) {
  const own = words.value;
  return (
    <section>
      <h2 class="group">{own.history}</h2>
      {runs.length === 0 ? (
        <p class="empty">{own.noHistory}</p>
      ) : (
        <section class="scroll" tabIndex={0} aria-label={own.history}>
          <table>
            <thead>
              <tr>
                {[own.at, own.which, own.span, own.format, own.outcome, 'SHA-256', own.posted].map((head) => (
                  <th key={head}>{head}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...runs].reverse().map((one) => (
                <tr key={`${one.schedule}${one.at}`}>
                  <td>{one.at.slice(0, 16).replace('T', ' ')}</td>
                  <td>{nameIn(names, one.report)}</td>
                  <td>{one.period}</td>
                  <td>
                    {one.kept ? (
                      <a
                        href={`api/reports/files/${one.sha256}`}
                        data-kept
                        aria-label={`${own.get}: ${nameIn(names, one.report)} ${one.period} ${own.formats[one.format]}`}
                      >
                        {own.formats[one.format]} ↓
                      </a>
                    ) : (
                      own.formats[one.format]
                    )}
                  </td>
                  <td class={one.outcome === 'made' ? 'met' : 'not_met'}>
                    <span class="state">{one.outcome === 'made' ? `✓ ${own.made}` : `✗ ${own.failed}`}</span>
                    {one.outcome === 'made' && !one.kept && <small> {own.gone}</small>}
                    {one.reason !== null && <small> {text(one.reason)}</small>}
                  </td>
                  <td>
                    <code>{one.sha256?.slice(0, 12) ?? say.value.missing}</code>
                  </td>
                  <td>{one.delivery ?? '—'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}
