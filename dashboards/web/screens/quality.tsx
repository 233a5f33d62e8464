// Owns the map of the data's quality: every counter of the account by days, and a list of what is not whole.
import { day } from '../../../core/calendar.ts';
import { points } from '../../../core/points.ts';
import type { LossReason } from '../../../core/sample.ts';
import type { Mark } from '../../../core/slots.ts';
import type { QualityDay, QualityMap, QualityRow } from '../../api/answers.ts';
import { dateOf, isoDay, number, percent, text } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Link } from '../parts/link.tsx';
import { calendar, period } from '../range.ts';
import { site } from '../state.ts';
import { say, worded } from '../words.ts';

const words = worded(
  {
    title: '数据质量',
    hint: '每格一天：读数覆盖了当天多少时间',
    kinds: { whole: '完整', estimated: '含估算', doubtful: '可疑', partial: '不完整', none: '无读数' },
    trouble: '不完整的时段',
    noTrouble: '此范围内每天都完整',
    days: (count: number) => `${count} 天`,
    more: (count: number) => `另有 ${count} 段`,
    losses: '已登记的丢失',
    lost: (readings: string) => `丢失 ${readings} 个读数`,
    reasons: {
      spool_full: '缓存已满',
      spool_old: '缓存过期',
      disk_low: '磁盘不足',
      disk_full: '磁盘已满',
      clock_unknown: '时钟未知',
    } satisfies Record<LossReason, string>,
    marks: {
      reset: '清零',
      wrapped: '翻转',
      replaced: '换表',
      late: '迟到',
      spanning: '跨缺口',
      jumped: '跳变',
      corrected: '更正',
    } satisfies Record<Mark, string>,
  },
  {
    title: 'Data quality',
    hint: 'one cell a day: how much of its time readings cover',
    kinds: {
      whole: 'complete',
      estimated: 'partly estimated',
      doubtful: 'doubtful',
      partial: 'incomplete',
      none: 'no readings',
    },
    trouble: 'What is not complete',
    noTrouble: 'Every day of this range is complete',
    days: (count) => (count === 1 ? '1 day' : `${count} days`),
    more: (count) => `and ${count} more`,
    losses: 'Losses on record',
    lost: (readings) => `${readings} readings lost`,
    reasons: {
      spool_full: 'spool full',
      spool_old: 'spool too old',
      disk_low: 'disk low',
      disk_full: 'disk full',
      clock_unknown: 'clock unknown',
    },
    marks: {
      reset: 'reset',
      wrapped: 'wrapped',
      replaced: 'meter replaced',
      late: 'late',
      spanning: 'spans a gap',
      jumped: 'jumped',
      corrected: 'corrected',
    },
  },
);

const kinds = ['whole', 'estimated', 'doubtful', 'partial', 'none'] as const;
type Kind = (typeof kinds)[number];
/** Half a minute in a day may be missing without anybody asking why. */
const wholeFrom = 0.999;

function kindOf(one: QualityDay | undefined): Kind {
  if (one === undefined || one.coverage === 0) return 'none';
  if (one.coverage < wholeFrom) return 'partial';
  if (one.estimated > 0) return 'estimated';
  return one.level === 'good' ? 'whole' : 'doubtful';
}

type Run = { kind: Kind; first: number; count: number; days: QualityDay[] };

/** Neighbouring days of one kind are one stretch. */
function runsOf({ days }: QualityRow, all: readonly number[]): Run[] {
  const byStart = new Map(days.map((one) => [one.start, one]));
  const runs: Run[] = [];
  for (const [at, start] of all.entries()) {
    const one = byStart.get(start);
    const kind = kindOf(one);
    const last = runs.at(-1);
    if (last?.kind === kind) last.count++;
    else runs.push({ kind, first: at, count: 1, days: [] });
    if (one !== undefined) runs.at(-1)?.days.push(one);
  }
  return runs;
}

export function QualityScreen() {
  const range = period.value;
  if (range === null) return <p class="empty">{say.value.loading}</p>;
  return (
    <section class="quality">
      <h1 class="title">
        {words.value.title} <small>{words.value.hint}</small>
      </h1>
      <ul class="legend">
        {kinds.map((kind) => (
          <li key={kind}>
            <i class={`kind ${kind}`} /> {words.value.kinds[kind]}
          </li>
        ))}
      </ul>
      <Answered<QualityMap> path={`api/quality?start=${range.start}&end=${range.end}`}>
        {(map) => <MeterMap map={map} />}
      </Answered>
    </section>
  );
}

