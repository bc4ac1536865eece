import { annotation } from '../../../core/policy/annotations.ts';
import {
  isRecord,
  type ManifestObject,
  objectName,
  type Path,
  valueAt,
} from '../../../kubernetes/manifests/manifest-documents.ts';
import { findingAt, type LintFinding } from './finding.ts';

const TARGETS: readonly Path[] = [
  ['spec', 'scaleTargetRef'],
  ['spec', 'scaleTarget'],
];

/** Other autoscalers of the same workload among the manifests: an HPA that isn't named keeps Prescale off, others work against it. */
export function rivalsOf(workload: ManifestObject, objects: readonly ManifestObject[]): LintFinding[] {
  const named = valueAt(workload.content, ['metadata', 'annotations', annotation('take-over-hpa')]);
  return objects
    .filter((object) => scales(object, workload))
    .flatMap((object) => {
      const name = String(valueAt(object.content, ['metadata', 'name']));
      const isHpa = object.content.kind === 'HorizontalPodAutoscaler';
      if (isHpa && named === name) return [];
      const message = isHpa
        ? `the HPA ${name} scales it too, so Prescale leaves it alone; expected ${annotation('take-over-hpa')}: ${name}, or the HPA removed`
        : `${objectName(object)} scales it too, and both would undo each other; expected one of them (prescale import reads it)`;
      return [findingAt(workload, ['metadata', 'annotations', annotation('enabled')], 'warning', message)];
    });
}

function scales(object: ManifestObject, workload: ManifestObject): boolean {
  const { content } = workload;
  const sameNamespace =
    valueAt(object.content, ['metadata', 'namespace']) === valueAt(content, ['metadata', 'namespace']);
  return TARGETS.some((path) => {
    const target = valueAt(object.content, path);
    if (!isRecord(target) || !sameNamespace) return false;
    // KEDA's is a Deployment where it names no kind.
    return target.name === valueAt(content, ['metadata', 'name']) && (target.kind ?? 'Deployment') === content.kind;
  });
}
