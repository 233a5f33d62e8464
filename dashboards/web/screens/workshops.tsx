// Owns the comparison of workshops: what each used, against the period before, and how much of it flows whether anybody works or not.
import type { WorkshopsAnswer } from '../../api/answers/workshops.ts';
import { compact, number, percent } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { ComparisonChoice } from '../parts/comparison.tsx';
import { CsvButton } from '../parts/csv.tsx';
import { Link } from '../parts/link.tsx';
import { NoReadings } from '../parts/no-readings.tsx';
import { against, comparison, period } from '../range.ts';
import { meterName, standbyShare, standbyText, type Workshop } from '../standby-words.ts';
import { say, worded } from '../words.ts';

const words = worded(
  {
    title: '车间对比',
    method:
      '待机功率：开工日里九成时间都高于的功率，取各开工日的中位数（开工日：用电不少于最多一日的一半）；待机电量：任何时候不超过它的那部分用电',
    none: '没有车间电表：在 site.yaml 中把电表的 role 写成 feeder',
    unknown: '此范围内没有完整的一天，还说不出待机',
    name: '车间',
    used: '用电',
    change: '对比',
    standby: '待机功率',
    standbyEnergy: '待机电量',
    share: '待机占比',
  },
  {
    title: 'Workshops',
    method:
      'standby power is exceeded nine tenths of the time on working days (median of the days that use at least half of the highest); standby energy is the part of consumption up to it',
    none: 'There is no meter of a workshop: give meters the role feeder in site.yaml',
    unknown: 'No whole day lies in this range: nothing can be said of standby yet',
    name: 'Workshop',
    used: 'Used',
    change: 'Change',
    standby: 'Standby',
    standbyEnergy: 'Standby energy',
    share: 'Standby share',
  },
);

const changeOf = ({ kWh, before }: Workshop): number | null =>
  kWh === null || before === null || before === 0 ? null : kWh / before - 1;
const signed = (share: number | null): string =>
  share === null ? '—' : `${share >= 0.0005 ? '+' : share <= -0.0005 ? '−' : ''}${percent(Math.abs(share))}`;

export function WorkshopsScreen() {
  const range = period.value;
  if (range === null) return <p class="empty">{say.value.loading}</p>;
  const before = against.value;
  const compared = before === null ? '' : `&before=${before.start}&beforeEnd=${before.end}`;
  const path = `api/workshops?start=${range.start}&end=${range.end}${compared}`;
  return (
    <section class="workshops">
      <h1 class="title">
        {words.value.title} <small>{words.value.method}</small>
      </h1>
      <div class="range">
        <ComparisonChoice />
      </div>
      <Answered<WorkshopsAnswer> path={path}>{(answer) => <Table answer={answer} />}</Answered>
    </section>
  );
}

function Table({ answer }: { answer: WorkshopsAnswer }) {
  const own = words.value;
  const all = answer.workshops;
  const [worst] = all;
  if (worst === undefined) return <p class="empty">{own.none}</p>;
  if (all.every(({ kWh }) => kWh === null)) return <NoReadings />;
  const most = Math.max(...all.map(({ kWh }) => kWh ?? 0), 1);
  const change = comparison.value === 'none' ? own.change : say.value.comparisons[comparison.value];
  const head = [own.name, `${own.used} kWh`, change, `${own.standby} kW`, `${own.standbyEnergy} kWh`, own.share];
  return (
    <>
      <p class="finding">{worst.standbyKWh === null ? own.unknown : standbyText(worst)}</p>
      <section class="scroll" tabIndex={0} aria-label={own.title}>
        <table class="ranking">
          <thead>
            <tr>
              {head.map((one, at) => (
                <th key={one} class={at === 0 ? '' : 'right'}>
                  {one}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {all.map((one) => (
              <tr key={one.meter} data-workshop={one.meter}>
                <td>
                  <Link to={{ view: 'load', meter: one.meter }}>{meterName(one.meter)}</Link>
                </td>
                <td>
                  <span class="measured">
                    <Bar share={(one.kWh ?? 0) / most} kind="used" />
                    <span>{number(one.kWh)}</span>
                    {one.kWh !== null && one.coverage < 0.995 && (
                      <small class="hint">
                        {say.value.coverage} {percent(one.coverage)}
                      </small>
                    )}
                  </span>
                </td>
                <td class="right">{signed(changeOf(one))}</td>
                <td class="right">{compact(one.standbyKW)}</td>
                <td class="right">{number(one.standbyKWh)}</td>
                <td>
                  <span class="measured">
                    <Bar share={standbyShare(one) ?? 0} kind="standby" />
                    <span>{percent(standbyShare(one))}</span>
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p>
        <CsvButton
          name="workshops"
          rows={() => [
            head,
            ...all.map((one) => [
              meterName(one.meter),
              one.kWh,
              changeOf(one),
              one.standbyKW,
              one.standbyKWh,
              standbyShare(one),
            ]),
          ]}
        />
      </p>
    </>
  );
}

/** Drawn beside its number; the number says the same. */
function Bar({ share, kind }: { share: number; kind: 'used' | 'standby' }) {
  return (
    <svg class={`bar ${kind}`} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="whole" width="100" height="6" />
      <rect class="part" width={Math.round(share * 1_000) / 10} height="6" />
    </svg>
  );
}
