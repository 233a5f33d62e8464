// Owns the bands of the tariff behind a chart: each hatched in its own way, and named where there is room.
import type uPlot from 'uplot';
import type { Period } from '../../../core/calendar.ts';
import type { Band } from '../../../scoring/tariff/bands.ts';
import { bandWords } from './bands.tsx';

export type BandStretch = Period & { band: Band };

const looks: Record<Band, { colour: string; slope: number; gap: number } | null> = {
  sharp: { colour: '--heat', slope: 1, gap: 5 },
  peak: { colour: '--gas', slope: 1, gap: 11 },
  flat: null,
  valley: { colour: '--feeder-4', slope: -1, gap: 11 },
  deep_valley: { colour: '--grid', slope: -1, gap: 5 },
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
  ctx.font = `${11 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
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
      const reach = right - left + bbox.height;
      for (let at = -bbox.height; at < reach; at += look.gap * ratio) {
        ctx.moveTo(left + at, look.slope > 0 ? bbox.top + bbox.height : bbox.top);
        ctx.lineTo(left + at + bbox.height, look.slope > 0 ? bbox.top : bbox.top + bbox.height);
      }
      ctx.stroke();
      ctx.restore();
    }
    const name = bandWords.peek().short[band];
    if (right - left < 16 * ratio) continue;
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
