// Owns the open alarms as the page knows them: asked anew when the live stream says that they changed, and every half minute.
import { computed, effect, signal } from '@preact/signals';
import type { AlarmList, ShownAlarm } from '../alarms/answers.ts';
import { frame, get } from './state.ts';

export const alarmList = signal<AlarmList | null>(null);
export const alarmFailure = signal<string | null>(null);
/** The newest critical alarm that came while the page was open. */
export const newCritical = signal<ShownAlarm | null>(null);

const askedEvery = 30_000;
const occasion = computed(() =>
  frame.value === null ? null : `${frame.value.alarms.change} ${Math.floor(frame.value.now / askedEvery)}`,
);

let known: Set<number> | null = null;

export async function refresh(): Promise<void> {
  try {
    const list = await get<AlarmList>('api/alarms');
    const critical = list.open.filter(({ severity }) => severity === 'critical');
    if (known !== null) newCritical.value = critical.find(({ id }) => !known?.has(id)) ?? newCritical.value;
    known = new Set(critical.map(({ id }) => id));
    alarmList.value = list;
    alarmFailure.value = null;
  } catch (error) {
    alarmFailure.value = error instanceof Error ? error.message : String(error);
  }
}

effect(() => {
  if (occasion.value !== null) void refresh();
});
