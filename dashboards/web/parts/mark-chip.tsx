// Owns how sure a fact is, in a word: whether its source was seen, or it was recalled, derived, or is not stated.
import type { Confidence } from '../../../core/trace.ts';
import { worded } from '../words.ts';

const words = worded(
  {
    FOUND: '已见来源',
    'FOUND-P': '已见原文',
    SEED: '已给出',
    RECALLED: '凭记忆，未核对',
    DERIVED: '推得',
    NOT_STATED: '未载明',
    USER: '用户提供',
  },
  {
    FOUND: 'source seen',
    'FOUND-P': 'primary text seen',
    SEED: 'given',
    RECALLED: 'recalled, not checked',
    DERIVED: 'derived',
    NOT_STATED: 'not stated',
    USER: 'supplied by the plant',
  },
);

const sure = ['FOUND', 'FOUND-P', 'SEED'];

export function MarkChip({ mark }: { mark: Confidence }) {
  return <span class={sure.includes(mark) ? 'chip' : 'chip doubtful'}>{words.value[mark]}</span>;
}