function MeterMap({ map }: { map: QualityMap }) {
  const plant = calendar.value;
  if (plant === null) return null;
  const all: number[] = [];
  for (let at = map.start; at < Math.min(map.end, map.now); at = plant.dayOf(at + day + day / 2).start) all.push(at);
  const rows = map.rows.map((row) => ({ row, runs: runsOf(row, all) }));
  const trouble = rows.flatMap(({ row, runs }) =>
    runs.filter(({ kind }) => kind !== 'whole').map((run) => ({ row, run })),
  );
  const nameOf = (meter: string) => {
    const found = site.value?.meters.find(({ id }) => id === meter);
    return found === undefined ? meter : text(found.name);
  };
  return (
    <>
      <div class="map">
        {rows.map(({ row, runs }) => (
          <div key={`${row.meter}.${row.point}`} class="map-row" data-quality={`${row.meter}.${row.point}`}>
            <p>
              {nameOf(row.meter)} <small>{text(points[row.point].name)}</small>
            </p>
            <div
              class={all.length <= mostRuled ? 'strip ruled' : 'strip'}
              style={{ '--days': all.length }}
              role="img"
              aria-label={stripLabel(runs)}
            >
              {runs.map(({ kind, first, count }) => (
                <i key={first} class={`kind ${kind}`} style={{ flexGrow: count }} />
              ))}
            </div>
            <b>
              {percent(all.length === 0 ? null : row.days.reduce((sum, one) => sum + one.coverage, 0) / all.length, 2)}
            </b>
          </div>
        ))}
        <p class="map-row scale hint">
          <span />
          <span>
            <span>{dateOf(map.start)}</span>
            <span>{dateOf(all.at(-1) ?? map.start)}</span>
          </span>
          <b />
        </p>
      </div>
      <section>
        <h2 class="group">{words.value.trouble}</h2>
        {trouble.length === 0 && <p class="empty good">✓ {words.value.noTrouble}</p>}
        <ul class="trouble">
          {trouble.slice(0, mostListed).map(({ row, run }) => (
            <Trouble
              key={`${row.meter}${row.point}${run.first}`}
              row={row}
              run={run}
              all={all}
              name={nameOf(row.meter)}
            />
          ))}
        </ul>
        {trouble.length > mostListed && <p class="hint">{words.value.more(trouble.length - mostListed)}</p>}
      </section>
      {map.losses.length > 0 && (
        <section>
          <h2 class="group">{words.value.losses}</h2>
          <ul class="trouble">
            {map.losses.slice(-mostListed).map((loss) => (
              <li key={`${loss.gateway}${loss.epoch}${loss.seq}${loss.from}`}>
                <b>{loss.gateway}</b>
                <span>{words.value.lost(number(loss.readings))}</span>
                <span>{words.value.reasons[loss.reason]}</span>
                <span>
                  {dateOf(loss.from)} – {dateOf(loss.to)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

const mostListed = 40;
/** More days than these are too narrow for lines between them. */
const mostRuled = 62;

const stripLabel = (runs: readonly Run[]): string =>
  kinds
    .map((kind) => [kind, runs.reduce((sum, run) => sum + (run.kind === kind ? run.count : 0), 0)] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${words.value.kinds[kind]} ${words.value.days(count)}`)
    .join(', ');

function Trouble({ row, run, all, name }: { row: QualityRow; run: Run; all: readonly number[]; name: string }) {
  const [first, last] = [all[run.first] ?? 0, all[run.first + run.count - 1] ?? 0];
  const covered = run.days.reduce((sum, one) => sum + one.coverage, 0) / run.count;
  const marks = [...new Set(run.days.flatMap((one) => one.marks))];
  return (
    <li>
      <i class={`kind ${run.kind}`} aria-hidden="true" />
      <Link
        to={{ view: 'load', meter: row.meter, range: 'custom', from: isoDay(first) ?? null, to: isoDay(last) ?? null }}
      >
        {name}
      </Link>
      <small>{text(points[row.point].name)}</small>
      <span>{words.value.kinds[run.kind]}</span>
      <span>
        {dateOf(first)}
        {run.count > 1 && ` – ${dateOf(last)}`}
      </span>
      <span>
        {say.value.coverage} {percent(covered, 1)}
      </span>
      <small>{marks.map((mark) => words.value.marks[mark]).join(' · ')}</small>
    </li>
  );
}
