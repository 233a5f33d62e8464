// Owns uPlot: series over the plant's own time, in the page's colours and language; drag to zoom, double click to go back.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Calendar } from '../../../core/calendar.ts';
import { inZone } from '../format.ts';
import { calendar } from '../range.ts';
import { language, theme } from '../state.ts';

const aDay = 86_400;

/** A date whose own fields show what the plant's clock shows: uPlot asks for many, and its own way goes through text. */
function atPlant(seconds: number, plant: Calendar): Date {
  const wall = new Date(seconds * 1_000 + plant.offsetAt(seconds * 1_000));
  const [year, month, date] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()];
  return new Date(year, month, date, wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds());
}

/** Hours within days, days within months, months within years: each split is named by what changes there. */
function splitNames(seconds: number[], increment: number): string[] {
  const write = (options: Intl.DateTimeFormatOptions) => (time: number) => inZone(options, time * 1_000);
  const clock = write({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const date = write({ month: 'short', day: 'numeric' });
  const month = write({ month: 'short' });
  const year = write({ year: 'numeric' });
  const isNewYear = (time: number) => year(time) !== year(time - aDay);
  return seconds.map((time) => {
    if (increment >= 28 * aDay) return isNewYear(time) ? year(time) : month(time);
    return increment >= aDay || clock(time) === '00:00' ? date(time) : clock(time);
  });
}

export type PlotSeries = {
  label: string;
  /** A token of the style sheet. */
  colour: string;
  kind: 'bars' | 'steps';
  /** Without a filling below it, and dashed unless it is solid. */
  faint?: boolean;
  solid?: boolean;
};

export type PlotSpan = { from: number; to: number; colour: string };

export type PlotLevel = { value: number; colour: string };

export type PlotProps = {
  /** Seconds; missing is null, and is drawn as a hole. */
  times: number[];
  values: (number | null)[][];
  series: PlotSeries[];
  /** A length of the style sheet; the wall stretches it over what is left of its screen. */
  height: string;
  /** Of the upright axis. */
  unit?: string;
  label: string;
  /** What lasted from when to when, in seconds, drawn along the upper edge. */
  spans?: PlotSpan[] | undefined;
  /** Levels drawn across, each with a token of the style sheet. */
  levels?: PlotLevel[] | undefined;
  /** Drawn behind the lines. */
  ground?: ((plot: uPlot) => void) | undefined;
  onPoint?: (index: number | null) => void;
  onChoose?: (index: number) => void;
};

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** On a wall everything is larger. */
export const rem = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

function pathsOf(kind: PlotSeries['kind']): uPlot.Series.PathBuilder {
  const paths = kind === 'bars' ? uPlot.paths.bars?.({ size: [0.8, 100] }) : uPlot.paths.stepped?.({ align: 1 });
  return paths ?? (() => null);
}

function seriesOf({ colour, kind, faint = false, solid = false }: PlotSeries): uPlot.Series {
  const stroke = token(colour);
  return {
    stroke,
    width: kind === 'bars' ? 0 : Math.max(1.5, rem() * 0.1),
    paths: pathsOf(kind),
    points: { show: false },
    spanGaps: false,
    ...(kind === 'bars'
      ? { fill: stroke }
      : faint
        ? solid
          ? {}
          : { dash: [4, 3] }
        : { fill: `color-mix(in srgb, ${stroke} 12%, transparent)` }),
  };
}

/** As wide as the longest name along an upright axis, with its tick. */
const widthOf = (plot: uPlot, names: string[] | null, size: number): number =>
  Math.ceil(Math.max(0, ...(names ?? []).map((name) => plot.ctx.measureText(name).width)) / devicePixelRatio + size);

export function Plot({
  times,
  values,
  series,
  height,
  unit,
  label,
  spans,
  levels,
  ground,
  onPoint,
  onChoose,
}: PlotProps) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = holder.current;
    const plant = calendar.peek();
    if (element === null || plant === null) return;
    const size = rem();
    const font = `${size * 0.8}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = {
      stroke: token('--muted'),
      font,
      grid: { stroke: token('--line'), width: 1 },
      ticks: { stroke: token('--line'), width: 1 },
    };
    const most = Math.max(0, ...(levels ?? []).map(({ value }) => value));
    const drawLevels = (plot: uPlot) => {
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.lineWidth = devicePixelRatio * Math.max(1, size * 0.07);
      ctx.setLineDash([size * 0.4, size * 0.27].map((one) => one * devicePixelRatio));
      for (const { value, colour } of levels ?? []) {
        const y = Math.round(plot.valToPos(value, 'y', true));
        ctx.strokeStyle = token(colour);
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
      }
      ctx.restore();
    };
    const drawSpans = (plot: uPlot) => {
      const { ctx, bbox } = plot;
      const place = (time: number) =>
        Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(time, 'x', true)));
      for (const { from, to, colour } of spans ?? []) {
        const [left, right] = [place(from), place(to)];
        if (right <= bbox.left || left >= bbox.left + bbox.width) continue;
        ctx.fillStyle = token(colour);
        ctx.fillRect(left, bbox.top, Math.max(3 * devicePixelRatio, right - left), 4 * devicePixelRatio);
      }
    };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: element.clientHeight,
        tzDate: (seconds) => atPlant(seconds, plant),
        legend: { show: false },
        cursor: { y: false, points: { show: false } },
        scales: { y: { range: (_plot, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 0, most) * 1.08 || 1] } },
        axes: [
          {
            ...axis,
            space: size * 4.4,
            size: size * 2.1,
            values: (_plot, splits, _axis, _space, increment) => splitNames(splits, increment),
          },
          {
            ...axis,
            space: size * 2,
            size: (plot, names) => {
              plot.ctx.font = axis.font.replace(/^[\d.]+/, (pixels) => String(Number(pixels) * devicePixelRatio));
              return widthOf(plot, names, size * 1.4);
            },
          },
        ],
        series: [{}, ...series.map(seriesOf)],
        hooks: {
          ...(ground === undefined ? {} : { drawClear: [ground] }),
          draw: [drawLevels, drawSpans],
          setCursor: [({ cursor }) => onPoint?.(cursor.idx ?? null)],
        },
      },
      [times, ...values],
      element,
    );
    const choose = () => {
      if (plot.cursor.idx != null) onChoose?.(plot.cursor.idx);
    };
    plot.over.addEventListener('click', choose);
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: element.clientHeight }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [times, values, spans, levels, ground, theme.value, language.value]);
  return (
    <div class="plot">
      {unit !== undefined && <small aria-hidden="true">{unit}</small>}
      <div
        ref={holder}
        class={onChoose === undefined ? 'chart' : 'chart choosable'}
        style={{ '--height': height }}
        role="img"
        aria-label={label}
      />
    </div>
  );
}
