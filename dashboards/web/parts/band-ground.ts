// Owns the bands of the tariff behind a chart: each hatched in its own way, and named where there is room.
import type uPlot from 'uplot';
import type { Period } from '../../../core/calendar.ts';
import type { Band } from '../../../scoring/tariff/bands.ts';
import { bandWords } from './bands.tsx';
import { rem } from './plot.tsx';

export type BandStretch = Period & { band: Band };

/** The same as in the style sheet; a slope counts upwards from left to right. */
const looks: Record<Band, { colour: string; slope: number; gap: number } | null> = {
  sharp: { colour: '--heat', slope: -1, gap: 5 },
  peak: { colour: '--gas', slope: -1, gap: 11 },
  flat: null,
  valley: { colour: '--feeder-4', slope: 1, gap: 11 },
  deep_valley: { colour: '--grid', slope: 0, gap: 5 },
};

export function drawBands({ ctx, bbox, valToPos, scales }: uPlot, stretches: readonly BandStretch[]): void {
  const { min, max } = scales.x ?? {};
  if (min == null || max == null) return;
  const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const size = rem() * 0.75;
  ctx.font = `${size * ratio}px ${getComputedStyle(document.body).fontFamily}`;
  for (const { start, end, band } of stretches) {
    if (end / 1_000 <= min || start / 1_000 >= max) continue;
    const [left, right] = [valToPos(start / 1_000, 'x', true), valToPos(end / 1_000, 'x', true)];
    const look = looks[band];
    if (look !== null) {
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, bbox.top, right - left, bbox.height);
      ctx.clip();
      ctx.fillStyle = ctx.strokeStyle = token(look.colour);
      ctx.globalAlpha = 0.07;
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
      ctx.globalAlpha = 0.16;
      ctx.lineWidth = ratio;
      ctx.beginPath();
      const { height, top, left: edge } = bbox;
      const run = look.slope === 0 ? right - left : height;
      // From the chart's own edge, so that neighbouring stretches of one band carry on each other's lines.
      for (let at = -run; at < (look.slope === 0 ? height : right - edge); at += look.gap * ratio) {
        const [x, y] = look.slope === 0 ? [left, top + at] : [edge + at, look.slope > 0 ? top + height : top];
        ctx.moveTo(x, y);
        ctx.lineTo(x + run, y - look.slope * height);
      }
      ctx.stroke();
      ctx.restore();
    }
    const name = bandWords.peek().short[band];
    if (right - left < size * 2.5 * ratio) continue;
    ctx.fillStyle = token('--muted');
    ctx.textAlign = 'center';
    ctx.textBaseline = 'top';
    ctx.fillText(
      name,
      Math.max(left, bbox.left) / 2 + Math.min(right, bbox.left + bbox.width) / 2,
      bbox.top + 4 * ratio,
    );
  }
  ctx.restore();
}
