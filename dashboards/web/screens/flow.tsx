// Owns the energy flow of the range: a Sankey of what came in and where it went, and the same as a table.
import type { CarrierFlow, EnergyFlow, FlowNode } from '../../../scoring/energy-flow.ts';
import { choice, go } from '../address.ts';
import { compact, number, percent, text, unitText } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Choices } from '../parts/choices.tsx';
import { CsvButton } from '../parts/csv.tsx';
import { NoReadings } from '../parts/no-readings.tsx';
import { Sankey } from '../parts/sankey.tsx';
import { isWrong } from '../parts/sankey-layout.ts';
import { period } from '../range.ts';
import { say, worded } from '../words.ts';

const words = worded(
  {
    title: '能流图',
    unit: '计量单位',
    units: { amount: '电量 kWh', tce: '折标煤 tce', tCO2e: '碳排放 tCO₂e' },
    methods: {
      amount: '按电能表差值，未计量部分照实画出',
      tce: '电、气、热按当量值折标准煤',
      tCO2e: '下网电量按全国平均因子，由各用电方按用量分摊；自发电与上网为零',
    },
    from: '来源',
    to: '去向',
    carrier: '能源',
    name: '名称',
    amount: '实物量',
    negative: (name: string) => `${name}为负：下级之和大于上级，请检查倍率、接线与层级`,
  },
  {
    title: 'Energy flow',
    unit: 'Unit',
    units: { amount: 'Power kWh', tce: 'Coal tce', tCO2e: 'Carbon tCO₂e' },
    methods: {
      amount: 'from differences of the meters; what nobody meters is drawn as it is',
      tce: 'electricity, gas and heat in standard coal, calorific basis',
      tCO2e: 'grid power at the average factor, shared by those who use power; own generation and export count zero',
    },
    from: 'from',
    to: 'to',
    carrier: 'Carrier',
    name: 'Name',
    amount: 'Amount',
    negative: (name) =>
      `${name} is negative: the meters below show more than the one above; check ratios, wiring and tree`,
  },
);

export const flowUnits = ['amount', 'tce', 'tCO2e'] as const;
export type FlowUnit = (typeof flowUnits)[number];
const unit = choice<FlowUnit>('unit', flowUnits, () => 'tce');

export function FlowScreen() {
  const range = period.value;
  if (range === null) return <p class="empty">{say.value.loading}</p>;
  return (
    <section class="flow">
      <h1 class="title">
        {words.value.title} <small>{words.value.methods[unit.value]}</small>
      </h1>
      <Choices
        name={words.value.unit}
        all={flowUnits}
        chosen={unit.value}
        say={(one) => words.value.units[one]}
        choose={(one) => go({ unit: one }, 'replace')}
      />
      <Answered<EnergyFlow> path={`api/flow?start=${range.start}&end=${range.end}`}>
        {(flow) => <Flow flow={flow} />}
      </Answered>
    </section>
  );
}

const all = (nodes: readonly FlowNode[], depth = 0): { node: FlowNode; depth: number }[] =>
  nodes.flatMap((node) => [{ node, depth }, ...all(node.children, depth + 1)]);

function Flow({ flow }: { flow: EnergyFlow }) {
  // Only electricity is counted in kWh; the others have no place beside it but in tce and tCO2e.
  const carriers = unit.value === 'amount' ? flow.carriers.filter(({ unit: own }) => own === 'kWh') : flow.carriers;
  const known = carriers.some(({ sources }) => sources.some((one) => one[unit.value] !== null));
  const negative = carriers.flatMap(({ sources, uses }) => {
    const total = sources.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
    return all(uses).filter(({ node }) => isWrong(node.amount, total));
  });
  if (!known) return <NoReadings />;
  return (
    <>
      <Sankey carriers={carriers} unit={unit.value} />
      {negative.map(({ node }) => (
        <p key={node.id} class="note">
          {words.value.negative(text(node.name))}
        </p>
      ))}
      <FlowTable carriers={flow.carriers} />
    </>
  );
}

function FlowTable({ carriers }: { carriers: CarrierFlow[] }) {
  const lines = carriers.flatMap((carrier) => [
    ...carrier.sources.map((node) => ({ carrier, way: words.value.from, node, depth: 0 })),
    ...all(carrier.uses).map((one) => ({ carrier, way: words.value.to, ...one })),
  ]);
  const head = [words.value.carrier, '', words.value.name, words.value.amount, '', 'tce', 'tCO₂e', say.value.coverage];
  return (
    <details class="table">
      <summary>{say.value.table}</summary>
      <CsvButton
        name="flow"
        rows={() => [
          head,
          ...lines.map(({ carrier, way, node }) => [
            text(carrier.name),
            way,
            text(node.name),
            node.amount,
            carrier.unit,
            node.tce,
            node.tCO2e,
            node.coverage,
          ]),
        ]}
      />
      <section class="scroll" tabIndex={0} aria-label={say.value.table}>
        <table>
          <thead>
            <tr>
              {[words.value.carrier, '', words.value.name].map((one, at) => (
                <th key={at}>{one}</th>
              ))}
              {[words.value.amount, 'tce', 'tCO₂e', say.value.coverage].map((one) => (
                <th key={one} class="right">
                  {one}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(({ carrier, way, node, depth }) => (
              <tr key={`${way}${node.id}`} data-flow={`${way}:${node.id}`}>
                <td>{text(carrier.name)}</td>
                <td>{way}</td>
                <td style={{ paddingLeft: `${depth * 1.2}rem` }}>{text(node.name)}</td>
                <td class="right">
                  {node.amount === null ? say.value.missing : `${number(node.amount, 1)} ${unitText(carrier.unit)}`}
                </td>
                <td class="right">{compact(node.tce)}</td>
                <td class="right">{compact(node.tCO2e)}</td>
                <td class="right">{percent(node.coverage)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
