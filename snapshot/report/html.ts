// Owns the report as one HTML page that prints well: no script, nothing loaded from elsewhere.
import type { Language, Text } from '../../core/text.ts';
import { bars, columns } from './charts.ts';
import { escapeHtml, rich } from './markup.ts';
import { type Block, type Cell, figureText, type Report, roundedFigure } from './model.ts';

const style = `
:root { --ink: #17211c; --soft: #5d6b64; --line: #d5ddd8; --tint: #f3f7f4; --green: #1f7a4d; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem; color: var(--ink); background: #fff;
  font: 10.5pt/1.55 "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; }
header { border-bottom: 3px solid var(--green); margin-bottom: 1.5rem; padding-bottom: .75rem; }
h1 { font-size: 21pt; line-height: 1.25; margin: 0; }
header p { color: var(--soft); font-size: 13pt; margin: .25rem 0 0; }
h2 { font-size: 14pt; line-height: 1.3; margin: 2rem 0 .75rem; border-left: 4px solid var(--green); padding-left: .6rem; }
caption { font-size: 10.5pt; font-weight: 600; text-align: left; margin: 0; padding: 0 0 .35rem; color: var(--soft); }
table { width: 100%; border-collapse: collapse; margin: 0 0 1.25rem; font-size: 9pt; }
th, td { padding: .35rem .55rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
thead th { background: var(--tint); font-weight: 600; white-space: nowrap; }
.facts th { width: 32%; font-weight: 500; color: var(--soft); }
.right { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.short { min-width: 5.2rem; }
.name { min-width: 8.5rem; }
.machine { overflow-wrap: anywhere; }
.lines th { width: 32%; font-weight: 500; color: var(--soft); padding-top: 1.4rem; }
figure { margin: 0 0 1.25rem; }
figcaption { font-weight: 600; color: var(--soft); padding-bottom: .35rem; }
svg { display: block; width: 100%; height: auto; }
small { font-weight: 400; font-size: 85%; color: var(--soft); }
@page { size: A4; margin: 18mm 15mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #5d6b64; } }
@media print {
  body { max-width: none; padding: 0; }
  h2, caption, figcaption, p:has(+ .lines) { break-after: avoid; }
  tbody tr:first-child { break-before: avoid; }
  tr, figure, .facts, .lines { break-inside: avoid; }
  thead { display: table-header-group; }
}
`;

export function writeHtml(report: Report, language: Language): string {
  const say = (text: Text) => rich(text[language]);
  const sections = report.sections.map(
    ({ title, blocks }) =>
      `<section>\n<h2>${say(title)}</h2>\n${blocks.map((block) => writeBlock(block, language, report.rounded === true)).join('\n')}\n</section>`,
  );
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${report.title[language]} — ${report.subtitle[language]}`)}</title>
<style>${style}</style>
</head>
<body>
<header><h1>${say(report.title)}</h1><p>${say(report.subtitle)}</p></header>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function cellText(cell: Cell, language: Language, isRounded: boolean): string {
  if (typeof cell === 'string') return rich(cell);
  if (!('figure' in cell)) return rich(cell[language]);
  const { figure, unit = '1' } = cell;
  const said = figureText(isRounded && figure !== null ? roundedFigure(figure) : figure);
  return rich(unit === '1' || figure === null ? said : `${said} ${unit}`);
}

function writeBlock(block: Block, language: Language, isRounded: boolean): string {
  const say = (text: Text) => rich(text[language]);
  switch (block.kind) {
    case 'text':
      return `<p>${say(block.text)}</p>`;
    case 'facts':
      return `<table class="facts"><tbody>${block.rows
        .map(
          ([name, cell]) => `<tr><th scope="row">${say(name)}</th><td>${cellText(cell, language, isRounded)}</td></tr>`,
        )
        .join('')}</tbody></table>`;
    case 'lines':
      return `<table class="lines"><tbody>${block.titles
        .map((title) => `<tr><th scope="row">${say(title)}</th><td></td></tr>`)
        .join('')}</tbody></table>`;
    case 'table': {
      const side = (index: number) => {
        const look = block.columns[index]?.look;
        return look === undefined ? '' : ` class="${look}"`;
      };
      const head = block.columns
        .map(({ title, unit }, index) => {
          const measured = unit === undefined ? '' : ` <small>${rich(unit)}</small>`;
          return `<th scope="col"${side(index)}>${say(title)}${measured}</th>`;
        })
        .join('');
      const row = (cells: Cell[]) =>
        `<tr>${cells.map((cell, index) => `<td${side(index)}>${cellText(cell, language, isRounded)}</td>`).join('')}</tr>`;
      return `<table><caption>${say(block.title)}</caption><thead><tr>${head}</tr></thead><tbody>${block.rows.map(row).join('\n')}</tbody></table>`;
    }
    case 'columns':
      return `<figure><figcaption>${say(block.title)} <small>${rich(block.unit)}</small></figcaption>${columns(block, language)}</figure>`;
    case 'bars':
      return `<figure><figcaption>${say(block.title)}</figcaption>${bars(block, language)}</figure>`;
  }
}
