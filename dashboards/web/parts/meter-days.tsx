// Owns a meter's year day by day, and the readings of the day that is chosen: the end of every trace.
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { day } from '../../../core/calendar.ts';
import { levelOf, qualityOf, qualityText } from '../../../core/quality.ts';
import type { MeterLeaf } from '../../../core/trace.ts';
import { dateOf, isoDay, number, text, timeOf } from '../format.ts';
import { get, language, say, site, theme } from '../state.ts';

type DaySlot = { start: number; value: number; covered: number; estimated: number };
type Samples = { time: number[]; value: (number | null)[]; quality: number[]; cut: boolean };

export function MeterDays({ meter, unit }: { meter: MeterLeaf; unit: string }) {
  const words = say.value;
  const [days, setDays] = useState<DaySlot[] | null>(null);
  const [chosen, setChosen] = useState<DaySlot | null>(null);
  const [error, setError] = useState<string | null>(null);
  const query = new URLSearchParams({ meter: meter.meter, point: meter.point });
  useEffect(() => {
    const path = `api/slots?${query}&start=${meter.start}&end=${meter.end}&resolution=day`;
    get<{ slots: DaySlot[] }>(path).then(
      ({ slots }) => setDays(slots),
      (cause: Error) => setError(cause.message),
    );
  }, [meter.meter, meter.point, meter.start]);
  if (error !== null) return <p class="note">{error}</p>;
  if (days === null) return <p class="empty">{words.loading}</p>;
  return (
    <div class="days">
      <h4>
        {words.daily} ({unit}){' '}
        <label>
          <small>{words.pickDay}</small>{' '}
          <input
            type="date"
            min={isoDay(days[0]?.start)}
            max={isoDay(days.at(-1)?.start)}
            onChange={(event) =>
              setChosen(days.find(({ start }) => isoDay(start) === event.currentTarget.value) ?? null)
            }
          />
        </label>
      </h4>
      <Chart days={days} meter={meter} onChoose={setChosen} />
      {chosen !== null && <Readings key={chosen.start} day={chosen} query={query} unit={unit} />}
    </div>
  );
}

const months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((month) => `${month}月`);
const weekdays = [...'日一二三四五六'].map((day) => `周${day}`);
const dateNames = { zh: { MMMM: months, MMM: months, WWWW: weekdays, WWW: weekdays }, en: undefined };

/** One bar a day; a day without readings is a hole, not a zero. */
function Chart({ days, meter, onChoose }: { days: DaySlot[]; meter: MeterLeaf; onChoose: (day: DaySlot) => void }) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const zone = site.value?.timezone ?? 'Asia/Shanghai';
    const byStart = new Map(days.map((slot) => [slot.start, slot]));
    const starts: number[] = [];
    for (let time = days[0]?.start ?? meter.start; time < meter.end; time += day) starts.push(time);
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--muted'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line'), width: 1 },
    };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: 140,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
        fmtDate: (template) => uPlot.fmtDate(template, dateNames[language.value]),
        legend: { show: false },
        cursor: { y: false, points: { show: false } },
        scales: { y: { range: (_plot, _low, high) => [0, high * 1.05 || 1] } },
        axes: [axis, { ...axis, size: 60 }],
        series: [
          {},
          {
            fill: colour('--accent'),
            stroke: colour('--accent'),
            width: 0,
            paths: uPlot.paths.bars?.({ size: [0.8, 100] }) ?? (() => null),
            points: { show: false },
          },
        ],
      },
      [starts.map((time) => time / 1_000), starts.map((time) => byStart.get(time)?.value ?? null)],
      element,
    );
    const choose = () => {
      const slot = byStart.get((plot.data[0][plot.cursor.idx ?? -1] ?? 0) * 1_000);
      if (slot !== undefined) onChoose(slot);
    };
    plot.over.addEventListener('click', choose);
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: 140 }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [days, theme.value, language.value]);
  return <div ref={holder} class="chart" role="img" aria-label={`${say.value.daily}: ${days.length}`} />;
}

function Readings({ day: { start, value }, query, unit }: { day: DaySlot; query: URLSearchParams; unit: string }) {
  const words = say.value;
  const [samples, setSamples] = useState<Samples | null>(null);
  useEffect(() => {
    get<Samples>(`api/samples?${query}&start=${start}&end=${start + day}`).then(setSamples, () =>
      setSamples({ time: [], value: [], quality: [], cut: false }),
    );
  }, [start]);
  const rows =
    samples?.time.map((time, row) => ({
      time,
      value: samples.value[row] ?? null,
      quality: samples.quality[row] ?? 128,
    })) ?? [];
  return (
    <div class="readings">
      <h4>
        {words.samples} {dateOf(start)} · {number(value, 2)} {unit}
      </h4>
      <section class="scroll" tabIndex={0} aria-label={words.samples}>
        <table>
          <tbody>
            {rows.map(({ time, value: reading, quality }) => (
              <tr key={time} class={levelOf(quality)}>
                <td>{timeOf(time)}</td>
                <td>
                  {number(reading, 3)} {unit}
                </td>
                <td>{text(qualityText(qualityOf(quality) ?? 'bad_decode'))}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {samples === null && <p class="empty">{words.loading}</p>}
        {samples !== null && rows.length === 0 && <p class="empty">{words.missing}</p>}
      </section>
    </div>
  );
}
