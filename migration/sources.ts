import type { AutoscalerSource } from './source.ts';
import { AHPA } from './sources/ahpa.ts';
import { CRANE } from './sources/crane.ts';
import { ALIBABA_CRON_HPA, TENCENT_CRON_SCALER, TKESTACK_CRON_HPA } from './sources/cron-hpa.ts';
import { HPA } from './sources/hpa.ts';
import { KAPACITY } from './sources/kapacity.ts';
import { KEDA } from './sources/keda.ts';
import { PHPA } from './sources/phpa.ts';

/** Every autoscaler whose manifests are read; docs/migration.md has a table of each, in this order. */
export const SOURCES: readonly AutoscalerSource[] = [
  AHPA,
  CRANE,
  KAPACITY,
  KEDA,
  ALIBABA_CRON_HPA,
  TENCENT_CRON_SCALER,
  TKESTACK_CRON_HPA,
  PHPA,
  HPA,
];

/** Kinds that are named, but not read: why, and what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  'autoscaling/v2beta1 HorizontalPodAutoscaler':
    'found autoscaling/v2beta1, which Kubernetes dropped in 1.25; expected autoscaling/v2 (kubectl get hpa.v2.autoscaling <name> -o yaml writes it so)',
  'autoscaling.alibabacloud.com AdvancedHorizontalPodAutoscalerTemplate':
    'it names no workload, Knative Services choose it by an annotation; expected an AdvancedHorizontalPodAutoscaler with a scaleTargetRef',
  'keda.sh ScaledJob': 'it starts Jobs, which have no replicas; expected a ScaledObject',
};

/** The autoscaler that an object is one of; a text: why it isn't read; undefined: it is none. */
export function sourceOf(apiVersion: string, kind: string): AutoscalerSource | string | undefined {
  const slash = apiVersion.indexOf('/');
  const [group, version] = [apiVersion.slice(0, Math.max(0, slash)), apiVersion.slice(slash + 1)];
  const refused = REFUSED[`${apiVersion} ${kind}`] ?? REFUSED[`${group} ${kind}`];
  if (refused !== undefined) return refused;
  const source = SOURCES.find((one) => one.kind === kind && one.groups.includes(group));
  if (source?.versions !== undefined && !source.versions.includes(version)) {
    return `found ${apiVersion}; expected ${source.versions.map((one) => `${group}/${one}`).join(' or ')}`;
  }
  return source;
}
