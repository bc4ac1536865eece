import type { ObjectMeta } from '../../kubernetes/api.ts';

/** The object whose controller makes an HPA and keeps it as that object says. */
export interface HpaController {
  /** Undefined where only KEDA's label tells of it. */
  readonly apiVersion: string | undefined;
  readonly kind: string;
  readonly name: string;
}

const KEDA_KIND = 'ScaledObject';
const KEDA_LABEL = 'scaledobject.keda.sh/name';

/**
 * Who controls an HPA, by its owner reference with `controller: true`, whichever kind it is: KEDA's ScaledObject, Crane's
 * EffectiveHorizontalPodAutoscaler and any other that makes HPAs. An owner that only has the HPA deleted with it, without that flag, controls nothing.
 */
export function hpaController({ labels, ownerReferences = [] }: ObjectMeta): HpaController | undefined {
  const keda = ownerReferences.find(({ kind, apiVersion }) => kind === KEDA_KIND && apiVersion.startsWith('keda.sh/'));
  const owner = keda ?? ownerReferences.find(({ controller }) => controller === true);
  if (owner !== undefined) return { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name };
  const scaledObject = labels?.[KEDA_LABEL];
  return scaledObject === undefined ? undefined : { apiVersion: undefined, kind: KEDA_KIND, name: scaledObject };
}

/**
 * Why an HPA with a controller is not taken over, and what to do. Such controllers write the HPA's whole spec, and its annotations, at each
 * reconciliation (KEDA's updateHPAIfNeeded in controllers/keda/hpa.go, Crane's UpdateHPAIfNeed in pkg/controller/ehpa/hpa.go): a raised floor
 * would be taken down again and again.
 * @param hpa its namespace and name
 */
export function controlled(hpa: string, { apiVersion, kind, name }: HpaController): string {
  if (kind === KEDA_KIND && (apiVersion === undefined || apiVersion.startsWith('keda.sh/'))) {
    return (
      `HorizontalPodAutoscaler ${hpa} is made by KEDA from ScaledObject ${name}, which sets minReplicas back to its ` +
      'minReplicaCount: either give the ScaledObject a prometheus trigger on the replicas that prescale wants, with threshold 1, or annotate ' +
      'the ScaledObject with autoscaling.keda.sh/paused: "true", so that KEDA removes its HPA, and leave out prescale.dev/take-over-hpa'
    );
  }
  const owner = `${kind} ${name}`;
  return (
    `HorizontalPodAutoscaler ${hpa} is controlled by ${owner} (${apiVersion}, its owner reference), which sets minReplicas back to its own: ` +
    `either leave the workload to ${owner} and remove prescale.dev/enabled, or delete ${owner}, so that its HPA goes with it, ` +
    'and leave out prescale.dev/take-over-hpa'
  );
}
