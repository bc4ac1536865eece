import type { EventRecorder } from '../../actuator/events.ts';
import { NOT_OPTED_IN, POLICY_ERROR } from '../../core/workload-status.ts';
import type { WorkloadEvents } from './engine-parts.ts';

/** Read again from the same annotations by every replica at every start, and said once. */
const MISTAKES: readonly string[] = [POLICY_ERROR, NOT_OPTED_IN];

/** Events as the recorder takes them. */
export function workloadEvents(recorder: EventRecorder): WorkloadEvents {
  const record =
    (type: 'Normal' | 'Warning', action: string) =>
    (ref: Parameters<EventRecorder['record']>[0], uid: string, reason: string, note: string) =>
      recorder.record({ ...ref, uid }, { type, reason, note, action, once: MISTAKES.includes(reason) });
  return {
    normal: record('Normal', 'Scale'),
    warning: record('Warning', 'Observe'),
    forget: (ref: Parameters<EventRecorder['forget']>[0]) => recorder.forget(ref),
  };
}
