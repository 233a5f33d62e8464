// Owns Grafana's own form of a dashboard, made with its SDK. Places and ids are set here: the SDK sets neither well.
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Language } from '../../core/text.ts';
import type { Board, Panel, Query, Variable } from './board.ts';

const database = { type: 'influxdb', uid: '$ds' };

/** The SDK knows no queries of InfluxDB. */
function target({ statement, alias }: Query, refId: string, asTable: boolean, language: Language) {
  const built = {
    refId,
    datasource: database,
    query: statement.replaceAll('$language', language),
    rawQuery: true,
    resultFormat: asTable ? 'table' : 'time_series',
    ...(alias === undefined ? {} : { alias }),
  };
  return { build: () => built as unknown as cog.Dataquery };
}

type Builder = stat.PanelBuilder | statetimeline.PanelBuilder | table.PanelBuilder | timeseries.PanelBuilder;

function shapeOf(kind: Panel['kind']): Builder {
  if (kind === 'number')
    return new stat.PanelBuilder()
      .graphMode(common.BigValueGraphMode.None)
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  if (kind === 'table') return new table.PanelBuilder();
  if (kind === 'states') return new statetimeline.PanelBuilder();
  const drawn = new timeseries.PanelBuilder()
    .legend(new common.VizLegendOptionsBuilder().showLegend(true).placement(common.LegendPlacement.Bottom))
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi));
  // A gap stays a gap: nothing is drawn over what nobody knows.
  if (kind === 'lines')
    return drawn.spanNulls(false).lineWidth(1).fillOpacity(8).showPoints(common.VisibilityMode.Auto);
  drawn.drawStyle(common.GraphDrawStyle.Bars).fillOpacity(80).lineWidth(0);
  return kind === 'bars' ? drawn : drawn.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
}

function panel(one: Panel, language: Language): dashboard.Panel {
  const [x, y, w, h] = one.at;
  const builder = shapeOf(one.kind)
    .id(one.id)
    .title(one.title[language])
    .description(one.about[language])
    .datasource(database)
    .gridPos({ x, y, w, h })
    .unit(one.unit);
  if (one.decimals !== undefined) builder.decimals(one.decimals);
  if (one.min !== undefined) builder.min(one.min);
  if (one.max !== undefined) builder.max(one.max);
  for (const [index, query] of one.queries.entries())
    builder.withTarget(target(query, String.fromCharCode(65 + index), one.kind === 'table', language));
  if (one.thresholds !== undefined) {
    builder.thresholds(
      new dashboard.ThresholdsConfigBuilder()
        .mode(dashboard.ThresholdsMode.Absolute)
        .steps(one.thresholds.map(([value, color]) => ({ value, color }))),
    );
    if (one.kind === 'number' || one.kind === 'states')
      builder.colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds));
  }
  word(builder, one, language);
  return builder.build();
}

/** Words for values in a table, for series elsewhere. */
function word(builder: Builder, { kind, words = {}, columns = {} }: Panel, language: Language): void {
  const named = Object.entries(words);
  if (kind !== 'table')
    for (const [name, text] of named) builder.overrideByName(name, [{ id: 'displayName', value: text[language] }]);
  else if (named.length > 0) {
    const options = Object.fromEntries(
      named.map(([value, { color, ...text }], index) => [
        value,
        { text: text[language], index, ...(color === undefined ? {} : { color }) },
      ]),
    );
    const mapping = { type: dashboard.MappingType.ValueToText, options } as const;
    for (const column of ['verdict', 'met'].filter((name) => columns[name] !== undefined))
      builder.overrideByName(column, [
        { id: 'mappings', value: [mapping] },
        { id: 'custom.cellOptions', value: { type: 'color-text' } },
      ]);
  }
  for (const [name, { unit, ...text }] of Object.entries(columns))
    builder.overrideByName(name, [
      { id: 'displayName', value: text[language] },
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ]);
}

function variable({ name, title, from }: Variable, language: Language): cog.Builder<dashboard.VariableModel> {
  if ('value' in from)
    return new dashboard.TextBoxVariableBuilder(name).label(title[language]).defaultValue(from.value);
  const asked = new dashboard.QueryVariableBuilder(name)
    .label(title[language])
    .datasource(database)
    .query(from.statement)
    // A meter that comes later is there at the next look.
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc);
  return from.multi === true ? asked.multi(true).includeAll(true).current({ text: 'All', value: '$__all' }) : asked;
}

export function build(board: Board, language: Language): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(board.title[language])
    .uid(`${board.uid}-${language}`)
    .description(board.about[language])
    .tags(['tanbiao', language])
    // What is provisioned comes back at every start: who wants another one saves a copy.
    .readonly()
    .timezone('browser')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .time({ from: board.range, to: 'now' })
    .refresh(board.refresh)
    .withVariable(
      new dashboard.DatasourceVariableBuilder('ds')
        .label(language === 'zh' ? '数据源' : 'Data source')
        .type('influxdb'),
    );
  for (const one of board.variables) builder.withVariable(variable(one, language));
  // The SDK would move a panel that stands at the corner, and shares what it was given.
  for (const one of board.panels) builder.withPanel({ build: () => structuredClone(panel(one, language)) });
  return builder.build();
}
