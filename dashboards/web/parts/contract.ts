// Owns what the contract with the grid allows: the level of the rule that watches it, and how much of it a demand takes.
import type { RuleList } from '../../alarms/answers.ts';
import { compact, percent } from '../format.ts';
import { ask } from '../state.ts';
import { worded } from '../words.ts';

const words = worded(
  { limit: '合同需量', share: (share: string, limit: string) => `合同 ${limit} kW 的 ${share}` },
  { limit: 'Contract', share: (share, limit) => `${share} of the ${limit} kW contracted` },
);

/** Null where the site names none, or for another meter than the one it holds for. */
export function contractOf(meter: string): number | null {
  const rules = ask<RuleList>('api/alarms/rules').value.data?.rules;
  return rules?.find((one) => one.id === 'contract_demand' && one.meter === meter)?.level?.above ?? null;
}

export const contractName = (limit: number): string => `${words.value.limit} ${compact(limit)} kW`;

export const contractShare = (demand: number | null, limit: number | null): string =>
  demand === null || limit === null ? '' : words.value.share(percent(demand / limit, 1), compact(limit));
