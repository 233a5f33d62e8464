// Owns what every dashboard must keep: places, ids, words, units, and variables that exist. Each finding names its panel.
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';

type Target = { refId: string; query: string; datasource?: { uid?: string } };
type Variable = { name: string; type: string; label?: string; query?: string; datasource?: { uid?: string } };

const columns = 24;
/** Grafana's own. */
const builtIn = [
  'timeFilter',
  '__interval',
  'tag_meter',
  'tag_point',
  'tag_gateway',
  'tag_figure',
  'tag_pack',
  'tag_indicator',
  'col',
];

export function findings(dashboard: Dashboard): string[] {
  const found: string[] = [];
  const panels = (dashboard.panels ?? []) as Panel[];
  const variables = (dashboard.templating.list ?? []) as unknown as Variable[];
  const known = new Set([...builtIn, ...variables.map(({ name }) => name)]);
  const check = (holds: boolean, what: string) => {
    if (!holds) found.push(`${dashboard.uid}: ${what}`);
  };
  const checkNames = (text: string, where: string) => {
    for (const [, name = ''] of text.matchAll(/\$\{?([A-Za-z_]\w*)/g))
      check(known.has(name), `${where}: no variable $${name}`);
  };
  check(/^[a-z-]{1,40}$/.test(dashboard.uid ?? ''), 'no stable uid');
  check(Boolean(dashboard.title) && Boolean(dashboard.description), 'no title or no description');
  check(dashboard.editable === false, 'editable: what is provisioned is not');
  check(
    variables.some(({ type }) => type === 'datasource'),
    'no variable for the data source',
  );
  for (const { name, label, query = '', datasource, type } of variables) {
    check(Boolean(label), `$${name}: no label`);
    if (type === 'query') check(datasource?.uid === '$ds', `$${name}: its data source is not the variable`);
    if (type === 'query') checkNames(query, `$${name}`);
  }
  for (const panel of panels) {
    const name = `panel ${panel.id} (${panel.title})`;
    check(Number.isInteger(panel.id) && (panel.id ?? 0) > 0, `${name}: no id`);
    check(Boolean(panel.title) && Boolean(panel.description), `${name}: no title or no description`);
    check(Boolean(panel.fieldConfig?.defaults.unit), `${name}: no unit`);
    check(panel.datasource?.uid === '$ds', `${name}: its data source is not the variable`);
    const { x, y, w, h } = panel.gridPos ?? { x: -1, y: -1, w: 0, h: 0 };
    check(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= columns, `${name}: does not fit the grid (x ${x}, w ${w})`);
    for (const other of panels.slice(panels.indexOf(panel) + 1)) {
      const at = other.gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
      const overlaps = x < at.x + at.w && at.x < x + w && y < at.y + at.h && at.y < y + h;
      check(!overlaps, `${name}: lies over panel ${other.id}`);
      check(panel.id !== other.id, `${name}: panel ${other.title} has the same id`);
    }
    const targets = (panel.targets ?? []) as unknown as Target[];
    check(targets.length > 0, `${name}: asks nothing`);
    check(new Set(targets.map(({ refId }) => refId)).size === targets.length, `${name}: refIds repeat`);
    for (const { refId, query, datasource } of targets) {
      checkNames(query, `${name} ${refId}`);
      check(datasource?.uid === '$ds', `${name} ${refId}: its data source is not the variable`);
    }
  }
  return found;
}
