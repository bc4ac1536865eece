import type { WorkloadRef } from '../../core/workload.ts';
import { type LabelText, labelText } from './exposition.ts';

const known = new WeakMap<WorkloadRef, LabelText>();

/** Those that all metrics of a workload begin with, made once for each: it has some forty series. */
export function workloadLabels(ref: WorkloadRef): LabelText {
  let labels = known.get(ref);
  if (labels === undefined) {
    labels = labelText({ namespace: ref.namespace, kind: ref.kind, workload: ref.name });
    known.set(ref, labels);
  }
  return labels;
}
