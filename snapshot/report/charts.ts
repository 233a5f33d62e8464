// Owns the charts of a report as SVG: drawn without a browser, the same bytes for the same figures.
import type { Language } from '../../core/text.ts';
import { formatNumber } from '../../scoring/figure.ts';
import { escapeHtml } from './markup.ts';
import { type Block, figureText } from './model.ts';

const width = 640;
const rowHeight = 20;
const fontSize = 11;
const valueWidth = 150;

/** Han characters are as wide as they are high, others about half of that. */
const widthOf = (text: string): number =>
  [...text].reduce((sum, letter) => sum + ((letter.codePointAt(0) ?? 0) > 0x2e7f ? fontSize : fontSize * 0.56), 0);

/** Every bar has its figure beside it, so that nothing is told by length alone. */
export function bars({ bars: all, unit, title }: Extract<Block, { kind: 'bars' }>, language: Language): string {
  const most = Math.max(...all.map(({ value }) => value), Number.MIN_VALUE);
  const nameWidth = Math.max(60, ...all.map(({ name }) => widthOf(name[language]) + 12));
  const room = width - nameWidth - valueWidth;
  const rows = all.map(({ name, value }, index) => {
    const y = index * rowHeight;
    const length = Math.max(0, (value / most) * room).toFixed(1);
    const said = `${figureText(value)} ${unit.replace('CO2', 'CO₂')}`;
    return `<text x="${nameWidth - 8}" y="${y + 14}" text-anchor="end">${escapeHtml(name[language])}</text><rect x="${nameWidth}" y="${y + 4}" width="${length}" height="${rowHeight - 8}" rx="2"/><text x="${(nameWidth + Number(length) + 6).toFixed(1)}" y="${y + 14}" class="v">${escapeHtml(said)}</text>`;
  });
  return `<svg viewBox="0 0 ${width} ${all.length * rowHeight + 4}" role="img" aria-label="${escapeHtml(title[language])}" font-size="${fontSize}" fill="#17211c"><style>rect{fill:#3d9b6b}</style>${rows.join('')}</svg>`;
}

const height = 150;
const left = 62;
const below = 20;
const above = 8;

/** Columns in order of time, over a scale of round numbers. What is not known is a gap with a dot on the line, never a zero. */
export function columns(
  { columns: all, unit, title }: Extract<Block, { kind: 'columns' }>,
  language: Language,
): string {
  const most = Math.max(0, ...all.map(({ value }) => value ?? 0));
  const least = Math.min(0, ...all.map(({ value }) => value ?? 0));
  const step = roundStep((most - least || 1) / 4);
  const top = Math.ceil(most / step) * step || step;
  const bottom = Math.floor(least / step) * step;
  const room = height - above - below;
  const y = (value: number) => above + ((top - value) / (top - bottom)) * room;
  const pitch = (width - left) / Math.max(1, all.length);
  const lines: string[] = [];
  for (let at = bottom; at <= top + step / 2; at += step) {
    const said = formatNumber(Number(at.toPrecision(12)));
    lines.push(
      `<line x1="${left}" x2="${width}" y1="${y(at).toFixed(1)}" y2="${y(at).toFixed(1)}"/><text x="${left - 6}" y="${(y(at) + 4).toFixed(1)}" text-anchor="end">${said}</text>`,
    );
  }
  const every = Math.ceil(all.length / 16);
  const bodies = all.map(({ name, value }, index) => {
    const x = left + index * pitch;
    const middle = (x + pitch / 2).toFixed(1);
    const said =
      index % every === 0
        ? `<text x="${middle}" y="${height - 5}" text-anchor="middle">${escapeHtml(name)}</text>`
        : '';
    if (value === null) return `<circle cx="${middle}" cy="${y(0).toFixed(1)}" r="1.6"/>${said}`;
    const [from, to] = [y(Math.max(0, value)), y(Math.min(0, value))];
    return `<rect x="${(x + pitch * 0.15).toFixed(1)}" y="${from.toFixed(1)}" width="${(pitch * 0.7).toFixed(1)}" height="${(to - from).toFixed(1)}" rx="1"/>${said}`;
  });
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(`${title[language]} (${unit})`)}" font-size="10" fill="#5d6b64"><style>rect{fill:#3d9b6b}line{stroke:#d5ddd8;stroke-width:.7}circle{fill:#b3541e}</style>${lines.join('')}${bodies.join('')}</svg>`;
}

/** 1, 2 or 5 times a power of ten, not below what is asked. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((one) => one * power >= least) ?? 10) * power;
}
