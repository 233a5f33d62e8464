// Owns the end of every trace: a meter's period day by day, the slots of the day that is chosen, and its readings.
import { useMemo, useState } from 'preact/hooks';
import { day, slotLength } from '../../../core/calendar.ts';
import { levelOf, qualityOf, qualityText } from '../../../core/quality.ts';
import type { MeterLeaf } from '../../../core/trace.ts';
import { go, written } from '../address.ts';
import { dateOf, hourOf, isoDay, number, text, timeOf, unitText } from '../format.ts';
import { calendar, dayFrom } from '../range.ts';
import { say, worded } from '../words.ts';
import { Answered } from './answered.tsx';
import { CsvButton } from './csv.tsx';
import { Plot } from './plot.tsx';

type Slot = { start: number; value: number; covered: number; estimated: number };
type Samples = { time: number[]; value: (number | null)[]; quality: number[]; cut: boolean };

const words = worded(
  {
    daily: '逐日量',
    pickDay: '点选一天，查看时段与原始读数',
    samples: '原始读数',
    slots: '15 分钟时段',
    sum: '合计',
    cut: '仅列出前面一部分',
    whole: '全天',
    time: '时刻',
    quality: '质量',
  },
  {
    daily: 'Day by day',
    pickDay: 'choose a day to see its slots and readings',
    samples: 'Readings',
    slots: 'Slots of 15 min',
    sum: 'sum',
    cut: 'only the first of them are listed',
    whole: 'whole day',
    time: 'Time',
    quality: 'Quality',
  },
);

const chosenDay = written('day');

export function MeterDays({ meter, unit }: { meter: MeterLeaf; unit: string }) {
  const query = new URLSearchParams({ meter: meter.meter, point: meter.point }).toString();
  return (
    <Answered<{ slots: Slot[] }> path={`api/slots?${query}&start=${meter.start}&end=${meter.end}&resolution=day`}>
      {({ slots }) => <Days days={slots} meter={meter} query={query} unit={unit} />}
    </Answered>
  );
}

function Days({ days, meter, query, unit }: { days: Slot[]; meter: MeterLeaf; query: string; unit: string }) {
  // A day without readings is a hole, not a zero.
  const { times, values } = useMemo(() => {
    const byDay = new Map(days.map((slot) => [isoDay(slot.start), slot.value]));
    const times: number[] = [];
    for (let time = meter.start; time < meter.end; time += day) times.push(time / 1_000);
    return { times, values: [times.map((time) => byDay.get(isoDay(time * 1_000)) ?? null)] };
  }, [days, meter.start]);
  const chosen = days.find(({ start }) => isoDay(start) === chosenDay.value);
  return (
    <div class="days">
      <h4>
        {words.value.daily} <small>{unitText(unit)}</small>
        <label>
          <small>{words.value.pickDay}</small>{' '}
          <input
            type="date"
            value={chosenDay.value ?? ''}
            min={isoDay(days[0]?.start)}
            max={isoDay(days.at(-1)?.start)}
            onChange={(event) => go({ day: event.currentTarget.value, leaf: `${meter.meter}.${meter.point}` })}
          />
        </label>
      </h4>
      <Plot
        times={times}
        values={values}
        series={[{ label: words.value.daily, colour: '--accent', kind: 'bars' }]}
        height="8.5rem"
        label={`${words.value.daily}: ${days.length}`}
        onChoose={(index) =>
          go({ day: isoDay((times[index] ?? 0) * 1_000) ?? null, leaf: `${meter.meter}.${meter.point}` })
        }
      />
      {chosen !== undefined && <Day key={chosen.start} chosen={chosen} query={query} unit={unit} />}
    </div>
  );
}

function Day({ chosen: { start, value }, query, unit }: { chosen: Slot; query: string; unit: string }) {
  const [slot, setSlot] = useState<number | null>(null);
  const end = dayFrom(isoDay(start + day + day / 2) ?? null) ?? start + day;
  const period = `${query}&start=${start}&end=${end}`;
  return (
    <div class="readings">
      <h4>
        {dateOf(start)} · {words.value.sum} {number(value, 2)} {unitText(unit)}
      </h4>
      <div class="side-by-side">
        <section class="scroll" tabIndex={0} aria-label={words.value.slots}>
          <Answered<{ slots: Slot[] }> path={`api/slots?${period}&resolution=quarter`}>
            {({ slots }) => <Slots slots={slots} chosen={slot} choose={setSlot} />}
          </Answered>
        </section>
        <section class="scroll samples" tabIndex={0} aria-label={words.value.samples}>
          <Answered<Samples> path={`api/samples?${period}`}>
            {(samples) => <Readings samples={samples} unit={unit} slot={slot} name={`readings-${isoDay(start)}`} />}
          </Answered>
        </section>
      </div>
    </div>
  );
}

function Slots({
  slots,
  chosen,
  choose,
}: {
  slots: Slot[];
  chosen: number | null;
  choose: (slot: number | null) => void;
}) {
  return (
    <table>
      <caption>
        {words.value.slots}
        {chosen !== null && (
          <button type="button" class="quiet" onClick={() => choose(null)}>
            {words.value.whole}
          </button>
        )}
      </caption>
      <tbody>
        {slots.map(({ start, value, covered, estimated }) => (
          <tr key={start} class={start === chosen ? 'chosen' : ''}>
            <td>
              <button type="button" class="quiet" aria-pressed={start === chosen} onClick={() => choose(start)}>
                {hourOf(start)}
              </button>
            </td>
            <td>{number(value, 3)}</td>
            <td>{estimated > 0 ? '≈' : covered < slotLength ? '…' : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Readings(props: { samples: Samples; unit: string; slot: number | null; name: string }) {
  const { samples, unit, slot, name } = props;
  const rows = samples.time.flatMap((time, row) =>
    slot === null || (time >= slot && time <= slot + slotLength)
      ? [{ time, value: samples.value[row] ?? null, quality: samples.quality[row] ?? 128 }]
      : [],
  );
  if (rows.length === 0) return <p class="empty">{say.value.missing}</p>;
  return (
    <table>
      <caption>
        {words.value.samples} <small>{number(rows.length)}</small> {samples.cut && words.value.cut}
        <CsvButton
          name={name}
          rows={() => [
            [words.value.time, unitText(unit), words.value.quality],
            ...rows.map(({ time, value, quality }) => [
              calendar.value?.formatSecond(time) ?? new Date(time).toISOString(),
              value,
              text(qualityText(qualityOf(quality) ?? 'bad_decode')),
            ]),
          ]}
        />
      </caption>
      <tbody>
        {rows.map(({ time, value, quality }) => (
          <tr key={time} class={levelOf(quality)}>
            <td>{timeOf(time)}</td>
            <td>
              {number(value, 3)} {unitText(unit)}
            </td>
            <td>{text(qualityText(qualityOf(quality) ?? 'bad_decode'))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
