import { isRecord, valueAt } from '../../../kubernetes/manifests/manifest-documents.ts';

/** A kind as `config.kinds` names it. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Why nobody scales a kind by replicas, or who is to be annotated instead. */
const UNSCALED: Readonly<Record<string, string>> = {
  DaemonSet: 'a DaemonSet has one pod a node, and no replicas',
  Job: 'a Job runs to its end, and has no replicas',
  CronJob: 'a CronJob has no replicas',
  Pod: 'a Pod has no replicas; expected them on the Deployment or StatefulSet that makes it',
  PodTemplate: 'a PodTemplate has no replicas',
  ReplicaSet: 'a ReplicaSet belongs to a Deployment; expected them there',
  HorizontalPodAutoscaler: 'an HPA is not annotated, but the workload that it scales',
  ScaledObject: 'a ScaledObject is not annotated, but the workload that it scales',
  Service: 'a Service has no replicas; expected them on the workload behind it',
  Ingress: 'an Ingress has no replicas',
  ConfigMap: 'a ConfigMap has no replicas',
  Secret: 'a Secret has no replicas',
  ServiceAccount: 'a ServiceAccount has no replicas',
};

/** Why annotations on such an object have no effect; undefined: it is looked after. */
export function withoutEffect(content: unknown, watched: readonly Kind[]): string | undefined {
  const kind = String(valueAt(content, ['kind']));
  const apiVersion = String(valueAt(content, ['apiVersion']));
  if (watched.some((one) => one.kind === kind && group(one.apiVersion) === group(apiVersion))) return undefined;
  if (Object.hasOwn(UNSCALED, kind)) return UNSCALED[kind];
  const names = watched.map((one) => one.kind).join(', ');
  return `config.kinds names ${names} only; expected ${apiVersion} ${kind} there too (--kind ${apiVersion}/${kind}, or --config), if it has a scale subresource`;
}

/** Whether it may be scaled where `config.kinds` names it: then its annotations are worth a look anyway. */
export function mayBeScaled(content: unknown): boolean {
  return !Object.hasOwn(UNSCALED, String(valueAt(content, ['kind']))) && isRecord(content);
}

function group(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
