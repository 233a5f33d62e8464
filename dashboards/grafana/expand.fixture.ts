// What Grafana does with a dashboard's queries before it sends them: variables and macros, with the values of the golden plant.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

const values: Record<string, string> = {
  site: 'golden',
  zone: 'Asia/Shanghai',
  meter: '(gas-main|main|pv-roof|workshop)',
  pack: '(tcace)',
  __interval: '10m',
};

type Target = { refId: string; query: string; alias?: string; datasource: object; resultFormat: string };
type QueryVariable = { name: string; type: string; query: string };

export const targetsOf = (panel: object): Target[] => (panel as { targets?: Target[] }).targets ?? [];
export const variablesOf = ({ templating }: Dashboard): QueryVariable[] =>
  (templating.list ?? []) as unknown as QueryVariable[];

export function expand(query: string, from: number, to: number): string {
  return query
    .replaceAll('$timeFilter', `time >= ${from}ms and time <= ${to}ms`)
    .replaceAll(/\$([A-Za-z_]+)/g, (whole, name: string) => values[name] ?? whole);
}
