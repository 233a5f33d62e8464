// Owns the choice of what a range is compared with.
import { go } from '../address.ts';
import { type Comparison, comparison, comparisons } from '../range.ts';
import { say } from '../words.ts';
import { Choices } from './choices.tsx';

export function ComparisonChoice({ all = comparisons }: { all?: readonly Comparison[] }) {
  const chosen = all.includes(comparison.value) ? comparison.value : (all.at(-1) ?? 'none');
  return (
    <Choices
      name={say.value.comparison}
      all={all}
      chosen={chosen}
      say={(one) => say.value.comparisons[one]}
      choose={(compare) => go({ compare }, 'replace')}
    />
  );
}
