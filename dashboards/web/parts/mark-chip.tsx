// Owns how sure a fact is, in a word: whether its source was seen, or it was recalled, derived, or is not stated.
import type { Confidence } from '../../../core/trace.ts';
import { worded } from '../words.ts';

const words = worded(
  {
    FOUND: '已见来源',
    'FOUND-P': '原文副本',
    SEED: '标准文本',
    RECALLED: '未核对',
    DERIVED: '推得',
    NOT_STATED: '未载明',
    USER: '用户提供',
  },
  {
    FOUND: 'source seen',
    'FOUND-P': 'copy of the original',
    SEED: 'text of the standard',
    RECALLED: 'not checked',
    DERIVED: 'derived',
    NOT_STATED: 'not stated',
    USER: 'supplied by the plant',
  },
);

const sure = ['FOUND', 'FOUND-P', 'SEED'];

export const markWord = (mark: Confidence): string => words.value[mark];

export function MarkChip({ mark }: { mark: Confidence }) {
  return <span class={sure.includes(mark) ? 'chip' : 'chip doubtful'}>{words.value[mark]}</span>;
}
