// Owns the waterfall between two years: what was used more or less, and what counts for more or less, until both ends meet.
import type { CarbonReport } from '../../../scoring/carbon/report.ts';
import { number, text, unitText } from '../format.ts';
import { worded } from '../words.ts';

const words = worded(
  {
    title: '与上年的差从何而来',
    hint: (months: number) => (months === 12 ? '全年' : `前 ${months} 个月`),
    year: (year: number) => `${year} 年`,
    activity: (name: string) => `${name}：用量`,
    factor: (name: string) => `${name}：因子`,
    rule: '用量变化按上年因子计，因子变化按本年用量计；各项之和恰为两年之差。',
    axis: (value: string) => `横轴自 ${value} 起。`,
    missing: '无法比较：',
    more: '增加',
    less: '减少',
  },
  {
    title: 'What changed since the year before',
    hint: (months) => (months === 12 ? 'whole years' : `first ${months} months`),
    year: (year) => `${year}`,
    activity: (name) => `${name}: amount used`,
    factor: (name) => `${name}: factor`,
    rule: "Amounts are compared at the earlier year's factors, factors over this year's amounts: the steps add up to the difference exactly.",
    axis: (value) => `The axis begins at ${value}.`,
    missing: 'Not comparable: ',
    more: 'more',
    less: 'less',
  },
);

type Step = { name: string; from: number; to: number; whole: boolean };

export function Bridge({ report: { bridge, year, comparedMonths } }: { report: CarbonReport }) {
  const own = words.value;
  const title = (
    <h2 class="group">
      {own.title} <small>{own.hint(comparedMonths)}</small>
    </h2>
  );
  if ('missing' in bridge)
    return (
      <section class="panel" data-figure="bridge">
        {title}
        <p class="empty">
          {own.missing}
          {text(bridge.missing)}
        </p>
      </section>
    );
  const changes = bridge.steps
    .flatMap(({ name, activity, factor }) => [
      { name: own.activity(text(name)), change: activity },
      { name: own.factor(text(name)), change: factor },
    ])
    .filter(({ change }) => Math.abs(change) >= 0.05);
  let at = bridge.before;
  const steps: Step[] = [
    { name: own.year(year - 1), from: 0, to: bridge.before, whole: true },
    ...changes.map(({ name, change }) => {
      const from = at;
      at += change;
      return { name, from, to: at, whole: false };
    }),
    { name: own.year(year), from: 0, to: bridge.after, whole: true },
  ];
  // The ends are long and the steps short: the axis begins near the lowest point of the way.
  const ends = steps.flatMap(({ from, to, whole }) => (whole ? [to] : [from, to]));
  const reach = Math.max(...ends) - Math.min(...ends) || 1;
  const low = Math.max(0, Math.min(...ends) - reach * 0.6);
  const high = Math.max(...ends) + reach * 0.05;
  const place = (value: number) => ((Math.max(low, value) - low) / (high - low)) * 100;
  return (
    <section class="panel" data-figure="bridge">
      {title}
      <ol class="waterfall">
        {steps.map(({ name, from, to, whole }) => (
          <li key={name}>
            <span>{name}</span>
            <span class="run" aria-hidden="true">
              <i
                class={whole ? 'whole' : to > from ? 'more' : 'less'}
                style={{
                  left: `${place(Math.min(from, to))}%`,
                  width: `${place(Math.max(from, to)) - place(Math.min(from, to))}%`,
                }}
              />
            </span>
            <b>
              {whole ? '' : to > from ? '▲ +' : '▼ −'}
              {number(whole ? to : Math.abs(to - from), 1)} <span class="unit">{unitText('tCO2e')}</span>
            </b>
          </li>
        ))}
      </ol>
      <p class="hint">
        {own.rule} {low > 0 && own.axis(`${number(low)} ${unitText('tCO2e')}`)}
      </p>
    </section>
  );
}
